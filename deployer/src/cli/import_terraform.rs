//! `deployer import-terraform`: from Terraform's files to a stack of ours.

use super::code::CodeArgs;
use super::exit::exit_code;
use super::failure::CommandFailure;
use super::global::GlobalArgs;
use super::target::StartPolicy;
use super::{run, target, up, value};
use crate::aws::tags::ResourceOwner;
use crate::engine::{AdoptionScope, ObservedStack, PlanOptions, StackRun};
use crate::error::{Error, Result};
use crate::import::{DescriptionSetting, ReadOptions, TerraformComparison, TerraformSource};
use crate::kinds::{RestApiKind, kinds_with, sections};
use crate::stack::{Diagnostic, DocumentDrift, NotFound, Stack, StackSource};
use crate::ui::human::ShownParts;
use crate::ui::import::ImportPage;
use crate::ui::plan::PlanStyle;
use crate::ui::{OutputFormat, RunReporter, Screen, measure};
use crate::{import, stack};
use clap::builder::{NonEmptyStringValueParser, PathBufValueParser};
use clap::{Args, ValueHint};
use std::path::{Path, PathBuf};
use std::{env, fs};

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
pub struct ImportTerraformArgs {
    /// terraform.tfstate, main.tf, or the directory with them
    #[arg(value_name = "PATH", value_hint = ValueHint::AnyPath, value_parser = PathBufValueParser::new())]
    pub path: PathBuf,
    /// Value of a variable of the configuration; may be repeated
    #[arg(long = "var", value_name = "NAME=VALUE", value_parser = value::assignment)]
    pub variables: Vec<(String, String)>,
    /// File with values of variables; may be repeated
    #[arg(long = "var-file", value_name = "FILE", value_hint = ValueHint::FilePath, value_parser = PathBufValueParser::new())]
    pub variable_files: Vec<PathBuf>,
    /// Terraform's workspace; the selected one when absent
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    pub workspace: Option<String>,
    /// Put what is missing into the stack description, or write a new one
    #[arg(long)]
    pub write: bool,
    /// Take over what the description and Terraform both have, and bring it to the description
    #[arg(long)]
    pub adopt: bool,
    /// Apply without asking
    #[arg(long, short, requires = "adopt")]
    pub yes: bool,
    /// Accept this change although it lowers a protection, such as `table.orders.index.by-day`; may be repeated
    #[arg(long, requires = "adopt", value_name = "RESOURCE.FIELD", value_parser = NonEmptyStringValueParser::new())]
    pub accept: Vec<String>,
    /// How the code of functions comes about.
    #[command(flatten)]
    pub code: CodeArgs,
}

/// Runs the command.
pub async fn run(global: &GlobalArgs, args: &ImportTerraformArgs, screen: &Screen) -> Result<u8, CommandFailure> {
    // Said before anything is written.
    if args.adopt && !args.yes && !up::ci() && !screen.can_ask() {
        return Err(up::nobody_to_ask("adopt anything"));
    }
    let reading = ReadOptions {
        variable_files: args.variable_files.clone(),
        variables: args.variables.clone(),
        workspace: args.workspace.clone(),
    };
    let source = import::read(&args.path, &reading)?;
    let mut description = DescriptionFile::find(global, &source)?;
    let mut comparison = description.compare(&source)?;
    let missing = comparison.settings.clone();
    if args.write {
        let new = description.proposed.is_some();
        description = description.write(global, &comparison)?;
        if new {
            screen
                .note(&format!("written: {}; look through it before anything is adopted", description.path.display()));
        }
        comparison = description.compare(&source)?;
        if !comparison.settings.is_empty() {
            return Err(Error::internal("the lines that were written do not say what they should").into());
        }
    }
    let page = ImportPage {
        source: &source,
        comparison: &comparison,
        description: &description.path,
        proposed: description.proposed.as_deref(),
        written: if args.write { &missing } else { &[] },
    };
    let adoptable = || {
        adoptable(&comparison, description.proposed.is_some(), args)?;
        if comparison.adopted.is_empty() {
            return Err(nothing_to_adopt(&source, &description, &reading).into());
        }
        Ok::<(), CommandFailure>(())
    };
    if screen.format == OutputFormat::Json && args.adopt {
        // What follows is a line for each event; what is refused before is one document, as everywhere.
        adoptable()?;
        screen.line(&page.event())?;
    } else {
        screen.answer(|look| page.render(look), || page.json())?;
    }
    if !args.adopt {
        return Ok(if comparison.refusals.is_empty() { exit_code::DONE } else { exit_code::FAILED });
    }
    adoptable()?;
    if comparison.holds_data && !source.is_let_go(|path| import::read(path, &reading).ok()) {
        let tool = source.tool.name();
        screen.warn(&format!(
            "{tool} still has what is adopted: its `destroy` would delete it, tables and queues with all that they hold. Run the lines with `state rm` first, and take the blocks out of the configuration: its next `apply` would make everything a second time"
        ));
    }
    let code = adopt(global, args, screen, description.stack, &comparison).await?;
    if code == exit_code::DONE && screen.format == OutputFormat::Human {
        screen.say(&page.farewell(&screen.err));
    }
    Ok(code)
}

