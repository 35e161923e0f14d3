//! From a file to a checked [`Stack`]: the order of the steps.

use super::description::Stack;
use super::diagnostic::Diagnostic;
use super::files::{ReferencedFiles, project_dir};
use super::header::{FIXED, MOST_STAGES, STAGE, STAGE_NAME, StackHeader};
use super::invalid::InvalidStack;
use super::node::{TextSpan, TomlEntry, TomlTable, TomlValue};
use super::overlay::DeclaredStages;
use super::report::{DocumentDrift, MistakeReport, StackMistake};
use super::section::{CheckContext, SectionDefinition};
use super::shape::{Completeness, ValueShape, Walk};
use super::source::StackSource;
use super::syntax::ParsedToml;
use super::written::DescriptionText;
use super::{files, header, names, nearest, overlay, reference, syntax};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;

/// Reads and checks a stack description. Nothing is contacted.
///
/// # Errors
/// Every mistake of the file at once; or that the file cannot be read.
pub fn load(
    path: &Path,
    stage: Option<&str>,
    sections: &[&SectionDefinition],
    drift: DocumentDrift,
) -> Result<Stack, InvalidStack> {
    check(read(path)?, stage, sections, drift)
}

/// Reads the text of a stack description, unchecked.
///
/// # Errors
/// That the file cannot be read.
pub fn read(path: &Path) -> Result<StackSource, InvalidStack> {
    StackSource::read(path).map_err(InvalidStack::unreadable)
}

/// Checks a stack description that stands at its path, or is to stand there. Nothing is contacted.
///
/// # Errors
/// Every mistake of the text at once.
pub fn check(
    source: StackSource,
    stage: Option<&str>,
    sections: &[&SectionDefinition],
    drift: DocumentDrift,
) -> Result<Stack, InvalidStack> {
    let project = project_dir(&source.path);
    parse(source, stage, sections, drift, &|named| files::read(&project, named))
}

/// Checks a stack description that was read before; `read` reads the files that it names. Nothing is contacted.
///
/// # Errors
/// Every mistake of the text at once.
pub fn parse(
    source: StackSource,
    stage: Option<&str>,
    sections: &[&SectionDefinition],
    drift: DocumentDrift,
    read: &dyn Fn(&str) -> Result<String, String>,
) -> Result<Stack, InvalidStack> {
    let ParsedToml { root, mistakes, broken } = syntax::parse(&source.text);
    let mut report = MistakeReport::new(drift);
    let mut base = root.clone();
    let stages = stages(base.remove(STAGE), &mut report);
    if broken {
        check_parts(&base, &stages, sections, &mut report);
        spare_lines(&mistakes, &source, &mut report);
    }
    for mistake in mistakes {
        report.error(mistake);
    }
    if broken {
        return Err(InvalidStack::new(report, source, &root));
    }

    let chosen = choose(stage, &base, &stages, &mut report);
    let added = overlay::added(&base, &stages, sections);
    let whole = whole(&base, stages, chosen.as_deref(), sections, &mut report);
    let files = ReferencedFiles::read(referenced(&whole, sections), read);
    let contexts: Vec<_> = whole
        .iter()
        .map(|(stage, root)| {
            let name = root.text("name").map_or("", |(name, _)| name);
            CheckContext { name, stage, root, files: &files, sections }
        })
        .collect();
    for context in &contexts {
        check_stage(context, &source, &mut report);
    }
    names::check_across(&contexts, &mut report);
    for block in added {
        report.explain_missing(block.at, |missing| block.unfinished(missing));
    }

    let selected = contexts.iter().find(|context| Some(context.stage) == chosen.as_deref());
    let stack = selected.filter(|_| !report.has_errors()).and_then(|context| complete(context, &source, &mut report));
    match stack {
        Some(stack) if !report.has_errors() => {
            Ok(Stack { warnings: Diagnostic::locate(report.into_warnings(), &source, &root), ..stack })
        }
        _ => Err(InvalidStack::new(report, source, &root)),
    }
}

