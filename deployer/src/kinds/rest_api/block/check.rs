//! Rules of `[api]` that one value alone cannot break.

use super::choice::ApiAuth;
use super::route::{ApiRoute, parameter};
use super::target::{auth_in, function_in};
use crate::kinds::rest_api::openapi::{OpenApiDocument, covers};
use crate::stack::{
    CheckContext, MistakeReport, StackMistake, TextSpan, TomlNode, TomlTable, WrittenBlock, quoted, suggest,
};
use std::collections::{BTreeMap, BTreeSet};

/// Checks the API of a description.
pub(super) fn check(context: &CheckContext<'_>, report: &mut MistakeReport) {
    for api in context.blocks("api") {
        let routes = routes(&api);
        check_targets(context, &api, report);
        check_duplicates(&routes, report);
        check_parameters(&routes, report);
        check_segments(&routes, report);
        check_size(&api, &routes, report);
        check_cors(&api, &routes, report);
        check_document(context, &api, &routes, report);
        check_auth(&api, report);
    }
}

/// A route in its usual spelling, as written, and where.
struct SpelledRoute<'a> {
    route: ApiRoute,
    text: &'a str,
    at: TextSpan,
}

/// Returns the routes that can be read at all.
fn routes<'a>(api: &WrittenBlock<'a>) -> Vec<SpelledRoute<'a>> {
    let written = api.entries.table("routes").into_iter().flat_map(TomlTable::iter);
    let read = |(text, at)| Some(SpelledRoute { route: ApiRoute::normalise(text).ok()?, text, at });
    let mut routes: Vec<_> = written.map(|(text, entry)| (text, entry.key)).filter_map(read).collect();
    // In the order of the file, so that it is the later one of two that is a mistake.
    routes.sort_by_key(|route| route.at);
    routes
}

/// API Gateway gives up after 29 seconds, however long the function may run.
const LONGEST_ANSWER: i128 = 29;

/// Checks that the functions of the routes are described, and warns of those that run for longer than callers wait.
fn check_targets(context: &CheckContext<'_>, api: &WrittenBlock<'_>, report: &mut MistakeReport) {
    let functions = context.blocks("function");
    let mut called = BTreeSet::new();
    for (_, entry) in api.entries.table("routes").into_iter().flat_map(TomlTable::iter) {
        let Some((id, at)) = function_in(&entry.node) else {
            continue;
        };
        called.insert(id);
        if context.key(&["function", id]).is_none() {
            let message = format!("route to an unknown function `{}`", id.escape_debug());
            let help = suggest(id, "declared functions", functions.iter().map(|function| function.id));
            report.error(StackMistake::at(at, message).label("not declared").help(help));
        }
    }
    for function in functions.iter().filter(|function| called.contains(function.id)) {
        if let Some((timeout, at)) = function.entries.integer("timeout")
            && timeout > LONGEST_ANSWER
        {
            let message =
                format!("`{}` may run for {timeout} seconds, its callers wait at most {LONGEST_ANSWER}", function.id);
            let help = "API Gateway answers 504 after 29 seconds, while the function runs on";
            report.warning(StackMistake::at(at, message).label("longer than the API waits").help(help));
        }
    }
}

