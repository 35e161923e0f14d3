//! The command line: what can be asked for, and the help. Pure: nothing is read but the arguments and, where the help says
//! so, the environment.

mod data;
mod exit;
mod value;

pub use data::{BackupArgs, BackupCreate, BackupExport, BackupList, RestoreArgs};
pub use exit::{EarlyExit, OutputStream, exit_code};
pub use value::{ArtifactArg, BackupSource, ClockMove, EventPayload, FileOrStdio, SinceTime};

use crate::ui::{ColorWhen, OutputFormat};
use clap::builder::styling::{AnsiColor, Effects};
use clap::builder::{NonEmptyStringValueParser, OsStringValueParser, PathBufValueParser, Styles, TypedValueParser};
use clap::error::ErrorKind;
use clap::{Args, CommandFactory, Parser, Subcommand, ValueHint};
use clap_complete::Shell;
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::PathBuf;

const GLOBAL: &str = "Global options";
const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().effects(Effects::BOLD))
    .usage(AnsiColor::Green.on_default().effects(Effects::BOLD))
    .literal(AnsiColor::Cyan.on_default().effects(Effects::BOLD))
    .placeholder(AnsiColor::Cyan.on_default())
    .error(AnsiColor::Red.on_default().effects(Effects::BOLD))
    .valid(AnsiColor::Green.on_default())
    .invalid(AnsiColor::Yellow.on_default());

/// Puts a serverless service on AWS from one TOML file, and keeps it as described
#[derive(Debug, Clone, PartialEq, Eq, Parser)]
#[command(
    name = "deployer",
    version,
    styles = STYLES,
    max_term_width = 100,
    arg_required_else_help = true,
    after_help = "\
What is there is read from AWS on every run and compared with the stack description; only what
differs is changed. Nothing is kept between runs, and the next run goes on where one was cut short.

Examples:
  deployer up --local           try the stack on this machine, without an account
  deployer plan                 show what would change
  deployer up                   create or update everything that is described
  deployer outputs endpoint     print where the API answers
  deployer down                 remove it all; tables that hold data stay

Exit codes: 0 done, 1 failed, 2 differences (only with --detailed-exitcode), 130 interrupted."
)]
pub struct CliArgs {
    /// Options of every command.
    #[command(flatten)]
    pub global: GlobalArgs,
    /// What to do.
    #[command(subcommand)]
    pub command: CliCommand,
}

/// Options of every command.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(next_help_heading = GLOBAL)]
pub struct GlobalArgs {
    /// Stack description [env: DEPLOYER_CONFIG] [default: ./deployer.toml, else the only TOML file in ./config]
    #[arg(long, global = true, value_name = "FILE", value_hint = ValueHint::FilePath, value_parser = PathBufValueParser::new())]
    pub config: Option<PathBuf>,
    /// Deployment stage, one of [stage.*] [env: DEPLOYER_STAGE] [default: default_stage of the stack description]
    #[arg(long, global = true, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    pub stage: Option<String>,
    /// AWS region [default: region of the stack description, else as the AWS CLI finds it]
    #[arg(long, global = true, value_name = "REGION", value_parser = NonEmptyStringValueParser::new())]
    pub region: Option<String>,
    /// Profile of the AWS configuration files [default: as the AWS CLI finds it]
    #[arg(long, global = true, value_name = "PROFILE", value_parser = NonEmptyStringValueParser::new())]
    pub profile: Option<String>,
    /// Act on the embedded cloud of this machine; it is started when needed
    #[arg(long, global = true)]
    pub local: bool,
    /// Act on another endpoint that speaks AWS's protocols
    #[arg(long, global = true, value_name = "URL", value_hint = ValueHint::Url, value_parser = value::endpoint)]
    pub endpoint_url: Option<String>,
    /// Form of what is printed: human, json, or, for `plan` alone, markdown
    #[arg(long, short, global = true, value_enum, value_name = "FORMAT", default_value_t, hide_possible_values = true)]
    pub output: OutputFormat,
    /// Show everything in full
    #[arg(long, short, global = true)]
    pub verbose: bool,
    /// When to use colours: auto, always or never
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value_t, hide_possible_values = true)]
    pub color: ColorWhen,
}

