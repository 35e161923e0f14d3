//! Rules of `[api]` that one value alone cannot break.
use super::route::{Route, parameter};
use crate::stack::{Context, Entries, Mistake, Node, Report, Span, Written, suggest};
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn check(context: &Context<'_>, report: &mut Report) {
    for api in context.blocks("api") {
        let routes = routes(&api);
        check_targets(context, &api, report);
        check_duplicates(&routes, report);
        check_parameters(&routes, report);
        check_size(&api, &routes, report);
        check_cors(&api, &routes, report);
    }
}

/// A route in its usual spelling, as written, and where.
struct Spelled<'a> {
    route: Route,
    text: &'a str,
    at: Span,
}

fn routes<'a>(api: &Written<'a>) -> Vec<Spelled<'a>> {
    let written = api.entries.table("routes").into_iter().flat_map(Entries::iter);
    let read = |(text, at)| Some(Spelled { route: Route::normalise(text).ok()?, text, at });
    let mut routes: Vec<_> = written.map(|(text, entry)| (text, entry.key)).filter_map(read).collect();
    // In the order of the file, so that it is the later one of two that is a mistake.
    routes.sort_by_key(|route| route.at);
    routes
}

/// API Gateway gives up after 29 seconds, however long the function may run.
const LONGEST_ANSWER: i128 = 29;

fn check_targets(context: &Context<'_>, api: &Written<'_>, report: &mut Report) {
    let functions = context.blocks("function");
    let mut called = BTreeSet::new();
    for (_, entry) in api.entries.table("routes").into_iter().flat_map(Entries::iter) {
        let Some((id, at)) = entry.node.text() else {
            continue;
        };
        called.insert(id);
        if context.key(&["function", id]).is_none() {
            let message = format!("route to an unknown function `{}`", id.escape_debug());
            let help = suggest(id, "declared functions", functions.iter().map(|function| function.id));
            report.error(Mistake::at(at, message).label("not declared").help(help));
        }
    }
    for function in functions.iter().filter(|function| called.contains(function.id)) {
        if let Some((timeout, at)) = function.entries.integer("timeout")
            && timeout > LONGEST_ANSWER
        {
            let message = format!("`{}` may run for {timeout} seconds, its callers wait {LONGEST_ANSWER}", function.id);
            let help = "API Gateway answers 504 after 29 seconds, while the function runs on";
            report.warning(Mistake::at(at, message).label("longer than the API waits").help(help));
        }
    }
}

fn check_duplicates(routes: &[Spelled<'_>], report: &mut Report) {
    let mut seen: BTreeMap<&Route, &str> = BTreeMap::new();
    for written in routes {
        if let Some(other) = seen.insert(&written.route, written.text) {
            let message = format!("duplicate route {}", written.route);
            let label = format!("the same as {other:?}");
            report.error(Mistake::at(written.at, message).label(label).help("keep one of them"));
        }
    }
}

/// API Gateway allows one parameter below a path, so all routes have to call it the same.
fn check_parameters(routes: &[Spelled<'_>], report: &mut Report) {
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
                    report.error(Mistake::at(written.at, message).label(format!("`{first}` before")).help(help));
                    break;
                }
            }
            parent.push('/');
            parent.push_str(segment);
        }
    }
}

/// Most resources of an API; `/` is one, and every start of a path.
const MOST_RESOURCES: usize = 300;

fn check_size(api: &Written<'_>, routes: &[Spelled<'_>], report: &mut Report) {
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
        report.error(Mistake::at(at, message).label(format!("more than {MOST_RESOURCES}")).help(help));
    }
}

fn check_cors(api: &Written<'_>, routes: &[Spelled<'_>], report: &mut Report) {
    let Some(cors) = api.entries.table("cors") else {
        return;
    };
    let origins = cors.list("allow_origins").unwrap_or_default();
    if let Some((_, at)) = origins.iter().filter_map(Node::text).find(|(origin, _)| *origin == "*")
        && origins.len() > 1
    {
        let message = "\"*\" stands beside other origins";
        report.error(
            Mistake::at(at, message).label("allows every origin").help("keep \"*\" alone, or name every origin"),
        );
    }
    for written in routes.iter().filter(|written| written.route.method == "OPTIONS") {
        let message = format!("route {} beside `cors`", written.route);
        let help = "`cors` answers OPTIONS on every path: remove the route, or `cors` and let the function answer";
        report.error(Mistake::at(written.at, message).label("`cors` answers it").help(help));
    }
}
