//! The values a stack gives out, by flat name: `endpoint`, `table.orders.name`.

use super::look::{TerminalLook, TextTone};
use super::reporter::RunFinish;
use super::text;
use crate::error::{Error, Result};
use std::collections::BTreeMap;

/// Names that come before all others: what somebody looks for first. An API gives them out.
pub const FIRST: [&str; 2] = ["endpoint", "curl"];

/// Renders all outputs, aligned, with whole values that can be copied. Empty when there are none, else ends with a line feed.
pub fn render(outputs: &BTreeMap<String, String>, look: &TerminalLook) -> String {
    let column = outputs.keys().map(|name| text::width(name)).max().unwrap_or(0);
    let first = FIRST.iter().filter_map(|name| outputs.get_key_value(*name));
    let rest = outputs.iter().filter(|(name, _)| !FIRST.contains(&name.as_str()));
    first
        .chain(rest)
        .map(|(name, value)| {
            let name = text::clean(name).into_owned();
            format!("{}  {}\n", look.paint(TextTone::Dim, text::pad(&name, column)), text::clean(value))
        })
        .collect()
}

/// Renders the one output that whoever ran a command waits for, the endpoint; nothing after a run that did not do what it was to do, where
/// it may not answer. `deployer outputs` has them all.
pub fn foremost(end: &RunFinish, look: &TerminalLook) -> String {
    let done = end.errors.is_empty() && end.summary.succeeded();
    let endpoint = FIRST.first().and_then(|name| end.outputs.get_key_value(*name)).filter(|_| done);
    endpoint.map_or_else(String::new, |(name, url)| {
        format!("{}  {}\n", look.paint(TextTone::Dim, name), look.paint(TextTone::Strong, text::clean(url)))
    })
}

/// Returns the value of one output.
///
/// # Errors
/// When there is none of that name; the hint has the nearest one or the list.
pub fn one<'a>(outputs: &'a BTreeMap<String, String>, name: &str) -> Result<&'a str> {
    if let Some(value) = outputs.get(name) {
        return Ok(value);
    }
    let error = Error::usage(format!("no output is called `{name}`"));
    let near = outputs.keys().map(|known| (strsim::damerau_levenshtein(known, name), known)).min();
    Err(match near {
        None => error.hint("The stack has no outputs yet: run `deployer up`."),
        Some((distance, known)) if distance <= 3.max(name.len() / 4) => error.hint(format!("Did you mean `{known}`?")),
        Some(_) => {
            let names: Vec<_> = outputs.keys().map(String::as_str).collect();
            error.hint(format!("There are: {}.", names.join(", ")))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outputs() -> BTreeMap<String, String> {
        [
            ("table.orders.name", "Orders"),
            ("function.api.arn", "arn:aws:lambda:ap-south-1:000000000000:function:orders-prod-api"),
            ("endpoint", "https://a1b2c3.execute-api.ap-south-1.amazonaws.com/prod"),
            ("curl", "curl -s https://a1b2c3.execute-api.ap-south-1.amazonaws.com/prod/orders"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into()
    }

    #[test]
    fn what_is_looked_for_comes_first_and_nothing_is_cut() {
        insta::assert_snapshot!(render(&outputs(), &TerminalLook { color: false, width: Some(40) }), @"
        endpoint           https://a1b2c3.execute-api.ap-south-1.amazonaws.com/prod
        curl               curl -s https://a1b2c3.execute-api.ap-south-1.amazonaws.com/prod/orders
        function.api.arn   arn:aws:lambda:ap-south-1:000000000000:function:orders-prod-api
        table.orders.name  Orders
        ");
        assert_eq!(render(&BTreeMap::new(), &TerminalLook::PLAIN), "");
    }

    #[test]
    fn one_output_or_which_it_could_be() {
        assert_eq!(one(&outputs(), "table.orders.name"), Ok("Orders"));
        for (name, hint) in [
            ("endpont", "Did you mean `endpoint`?"),
            ("function.api.name", "Did you mean `function.api.arn`?"),
            ("url", "Did you mean `curl`?"),
            ("something", "There are: curl, endpoint, function.api.arn, table.orders.name."),
        ] {
            let error = one(&outputs(), name).unwrap_err();
            assert_eq!(error.hints, [hint], "{name}");
        }
        let error = one(&BTreeMap::new(), "endpoint").unwrap_err();
        assert_eq!(error.hints, ["The stack has no outputs yet: run `deployer up`."]);
    }
}