/// What to do.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum CliCommand {
    /// Create or update everything that is described
    Up(UpArgs),
    /// Show what `up` would do
    Plan(PlanArgs),
    /// Compare what is there with what is described, resource by resource
    Status(StatusArgs),
    /// Print the values that the stack gives out: endpoint, names, ARNs
    Outputs(OutputsArgs),
    /// Print the API's OpenAPI document with the live endpoint as its server
    Openapi,
    /// Check the stack description; nothing is contacted
    Validate,
    /// Remove everything; tables that hold data stay unless named
    Down(DownArgs),
    /// Back up the stack's tables
    #[command(subcommand)]
    Backup(BackupArgs),
    /// Bring a table back from a backup, or items from a file
    Restore(RestoreArgs),
    /// Show what the functions logged
    Logs(LogsArgs),
    /// Call a function and print its answer
    Invoke(InvokeArgs),
    /// Run what is scheduled, now
    #[command(subcommand)]
    Schedule(ScheduleArgs),
    /// Build the functions and check them, without uploading
    Build(BuildArgs),
    /// Print the IAM policy that deploying this stack needs; nothing is contacted
    Policy(PolicyArgs),
    /// Show what Terraform or OpenTofu has, and adopt it
    ImportTerraform(ImportTerraform),
    /// Run the embedded cloud of this machine
    #[command(subcommand)]
    Local(LocalArgs),
    /// Print a completion script for a shell
    Completions(CompletionsArgs),
}

/// How the code of functions comes about.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
pub struct CodeArgs {
    /// Do not build; use what was built last
    #[arg(long)]
    pub no_build: bool,
    /// Use this `bootstrap`, directory or zip for a function instead of building it; may be repeated
    #[arg(long = "artifact", value_name = "FUNCTION=PATH", value_hint = ValueHint::AnyPath, value_parser = OsStringValueParser::new().try_map(value::artifact))]
    pub artifacts: Vec<ArtifactArg>,
}

/// `deployer up`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
#[command(after_help = "\
Examples:
  deployer up                           show the plan, ask, carry it out
  deployer up --yes --stage prod        without asking, as in CI
  deployer up --local                   on the embedded cloud
  deployer up --artifact api=dist/api   with a binary that was built elsewhere")]
pub struct UpArgs {
    /// Do not ask
    #[arg(long, short)]
    pub yes: bool,
    /// Take over resources that exist under the stack's names without its tags
    #[arg(long)]
    pub adopt: bool,
    /// How the code of functions comes about.
    #[command(flatten)]
    pub code: CodeArgs,
    /// Delete this table, with its items, if it is not described any more; may be repeated
    #[arg(long, value_name = "TABLE", value_parser = NonEmptyStringValueParser::new())]
    pub delete_data: Vec<String>,
    /// Name the stage where `production = true` asks for it, before something is taken away
    #[arg(long, value_name = "STAGE", value_parser = NonEmptyStringValueParser::new())]
    pub confirm_stage: Option<String>,
    /// Show the plan and stop
    #[arg(long)]
    pub dry_run: bool,
}

/// `deployer plan`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
#[command(after_help = "\
Examples:
  deployer plan
  deployer plan --detailed-exitcode             0: nothing to do, 1: failed, 2: there are changes
  deployer plan --output markdown > plan.md     for a comment on a pull request
  deployer plan --output json | jq .tally")]
pub struct PlanArgs {
    /// Exit with 2 when there are changes
    #[arg(long)]
    pub detailed_exitcode: bool,
    /// How the code of functions comes about.
    #[command(flatten)]
    pub code: CodeArgs,
}

/// `deployer status`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
#[command(after_help = "\
Examples:
  deployer status
  deployer status --detailed-exitcode --output json     for a nightly check for drift")]
pub struct StatusArgs {
    /// Exit with 2 when something is not as described
    #[arg(long)]
    pub detailed_exitcode: bool,
    /// Compare the code of a function with this `bootstrap`, directory or zip instead of the last build; may be repeated
    #[arg(long = "artifact", value_name = "FUNCTION=PATH", value_hint = ValueHint::AnyPath, value_parser = OsStringValueParser::new().try_map(value::artifact))]
    pub artifacts: Vec<ArtifactArg>,
}

