//! Runs the embedded cloud and the deployer's engine in this process, so that a test can have thousands of cases.
//!
//! A cloud starts from the files that another cloud left, and a run is the part of `up` and `down` between the command line and
//! the output. For a process that a test kills, see [`crate::program`].

use crate::cloud::connect_options;
use crate::http::block_on;
use deployer::artifact::{BuildMode, BuildPurpose, BuildSpec, CodeSource};
use deployer::aws::{AwsCaller, AwsConnection, TimeScale, connect};
use deployer::engine::{ObservedStack, Plan, PlanOptions, RunGoal, RunOutcome, StackRun, StopRequest};
use deployer::error::Error;
use deployer::kinds::{FunctionArtifacts, KINDS, ObserveDetail, RunSession, sections};
use deployer::stack::Stack;
use deployer::{artifact, engine, stack};
use deployer_local::{Cloud, Faults};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::OnceLock;
use std::{fs, io};
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

/// An embedded cloud in this process. When it is dropped it stops, and its files are removed.
pub struct InProcessCloud {
    dir: TempDir,
    cloud: Option<Cloud>,
    /// The address at which it listens.
    pub addr: SocketAddr,
}

/// Returns the runtime that all clouds share.
fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime"))
}

impl InProcessCloud {
    /// Starts a cloud with nothing in it.
    ///
    /// # Panics
    /// If the cloud does not start.
    pub fn empty() -> InProcessCloud {
        InProcessCloud::start(tempfile::tempdir().expect("a temporary directory"))
    }

    /// Starts a cloud with the resources of a snapshot.
    ///
    /// # Panics
    /// If the cloud does not start.
    pub fn from_snapshot(snapshot: &CloudSnapshot) -> InProcessCloud {
        let dir = tempfile::tempdir().expect("a temporary directory");
        copy(snapshot.0.path(), dir.path()).expect("a directory can be copied");
        InProcessCloud::start(dir)
    }

    /// Starts a cloud on the files in `dir`.
    fn start(dir: TempDir) -> InProcessCloud {
        let options = deployer_local::Options {
            dir: dir.path().to_owned(),
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            faults: Faults::default(),
        };
        let cloud = runtime().block_on(deployer_local::start(options)).expect("the embedded cloud starts");
        let addr = cloud.addr();
        InProcessCloud { dir, cloud: Some(cloud), addr }
    }

    /// Stops the cloud and keeps its resources.
    pub fn into_snapshot(mut self) -> CloudSnapshot {
        self.stop();
        CloudSnapshot(std::mem::replace(&mut self.dir, tempfile::tempdir().expect("a temporary directory")))
    }

    /// Stops the cloud, if it runs.
    fn stop(&mut self) {
        if let Some(cloud) = self.cloud.take() {
            runtime().block_on(cloud.shutdown());
        }
    }
}

impl Drop for InProcessCloud {
    fn drop(&mut self) {
        self.stop();
    }
}

/// The files of a cloud that was stopped.
pub struct CloudSnapshot(TempDir);

/// Copies the files of a directory into another.
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

/// A stack description and the code of its functions. They are read once for all runs.
pub struct DescribedStack {
    stack: Stack,
    artifacts: FunctionArtifacts,
}

impl DescribedStack {
    /// Reads `deployer.toml` of a project; `code` returns the path of a function's code.
    ///
    /// # Panics
    /// If one of them is invalid.
    pub fn read(project: &Path, code: impl Fn(&str) -> std::path::PathBuf) -> DescribedStack {
        let sections = sections();
        let path = project.join("deployer.toml");
        let stack = stack::load(&path, None, &sections, stack::DocumentDrift::Remarked)
            .unwrap_or_else(|invalid| panic!("{invalid:?}"));
        let spec = |id: String| BuildSpec {
            source: CodeSource::File(code(&id)),
            name: id,
            purpose: BuildPurpose::Host,
            workspace_dir: project.to_owned(),
        };
        let specs: Vec<_> = stack.all::<deployer::kinds::FunctionBlock>().into_iter().map(|(id, _)| spec(id)).collect();
        let artifacts = block_on(artifact::prepare(&specs, BuildMode::Build, &mut |_| ())).expect("the code is fine");
        DescribedStack { stack, artifacts }
    }
}