/// Returns the paths of the files that the blocks of these sections name, in any stage.
fn referenced<'a>(
    whole: &'a [(String, TomlTable)],
    sections: &'a [&SectionDefinition],
) -> impl Iterator<Item = &'a str> {
    let single = move |root: &'a TomlTable| {
        let blocks = sections.iter().filter(|section| !section.many);
        blocks.filter_map(|section| Some((root.table(section.name)?, section.files)))
    };
    let paths = |(block, keys): (&'a TomlTable, &'static [&'static str])| keys.iter().filter_map(|key| block.text(key));
    whole.iter().flat_map(move |(_, root)| single(root)).flat_map(paths).map(|(path, _)| path)
}

fn stages(entry: Option<TomlEntry>, report: &mut MistakeReport) -> DeclaredStages {
    let mut stages = DeclaredStages::new();
    let Some(entry) = entry else { return stages };
    let TomlValue::Table(declared) = entry.node.value else {
        let message = format!("expected stages in `{STAGE}`, found {}", entry.node.value.describe());
        let help = "write one `[stage.NAME]` for each; it may be empty";
        report.error(StackMistake::at(entry.node.span, message).label("expected a table").help(help));
        return stages;
    };
    if declared.len() > MOST_STAGES {
        let message = format!("{} stages are declared", declared.len());
        report.error(StackMistake::at(entry.key, message).help(format!("at most {MOST_STAGES} are allowed")));
    }
    for (name, stage) in declared.into_iter().take(MOST_STAGES) {
        Walk::new(report, Completeness::Part).text(stage.key, &name, &STAGE_NAME);
        match stage.node.value {
            TomlValue::Table(mut overlay) => {
                for fixed in FIXED {
                    if let Some(entry) = overlay.remove(fixed) {
                        let message = format!("`{fixed}` cannot differ between stages");
                        let help = "write it at the top of the file";
                        report.error(StackMistake::at(entry.key, message).label("not in a stage").help(help));
                    }
                }
                stages.insert(name, (stage.key, overlay));
            }
            other => {
                let message =
                    format!("expected a table for the stage `{}`, found {}", name.escape_debug(), other.describe());
                let help = format!("write `[stage.{}]`; it may be empty", name.escape_debug());
                report.error(StackMistake::at(stage.node.span, message).label("expected a table").help(help));
            }
        }
    }
    stages
}

/// Chooses the stage; a default that is not declared is a mistake whether it is needed or not.
fn choose(
    given: Option<&str>,
    base: &TomlTable,
    stages: &DeclaredStages,
    report: &mut MistakeReport,
) -> Option<String> {
    let declared: Vec<_> = stages.keys().map(String::as_str).collect();
    let default = base.text("default_stage");
    if let Some((default, at)) = default
        && !declared.is_empty()
        && !declared.contains(&default)
    {
        let message = format!("`default_stage` names an unknown stage `{}`", default.escape_debug());
        let help = nearest::suggest(default, "declared stages", declared.iter().copied());
        report.error(StackMistake::at(at, message).label("not declared").help(help));
    }
    let chosen = overlay::choose(given, default.map(|(default, _)| default), &declared);
    let misnamed = given.filter(|_| declared.is_empty()).and_then(|stage| {
        let reason = STAGE_NAME.refuses(stage)?;
        let message = format!("`{}` is not {}: {reason}", stage.escape_debug(), STAGE_NAME.what);
        Some((message, format!("allowed: {}", STAGE_NAME.allows())))
    });
    match misnamed.map_or(chosen, Err) {
        Ok(stage) => Some(stage),
        Err((message, help)) => {
            report.error(StackMistake::general(message).help(help));
            None
        }
    }
}

/// Returns the description of every declared stage, or of the only one there is. A base value that every stage replaces is in none of
/// them, so the base is checked here by itself.
fn whole(
    base: &TomlTable,
    stages: DeclaredStages,
    chosen: Option<&str>,
    sections: &[&SectionDefinition],
    report: &mut MistakeReport,
) -> Vec<(String, TomlTable)> {
    if stages.is_empty() {
        return vec![(chosen.unwrap_or(overlay::ONLY).to_owned(), base.clone())];
    }
    header::check_values(base, sections, &mut Walk::new(report, Completeness::Part));
    stages.into_iter().map(|(name, (_, overlay))| (name, overlay::merge(base.clone(), &overlay))).collect()
}

fn check_stage(context: &CheckContext<'_>, source: &StackSource, report: &mut MistakeReport) {
    let mut walk = Walk::new(report, Completeness::Whole);
    header::check_values(context.root, context.sections, &mut walk);
    let templates = walk.templates;
    for template in &templates {
        reference::check(template, &source.text, context, report);
    }
    header::check_relations(context, report);
    names::check(context, report);
    for section in context.sections {
        (section.check)(context, report);
    }
}

/// Checks what a syntax error left, value by value: nothing is missed and no relation is looked at, for the
/// rest may be behind the error.
fn check_parts(base: &TomlTable, stages: &DeclaredStages, sections: &[&SectionDefinition], report: &mut MistakeReport) {
    for part in std::iter::once(base).chain(stages.values().map(|(_, overlay)| overlay)) {
        header::check_values(part, sections, &mut Walk::new(report, Completeness::Part));
    }
}

/// Forgets what was found in lines with a syntax error, where the values are guesses of the parser, and below a broken
/// `[header]`, where the keys seem to belong to the table before.
fn spare_lines(syntax: &[StackMistake], source: &StackSource, report: &mut MistakeReport) {
    let guessed = |at: TextSpan| {
        let line = source.line(at.start);
        let below = &source.text[line.start..];
        if below.trim_start().starts_with('[') {
            TextSpan { start: line.start, end: line.start + below.find("\n[").unwrap_or(below.len()) }
        } else {
            line
        }
    };
    let places: Vec<_> = syntax.iter().filter_map(|mistake| mistake.span).map(guessed).collect();
    let spared = |at: TextSpan| places.iter().any(|place| at.start <= place.end && place.start <= at.end);
    report.retain_errors(|mistake| !mistake.span.is_some_and(spared));
}

/// Puts the defaults in, and makes sure that everything fits its typed form, so that [`Stack::all`] cannot fail later.
fn complete(context: &CheckContext<'_>, source: &StackSource, report: &mut MistakeReport) -> Option<Stack> {
    let mut blocks = BTreeMap::new();
    for section in context.sections {
        let of_section: &mut BTreeMap<_, _> = blocks.entry(section.name.to_owned()).or_default();
        for block in context.blocks(section.name) {
            let value = section.complete(context, &block);
            if let Err(error) = (section.fits)(&value) {
                report.error(StackMistake::at(block.key, format!("`{}` cannot be used: {error}", block.id)));
            }
            of_section.insert(block.id.to_owned(), value);
        }
    }
    let mut header = context.root.to_json();
    ValueShape::Table(StackHeader::KEYS).complete(&mut header);
    let header = StackHeader::deserialize(header)
        .map_err(|error| report.error(StackMistake::general(format!("the top of the file cannot be used: {error}"))))
        .ok()?;
    Some(Stack {
        path: source.path.clone(),
        name: header.name,
        stage: context.stage.to_owned(),
        region: header.region,
        account: header.account,
        permissions_boundary: header.permissions_boundary,
        production: header.production,
        tags: header.tags,
        ignore_tags: header.ignore_tags,
        warnings: Vec::new(),
        files: context.files.clone(),
        written: DescriptionText::new(context.root.clone(), source.clone()),
        blocks,
        attributes: context.sections.iter().map(|section| (section.name, section.attributes)).collect(),
    })
}
