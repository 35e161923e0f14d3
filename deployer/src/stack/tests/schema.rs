//! The JSON Schema, checked with a validator by others: it accepts what the checks accept, and refuses what it can say.

use super::super::{Diagnostic, InvalidStack, Stack, TextRule, TextStep, ValueShape, json_schema, paths, syntax};
use super::{check, keys, sections};
use boon::{Compiler, ErrorKind, InstanceToken, SchemaIndex, Schemas, ValidationError};
use proptest::prelude::*;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

thread_local! {
    static SCHEMA: (Schemas, SchemaIndex) = compiled(json_schema::json_schema(&sections()));
    /// Every rule of strings that the description has, with its schema.
    static RULES: Vec<(TextRule, (Schemas, SchemaIndex))> = rules();
}

fn compiled(schema: Value) -> (Schemas, SchemaIndex) {
    let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
    compiler.add_resource("deployer.schema.json", schema).expect("the schema has a place");
    let index = compiler.compile("deployer.schema.json", &mut schemas).expect("the schema is one");
    (schemas, index)
}

fn rules() -> Vec<(TextRule, (Schemas, SchemaIndex))> {
    fn collect(shape: &ValueShape, rules: &mut Vec<TextRule>) {
        match shape {
            ValueShape::Text(rule) => rules.push(*rule),
            ValueShape::Map { key, of, .. } => {
                rules.push(*key);
                collect(of, rules);
            }
            ValueShape::List { of, .. } => collect(of, rules),
            ValueShape::Either(shapes) => shapes.iter().for_each(|shape| collect(shape, rules)),
            _ => {}
        }
    }
    let mut rules = Vec::new();
    keys::each(&mut |_, key| collect(&key.shape, &mut rules));
    let mut seen = BTreeSet::new();
    rules.retain(|rule| seen.insert(rule.what));
    rules.into_iter().map(|rule| (rule, compiled(json_schema::text(&rule)))).collect()
}

/// The schema of a rule accepts every text that the rule accepts, and no other one where nothing but an expression judges it.
fn judges_alike(text: &str) {
    RULES.with(|rules| {
        assert!(rules.len() > 20, "{}", rules.len());
        for (rule, (schemas, index)) in rules {
            let (accepted, matches) =
                (rule.refuses(text).is_none(), schemas.validate(&Value::from(text), *index).is_ok());
            let exact = !rule.steps.iter().any(|step| matches!(step, TextStep::Test { .. }));
            assert!(accepted == matches || !exact && matches, "{}: {text:?} {accepted} {matches}", rule.what);
        }
    });
}

proptest! {
    #[test]
    fn texts_are_judged_alike(text in any::<String>()) {
        judges_alike(&text);
    }

    #[test]
    fn short_texts_are_judged_alike(text in "[aA]?[wW]?[sS]?[ -~à-ü\u{0}-\u{1f}\u{7f}-\u{9f}]{0,12}") {
        judges_alike(&text);
    }
}

#[test]
fn texts_that_mean_something_are_judged_alike() {
    for text in [
        "ap-south-1",
        "us-gov-west-1",
        "123456789012",
        "AWS_REGION",
        "_HANDLER",
        "2FAST",
        "TABLE_NAME",
        "AWS:team",
        "deployer:x",
        "env*",
        "*",
        "GET /",
        "ANY /{proxy+}",
        "PUT /a.b_c-d:e/{item.id}",
        "GET /{a}/{a}",
        "get /a",
        "https://a:65535",
        "https://a:65536",
        "http://[::1]:80",
        "image/png",
        "*/*",
        "AWS_OWNED",
        "arn:aws-cn:kms:cn-north-1:123456789012:key/mrk-1",
        "rate(1 hour)",
        "rate(01 hour)",
        "rate(+5 minutes)",
        "rate(1 hours)",
        "rate(0 days)",
        "rate(12 days)",
        "cron(0 12 * * ? *)",
        "cron( 0  12 * * ? * )",
        "{\"a\": 1}",
        "dep:std",
        "a?/b",
    ] {
        judges_alike(text);
    }
    for character in '\0'..'\u{300}' {
        judges_alike(&format!("a{character}"));
        judges_alike(&character.to_string());
    }
}