/// `deployer outputs`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
#[command(after_help = "\
Examples:
  deployer outputs
  curl \"$(deployer outputs endpoint)/orders\"
  deployer outputs api_key              the key of an API with auth = \"api_key\"; shown only when named
  deployer outputs --output json | jq -r '.\"table.orders.name\"'")]
pub struct OutputsArgs {
    /// Print the value of this one alone
    #[arg(value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    pub name: Option<String>,
}

/// `deployer down`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
#[command(after_help = "\
Examples:
  deployer down
  deployer down --yes --stage dev --delete-data Orders-dev
  deployer down --local                 on the embedded cloud; stops it too")]
pub struct DownArgs {
    /// Do not ask
    #[arg(long, short)]
    pub yes: bool,
    /// Delete this table although it holds items, after a backup; may be repeated
    #[arg(long, value_name = "TABLE", value_parser = NonEmptyStringValueParser::new())]
    pub delete_data: Vec<String>,
    /// Name the stage where `production = true` asks for it
    #[arg(long, value_name = "STAGE", value_parser = NonEmptyStringValueParser::new())]
    pub confirm_stage: Option<String>,
    /// Show the plan and stop
    #[arg(long)]
    pub dry_run: bool,
}

/// `deployer logs`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
#[command(after_help = "\
Examples:
  deployer logs --follow
  deployer logs api --since 2h --filter ERROR
  deployer logs --since 2026-01-31T08:00:00Z")]
pub struct LogsArgs {
    /// Function of the stack [default: all of them]
    #[arg(value_name = "FUNCTION", value_parser = NonEmptyStringValueParser::new())]
    pub function: Option<String>,
    /// Go on showing new events until interrupted
    #[arg(long, short)]
    pub follow: bool,
    /// How far back: 30s, 10m, 2h, 1d, or a time such as 2026-01-31T08:00:00Z
    #[arg(long, value_name = "TIME", default_value_t, value_parser = value::since)]
    pub since: SinceTime,
    /// Only events that match, in CloudWatch's filter pattern syntax
    #[arg(long, value_name = "PATTERN", value_parser = NonEmptyStringValueParser::new())]
    pub filter: Option<String>,
}

/// `deployer invoke`.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(after_help = "\
Examples:
  deployer invoke api --payload '{\"body\": \"{\\\"item\\\": \\\"Laptop\\\", \\\"quantity\\\": 2}\"}'
  deployer invoke api --payload @event.json
  jq . event.json | deployer invoke api --payload -")]
pub struct InvokeArgs {
    /// Function of the stack
    #[arg(value_name = "FUNCTION", value_parser = NonEmptyStringValueParser::new())]
    pub function: String,
    /// Event: JSON, @FILE, or - for stdin
    #[arg(long, short, value_name = "JSON", default_value_t, allow_hyphen_values = true, value_hint = ValueHint::FilePath, value_parser = value::payload)]
    pub payload: EventPayload,
}

/// `deployer schedule`.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum ScheduleArgs {
    /// Send a schedule's event to its function now
    Fire(ScheduleFire),
}

/// `deployer schedule fire`.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(after_help = "\
The function runs in the background, as it does when the schedule fires by itself: what came of it
is in its log. A schedule that is not enabled can be fired too.

Examples:
  deployer schedule fire expiry
  deployer schedule fire expiry --local && deployer logs expiry --local")]
pub struct ScheduleFire {
    /// Schedule of the stack
    #[arg(value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    pub schedule: String,
}

/// `deployer build`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
#[command(after_help = "\
Examples:
  deployer build
  deployer build api --zip dist")]
pub struct BuildArgs {
    /// Functions of the stack [default: all of them]
    #[arg(value_name = "FUNCTION", value_parser = NonEmptyStringValueParser::new())]
    pub functions: Vec<String>,
    /// Write the zips that would be uploaded into this directory
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, value_parser = PathBufValueParser::new())]
    pub zip: Option<PathBuf>,
}

/// `deployer policy`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
#[command(after_help = "\
Examples:
  deployer policy > policy.json                       for whoever runs up, plan, status, down, logs, invoke
  deployer policy --read-only                         for whoever runs plan, status, outputs, openapi, logs
  deployer policy --function api                      what the function's role will have
  deployer policy --github acme/orders --branch main  who may assume the deployer's role from a workflow")]