fn check(global: &GlobalArgs, source: StackSource) -> Result<Stack, CommandFailure> {
    Ok(stack::check(source, global.stage.as_deref(), &sections(), DocumentDrift::Remarked)?)
}

/// The stack description, there or yet to be written.
struct DescriptionFile {
    path: PathBuf,
    stack: Stack,
    text: String,
    /// The text, when there is no file yet.
    proposed: Option<String>,
    /// Why there is neither a file nor a proposal.
    obstacles: Vec<Error>,
}

/// A description without resources, with which everything can be listed that has no proposal.
const NOTHING: &str = "name = \"imported\"\ndefault_stage = \"prod\"\n";

/// Writes a new description that is valid and leaves nothing to be added.
fn propose(global: &GlobalArgs, source: &TerraformSource, path: &Path) -> Result<(Stack, String), CommandFailure> {
    let checked = |text: &str| check(global, StackSource { path: path.to_owned(), text: text.to_owned() });
    let mut text = import::describe(source, &project_name(&source.path))?;
    let mut stack = checked(&text)?;
    let missing = import::locate(&text, &stack.stage, import::compare(source, &stack).settings)?;
    if !missing.is_empty() {
        text = import::edit(&text, &missing)?;
        stack = checked(&text)?;
    }
    Ok((stack, text))
}

/// Returns why a proposal failed. There is no file yet that a mistake could be in.
fn obstacles(failure: CommandFailure) -> Vec<Error> {
    match failure {
        CommandFailure::Errors(errors) => errors,
        CommandFailure::Declined(meaning) => vec![Error::refused(meaning)],
        CommandFailure::Description(invalid) => {
            let mistakes = invalid.diagnostics().iter();
            let error = |mistake: &Diagnostic| {
                let message = format!("no description can be proposed: {}", mistake.message);
                let error = Error::refused(message).fact("key", &mistake.key);
                mistake.help.iter().fold(error, |error, help| error.hint(help))
            };
            mistakes.map(error).collect()
        }
    }
}

impl DescriptionFile {
    fn find(global: &GlobalArgs, source: &TerraformSource) -> Result<DescriptionFile, CommandFailure> {
        let cwd = env::current_dir().map_err(|e| Error::io(format!("the current directory cannot be read: {e}")))?;
        let path = match stack::find(global.config.as_deref(), None, &cwd) {
            Ok(path) => return DescriptionFile::load(global, path),
            Err(NotFound::Named { path, .. }) => path,
            Err(NotFound::None) => cwd.join("deployer.toml"),
            Err(other) => return Err(Error::usage(other.to_string()).into()),
        };
        match propose(global, source, &path) {
            Ok((stack, text)) => {
                Ok(DescriptionFile { path, stack, proposed: Some(text.clone()), text, obstacles: Vec::new() })
            }
            Err(failure) => {
                let text = NOTHING.to_owned();
                let stack = check(global, StackSource { path: path.clone(), text: text.clone() })?;
                Ok(DescriptionFile { path, stack, text, proposed: None, obstacles: obstacles(failure) })
            }
        }
    }

    fn load(global: &GlobalArgs, path: PathBuf) -> Result<DescriptionFile, CommandFailure> {
        let source = stack::read(&path)?;
        let text = source.text.clone();
        let stack = check(global, source)?;
        Ok(DescriptionFile { path, stack, text, proposed: None, obstacles: Vec::new() })
    }

