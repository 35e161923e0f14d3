//! What is done in a case, to what, and how it should be in the end.

use aws_sdk_dynamodb::types::AttributeValue;
use deployer::aws::{AwsClients, TimeScale};
use std::path::PathBuf;
use tests::in_process::{CloudSnapshot, DescribedStack, EngineCommand, InProcessCloud, InProcessEngine};
use tests::proxy::{CallLog, Proxy, ProxyClock};
use tests::{Sandbox, census, function_code, shipped};

/// The table of the shipped stack.
pub const TABLE: &str = "Orders";
/// Orders that are in it before a case begins.
const ORDERS: [&str; 3] = ["1", "2", "3"];
/// Without AWS's rates there is nothing to pause for.
const UNPACED: TimeScale = TimeScale { pauses: 30, limits: 1 };
/// And what is not answered is given up sooner.
const HASTY: TimeScale = TimeScale { pauses: 30, limits: 10 };

/// A run and what comes before it.
pub struct Scenario {
    /// What the cloud holds before.
    before: Option<CloudSnapshot>,
    project: Sandbox,
    pub described: DescribedStack,
    pub aim: EngineCommand,
    /// What exists in the end.
    wanted: Vec<String>,
    /// The calls of an undisturbed run.
    pub calls: CallLog,
}

/// What a worker keeps: a proxy, and the engine behind it.
pub struct Worker {
    pub proxy: Proxy,
    pub engine: InProcessEngine,
    /// It gives up calls that are not answered.
    pub hasty: InProcessEngine,
}

impl Worker {
    pub fn new() -> Worker {
        let nowhere = ([127, 0, 0, 1], 1).into();
        let proxy = Proxy::start(nowhere, &[], ProxyClock::Real(std::time::Duration::ZERO)).expect("a port is free");
        let [engine, hasty] = [UNPACED, HASTY].map(|scale| InProcessEngine::new(&proxy.endpoint, scale));
        Worker { proxy, engine, hasty }
    }

    /// Begins anew in front of a cloud.
    pub fn aim(&self, cloud: &InProcessCloud) {
        self.proxy.forward_to(cloud.addr);
        self.proxy.begin(None);
    }
}

/// The shipped stack with a key in front of its API.
fn keyed() -> String {
    shipped::edited(&[("auth = \"none\"", "auth = \"api_key\"")])
}

/// The same before a change of every kind, with a function that goes.
fn earlier() -> String {
    shipped::edited(&[
        ("auth = \"none\"", "auth = \"api_key\""),
        ("# --- HTTP", "[function.worker]\nartifact = \"code-of-worker\"\n\n# --- HTTP"),
        ("bin = \"orders-api\"", "bin = \"orders-api\"\ntags.old = \"x\""),
        ("[table.orders]\n", "[table.orders]\ntags.old = \"x\"\n"),
        ("\"POST /orders\" = \"api\"", "\"POST /orders\" = \"api\"\n\"POST /work\" = \"worker\""),
        (
            "[schedule.expiry]",
            "[schedule.gone]\nfunction = \"expiry\"\nexpression = \"rate(1 day)\"\n\n[schedule.expiry]",
        ),
    ])
}

/// And after it.
fn later() -> String {
    let more = [
        ("auth = \"none\"", "auth = \"api_key\"\nusage_plan = { rate = 5, burst = 5 }"),
        ("expression = \"rate(1 hour)\"", "expression = \"rate(2 hours)\""),
    ];
    shipped::edited(&[&more, shipped::CHANGES].concat())
}

impl Scenario {
    pub fn up_from_nothing() -> Scenario {
        Scenario::new(None, &keyed(), "first", EngineCommand::Up)
    }

    pub fn a_change() -> Scenario {
        let before = Scenario::new(None, &earlier(), "first", EngineCommand::Up).left();
        Scenario::new(Some(before), &later(), "second", EngineCommand::Up)
    }

    pub fn down() -> Scenario {
        Scenario::after_up(EngineCommand::DownWithData(TABLE))
    }

    /// The table stays.
    pub fn down_without_data() -> Scenario {
        Scenario::after_up(EngineCommand::Down)
    }

    /// Nothing is to be done.
    pub fn up_again() -> Scenario {
        Scenario::after_up(EngineCommand::Up)
    }

