//! `deployer dev`: the stack as described, and again after every change of a source or of the description.
//!
//! Each round is an `up`: it builds what changed, looks, and sends what differs. So a change of the code is one upload, and what was
//! changed while a round went on is the next one.

mod sources;

use super::code::CodeArgs;
use super::exit::exit_code;
use super::failure::CommandFailure;
use super::global::GlobalArgs;
use super::log_stream::LogStream;
use super::signals::listening;
use super::target::{StartPolicy, project_dir};
use super::up::UserConsent;
use super::{code, run, target, up};
use crate::artifact::{CargoWorkspace, CodeSource, find_workspace};
use crate::engine;
use crate::engine::diff::touches;
use crate::engine::{Plan, PlanOptions, RunEvent, RunGoal, StackRun, StepAction, StopRequest};
use crate::error::{Error, ErrorKind};
use crate::kinds::{FunctionBlock, KINDS, RunSession};
use crate::stack::Stack;
use crate::ui::human::ShownParts;
use crate::ui::plan::PlanStyle;
use crate::ui::{LogChoice, LogView, OutputFormat, RunReporter, Screen};
use clap::Args;
use sources::{SourceRoots, SourceWatch};
use std::fs;
use std::path::Path;
use std::time::Duration;
use time::OffsetDateTime;
use tokio::time::sleep;

/// How often the log of the embedded cloud is read; reading it costs nothing there.
const LOCAL_PERIOD: Duration = Duration::from_millis(250);
/// How often CloudWatch is asked: FilterLogEvents is allowed five times a second for all groups together.
const AWS_PERIOD: Duration = Duration::from_secs(2);

/// `deployer dev`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
#[command(after_help = "\
Examples:
  deployer dev                     on the embedded cloud, with requests and logs below
  deployer dev --aws --stage ana   on AWS, in a stage of one's own

What is changed while it runs is built and swapped in; a request that is under way ends with the code that it began with. The
description may change too. Ctrl-C ends it; the embedded cloud goes on with what was built last: `deployer local stop`, `deployer down --local`.")]
pub struct DevArgs {
    /// Act on AWS instead of the embedded cloud; changes of the description are asked for, and a production stage is refused
    #[arg(long, conflicts_with = "local")]
    pub aws: bool,
    /// Apply without asking
    #[arg(long, short)]
    pub yes: bool,
    /// How the code of functions comes about.
    #[command(flatten)]
    pub code: CodeArgs,
}

/// Runs the command.
pub async fn run(global: &GlobalArgs, args: &DevArgs, screen: &Screen) -> Result<u8, CommandFailure> {
    if screen.format != OutputFormat::Human {
        return Err(Error::usage("`dev` is for people and has no other form of output")
            .hint("Scripts use `deployer up --output json`.")
            .into());
    }
    let is_remote = args.aws || global.endpoint_url.is_some();
    let global = GlobalArgs { local: !is_remote, ..global.clone() };
    let path = target::config_path(&global)?;
    let path = path.canonicalize().map_err(|error| Error::io(format!("{}: {error}", path.display())))?;
    let watch = SourceWatch::begin(SourceRoots::of(&path, &[]))?;
    let stop = StopRequest::default();
    let mut work = DevWork { global, args, screen, path: &path, stop: &stop, watch, described: None, log: None };
    listening(&stop, work.rounds()).await
}

/// A description and its sources, watched.
struct DevWork<'a> {
    global: GlobalArgs,
    args: &'a DevArgs,
    screen: &'a Screen,
    path: &'a Path,
    stop: &'a StopRequest,
    watch: SourceWatch,
    /// The text of the description that was carried out last.
    described: Option<String>,
    /// What the functions log, once they are there.
    log: Option<FollowedLog>,
}

/// How a round ended.
enum RoundEnd {
    /// Everything is as described.
    Ready(Box<RunSession>),
    /// A signal came.
    Interrupted,
}