/// The command that a run of the engine carries out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EngineCommand {
    /// `up`.
    Up,
    /// `down`.
    Down,
    /// `down --delete-data` with the name of this table.
    DownWithData(&'static str),
}

/// The deployer's engine, connected to an endpoint. It runs one command at a time.
pub struct InProcessEngine {
    runtime: Runtime,
    connection: AwsConnection,
    time_scale: TimeScale,
}

impl InProcessEngine {
    /// Connects to an endpoint.
    ///
    /// # Panics
    /// If no connection can be made.
    pub fn new(endpoint: &str, time_scale: TimeScale) -> InProcessEngine {
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        let connection = runtime.block_on(connect(&connect_options(endpoint))).expect("a region is given");
        InProcessEngine { runtime, connection, time_scale }
    }

    /// Makes the session of a run.
    fn session(&self, described: &DescribedStack) -> RunSession {
        let mut session = RunSession::new(described.stack.clone(), self.connection.clone());
        session.aws.caller = AwsCaller::with_time_scale(self.time_scale).into();
        session.uploads.artifacts.replace(described.artifacts.clone());
        session
    }

    /// Runs a command: observes, decides and executes.
    ///
    /// # Errors
    /// The errors of the run, as text.
    pub fn run(&self, described: &DescribedStack, command: EngineCommand) -> Result<RunOutcome, String> {
        self.runtime.block_on(async {
            let session = self.session(described);
            let run = StackRun { kinds: KINDS, session: &session };
            let (observed, plan) = observe_and_decide(run, command).await.map_err(|errors| error_text(&errors))?;
            if !plan.refusals.is_empty() {
                return Err(error_text(&plan.refusals));
            }
            let outcome = engine::execute(run, &observed, &plan, &StopRequest::default(), &mut |_| ()).await;
            if outcome.errors.is_empty() && outcome.summary.succeeded() {
                Ok(outcome)
            } else {
                Err(error_text(&outcome.errors))
            }
        })
    }

    /// Returns the steps that `up` would do, as `update table.orders`.
    ///
    /// # Errors
    /// The errors of the observation or the decision, as text.
    pub fn plan(&self, described: &DescribedStack) -> Result<Vec<String>, String> {
        self.runtime.block_on(async {
            let session = self.session(described);
            let run = StackRun { kinds: KINDS, session: &session };
            let (_, plan) = observe_and_decide(run, EngineCommand::Up).await.map_err(|errors| error_text(&errors))?;
            let changing = plan.steps.iter().filter(|step| step.action.changes());
            Ok(changing.map(|step| format!("{} {:?}", step.place.id, step.action)).collect())
        })
    }

    /// Runs `work` with the SDK clients of the engine.
    pub fn sdk<T>(&self, work: impl AsyncFnOnce(&deployer::aws::AwsClients) -> T) -> T {
        self.runtime.block_on(work(&self.connection.clients))
    }
}

/// Observes the stack and decides what a command has to do.
async fn observe_and_decide(run: StackRun<'_>, command: EngineCommand) -> Result<(ObservedStack, Plan), Vec<Error>> {
    let (detail, goal) = if command == EngineCommand::Up {
        (ObserveDetail::Whole, RunGoal::Up)
    } else {
        (ObserveDetail::Identity, RunGoal::Down)
    };
    let observed = engine::observe_stack(run, detail).await?;
    let mut options = PlanOptions::default();
    if let EngineCommand::DownWithData(table) = command {
        options.delete_data.insert(table.to_owned());
    }
    let plan = engine::decide(run, &observed, goal, &options).map_err(|error| vec![error])?;
    Ok((observed, plan))
}

/// Joins errors into a text, one a line.
fn error_text(errors: &[Error]) -> String {
    errors.iter().map(|error| format!("{error:?}")).collect::<Vec<_>>().join("\n")
}
