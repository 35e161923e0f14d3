//! The top of the file: the keys beside the sections.

use super::node::{TomlEntry, TomlTable, TomlValue};
use super::report::{MistakeReport, StackMistake};
use super::section::{CheckContext, SectionDefinition};
use super::shape::{KeyDefinition, TextRule, ValueShape, Walk, characters};
use super::{diagnostic, regions, tags};

/// Key of the stages.
pub(super) const STAGE: &str = "stage";

/// Keys that are the same in every stage.
pub(super) const FIXED: [&str; 3] = ["name", "default_stage", STAGE];

const NAME: TextRule = TextRule::rule(
    "a stack name",
    (1, 32),
    "lowercase letters, digits and '-', starting with a letter",
    lowercase_name,
);

/// Name of a stage.
pub(super) const STAGE_NAME: TextRule = TextRule::rule(
    "a stage name",
    (1, 32),
    "lowercase letters, digits and '-', starting with a letter",
    lowercase_name,
);

/// Id of a block.
const ID: TextRule = TextRule::rule("an id", (1, 64), "letters, digits, '-' and '_', starting with a letter", |id| {
    starts_with_letter(id)?;
    characters(id, |c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
});

/// Keys at the top of the file.
pub static HEADER: &[KeyDefinition] = &[
    KeyDefinition::required(
        "name",
        ValueShape::Text(NAME),
        "Name of the stack: the prefix of physical names and the value of the tag `deployer:stack`.",
    ),
    KeyDefinition::optional(
        "region",
        ValueShape::Text(TextRule::rule(
            "a region",
            (9, 24),
            "a region such as ap-south-1 or us-gov-west-1",
            regions::form,
        )),
        "AWS region; the one of the environment or the profile when absent.",
    ),
    KeyDefinition::optional(
        "account",
        ValueShape::Text(TextRule::rule("an account id", (12, 12), "12 digits in quotes", |account| {
            characters(account, |c| c.is_ascii_digit())
        })),
        "The only account that the stack may be deployed to; any when absent.",
    ),
    KeyDefinition::optional(
        "default_stage",
        ValueShape::Text(STAGE_NAME),
        "Stage that is meant when none is given; needed when several are declared.",
    ),
    KeyDefinition::default(
        "production",
        "false",
        ValueShape::Boolean,
        "Nothing is taken away before somebody names the stage; meant for `[stage.NAME]`.",
    ),
    KeyDefinition::optional("tags", tags::API_TAGS, "Tags of every resource."),
    KeyDefinition::optional(
        "ignore_tags",
        tags::IGNORED,
        "Keys of tags that others manage, with an optional `*` at the end: neither compared nor removed.",
    ),
];

/// Whether stack, stage and id keep their rules, so that a name made from them can be judged.
pub(super) fn fit_names(context: &CheckContext<'_>, id: &str) -> bool {
    let fits = |rule: &TextRule, text: &str| rule.refuses(text).is_none();
    fits(&NAME, context.name) && fits(&STAGE_NAME, context.stage) && fits(&ID, id)
}

fn starts_with_letter(text: &str) -> Result<(), String> {
    match text.chars().next() {
        Some(first) if !first.is_ascii_alphabetic() => Err(format!("it starts with {first:?}, not with a letter")),
        _ => Ok(()),
    }
}

fn lowercase_name(text: &str) -> Result<(), String> {
    characters(text, |c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')?;
    starts_with_letter(text)
}

/// Checks every value of a description on its own: known keys, types, limits.
pub(super) fn check_values(root: &TomlTable, sections: &[&SectionDefinition], walk: &mut Walk<'_>) {
    let known =
        || HEADER.iter().map(|field| field.name).chain(sections.iter().map(|section| section.name)).chain([STAGE]);
    for (key, entry) in root.iter() {
        if let Some(field) = HEADER.iter().find(|field| field.name == key) {
            walk.value(key, entry.key, &entry.node, &field.shape);
        } else if let Some(section) = sections.iter().find(|section| section.name == key) {
            check_section(section, entry, walk);
        } else {
            walk.unknown_key(key, entry.key, known());
        }
    }
    walk.required("", diagnostic::START, root, HEADER);
}

fn check_section(section: &SectionDefinition, entry: &TomlEntry, walk: &mut Walk<'_>) {
    if !section.many {
        return check_block(section.name, section, entry, walk);
    }
    let TomlValue::Table(blocks) = &entry.node.value else {
        let message = format!("expected blocks in `{}`, found {}", section.name, entry.node.value.describe());
        let help = format!("write one `[{}.ID]` for each, with an id of your choice", section.name);
        return walk.report(StackMistake::at(entry.node.span, message).label("expected a table").help(help));
    };
    for (id, block) in blocks.iter() {
        walk.text(block.key, id, &ID);
        check_block(id, section, block, walk);
    }
}

fn check_block(id: &str, section: &SectionDefinition, block: &TomlEntry, walk: &mut Walk<'_>) {
    if block.node.table().is_some() {
        return walk.value(id, block.key, &block.node, &section.shape);
    }
    let header = if section.many { format!("[{}.{}]", section.name, id.escape_debug()) } else { format!("[{id}]") };
    let message = format!("expected a table for `{}`, found {}", id.escape_debug(), block.node.value.describe());
    let help = format!("write it as `{header}`; a stage can change a block, not remove it");
    walk.report(StackMistake::at(block.node.span, message).label("expected a table").help(help));
}

/// Rules between the keys at the top of the file.
pub(super) fn check_relations(context: &CheckContext<'_>, report: &mut MistakeReport) {
    if let Some((region, at)) = context.root.text("region")
        && regions::form(region).is_ok()
        && let Some(near) = regions::unknown(region)
    {
        let help = near.map_or_else(String::new, |near| format!("did you mean {near}? "));
        let message = format!("region {region} is not known to this version");
        report.warning(StackMistake::at(at, message).label("not known").help(format!("{help}it is used as written")));
    }
    tags::check(context, report);
}