pub struct PolicyArgs {
    /// Print the policy that is enough to look: nothing can be changed with it, and no item of a table be read
    #[arg(long, conflicts_with_all = ["function", "github"])]
    pub read_only: bool,
    /// Print the policy of this function's role instead
    #[arg(long, value_name = "FUNCTION", conflicts_with = "github", value_parser = NonEmptyStringValueParser::new())]
    pub function: Option<String>,
    /// Print the trust policy for GitHub's OIDC tokens of this repository instead
    #[arg(long, value_name = "OWNER/REPO", value_parser = value::repository)]
    pub github: Option<String>,
    /// Branch whose workflows are trusted
    #[arg(long, value_name = "BRANCH", default_value = "main", requires = "github", value_parser = NonEmptyStringValueParser::new())]
    pub branch: String,
    /// Account id in the ARNs [default: `account` of the stack description]
    #[arg(long, value_name = "ID", value_parser = value::account)]
    pub account: Option<String>,
}

/// `deployer import-terraform`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
#[command(after_help = "\
Without --write and --adopt nothing is changed and nothing is contacted. Terraform's files are only
read; values of environment variables are not shown. A remote state is fetched with
`terraform state pull > former.tfstate`.

Examples:
  deployer import-terraform infra/            what becomes of each resource, and what is missing
  deployer import-terraform infra/ --write    put the missing lines into the description
  deployer import-terraform infra/ --adopt    show the plan, ask, take the resources over
  deployer import-terraform main.tf --output json | jq .settings")]
pub struct ImportTerraform {
    /// terraform.tfstate, main.tf, or the directory with them
    #[arg(value_name = "PATH", value_hint = ValueHint::AnyPath, value_parser = PathBufValueParser::new())]
    pub path: PathBuf,
    /// Put what is missing into the stack description, or write a new one
    #[arg(long)]
    pub write: bool,
    /// Take over what the description and Terraform both have, and bring it to the description
    #[arg(long)]
    pub adopt: bool,
    /// Do not ask
    #[arg(long, short, requires = "adopt")]
    pub yes: bool,
    /// How the code of functions comes about.
    #[command(flatten)]
    pub code: CodeArgs,
}

/// `deployer local`.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum LocalArgs {
    /// Start it in the background
    Start(LocalStart),
    /// Stop it; what is in it stays on disk
    Stop,
    /// Say whether it runs, where, and what is in it
    Status,
    /// Say what time it is there, or move that time forward
    Clock(LocalClock),
    /// Run it in the foreground
    #[command(hide = true)]
    Serve(LocalServe),
}

/// `deployer local start`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
#[command(after_help = format!("{}\n\n{START_EXAMPLES}", crate::local::fault_help()))]
pub struct LocalStart {
    /// Port on the loopback address [default: the one used last, else a free one]
    #[arg(long, value_name = "PORT", value_parser = value::port)]
    pub port: Option<u16>,
    /// Let it misbehave as AWS does on a bad day; may be repeated. One that runs already misbehaves from now on, until it is stopped
    #[arg(long = "fault", value_name = "SPEC", value_parser = value::fault)]
    pub faults: Vec<String>,
}

const START_EXAMPLES: &str = "\
Examples:
  deployer local start --fault realistic                        everything as on AWS
  deployer local start --fault role-delay=8s --fault cut-after=2%
  deployer local start --fault cut-before:CreateTable#1         the first one gets no answer
  deployer local start --fault none                             no more faults";

/// `deployer local clock`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
#[command(after_help = "\
Schedules, log retention and time to live see this time, functions see that of the machine. It goes
forward only; what became due on the way happens at once, a schedule once.

Examples:
  deployer local clock            what time it is
  deployer local clock +61h       61 hours later; units are s, m, h and d")]
pub struct LocalClock {
    /// How far to move it, such as +90s, +10m, +61h or +2d; `now` leaves it
    #[arg(value_name = "MOVE", default_value_t, allow_hyphen_values = true, value_parser = value::clock_move)]
    pub to: ClockMove,
}

/// `deployer local serve`: the process behind `deployer local start`.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct LocalServe {
    /// Where it keeps what it holds
    #[arg(long, value_name = "DIR", value_parser = PathBufValueParser::new())]
    pub dir: PathBuf,
    /// Port on the loopback address; 0 for a free one
    #[arg(long, value_name = "PORT")]
    pub port: u16,
}

