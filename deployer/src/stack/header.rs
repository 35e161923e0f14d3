//! The top of the file: the keys beside the sections.

use super::block::toml_block;
use super::node::{TomlEntry, TomlTable, TomlValue};
use super::report::{MistakeReport, StackMistake};
use super::section::{CheckContext, SectionDefinition};
use super::shape::{CharacterGroup, CharacterSet, DefaultValue, KeyDefinition, TextRule, TextStep, ValueShape, Walk};
use super::{diagnostic, regions, tags};
use serde::Deserialize;
use std::collections::BTreeMap;

/// Key of the stages.
pub(super) const STAGE: &str = "stage";

/// Most stages of a description. Each is checked as a whole, so that a mistake cannot hide in a stage that is not chosen.
pub(super) const MOST_STAGES: usize = 20;

/// Keys that are the same in every stage.
pub(super) const FIXED: [&str; 3] = ["name", "default_stage", STAGE];

/// Returns the rule of names that begin physical names.
const fn prefix(what: &'static str) -> TextRule {
    const STEPS: &[TextStep] = &[
        TextStep::Characters(CharacterSet::Of(&[CharacterGroup::Lowercase, CharacterGroup::Digits], "-")),
        TextStep::StartsWithLetter,
    ];
    TextRule::new(what, (1, 32), "lowercase letters, digits and '-', starting with a letter", STEPS)
}

const NAME: TextRule = prefix("a stack name");

/// Rule of the name of a stage.
pub(super) const STAGE_NAME: TextRule = prefix("a stage name");

/// Rule of the id of a block.
pub const ID: TextRule = TextRule::new(
    "an id",
    (1, 64),
    "letters, digits, '-' and '_', starting with a letter",
    &[
        TextStep::StartsWithLetter,
        TextStep::Characters(CharacterSet::Of(&[CharacterGroup::Letters, CharacterGroup::Digits], "-_")),
    ],
);

const REGION: TextRule = TextRule::new(
    "a region",
    (1, 24),
    "a region such as ap-south-1 or us-gov-west-1",
    &[TextStep::Test { test: regions::form, pattern: Some("^([a-z]+-){2,3}[1-9]$") }],
);

const ACCOUNT: TextRule = TextRule::new(
    "an account id",
    (12, 12),
    "12 digits in quotes",
    &[TextStep::Characters(CharacterSet::Of(&[CharacterGroup::Digits], ""))],
);

/// The ARN of a managed policy, one of AWS's or one of an account ("IAM identifiers: IAM ARNs").
pub const MANAGED_POLICY: TextRule = TextRule::new(
    "the ARN of a managed policy",
    (20, 2048),
    "an ARN such as arn:aws:iam::aws:policy/AWSXRayDaemonWriteAccess or arn:aws:iam::123456789012:policy/team/mail",
    &[TextStep::Test {
        test: is_policy,
        pattern: Some(r"^arn:aws[a-z-]*:iam::(aws|[0-9]{12}):policy/([!-~]+/)*[A-Za-z0-9_+=,.@-]+$"),
    }],
);

fn is_policy(text: &str) -> Result<(), String> {
    let parts: Vec<_> = text.splitn(6, ':').collect();
    let ["arn", partition, "iam", "", account, resource] = parts[..] else {
        return Err("it is no ARN of IAM, which begins like arn:aws:iam::".to_owned());
    };
    let is_account = account == "aws" || (account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit()));
    let name = resource.strip_prefix("policy/").and_then(|path| path.rsplit('/').next()).unwrap_or_default();
    let fits = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
    match () {
        () if !partition.starts_with("aws") => Err(format!("`{partition}` is no partition of AWS")),
        () if !is_account => Err(format!("`{account}` is neither an account nor `aws`")),
        () if name.is_empty() || !name.chars().all(fits) => Err(format!("`{resource}` is no policy")),
        () => Ok(()),
    }
}

toml_block! {
    /// The top of the file.
    #[derive(Debug, Clone, Deserialize)]
    pub struct StackHeader {
        /// Name of the stack: the prefix of physical names and the value of the tag `deployer:stack`.
        pub name: String = ValueShape::Text(NAME).required(),
        /// AWS region; the one of the environment or the profile when absent.
        pub region: Option<String> = ValueShape::Text(REGION).derived("as the AWS CLI finds it"),
        /// The only account that the stack may be deployed to; any when absent.
        pub account: Option<String> = ValueShape::Text(ACCOUNT).optional(),
        /// Managed policy that bounds the rights of every role of the stack; where the key is absent, one that somebody set stays.
        pub permissions_boundary: Option<String> =
            ValueShape::Text(MANAGED_POLICY).optional().aws("CreateRole PermissionsBoundary"),
        /// Stage that is meant when none is given; needed when several are declared.
        pub default_stage: Option<String> = ValueShape::Text(STAGE_NAME).derived("the only stage"),
        /// Nothing is taken away before somebody names the stage; meant for `[stage.NAME]`.
        pub production: bool = ValueShape::Boolean.or(DefaultValue::Boolean(false)),
        /// Tags of every resource.
        pub tags: BTreeMap<String, String> = tags::API_TAGS.or(DefaultValue::EmptyTable),
        /// Keys of tags that others manage, with an optional `*` at the end: neither compared nor removed.
        pub ignore_tags: Vec<String> = tags::IGNORED.or(DefaultValue::EmptyList),
    }
}

/// Tells whether stack, stage and id keep their rules, so that a name made from them can be judged.
pub(super) fn fit_names(context: &CheckContext<'_>, id: &str) -> bool {
    let fits = |rule: &TextRule, text: &str| rule.refuses(text).is_none();
    fits(&NAME, context.name) && fits(&STAGE_NAME, context.stage) && fits(&ID, id)
}

/// Checks every value of a description on its own: known keys, types, limits.
pub(super) fn check_values(root: &TomlTable, sections: &[&SectionDefinition], walk: &mut Walk<'_>) {
    let known =
        || KeyDefinition::names(StackHeader::KEYS).chain(sections.iter().map(|section| section.name)).chain([STAGE]);
    for (key, entry) in root.iter() {
        if let Some(definition) = KeyDefinition::find(StackHeader::KEYS, key) {
            walk.value(key, entry.key, &entry.node, &definition.shape);
        } else if let Some(section) = sections.iter().find(|section| section.name == key) {
            check_section(section, entry, walk);
        } else {
            walk.unknown_key(key, entry.key, known());
        }
    }
    walk.required("", diagnostic::START, root, StackHeader::KEYS);
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
        return walk.value(id, block.key, &block.node, &ValueShape::Table(section.keys));
    }
    let header = section.header(id);
    let message = format!("expected a table for `{}`, found {}", id.escape_debug(), block.node.value.describe());
    let help = format!("write it as `{header}`; a stage can change a block, not remove it");
    walk.report(StackMistake::at(block.node.span, message).label("expected a table").help(help));
}

/// Checks the rules between the keys at the top of the file.
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