/// Returns the keys at which the schema refuses a description; none where it accepts it. Of a key with a wrong name the
/// validator knows the name alone: `*.NAME`.
fn refused_at(text: &str) -> Vec<String> {
    fn leaves(error: &ValidationError<'_, '_>, found: &mut Vec<String>) {
        let tokens = error.instance_location.tokens.iter();
        let keys = tokens.filter_map(|token| match token {
            InstanceToken::Prop(key) => Some(paths::written(key)),
            InstanceToken::Item(_) => None,
        });
        match &error.kind {
            ErrorKind::PropertyName { prop } => found.push(format!("*.{}", paths::written(prop))),
            _ if error.causes.is_empty() => found.push(keys.collect::<Vec<_>>().join(".")),
            _ => error.causes.iter().for_each(|cause| leaves(cause, found)),
        }
    }
    let instance: Value = syntax::parse(text).root.to_json();
    let mut found = Vec::new();
    SCHEMA.with(|(schemas, index)| {
        if let Err(error) = schemas.validate(&instance, *index) {
            leaves(&error, &mut found);
        }
    });
    found.sort();
    found
}

/// A description that the checks accept is accepted by the schema too.
pub(super) fn accepts_what_is_accepted(text: &str, outcome: &Result<Stack, InvalidStack>) {
    if outcome.is_ok() {
        assert_eq!(refused_at(text), Vec::<String>::new(), "the schema refuses what is correct:\n{text}");
    }
}

/// Every mistake is one that the schema shows at its key, or beside it, or is on the list. What one stage lacks is said by
/// none: another one may bring it.
pub(super) fn says_or_cannot_say(text: &str, mistakes: &[Diagnostic]) {
    let refused = refused_at(text);
    let staged = syntax::parse(text).root.get("stage").is_some();
    for mistake in mistakes {
        let said = refused.iter().any(|refused| is_near(refused, &mistake.key));
        let unsayable = UNSAYABLE.iter().any(|(part, _, _)| mistake.message.contains(part))
            || staged && mistake.message.contains("` has no `");
        assert!(said || unsayable, "the schema says nothing of `{}` at `{}`:\n{text}", mistake.message, mistake.key);
    }
}

/// Tells whether a refused key is a mistake's, that of the table that holds it, or one in its table.
fn is_near(refused: &str, key: &str) -> bool {
    let holds = |table: &str, key: &str| {
        let rest =
            if table.is_empty() { Some(key) } else { key.strip_prefix(table).and_then(|rest| rest.strip_prefix('.')) };
        rest.is_some_and(|rest| rest.starts_with('"') || !rest.contains('.'))
    };
    match refused.strip_prefix("*.") {
        Some(name) => key == name || key.ends_with(&format!(".{name}")),
        None => refused == key || holds(refused, key) || holds(key, refused),
    }
}

/// What every example of [`UNSAYABLE`] begins with.
const CORRECT: &str = "name = \"shop\"
table.orders.partition_key = \"id\"
function.api.package = \"p\"
api.routes.\"GET /orders\" = \"api\"
";

const ELSEWHERE: &str = "what is referred to stands elsewhere in the file";
const COMPARED: &str = "two values of the file are compared";
const COUNTED: &str = "values of several tables are counted together";
const RELATED: &str =
    "the section's own check says it, with the reason: an `if` of the schema would underline the table and say `not`";