/// `deployer completions`.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(after_help = "\
Examples:
  deployer completions bash > ~/.local/share/bash-completion/completions/deployer
  deployer completions fish > ~/.config/fish/completions/deployer.fish
  deployer completions zsh > ~/.zfunc/_deployer")]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_enum, value_name = "SHELL")]
    pub shell: Shell,
}

/// Reads the command line, and `DEPLOYER_CONFIG` and `DEPLOYER_STAGE` for what it does not name; the first argument is the
/// program.
///
/// # Errors
/// What is to be shown instead of running a command: the help or the version, or what is wrong with the arguments.
pub fn parse(args: impl IntoIterator<Item = OsString>) -> Result<CliArgs, EarlyExit> {
    parse_with(args, |name| std::env::var_os(name))
}

fn parse_with(
    args: impl IntoIterator<Item = OsString>,
    lookup: impl Fn(&str) -> Option<OsString>,
) -> Result<CliArgs, EarlyExit> {
    let mut cli = CliArgs::try_parse_from(args).map_err(EarlyExit::from_clap)?;
    complete(&mut cli.global, lookup)
        .and_then(|()| check(&cli))
        .map_err(|(kind, message)| EarlyExit::from_clap(CliArgs::command().error(kind, message)))?;
    Ok(cli)
}

/// Fills in what only the environment names. An empty variable is as good as none, which clap would take for an empty value.
fn complete(global: &mut GlobalArgs, lookup: impl Fn(&str) -> Option<OsString>) -> Result<(), (ErrorKind, String)> {
    let variable = |name| lookup(name).filter(|value| !value.is_empty());
    if global.config.is_none() {
        global.config = variable("DEPLOYER_CONFIG").map(PathBuf::from);
    }
    if let (None, Some(stage)) = (&global.stage, variable("DEPLOYER_STAGE")) {
        let stage = stage.into_string().map_err(|stage| {
            let message = format!("DEPLOYER_STAGE is not UTF-8: {}", stage.display());
            (ErrorKind::InvalidUtf8, message)
        })?;
        global.stage = Some(stage);
    }
    Ok(())
}

/// The rules between options. Global options may stand on either side of the command, where clap does not compare them.
fn check(cli: &CliArgs) -> Result<(), (ErrorKind, String)> {
    let global = &cli.global;
    if !crate::local::IS_BUILT_IN && (global.local || matches!(cli.command, CliCommand::Local(_))) {
        let message = "this deployer was built without the embedded cloud: install one that has it, with \
                       `cargo install --path deployer` and without `--no-default-features`";
        return Err((ErrorKind::InvalidValue, message.to_owned()));
    }
    if global.local && global.endpoint_url.is_some() {
        let message = "--local and --endpoint-url exclude each other: both say where to act";
        return Err((ErrorKind::ArgumentConflict, message.to_owned()));
    }
    if global.local && global.profile.is_some() {
        let message = "--local and --profile exclude each other: the embedded cloud needs no credentials";
        return Err((ErrorKind::ArgumentConflict, message.to_owned()));
    }
    if global.output == OutputFormat::Markdown && !matches!(cli.command, CliCommand::Plan(_)) {
        let message = "--output markdown is for `plan` alone: use `human` or `json`";
        return Err((ErrorKind::ValueValidation, message.to_owned()));
    }
    if let CliCommand::Up(UpArgs { code, .. })
    | CliCommand::Plan(PlanArgs { code, .. })
    | CliCommand::ImportTerraform(ImportTerraform { code, .. }) = &cli.command
    {
        let mut seen = BTreeSet::new();
        if let Some(twice) = code.artifacts.iter().find(|artifact| !seen.insert(&artifact.function)) {
            let message = format!("--artifact names the function `{}` twice: give it one path", twice.function);
            return Err((ErrorKind::ValueValidation, message));
        }
    }
    Ok(())
}

/// The completion script for a shell.
pub fn completions(shell: Shell) -> String {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut CliArgs::command(), "deployer", &mut script);
    String::from_utf8_lossy(&script).into_owned()
}

#[cfg(test)]
mod tests;
