//! The commands: a line for each here, everything else in a file of its own.

use super::code::CodeArgs;
use super::failure::CommandFailure;
use super::global::GlobalArgs;
use super::{
    backup, build, completions, dev, down, graph, import_terraform, init, invoke, local, logs, man, metrics, openapi,
    outputs, plan, policy, queue, restore, schedule, schema, status, up, validate,
};
use crate::ui::Screen;
use clap::{Command, Subcommand};

/// What to do.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum CliCommand {
    /// Write a stack description for this project, or a small project with one
    Init(init::InitArgs),
    /// Create or update everything that is described
    #[command(aliases = ["deploy", "apply"])]
    Up(up::UpArgs),
    /// Bring the stack up here, and again at every change; show requests and logs
    ///
    /// A change is one of the sources or of the description.
    Dev(dev::DevArgs),
    /// Show what `up` would do
    Plan(plan::PlanArgs),
    /// Compare AWS with the description, resource by resource
    #[command(alias = "ls")]
    Status(status::StatusArgs),
    /// Draw the stack: who uses whom, and how each resource is
    Graph(graph::GraphArgs),
    /// Print the values that the stack gives out: endpoint, names, ARNs
    #[command(alias = "output")]
    Outputs(outputs::OutputsArgs),
    /// Print the API's OpenAPI document with the live endpoint as its server
    Openapi,
    /// Check the stack description; nothing is contacted
    Validate,
    /// Remove everything; tables that hold data stay unless named
    #[command(aliases = ["destroy", "remove"])]
    Down(down::DownArgs),
    /// Back up the stack's tables
    #[command(subcommand)]
    Backup(backup::BackupArgs),
    /// Bring a table back from a backup, or items from a file
    Restore(restore::RestoreArgs),
    /// Show what the functions logged
    Logs(logs::LogsArgs),
    /// Show what came of requests over time
    Metrics(metrics::MetricsArgs),
    /// Call a function and print its answer
    Invoke(invoke::InvokeArgs),
    /// Run what is scheduled, now
    #[command(subcommand)]
    Schedule(schedule::ScheduleArgs),
    /// Send, look at, bring back and throw away messages
    #[command(subcommand)]
    Queue(queue::QueueArgs),
    /// Build the functions and check them, without uploading
    Build(build::BuildArgs),
    /// Print the IAM policy that deploying this stack needs; nothing is contacted
    Policy(policy::PolicyArgs),
    /// Show what Terraform or OpenTofu has, and adopt it
    ImportTerraform(import_terraform::ImportTerraformArgs),
    /// Run the embedded cloud of this machine
    #[command(subcommand)]
    Local(local::LocalArgs),
    /// Print a JSON Schema of the stack description, for editors
    Schema,
    /// Print a completion script for a shell
    Completions(completions::CompletionsArgs),
    /// Print the manual page, or write the pages of all commands
    Man(man::ManArgs),
}

/// The commands that do not act on the stack at a place, with the options that say nothing to them.
const DEAF: &[(&[&str], &[&str])] = &[
    (
        &["init", "schema", "completions", "man"],
        &["--local", "--endpoint-url", "--profile", "--region", "--stage", "--config"],
    ),
    // The embedded cloud belongs to the folder of the description.
    (&["local"], &["--local", "--endpoint-url", "--profile", "--region", "--stage"]),
    (&["validate", "build", "policy"], &["--local", "--endpoint-url", "--profile"]),
];

impl CliCommand {
    /// Runs the command. `program` makes the whole command line, as clap has it.
    pub async fn run(
        &self,
        global: &GlobalArgs,
        program: fn() -> Command,
        screen: &Screen,
    ) -> Result<u8, CommandFailure> {
        match self {
            Self::Init(args) => init::run(global, args, screen).await,
            Self::Up(args) => up::run(global, args, screen).await,
            Self::Dev(args) => dev::run(global, args, screen).await,
            Self::Plan(args) => plan::run(global, args, screen).await,
            Self::Status(args) => status::run(global, args, screen).await,
            Self::Graph(args) => graph::run(global, args, screen).await,
            Self::Outputs(args) => outputs::run(global, args, screen).await,
            Self::Openapi => openapi::run(global, screen).await,
            Self::Validate => validate::run(global, screen).await,
            Self::Down(args) => down::run(global, args, screen).await,
            Self::Backup(args) => backup::run(global, args, screen).await,
            Self::Restore(args) => restore::run(global, args, screen).await,
            Self::Logs(args) => logs::run(global, args, screen).await,
            Self::Metrics(args) => metrics::run(global, args, screen).await,
            Self::Invoke(args) => invoke::run(global, args, screen).await,
            Self::Schedule(args) => schedule::run(global, args, screen).await,
            Self::Queue(args) => queue::run(global, args, screen).await,
            Self::Policy(args) => policy::run(global, args, screen),
            Self::Build(args) => build::run(global, args, screen).await,
            Self::Local(args) => local::run(global, args, screen).await,
            Self::ImportTerraform(args) => import_terraform::run(global, args, screen).await,
            Self::Completions(args) => completions::run(args, screen),
            Self::Schema => schema::run(screen),
            Self::Man(args) => man::run(args, program(), screen),
        }
    }

    /// Lists the commands, each with the options of [`GlobalArgs::place`] that say nothing to it.
    pub fn deaf_to() -> impl Iterator<Item = (String, &'static [&'static str])> {
        let commands = Self::augment_subcommands(Command::new("deployer"));
        let names: Vec<_> = commands.get_subcommands().map(|command| command.get_name().to_owned()).collect();
        names.into_iter().map(|name| {
            let known = DEAF.iter().find(|(names, _)| names.contains(&name.as_str()));
            (name, known.map_or(&[][..], |(_, options)| *options))
        })
    }

    /// Tells whether the command only reads until it begins to listen to signals: an interruption before that leaves everything as
    /// it was.
    pub fn begins_by_reading(&self) -> bool {
        matches!(self, Self::Up(_) | Self::Dev(_) | Self::Plan(_) | Self::Status(_) | Self::Down(_))
    }

    /// Returns how the code of functions comes about, where the command needs code.
    pub fn code(&self) -> Option<&CodeArgs> {
        match self {
            Self::Up(up::UpArgs { code, .. })
            | Self::Dev(dev::DevArgs { code, .. })
            | Self::Plan(plan::PlanArgs { code, .. })
            | Self::ImportTerraform(import_terraform::ImportTerraformArgs { code, .. }) => Some(code),
            _ => None,
        }
    }
}
