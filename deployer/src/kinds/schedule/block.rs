//! `[schedule.X]` as written in the stack description.

use super::expression::well_formed;
use crate::stack::{
    BlockAttribute, CharacterGroup, CharacterSet, CheckContext, DefaultValue, MistakeReport, SectionDefinition,
    StackMistake, TAGS, TextRule, TextStep, TomlTable, TypedBlock, ValueShape, fits, suggest, toml_block,
};
use serde::Deserialize;
use std::collections::BTreeMap;

/// `[schedule.X]`.
pub static SECTION: SectionDefinition = SectionDefinition {
    name: ScheduleBlock::SECTION,
    many: true,
    about: ScheduleBlock::ABOUT,
    notes: "",
    keys: ScheduleBlock::KEYS,
    physical_name: NAME,
    files: &[],
    attributes: &[BlockAttribute::Name],
    check,
    fits: fits::<ScheduleBlock>,
};

impl TypedBlock for ScheduleBlock {
    const SECTION: &'static str = "schedule";

    fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }
}

toml_block! {
    /// An EventBridge rule that runs a function at set times.
    #[derive(Debug, Clone, Deserialize)]
    pub struct ScheduleBlock {
        /// Name of the EventBridge rule.
        pub name: Option<String> = ValueShape::Text(NAME).derived("`{stack}-{stage}-{id}`").aws("PutRule Name"),
        /// Text shown in the console.
        pub description: Option<String> =
            ValueShape::Text(TextRule::any("a description", 0, 512)).optional().aws("PutRule Description"),
        /// Function that runs.
        pub function: String =
            ValueShape::Text(TextRule::any_named("the id of a function", (1, 64), "the id of a function in this file"))
                .required()
                .aws("PutTargets Targets"),
        /// When: `rate(1 hour)` or `cron(0 12 * * ? *)`, in UTC.
        pub expression: String = ValueShape::Text(EXPRESSION).required().aws("PutRule ScheduleExpression"),
        /// Whether it fires.
        pub enabled: bool = ValueShape::Boolean.or(DefaultValue::Boolean(true)).aws("PutRule State"),
        /// JSON the function gets instead of EventBridge's event.
        pub input: Option<String> =
            ValueShape::Text(INPUT).derived("EventBridge's event").aws("PutTargets Targets.Input"),
        /// Tags of the rule, beside the stack's.
        pub tags: BTreeMap<String, String> = TAGS.or(DefaultValue::EmptyTable).aws("TagResource Tags"),
    }
}

const NAME: TextRule = TextRule::new(
    "a rule name",
    (1, 64),
    "letters, digits, '-', '_' and '.'",
    &[TextStep::Characters(CharacterSet::Of(&[CharacterGroup::Letters, CharacterGroup::Digits], "-_."))],
);

const EXPRESSION: TextRule = TextRule::new(
    "a schedule expression",
    (1, 256),
    "rate(N minutes|hours|days), with `minute`, `hour` or `day` for 1, or cron(minutes hours day-of-month month day-of-week year) in UTC",
    &[TextStep::Test {
        test: well_formed,
        pattern: Some(
            "^(rate\\(\\+?0*(1 (minute|hour|day)|([2-9]|1[0-9]|[2-9][0-9]|[1-9][0-9]{2,}) (minutes|hours|days))\\)|cron\\( *([^ ]+ +){5}[^ ]+ *\\))$",
        ),
    }],
);

const INPUT: TextRule = TextRule::new(
    "JSON",
    (1, 8192),
    "a JSON document of at most 8192 characters",
    &[TextStep::Test {
        test: |text| serde_json::from_str::<serde_json::Value>(text).map(drop).map_err(|e| e.to_string()),
        pattern: None,
    }],
);

/// Checks that the function of every schedule is described.
fn check(context: &CheckContext<'_>, report: &mut MistakeReport) {
    let functions = context.ids("function");
    for schedule in context.blocks("schedule") {
        let entries: &TomlTable = schedule.entries;
        if let Some((id, at)) = entries.text("function")
            && !functions.contains(&id)
        {
            let message = format!("schedule of an unknown function `{}`", id.escape_debug());
            let help = suggest(id, "declared functions", functions.iter().copied());
            report.error(StackMistake::at(at, message).label("not declared").help(help));
        }
    }
}
