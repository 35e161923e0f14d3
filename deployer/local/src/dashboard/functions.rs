//! A function: how it is set up, what its role allows, and its last lines of log.

use super::layout::{Page, address, facts, indented, moment, not_found, page};
use super::service_call::ask;
use super::visit::PageVisit;
use super::{charts, event_sources, log};
use crate::context::Context;
use crate::store::function::FunctionRecord;
use crate::trace::looks_secret;
use crate::wire::HttpResponse;
use maud::{Markup, html};
use serde_json::json;
use std::sync::Arc;

/// Shows a function.
pub async fn function(visit: &PageVisit, region: &str, name: &str, answer: Option<Markup>) -> Page {
    let cx = &visit.cx;
    let document = cx.store.snapshot();
    let found = document.regions.get(region).and_then(|region| region.functions.get(name));
    let Some(function) = found else { return not_found(visit, "There is no such function.") };
    let role = document.iam.roles.values().find(|role| role.arn == function.role);
    let own = address(&["functions", region, name]);
    let group = document.region(region).logs.groups.get(&function.logging.group).map(|group| group.id);
    let lines = match group {
        Some(group) => log::last_lines(cx, group, &format!("{own}/log")).await,
        None => html! { p.reason { "There is no such log group." } },
    };
    let fed = event_sources::of_function(cx, region, name).await;
    let content = html! {
        h1 { "Function " bdi { (function.name) } }
        (settings(function))
        (concurrency(visit, function))
        (invocation(visit, function))
        @if let Some(answer) = answer { (answer) }
        (charts::of_function(cx, region, name))
        h2 { "Sources" }
        div data-live="sources" { @match &fed {
            Ok(fed) if fed.is_empty() => { p { "None: no queue and no stream runs it." } }
            Ok(fed) => { (event_sources::sources(visit, &own, fed)) }
            Err(why) => { p.reason { bdi { (why) } } }
        } }
        h2 { "Environment" }
        (environment(function))
        h2 { "Role" }
        @match role {
            None => { p.reason { "The role " code { (function.role) } " is gone: every call of the function is denied." } }
            Some(role) => {
                p { code { (role.arn) } }
                @for (policy, text) in &role.inline {
                    details { summary { "Policy " bdi { (policy) } } pre { bdi { (indented(text)) } } }
                }
                @for arn in &role.attached { p { "Attached: " code { (arn) } } }
            }
        }
        h2 { "Log" }
        p { code { bdi { (function.logging.group) } } ", the last " (log::LINES) " lines; " code { "deployer logs" } " has all of them." }
        (lines)
    };
    page(visit, &format!("Function {}", function.name), content)
}

/// Answers with the log of a function as it grows; `None` where there is no such function or group.
pub fn follow(cx: &Arc<Context>, region: &str, name: &str, behind: Option<i64>) -> Option<HttpResponse> {
    let document = cx.store.snapshot();
    let region = document.regions.get(region)?;
    let group = region.logs.groups.get(&region.functions.get(name)?.logging.group)?.id;
    Some(log::follow(cx, group, behind))
}

fn settings(function: &FunctionRecord) -> Markup {
    let limit = function.reserved_concurrency.map_or("not reserved".to_owned(), |limit| limit.to_string());
    facts([
        ("Region", html! { bdi { (function.region) } }),
        ("Runtime", html! { bdi { (function.runtime) } ", " bdi { (function.architecture) } }),
        ("Memory", html! { (function.memory_mb) " MB" }),
        ("Timeout", html! { (function.timeout_s) " s" }),
        ("Concurrency", html! { (limit) }),
        ("Code", html! { (function.code_size) " bytes, " code { (function.code_sha256) } }),
        (
            "Changed",
            html! { (moment(i64::try_from(function.modified.unix_timestamp_nanos() / 1_000_000).unwrap_or_default())) },
        ),
    ])
}

/// Sets how many of a function may run at once; nothing lifts the limit.
///
/// # Errors
/// Lambda's refusal, in words.
pub async fn limit(cx: &Arc<Context>, region: &str, name: &str, limit: &str) -> Result<String, String> {
    let mut input = json!({ "FunctionName": name });
    let operation = match limit.trim() {
        "" => "DeleteFunctionConcurrency",
        number => {
            let number: u32 = number.parse().map_err(|_| "how many is a whole number from 0 on")?;
            input["ReservedConcurrentExecutions"] = json!(number);
            "PutFunctionConcurrency"
        }
    };
    ask(cx, "lambda", operation, region, &input).await.map_err(|error| error.to_string())?;
    Ok("It is set.".to_owned())
}

/// Renders how many may run at once, to be changed.
fn concurrency(visit: &PageVisit, function: &FunctionRecord) -> Markup {
    let limit = function.reserved_concurrency.map(|limit| limit.to_string()).unwrap_or_default();
    let address = address(&["functions", &function.region, &function.name]);
    visit.form(&address, "limit", html! {
        label { "At most at once (empty: not reserved; 0 stops it)" input name="limit" inputmode="numeric" value=(limit) autocomplete="off"; }
        button type="submit" { "Set" }
    })
}

fn invocation(visit: &PageVisit, function: &FunctionRecord) -> Markup {
    let address = address(&["functions", &function.region, &function.name]);
    visit.form(
        &address,
        "invoke",
        html! {
            label.wide { "Event" textarea name="event" rows="4" spellcheck="false" { "{}" } }
            button type="submit" { "Invoke" }
        },
    )
}

fn environment(function: &FunctionRecord) -> Markup {
    let variables = function.environment.clone().unwrap_or_default();
    if variables.is_empty() {
        return html! { p { "No variables." } };
    }
    html! {
        dl { @for (name, value) in &variables { div {
            dt { code { bdi { (name) } } }
            dd { @if looks_secret(name) { em { "hidden" } } @else { bdi { (value) } } }
        } } }
    }
}