/// Mistakes that the schema does not say: a part of the message, why not, and lines that have this mistake alone (none where
/// it takes many).
const UNSAYABLE: &[(&str, &str, &str)] = &[
    ("refers to an unknown", ELSEWHERE, "function.api.environment.AA = \"${table.order.name}\""),
    ("does not say which", ELSEWHERE, "function.api.environment.AA = \"${table.name}\""),
    ("is not a reference", "a text may hold anything beside its references", "function.api.environment.AA = \"${\""),
    ("route to an unknown function", ELSEWHERE, "api.routes.\"GET /\" = \"apo\""),
    ("does not say which of", ELSEWHERE, "function.api.environment.AA = \"${external.table}\""),
    ("of this file and of others", COMPARED, "external.table.orders.name = \"Orders\""),
    ("is this stack's own", COMPARED, "external.table.others.name = \"shop-dev-orders\""),
    ("unknown queue", ELSEWHERE, "function.api.queues.jobs = \"send\""),
    ("does not end with `.fifo`", COMPARED, "queue.a = { name = \"a\", fifo = true }"),
    ("is called like a FIFO queue", COMPARED, "queue.a.name = \"a.fifo\""),
    ("has no meaning without `fifo`", RELATED, "queue.a.content_based_deduplication = true"),
    ("is its own dead-letter queue", COMPARED, "queue.a.dead_letter = { queue = \"a\", receives = 1 }"),
    (
        "cannot take the dead letters of",
        ELSEWHERE,
        "queue.a = {}\nqueue.b = { fifo = true, dead_letter = { queue = \"a\", receives = 1 } }",
    ),
    (
        "has no meaning with `role_arn`",
        RELATED,
        "function.a = { package = \"p\", role_arn = \"arn:aws:iam::123456789012:role/a\", managed_policies = [] }",
    ),
    (
        "is not a filter pattern",
        "whether a text is JSON is more than an expression can say",
        "queue.a = {}\nfunction.api.source = [{ queue = \"a\", filter = [\"body\"] }]",
    ),
    ("has neither `queue` nor `table`", RELATED, "function.api.source = [{}]"),
    (
        "has both `queue` and `table`",
        RELATED,
        "queue.a = {}\nfunction.api.source = [{ queue = \"a\", table = \"orders\" }]",
    ),
    ("twice", COMPARED, "queue.a = {}\nfunction.api.source = [{ queue = \"a\" }, { queue = \"a\", window = 1 }]"),
    ("has no meaning with `queue`", RELATED, "queue.a = {}\nfunction.api.source = [{ queue = \"a\", bisect = true }]"),
    (
        "has no meaning with `table`",
        RELATED,
        "table.t = { partition_key = \"k\", stream = \"KEYS_ONLY\" }\nfunction.api.source = [{ table = \"t\", max_concurrency = 2 }]",
    ),
    ("which is what runs a function", ELSEWHERE, "function.api.source = [{ table = \"orders\" }]"),
    (
        "Lambda refuses it",
        COMPARED,
        "queue.a = {}\nfunction.slow = { package = \"p\", timeout = 31, source = [{ queue = \"a\" }] }",
    ),
    ("takes time to gather", COMPARED, "queue.a = {}\nfunction.api.source = [{ queue = \"a\", batch_size = 11 }]"),
    ("of the FIFO queue", ELSEWHERE, "queue.a.fifo = true\nfunction.api.source = [{ queue = \"a\", batch_size = 11 }]"),
    ("with the FIFO queue", ELSEWHERE, "queue.a.fifo = true\nfunction.api.source = [{ queue = \"a\", window = 1 }]"),
    (
        "cannot be the FIFO queue",
        ELSEWHERE,
        "queue.a.fifo = true\ntable.t = { partition_key = \"k\", stream = \"KEYS_ONLY\" }\nfunction.api.source = [{ table = \"t\", on_failure = \"a\" }]",
    ),
    ("unknown table", ELSEWHERE, "function.api.tables.order = \"read\""),
    ("unknown index", ELSEWHERE, "function.api.tables.orders.index.by_a = [\"Query\"]"),
    ("have the same name", COMPARED, "table.other.partition_key = \"id\"\ntable.other.name = \"shop-dev-orders\""),
    ("differ in letter case only", COMPARED, "tags = { Team = \"\", team = \"\" }"),
    (
        "differ in letter case only",
        COMPARED,
        "function.a = { package = \"p\", name = \"x\" }\nfunction.b = { package = \"p\", name = \"X\" }",
    ),
    (
        "the name made for",
        "a name is made of stack, stage and id",
        "function.a23456789012345678901234567890123456789012345678901234567890.package = \"p\"",
    ),
    ("is both the partition key and the sort key", COMPARED, "table.orders.sort_key = \"id\""),
    (
        "is a key and in every projection anyway",
        COMPARED,
        "table.orders.index.by_a = { partition_key = \"a\", projection = [\"id\"] }",
    ),
    (
        "has the type S and the type N",
        COMPARED,
        "table.orders.index.by_a.partition_key = { name = \"id\", type = \"N\" }",
    ),
    (
        "has the type S and the type B",
        COMPARED,
        "table.orders.index = { one = { partition_key = \"a\" }, two = { partition_key = { name = \"a\", type = \"B\" } } }",
    ),
    ("is a key of the table", COMPARED, "table.orders.ttl_attribute = \"id\""),
    (
        "two indexes of",
        COMPARED,
        "table.orders.sort_key = \"n\"\ntable.orders.index.same.partition_key = \"a\"\ntable.orders.local_index.same.sort_key = \"a\"",
    ),
    ("two parameters below", COMPARED, "api.routes.\"GET /{a}\" = \"api\"\napi.routes.\"GET /{b}/c\" = \"api\""),
    ("the routes need", COUNTED, ""),
    ("route OPTIONS", COMPARED, "api.routes.\"OPTIONS /orders\" = \"api\"\napi.cors.allow_origins = [\"*\"]"),
    ("more than 40 tags", COUNTED, ""),
    ("also covers the stack's own tag", COMPARED, "tags.ab = \"\"\nignore_tags = [\"a*\"]"),
    ("the environment of", COUNTED, ""),
    ("project more than 100 attributes", COUNTED, ""),
    ("expected an integer", "to JSON Schema 256.0 is an integer", "function.api.memory = 256.0"),
    ("has both `package` and `artifact`", RELATED, "function.api.artifact = \"x.zip\""),
    ("has neither `package` nor `artifact`", RELATED, "function.jobs.memory = 128"),
    ("has no meaning with `artifact`", RELATED, "function.jobs = { artifact = \"x.zip\", bin = \"x\" }"),
    ("is PROVISIONED and has no", RELATED, "table.orders.billing_mode = \"PROVISIONED\""),
    ("has no meaning with PAY_PER_REQUEST", RELATED, "table.orders.read_capacity = 5"),
    (
        "has no meaning with several origins",
        RELATED,
        "api.cors = { allow_origins = [\"https://a.example\", \"https://b.example\"], max_age = 1 }",
    ),
    ("stands beside other origins", RELATED, "api.cors = { allow_origins = [\"https://a.example\", \"*\"] }"),
    ("`usage_plan` has", RELATED, "api.auth = \"api_key\"\napi.usage_plan.rate = 1"),
    ("has no meaning without an API key", RELATED, "api.usage_plan.quota = { limit = 1, period = \"DAY\" }"),
    ("on a table without `sort_key`", RELATED, "table.orders.local_index.by_a.sort_key = \"a\""),
    ("may not be false", RELATED, "function.api.environment.AA = { secret = false, from = \"env:AA\" }"),
    (
        "does not say where the secret comes from",
        RELATED,
        "function.api.environment.AA = { secret = true, from = \"hunter2\" }",
    ),
    ("access to `orders` is empty", RELATED, "function.api.tables.orders = {}"),
];