impl DevWork<'_> {
    async fn rounds(&mut self) -> Result<u8, CommandFailure> {
        let mut reporter = self.screen.reporter(ShownParts { plan: Some(PlanStyle::default()), verbose: false });
        let mut begun = OffsetDateTime::now_utc();
        loop {
            let (mut log, screen) = (self.log.take(), self.screen);
            let ended = tokio::select! {
                ended = self.round(reporter.as_mut()) => ended,
                failed = follow(log.as_mut(), screen) => return Err(failed),
            };
            self.log = log;
            match ended {
                Ok(RoundEnd::Interrupted) => return Ok(exit_code::DONE),
                Ok(RoundEnd::Ready(session)) => self.show_log_of(*session, begun),
                // What is there goes on answering, and the next change may mend it. What no change mends ends it before it began.
                Err(failure) if self.described.is_none() && !is_of_sources(&failure) => return Err(failure),
                Err(failure) => drop(failure.show(self.screen)),
            }
            self.screen.say(&self.waiting_line());
            let changed = tokio::select! {
                () = self.stop.beyond(0) => return Ok(exit_code::DONE),
                failed = follow(self.log.as_mut(), self.screen) => return Err(failed),
                changed = self.watch.changed() => changed?,
            };
            begun = OffsetDateTime::now_utc();
            reporter = self.screen.brief(&changed, &project_dir(self.path));
        }
    }

    fn waiting_line(&self) -> String {
        let place = if self.global.local { "the embedded cloud goes on afterwards" } else { "what is on AWS stays" };
        format!("watching for changes; Ctrl-C ends this, {place}\n")
    }

    /// Brings the stack to what the sources and the description say now.
    async fn round(&mut self, reporter: &mut dyn RunReporter) -> Result<RoundEnd, CommandFailure> {
        let text = fs::read_to_string(self.path).ok();
        let is_described_anew = text != self.described;
        let stack = target::load(&self.global, self.screen)?;
        self.refuse_production(&stack)?;
        if is_described_anew {
            // Before the build, so that no change is missed meanwhile.
            self.watch.follow(self.roots(&stack).await?)?;
        }
        let session = target::session(&self.global, stack, StartPolicy::IfNeeded).await?;
        let stack_run = StackRun { kinds: KINDS, session: &session };
        let observed = tokio::select! {
            () = self.stop.beyond(0) => return Ok(RoundEnd::Interrupted),
            observed = run::look(&self.global, stack_run, &self.args.code, reporter) => observed?,
        };
        let mut plan = engine::decide(stack_run, &observed, RunGoal::Up, &PlanOptions::default())?;
        let kept = if is_described_anew { Vec::new() } else { keep_all_but_code(&mut plan) };
        run::refuse_wrong_seeds(stack_run, &mut plan).await;
        reporter.event(&RunEvent::Target(observed.target.clone()));
        reporter.event(&RunEvent::Planned(plan.clone()));
        if !kept.is_empty() {
            let message = format!("{} differ from the description too: `deployer up` shows it", kept.join(", "));
            reporter.event(&RunEvent::Note { message });
        }
        if let Some(refused) = run::refused(&plan) {
            return Err(refused);
        }
        if is_described_anew && !plan.is_empty() {
            let consent = UserConsent { yes: self.args.yes || self.global.local, stage: None };
            up::agree(consent, self.screen, stack_run, &plan)?;
        }
        let outcome = run::execute(stack_run, &observed, &plan, self.stop, reporter).await?;
        let is_interrupted = outcome.summary.interrupted;
        let has_succeeded = outcome.summary.succeeded() && outcome.errors.is_empty();
        run::finish(stack_run, outcome, stack_run.outputs(), reporter)?;
        if has_succeeded {
            self.described = text;
        }
        // What was built tells what it was built from. Asked after the answer is there, not before.
        self.watch.follow(self.roots(&session.stack).await?)?;
        Ok(if is_interrupted { RoundEnd::Interrupted } else { RoundEnd::Ready(Box::new(session)) })
    }

    /// Returns what decides about a stack: its description, and the packages and files that its functions are made from.
    async fn roots(&self, stack: &Stack) -> Result<SourceRoots, CommandFailure> {
        let mut roots = SourceRoots::of(self.path, &stack.file_paths());
        let (mut workspace, folder) = (None, find_workspace(&stack.path));
        for spec in code::build_specs(stack, &self.args.code, self.global.local)? {
            match (&spec.source, &folder) {
                (CodeSource::File(path), _) => roots.add_file(&spec.workspace_dir.join(path)),
                (CodeSource::Cargo(binary), Some(folder)) => {
                    let workspace = match &mut workspace {
                        Some(workspace) => workspace,
                        none => none.insert(CargoWorkspace::load(folder).await?),
                    };
                    roots.add_binary(workspace, &workspace.executable(&spec.name, binary)?);
                }
                // The build says that there is none.
                (CodeSource::Cargo(_), None) => {}
            }
        }
        Ok(roots)
    }

    fn refuse_production(&self, stack: &Stack) -> Result<(), CommandFailure> {
        if !stack.production || self.global.local {
            return Ok(());
        }
        let message = format!("the stage `{}` is marked as production: `dev` does not touch it", stack.stage);
        let hint =
            "Give yourself a stage of your own, `[stage.NAME]` in the description; `deployer up` is for this one.";
        Err(Error::refused(message).hint(hint).into())
    }

    /// Shows from now on what the functions of this session log; what was shown of the same functions is not shown again.
    fn show_log_of(&mut self, session: RunSession, begun: OffsetDateTime) {
        let functions = session.stack.named::<FunctionBlock>();
        let names: Vec<_> = functions.iter().map(|function| function.name.clone()).collect();
        let period = if self.global.local { LOCAL_PERIOD } else { AWS_PERIOD };
        self.log = Some(match self.log.take() {
            Some(log) if log.names == names => FollowedLog { session, ..log },
            _ => FollowedLog {
                view: LogView::new(LogChoice::default(), self.screen.out, names.len() > 1),
                stream: LogStream::new(functions, begun.unix_timestamp() * 1000, None),
                session,
                names,
                period,
            },
        });
    }
}

