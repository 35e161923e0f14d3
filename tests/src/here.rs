//! The embedded cloud and the deployer's engine in this process: what thousands of cases can afford.
//!
//! A cloud is made from a directory that another one left, and a run is what `up` and `down` do between the command line and the
//! screen. A process that is to be killed runs elsewhere; see [`crate::program`].

use crate::cloud::REGION;
use crate::http::block_on;
use deployer::artifact::{BuildMode, BuildPurpose, BuildSpec, CodeSource};
use deployer::aws::{AwsCaller, AwsConnection, ConnectOptions, TimeScale, connect};
use deployer::engine::{ObservedStack, Plan, PlanOptions, RunGoal, RunOutcome, StackRun, StopRequest};
use deployer::error::Error;
use deployer::kinds::{FunctionArtifacts, KINDS, ObserveDetail, RunSession};
use deployer::stack::Stack;
use deployer::{artifact, engine, stack};
use deployer_local::{Cloud, Faults};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::OnceLock;
use std::{fs, io};
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

/// A cloud in this process. It ends when it is dropped, and what it held with it.
pub struct Here {
    dir: TempDir,
    cloud: Option<Cloud>,
    /// Where it listens.
    pub addr: SocketAddr,
}

/// All clouds share it.
fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime"))
}

impl Here {
    /// A cloud with nothing in it.
    ///
    /// # Panics
    /// When it does not start.
    pub fn empty() -> Here {
        Here::start(tempfile::tempdir().expect("a temporary directory"))
    }

    /// A cloud with what another one held when it ended.
    ///
    /// # Panics
    /// When it does not start.
    pub fn of(left: &Left) -> Here {
        let dir = tempfile::tempdir().expect("a temporary directory");
        copy(left.0.path(), dir.path()).expect("a directory can be copied");
        Here::start(dir)
    }

    fn start(dir: TempDir) -> Here {
        let options = deployer_local::Options {
            dir: dir.path().to_owned(),
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            faults: Faults::default(),
        };
        let cloud = runtime().block_on(deployer_local::start(options)).expect("the embedded cloud starts");
        let addr = cloud.addr();
        Here { dir, cloud: Some(cloud), addr }
    }

    /// Ends it and keeps what it held.
    pub fn leave(mut self) -> Left {
        self.stop();
        Left(std::mem::replace(&mut self.dir, tempfile::tempdir().expect("a temporary directory")))
    }

    fn stop(&mut self) {
        if let Some(cloud) = self.cloud.take() {
            runtime().block_on(cloud.shutdown());
        }
    }
}

impl Drop for Here {
    fn drop(&mut self) {
        self.stop();
    }
}

/// What a cloud left.
pub struct Left(TempDir);

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            fs::create_dir_all(&target)?;
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

/// A stack and the code of its functions, read from a project once for all runs.
pub struct Described {
    stack: Stack,
    artifacts: FunctionArtifacts,
}

impl Described {
    /// Reads `deployer.toml` of a project; `code` says where the code of a function is.
    ///
    /// # Panics
    /// When one of them is wrong.
    pub fn read(project: &Path, code: impl Fn(&str) -> std::path::PathBuf) -> Described {
        let sections: Vec<_> = KINDS.iter().filter_map(|kind| kind.section()).collect();
        let path = project.join("deployer.toml");
        let stack = stack::load(&path, None, &sections, stack::DocumentDrift::Remarked)
            .unwrap_or_else(|invalid| panic!("{invalid:?}"));
        let recipe = |id: String| BuildSpec {
            source: CodeSource::File(code(&id)),
            name: id,
            purpose: BuildPurpose::Host,
            workspace_dir: project.to_owned(),
        };
        let recipes: Vec<_> =
            stack.all::<deployer::kinds::FunctionBlock>().into_iter().map(|(id, _)| recipe(id)).collect();
        let artifacts = block_on(artifact::prepare(&recipes, BuildMode::Build, &mut |_| ())).expect("the code is fine");
        Described { stack, artifacts }
    }
}

/// What a run is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aim {
    /// `up`.
    Up,
    /// `down`.
    Down,
    /// `down --delete-data` with the name of a table.
    DownWithData(&'static str),
}

/// The deployer's engine, connected to an endpoint. Its runs follow each other.
pub struct Engine {
    runtime: Runtime,
    connection: AwsConnection,
    hurry: TimeScale,
}

impl Engine {
    /// Connects.
    ///
    /// # Panics
    /// When there can be no connection at all.
    pub fn new(endpoint: &str, hurry: TimeScale) -> Engine {
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        let options = ConnectOptions {
            region: Some(REGION.to_owned()),
            endpoint_url: Some(endpoint.to_owned()),
            local: true,
            ..ConnectOptions::default()
        };
        let connection = runtime.block_on(connect(&options)).expect("a region is given");
        Engine { runtime, connection, hurry }
    }

    fn session(&self, described: &Described) -> RunSession {
        let mut session = RunSession::new(described.stack.clone(), self.connection.clone());
        session.aws.caller = AwsCaller::hurried(self.hurry);
        session.uploads.artifacts.replace(described.artifacts.clone());
        session
    }

    /// Looks, decides and does.
    ///
    /// # Errors
    /// What went wrong, in words.
    pub fn run(&self, described: &Described, aim: Aim) -> Result<RunOutcome, String> {
        self.runtime.block_on(async {
            let session = self.session(described);
            let run = StackRun { kinds: KINDS, session: &session };
            let (survey, plan) = compare(run, aim).await.map_err(|errors| words(&errors))?;
            if !plan.refusals.is_empty() {
                return Err(words(&plan.refusals));
            }
            let outcome = engine::execute(run, &survey, &plan, &StopRequest::default(), &mut |_| ()).await;
            if outcome.errors.is_empty() && outcome.summary.succeeded() {
                Ok(outcome)
            } else {
                Err(words(&outcome.errors))
            }
        })
    }

    /// Steps that a run would do, as `update table.orders`.
    ///
    /// # Errors
    /// What went wrong, in words.
    pub fn plan(&self, described: &Described) -> Result<Vec<String>, String> {
        self.runtime.block_on(async {
            let session = self.session(described);
            let (_, plan) = compare(StackRun { kinds: KINDS, session: &session }, Aim::Up)
                .await
                .map_err(|errors| words(&errors))?;
            let changing = plan.steps.iter().filter(|step| step.action.changes());
            Ok(changing.map(|step| format!("{} {:?}", step.place.id, step.action)).collect())
        })
    }

    /// Works with the clients.
    pub fn sdk<T>(&self, work: impl AsyncFnOnce(&deployer::aws::AwsClients) -> T) -> T {
        self.runtime.block_on(work(&self.connection.clients))
    }
}

async fn compare(run: StackRun<'_>, aim: Aim) -> Result<(ObservedStack, Plan), Vec<Error>> {
    let (look, goal) =
        if aim == Aim::Up { (ObserveDetail::Whole, RunGoal::Up) } else { (ObserveDetail::Identity, RunGoal::Down) };
    let survey = engine::observe_stack(run, look).await?;
    let mut choices = PlanOptions::default();
    if let Aim::DownWithData(table) = aim {
        choices.delete_data.insert(table.to_owned());
    }
    let plan = engine::decide(run, &survey, goal, &choices).map_err(|error| vec![error])?;
    Ok((survey, plan))
}

fn words(errors: &[Error]) -> String {
    errors.iter().map(|error| format!("{error:?}")).collect::<Vec<_>>().join("\n")
}