/// A mistake that the schema has learnt to say has to leave the list, and one that nobody makes any more too.
#[test]
fn what_the_schema_cannot_say_is_listed_with_examples() {
    for (part, why, text) in UNSAYABLE.iter().filter(|(_, why, _)| *why != COUNTED) {
        let text = format!("{CORRECT}{text}");
        let Err(invalid) = check(&text) else { panic!("{part}: the example is correct") };
        let messages: Vec<_> = invalid.diagnostics().iter().map(|mistake| mistake.message.as_str()).collect();
        assert!(messages.iter().all(|message| message.contains(part)), "{part}: {messages:?}");
        assert_eq!(refused_at(&text), Vec::<String>::new(), "the schema says: {part}");
        assert!(!why.is_empty());
    }
}

#[test]
fn forty_mistakes_are_said_but_for_those_on_the_list() {
    let text = include_str!("mistakes.toml");
    let Err(invalid) = check(text) else { panic!("accepted") };
    says_or_cannot_say(text, invalid.diagnostics());
}

#[test]
fn the_shipped_description_is_accepted_with_and_without_its_stages() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../config/orders.toml");
    let text = fs::read_to_string(path).expect("it is there");
    assert_eq!(refused_at(&text), Vec::<String>::new());
    let (base, _) = text.split_once("[stage.prod]").expect("it has stages");
    assert_eq!(refused_at(&base.replace("default_stage", "# default_stage")), Vec::<String>::new());
}

#[test]
fn what_is_missing_is_a_mistake_only_where_no_stage_may_bring_it() {
    let base = "name = \"shop\"\n[table.orders]\n[api]\nroutes = {}\n";
    assert_eq!(refused_at(base), ["api.routes", "table.orders"]);
    assert_eq!(refused_at(&format!("{base}[stage.dev]\n")), Vec::<String>::new());
    assert_eq!(refused_at("[stage.dev]\n"), [""], "no stage brings the name of the stack");
}

#[test]
fn a_stage_is_checked_as_the_rest_is() {
    let text = "name = \"shop\"\n[stage.dev]\nname = \"other\"\nfunction.api.memory = 1\ntable.orders.biling = 1\n[stage.Dev]\n";
    assert_eq!(refused_at(text), ["*.Dev", "stage.dev", "stage.dev.function.api.memory", "stage.dev.table.orders"]);
}