    fn compare(&self, source: &TerraformSource) -> Result<TerraformComparison> {
        let mut comparison = import::compare(source, &self.stack);
        comparison.settings = import::locate(&self.text, &self.stack.stage, comparison.settings)?;
        comparison.refusals.extend(self.obstacles.iter().cloned());
        Ok(comparison)
    }

    /// Writes the lines that are missing, or all of it. What would not be a valid description is not written.
    fn write(self, global: &GlobalArgs, comparison: &TerraformComparison) -> Result<DescriptionFile, CommandFailure> {
        match &self.proposed {
            Some(text) => import::save(&self.path, text)?,
            None if comparison.settings.is_empty() => return Ok(self),
            None => {
                let text = import::edit(&self.text, &comparison.settings)?;
                check(global, StackSource { path: self.path.clone(), text: text.clone() })?;
                import::save(&self.path, &text)?;
            }
        }
        DescriptionFile::load(global, self.path)
    }
}

/// Returns the name of the directory that holds Terraform's files, or of the one that it is in.
fn project_name(source: &Path) -> String {
    const USUAL: &[&str] = &["terraform", "tofu", "tf", "infra", "infrastructure", "deploy", "terraform.tfstate.d"];
    let source = fs::canonicalize(source).unwrap_or_else(|_| source.to_owned());
    let dirs = source.ancestors().filter(|path| path.is_dir());
    let names = dirs.filter_map(|dir| Some(dir.file_name()?.to_string_lossy().into_owned()));
    names.into_iter().find(|name| !USUAL.contains(&name.as_str())).unwrap_or_default()
}

/// Checks whether adopting can be tried at all. Contacts nothing.
fn adoptable(
    comparison: &TerraformComparison,
    proposed: bool,
    args: &ImportTerraformArgs,
) -> Result<(), CommandFailure> {
    let again = format!("`deployer import-terraform {} --write`", args.path.display());
    if proposed {
        return Err(Error::refused("there is no stack description to adopt into; nothing was changed")
            .hint(format!("{again} writes the one that is shown above. Look through it first."))
            .into());
    }
    if !comparison.refusals.is_empty() {
        return Err(comparison.refusals.clone().into());
    }
    // A right that is not described is a loss, which can be accepted; any other line decides what is taken over.
    let accepted = |setting: &&DescriptionSetting| setting.right().is_some_and(|name| args.accept.contains(&name));
    let lines = comparison.settings.iter().filter(|setting| !accepted(setting)).count();
    if lines > 0 {
        let error = Error::refused(format!(
            "the stack description does not agree with what exists: it lacks {}; nothing was changed",
            measure::count(lines, "line")
        ))
        .hint(format!("{again} puts the lines there that are shown above."));
        let rights = comparison.settings.iter().filter_map(DescriptionSetting::right);
        let without = |name| format!("To adopt without the rights that are not described: `--accept {name}`.");
        return Err(rights.fold(error, |error, name| error.hint(without(name))).into());
    }
    let lost = comparison.losses.iter().filter(|(name, _)| !args.accept.contains(name));
    let lost: Vec<_> = lost.map(|(_, error)| error.clone()).collect();
    if !lost.is_empty() {
        return Err(lost.into());
    }
    Ok(())
}

/// Says that nothing can be adopted, and where what Terraform has let go of is still to be read.
fn nothing_to_adopt(source: &TerraformSource, description: &DescriptionFile, reading: &ReadOptions) -> Error {
    let adoptable = |path: &PathBuf| {
        let earlier = import::read(path, reading).ok()?;
        let adopted = description.compare(&earlier).ok()?.adopted.len();
        (adopted > 0).then(|| (adopted, path.clone()))
    };
    let error = Error::usage("there is nothing to adopt: no resource is both described and Terraform's");
    // Of several with as much, the first is the copy.
    let fullest = source.earlier_states().iter().filter_map(adoptable).rev().max_by_key(|(adopted, _)| *adopted);
    match fullest {
        Some((_, path)) => error.hint(format!(
            "A state of before, in which Terraform had not let go, can be adopted: `deployer import-terraform {} --adopt`.",
            path.display()
        )),
        None => error,
    }
}

