//! Whole descriptions with the sections of the real kinds.

mod api;
mod external;
mod function;
mod header;
mod hostile;
mod keys;
mod messages;
mod queue;
mod report;
mod schema;
mod sources;
mod stages;
mod table;

use super::{DocumentDrift, InvalidStack, Stack, StackSource, parse};
use crate::kinds::sections;

fn check_stage(text: &str, stage: Option<&str>) -> Result<Stack, InvalidStack> {
    check_with(text, stage, &|path| Err(format!("there is no {path}")))
}

/// Checks a description whose files are read by `read`.
fn check_with(
    text: &str,
    stage: Option<&str>,
    read: &dyn Fn(&str) -> Result<String, String>,
) -> Result<Stack, InvalidStack> {
    let source = StackSource { path: "deployer.toml".into(), text: text.to_owned() };
    let outcome = parse(source, stage, &sections(), DocumentDrift::Refused, read);
    schema::accepts_what_is_accepted(text, &outcome);
    outcome
}

fn check(text: &str) -> Result<Stack, InvalidStack> {
    check_stage(text, None)
}

/// A small correct description.
const SMALL: &str = r#"
name = "shop"

[table.orders]
partition_key = "order_id"

[function.api]
package = "function"

[api.routes]
"GET /orders" = "api"
"#;

/// Checks each text of a table of cases: what the description says, and the messages that it gets, one in a line.
fn cases(description: impl Fn(&str) -> String, cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        let description = description(text);
        let found = match check(&description) {
            Ok(_) => "accepted".to_owned(),
            Err(invalid) => {
                schema::says_or_cannot_say(&description, invalid.diagnostics());
                let messages = invalid.diagnostics().iter().map(|diagnostic| diagnostic.message.as_str());
                messages.collect::<Vec<_>>().join("\n")
            }
        };
        assert_eq!(found, *expected, "{text}");
    }
}

/// The messages of a refused description, one in a line: `line:column key: message`.
fn messages(outcome: Result<Stack, InvalidStack>) -> String {
    match outcome {
        Ok(_) => "accepted".to_owned(),
        Err(invalid) => {
            let line = |diagnostic: &super::Diagnostic| {
                let [line, column] =
                    [diagnostic.line, diagnostic.column].map(|n| n.map_or("-".to_owned(), |n| n.to_string()));
                format!("{line}:{column} {}: {}", diagnostic.key, diagnostic.message)
            };
            invalid.diagnostics().iter().map(line).collect::<Vec<_>>().join("\n")
        }
    }
}