/// Tells whether a failure is about the description or the sources, which a change of them mends.
fn is_of_sources(failure: &CommandFailure) -> bool {
    match failure {
        CommandFailure::Description(_) => true,
        CommandFailure::Declined(_) => false,
        CommandFailure::Errors(errors) => errors.iter().all(|error| error.kind == ErrorKind::Artifact),
    }
}

/// A code change is one upload: whatever else differs waits for a change of the description. Returns what was left as it is.
fn keep_all_but_code(plan: &mut Plan) -> Vec<String> {
    let mut kept = Vec::new();
    for step in plan.steps.iter_mut().filter(|step| step.action.changes()) {
        let is_code = matches!(&step.action, StepAction::Update { changes, .. } if touches(changes, "code_sha256"));
        if !is_code {
            step.action = StepAction::Keep;
            kept.push(step.place.id.to_string());
        }
    }
    kept
}

/// What the functions log.
struct FollowedLog {
    session: RunSession,
    stream: LogStream,
    view: LogView,
    /// Names of the functions.
    names: Vec<String>,
    period: Duration,
}

/// Shows what functions log. Ends only where stdout does not take it.
async fn follow(log: Option<&mut FollowedLog>, screen: &Screen) -> CommandFailure {
    let Some(log) = log else { return std::future::pending().await };
    loop {
        let mut look = log.stream.look(&log.session);
        // A look that fails is repeated: the next one may be answered.
        while let Ok(Some(news)) = look.news().await {
            if let Err(error) = screen.data(&log.view.show(news.lines, OutputFormat::Human)) {
                return error.into();
            }
        }
        sleep(log.period).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::PlanStep;
    use crate::engine::diff::FieldChange;
    use crate::kinds::{ResourceId, ResourceRef};
    use serde_json::Value;

    #[test]
    fn a_change_of_the_code_is_an_upload_and_nothing_else() {
        let step = |kind: &'static str, action| PlanStep {
            place: ResourceRef { id: ResourceId::new(kind, "x"), name: "x".to_owned() },
            action,
            after: Vec::new(),
        };
        let update = |path: &str| StepAction::Update {
            changes: vec![FieldChange { path: path.to_owned(), was: Value::Null, want: Value::Null }],
            adopt: false,
        };
        let mut plan = Plan {
            steps: vec![
                step("function", update("code_sha256")),
                step("table", update("billing_mode")),
                step("role", StepAction::Create { spec: Value::Null }),
                step("log_group", StepAction::Keep),
            ],
            ..Plan::default()
        };
        assert_eq!(keep_all_but_code(&mut plan), ["table.x", "role.x"]);
        assert_eq!(plan.tally().update, 1);
        assert_eq!(plan.tally().create, 0);
    }
}