/// Checks that no two routes are the same in two spellings.
fn check_duplicates(routes: &[SpelledRoute<'_>], report: &mut MistakeReport) {
    let mut seen: BTreeMap<&ApiRoute, &str> = BTreeMap::new();
    for written in routes {
        if let Some(other) = seen.insert(&written.route, written.text) {
            let message = format!("duplicate route {}", written.route);
            let label = format!("the same as {other:?}");
            report.error(StackMistake::at(written.at, message).label(label).help("keep one of them"));
        }
    }
}

/// Checks that all routes call a parameter at the same place the same: API Gateway allows one.
fn check_parameters(routes: &[SpelledRoute<'_>], report: &mut MistakeReport) {
    let mut seen: BTreeMap<String, &str> = BTreeMap::new();
    for written in routes {
        let mut parent = String::new();
        for segment in written.route.segments() {
            if parameter(segment).is_some() {
                let first = seen.entry(parent.clone()).or_insert(segment);
                if *first != segment {
                    let below = if parent.is_empty() { "/" } else { &parent };
                    let message = format!("two parameters below `{below}`: `{first}` and `{segment}`");
                    let help = format!("API Gateway allows one parameter at a place: use `{first}` in this route too");
                    report.error(StackMistake::at(written.at, message).label(format!("`{first}` before")).help(help));
                    break;
                }
            }
            parent.push('/');
            parent.push_str(segment);
        }
    }
}

/// Warns of a parameter as other routers write it: `:id` is a text like any other to API Gateway.
fn check_segments(routes: &[SpelledRoute<'_>], report: &mut MistakeReport) {
    for written in routes {
        for segment in written.route.segments() {
            let Some(name) = segment.strip_prefix(':').filter(|name| !name.is_empty()) else { continue };
            let message = format!("`{segment}` of the route {} stands for itself, not for a parameter", written.route);
            let help = format!("did you mean `{{{name}}}`? it is used as written");
            report.warning(StackMistake::at(written.at, message).label("a text").help(help));
        }
    }
}

/// Most resources of an API; `/` is one, and every start of a path.
const MOST_RESOURCES: usize = 300;

/// Checks that the routes need no more resources than an API may have.
fn check_size(api: &WrittenBlock<'_>, routes: &[SpelledRoute<'_>], report: &mut MistakeReport) {
    let mut resources = BTreeSet::from([String::new()]);
    for written in routes {
        let mut path = String::new();
        for segment in written.route.segments() {
            path.push('/');
            path.push_str(segment);
            resources.insert(path.clone());
        }
    }
    if resources.len() > MOST_RESOURCES {
        let at = api.entries.get("routes").map_or(api.key, |entry| entry.key);
        let message = format!("the routes need {} resources", resources.len());
        let help = format!(
            "API Gateway allows {MOST_RESOURCES}, one for every start of a path; `{{rest+}}` takes many paths at once"
        );
        report.error(StackMistake::at(at, message).label(format!("more than {MOST_RESOURCES}")).help(help));
    }
}

/// Checks that the settings of `cors` have a meaning together, and that no route answers what `cors` answers.
fn check_cors(api: &WrittenBlock<'_>, routes: &[SpelledRoute<'_>], report: &mut MistakeReport) {
    let Some(cors) = api.entries.table("cors") else {
        return;
    };
    let origins = cors.list("allow_origins").unwrap_or_default();
    if let Some((_, at)) = origins.iter().filter_map(TomlNode::text).find(|(origin, _)| *origin == "*")
        && origins.len() > 1
    {
        let message = "\"*\" stands beside other origins";
        report.error(
            StackMistake::at(at, message).label("allows every origin").help("keep \"*\" alone, or name every origin"),
        );
    }
    if origins.len() > 1 {
        for key in ["allow_methods", "allow_headers", "max_age"] {
            if let Some(entry) = cors.get(key) {
                let message = format!("`{key}` has no meaning with several origins");
                let help = "API Gateway cannot answer by origin, so the path's function answers OPTIONS: let it say this too, or name one origin";
                report.error(StackMistake::at(entry.key, message).label("only with one origin").help(help));
            }
        }
    }
    for written in routes.iter().filter(|written| written.route.method == "OPTIONS") {
        let message = format!("route {} beside `cors`", written.route);
        let help = "`cors` answers OPTIONS on every path: remove the route, or `cors` and let the function answer";
        report.error(StackMistake::at(written.at, message).label("`cors` answers it").help(help));
    }
}

/// Checks that routes and OpenAPI document say the same; else one of them is wrong about what there is.
fn check_document(
    context: &CheckContext<'_>,
    api: &WrittenBlock<'_>,
    routes: &[SpelledRoute<'_>],
    report: &mut MistakeReport,
) {
    let Some((path, at)) = api.entries.text("openapi") else {
        return;
    };
    let document = match context.file(path) {
        None => return,
        Some(Err(reason)) => {
            let message = format!("cannot read the OpenAPI document {}: {reason}", quoted(path));
            let help = "the path starts at the project, which is the folder of this file or the one above `config/`, or where \
                        you are; without the document methods are imported without names and parameters";
            report.drift(StackMistake::at(at, message).label("not readable").help(help));
            return;
        }
        Some(Ok(text)) => match OpenApiDocument::parse(text) {
            Ok(document) => document,
            Err(reason) => {
                let message = format!("{} is not usable as OpenAPI document: {reason}", quoted(path));
                report.error(StackMistake::at(at, message).label("not usable").help("it must be OpenAPI 3 as JSON"));
                return;
            }
        },
    };
    for written in routes.iter().filter(|written| !document.routes().any(|described| covers(&written.route, described)))
    {
        let message = format!("route {} is not in the OpenAPI document", written.route);
        let described: Vec<_> = document.routes().map(ToString::to_string).collect();
        let help = suggest(&written.route.to_string(), "it has", described.iter().map(String::as_str));
        report.drift(StackMistake::at(written.at, message).label("not in the document").help(help));
    }
    // With `cors` the preflight requests are answered whether the document mentions them or not.
    let preflights = api.entries.get("cors").is_some();
    for described in document.routes().filter(|described| !(preflights && described.method == "OPTIONS")) {
        if !routes.iter().any(|written| covers(&written.route, described)) {
            let message = format!("the OpenAPI document has {described}, which is no route");
            let help = format!("add `\"{described}\" = \"…\"` to `routes`, or take it out of the document");
            report.drift(StackMistake::at(at, message).label("has more than `routes`").help(help));
        }
    }
}

/// Checks that limits of a key have a key, and that rate and burst are given together, as API Gateway takes them.
fn check_auth(api: &WrittenBlock<'_>, report: &mut MistakeReport) {
    let Some(plan) = api.entries.get("usage_plan") else {
        return;
    };
    let routes = api.entries.table("routes");
    let common = api.text_or_default("auth");
    let mut guards = routes.into_iter().flat_map(TomlTable::iter).map(|(_, entry)| auth_in(&entry.node).or(common));
    let asks_for_key = |auth: Option<&str>| auth == Some(ApiAuth::ApiKey.word());
    let is_asked_for = guards.any(asks_for_key) || (routes.is_none_or(TomlTable::is_empty) && asks_for_key(common));
    if !is_asked_for {
        let message = "`usage_plan` has no meaning without an API key";
        let help = "it limits what the key may do: add `auth = \"api_key\"` to `[api]` or to a route, or use `throttle` for all \
                    callers together";
        report.error(StackMistake::at(plan.key, message).label("nobody has a key").help(help));
    }
    let Some(plan) = plan.node.table() else {
        return;
    };
    for (given, missing) in [("rate", "burst"), ("burst", "rate")] {
        if let Some(entry) = plan.get(given)
            && plan.get(missing).is_none()
        {
            let message = format!("`usage_plan` has `{given}` and no `{missing}`");
            report.error(StackMistake::at(entry.key, message).label("both or none").help(format!("add `{missing}`")));
        }
    }
}