    fn after_up(aim: EngineCommand) -> Scenario {
        let before = Scenario::new(None, &keyed(), "first", EngineCommand::Up).left();
        Scenario::new(Some(before), &keyed(), "first", aim)
    }

    /// Undisturbed: what it calls, and what it leaves.
    fn new(before: Option<CloudSnapshot>, stack: &str, version: &str, aim: EngineCommand) -> Scenario {
        let project = Sandbox::new(stack)
            .with("AWS_ACCESS_KEY_ID", "test")
            .with("AWS_SECRET_ACCESS_KEY", "test")
            .with("AWS_REGION", tests::cloud::REGION);
        let code = |function: &str| {
            let dir = project.path(&format!("code-of-{function}"));
            function_code::write(&dir, &format!("{function} {version}"));
            dir
        };
        let described = DescribedStack::read(&project.project(), code);
        let mut scenario = Scenario { before, project, described, aim, wanted: Vec::new(), calls: CallLog::default() };
        let (worker, cloud) = (Worker::new(), scenario.cloud());
        worker.aim(&cloud);
        worker.engine.run(&scenario.described, aim).unwrap_or_else(|error| panic!("{aim:?}, undisturbed: {error}"));
        scenario.calls = worker.proxy.calls();
        scenario.wanted = worker.engine.sdk(census::everything);
        scenario.is_right(&worker).unwrap_or_else(|wrong| panic!("{aim:?}, undisturbed: {wrong}"));
        scenario
    }

    /// A cloud before the run.
    pub fn cloud(&self) -> InProcessCloud {
        self.before.as_ref().map_or_else(InProcessCloud::empty, InProcessCloud::from_snapshot)
    }

    /// What the run leaves, with orders.
    pub fn left(self) -> CloudSnapshot {
        let (worker, cloud) = (Worker::new(), self.cloud());
        worker.aim(&cloud);
        worker.engine.run(&self.described, self.aim).unwrap_or_else(|error| panic!("{error}"));
        worker.engine.sdk(async |aws: &AwsClients| {
            for id in ORDERS {
                let put = aws.dynamodb.put_item().table_name(TABLE).item("order_id", AttributeValue::S(id.to_owned()));
                put.send().await.expect("PutItem");
            }
        });
        cloud.into_snapshot()
    }

    /// The command line of the run, against `endpoint`.
    pub fn command(&self, endpoint: &str) -> std::process::Command {
        let mut args: Vec<String> = match self.aim {
            EngineCommand::Up => vec!["up".to_owned()],
            EngineCommand::Down => vec!["down".to_owned()],
            EngineCommand::DownWithData(table) => ["down", "--delete-data", table].map(str::to_owned).to_vec(),
        };
        args.extend(["--yes", "--endpoint-url", endpoint].map(str::to_owned));
        if self.aim == EngineCommand::Up {
            for function in ["api", "expiry"] {
                let path: PathBuf = self.project.path(&format!("code-of-{function}"));
                args.extend(["--artifact".to_owned(), format!("{function}={}", path.display())]);
            }
        }
        self.project.command(&args.iter().map(String::as_str).collect::<Vec<_>>())
    }

    /// The orders are in the table, or in a backup of it.
    pub fn is_safe(&self, worker: &Worker) -> Result<(), String> {
        if self.before.is_none() {
            return Ok(());
        }
        worker.proxy.begin(None);
        worker.engine.sdk(async |aws: &AwsClients| {
            let kept = match aws.dynamodb.scan().table_name(TABLE).send().await {
                Ok(scan) => usize::try_from(scan.count()).unwrap_or_default(),
                Err(_) => 0,
            };
            if kept == ORDERS.len() || census::backups(aws).await.iter().any(|table| table == TABLE) {
                return Ok(());
            }
            Err(format!("{kept} orders are left, and there is no backup"))
        })
    }

    /// Nothing is left to do, there is exactly one of everything, and the orders are safe.
    pub fn is_right(&self, worker: &Worker) -> Result<(), String> {
        worker.proxy.begin(None);
        let there = worker.engine.sdk(census::everything);
        if there != self.wanted {
            return Err(format!("there is {there:#?}\nand should be {:#?}", self.wanted));
        }
        if self.aim == EngineCommand::Up {
            let plan = worker.engine.plan(&self.described)?;
            if !plan.is_empty() {
                return Err(format!("something is left to do: {plan:#?}"));
            }
        }
        self.is_safe(worker)
    }
}