async fn adopt(
    global: &GlobalArgs,
    args: &ImportTerraformArgs,
    screen: &Screen,
    stack: Stack,
    comparison: &TerraformComparison,
) -> Result<u8, CommandFailure> {
    let session = target::session(global, stack, StartPolicy::IfNeeded).await?;
    let api = RestApiKind::adopting(&comparison.adopted);
    let kinds = kinds_with(&api);
    let stack_run = StackRun { kinds: &kinds, session: &session };
    let mut reporter = screen.reporter(ShownParts { plan: Some(PlanStyle::default()), verbose: false });
    match change(global, args, screen, stack_run, comparison, reporter.as_mut()).await {
        Ok(code) => Ok(code),
        Err(failure) => run::abandon(failure, reporter.as_mut()),
    }
}

async fn change(
    global: &GlobalArgs,
    args: &ImportTerraformArgs,
    screen: &Screen,
    stack_run: StackRun<'_>,
    comparison: &TerraformComparison,
    reporter: &mut dyn RunReporter,
) -> Result<u8, CommandFailure> {
    let observed = run::look(global, stack_run, &args.code, reporter).await?;
    same_target(comparison, &observed)?;
    all_there(comparison, &observed)?;
    let adopt = AdoptionScope::Only(comparison.adopted.keys().cloned().collect());
    let of_files = |name: &&String| {
        let rights = comparison.settings.iter().filter_map(DescriptionSetting::right);
        comparison.losses.iter().map(|(known, _)| known.clone()).chain(rights).any(|known| known == **name)
    };
    let accept = args.accept.iter().filter(|name| !of_files(name)).cloned().collect();
    let choices = PlanOptions { adopt, accept, ..PlanOptions::default() };
    let plan = run::plan(stack_run, &observed, &choices, reporter).await?;
    let ours = |place| observed.found.get(place).is_some_and(|found| found.owner == ResourceOwner::Ours);
    if comparison.expected.iter().all(ours) {
        screen.note("everything is adopted already");
    }
    up::carry_out(up::UserConsent { yes: args.yes, stage: None }, screen, stack_run, &observed, &plan, reporter).await
}

/// Checks that Terraform's resources are in the account and the region that the calls go to.
fn same_target(comparison: &TerraformComparison, observed: &ObservedStack) -> Result<(), CommandFailure> {
    let target = &observed.target;
    for (what, told, here) in
        [("account", &comparison.accounts, &target.account), ("region", &comparison.regions, &target.region)]
    {
        if let Some((there, address)) = told.iter().find(|(there, _)| *there != here) {
            return Err(Error::refused(format!("{address} is in {what} {there}, but the stack goes to {here}; nothing was changed"))
                .fact("terraform", address)
                .fact(format!("{what} there"), there)
                .fact(format!("{what} of the stack"), here)
                .hint("Use the credentials and the region of what is to be adopted (AWS_PROFILE, --profile, --region, `region` in the description).")
                .into());
        }
    }
    Ok(())
}

/// Checks that everything that Terraform knows exists on AWS; else it would be created, and would be empty.
fn all_there(comparison: &TerraformComparison, observed: &ObservedStack) -> Result<(), CommandFailure> {
    let missing: Vec<_> = comparison.expected.iter().filter(|place| !observed.found.contains_key(*place)).collect();
    if !missing.is_empty() {
        let list: Vec<_> = missing.iter().map(|place| format!("{} {}", place.id, place.name)).collect();
        return Err(Error::refused(format!(
            "Terraform has what AWS has not: {}; nothing was changed",
            list.join(", ")
        ))
        .hint("The state may be out of date or that of another account: `terraform plan -refresh-only` shows it.")
        .into());
    }
    for (place, id) in &comparison.adopted {
        let found = observed.found.get(place).and_then(|found| found.outputs.get("id"));
        if let (Some(id), Some(found)) = (id, found)
            && id != found
        {
            return Err(Error::refused(format!(
                "{} {} has the id {found} on AWS and {id} in the state; nothing was changed",
                place.id, place.name
            ))
            .hint("It was made again meanwhile: `terraform refresh`, then import again.")
            .into());
        }
    }
    Ok(())
}
