//! Who may call the routes of an API: nobody gets in who could not before.

use super::edits::RequiredEdits;
use super::pair::ResourcePair;
use crate::import::methods::{ApiMethod, MethodGuard};
use crate::import::setting::DescriptionSetting;
use crate::kinds::{ApiAuth, ApiBlock};
use std::collections::{BTreeMap, BTreeSet};
use toml_edit::{InlineTable, Value};

/// Refuses other guards than described, and proposes those that exist where the description has none: of the whole API where all
/// routes have the same, else of each route.
pub fn judge(pair: &ResourcePair<'_>, block: &ApiBlock, methods: &[ApiMethod<'_>], out: &mut RequiredEdits) {
    let methods: Vec<_> = methods.iter().filter(|method| !method.is_preflight()).collect();
    let (mut found, mut differing) = (BTreeMap::new(), BTreeMap::<_, Vec<_>>::new());
    for route in block.routes.keys() {
        let guards = guards_of(route, &methods);
        let described = block.auth_of(route);
        match verdict(&guards, described) {
            GuardVerdict::Fits => {}
            GuardVerdict::Missing(auth) => drop(found.insert(route.as_str(), auth)),
            GuardVerdict::Differs => differing.entry((guards, described.word())).or_default().push(route.as_str()),
        }
    }
    if !differing.is_empty() {
        return differing.iter().for_each(|((guards, described), routes)| refuse(pair, routes, guards, described, out));
    }
    let lost: BTreeSet<_> =
        methods.iter().filter(|method| method.route.is_none()).map(|method| &method.guard).collect();
    let proposed = |route: &str| found.get(route).copied().unwrap_or_else(|| block.auth_of(route));
    for guard in lost.into_iter().filter(|guard| **guard != MethodGuard::None) {
        if let Some(route) = block.routes.keys().find(|route| guard.auth() != Some(proposed(route))) {
            let message = format!(
                "a method of REST API {} whose path is not known from the file is guarded by {}; `auth = \"{}\"` of {route} might \
                 change who gets in",
                pair.aws_name,
                words(guard),
                proposed(route).word()
            );
            return out.refuse(
                pair.resource,
                message,
                "A state knows its path: `terraform state pull > former.tfstate`.",
            );
        }
    }
    propose(block, &methods, &found, out);
    if found.values().any(|auth| *auth == ApiAuth::ApiKey) {
        let remark =
            "callers get a new key (`deployer outputs api_key`): the keys that Terraform made open other usage plans";
        out.remark(pair.resource, remark.to_owned());
    }
}

/// Proposes the guards that are missing.
fn propose(block: &ApiBlock, methods: &[&ApiMethod<'_>], found: &BTreeMap<&str, ApiAuth>, out: &mut RequiredEdits) {
    let auths: Vec<_> = found.values().copied().collect();
    let is_common = |route: &String| found.contains_key(route.as_str()) || guards_of(route, methods).is_empty();
    let speaks_for_itself = block.routes.values().any(|target| target.own_auth().is_some());
    if let Some(auth) = auths.first()
        && auths.iter().all(|other| other == auth)
        && !speaks_for_itself
        && block.routes.keys().all(is_common)
    {
        return out.settings.push(DescriptionSetting::new(&["api", "auth"], auth.word()));
    }
    for (route, auth) in found {
        let Some(target) = block.routes.get(*route) else { continue };
        let members = [("function", target.function()), ("auth", auth.word())];
        let line: InlineTable = members.into_iter().map(|(key, text)| (key, Value::from(text))).collect();
        out.settings.push(DescriptionSetting::new(&["api", "routes", route], line));
    }
}

/// Returns who may send the requests of a route today. It is the guard of the method of the same name; where there is none the requests
/// reach others, such as `ANY /{rest+}`, and may have several.
fn guards_of<'m>(route: &str, methods: &[&'m ApiMethod<'_>]) -> BTreeSet<&'m MethodGuard> {
    if let Some(method) = methods.iter().find(|method| method.route.as_deref() == Some(route)) {
        return BTreeSet::from([&method.guard]);
    }
    let reaches = |method: &&&'m ApiMethod<'_>| method.route.as_deref().is_some_and(|other| overlap(route, other));
    methods.iter().filter(reaches).map(|method| &method.guard).collect()
}

/// Tells whether one request can be meant by both routes.
fn overlap(one: &str, other: &str) -> bool {
    let (Some((method, path)), Some((other_method, other_path))) = (one.split_once(' '), other.split_once(' ')) else {
        return false;
    };
    let (mut segments, mut others) = (path.split('/').skip(1), other_path.split('/').skip(1));
    let takes_rest = |segment: Option<&str>| segment.is_some_and(|segment| segment.ends_with("+}"));
    (method == other_method || method == "ANY" || other_method == "ANY")
        && loop {
            match (segments.next(), others.next()) {
                (None, None) => break true,
                (one, other) if takes_rest(one) || takes_rest(other) => break one.is_some() && other.is_some(),
                (Some(one), Some(other)) if one == other || one.starts_with('{') || other.starts_with('{') => {}
                _ => break false,
            }
        }
}

/// What is to be done about a route.
enum GuardVerdict {
    /// Nothing: it lets nobody in who could not call it before.
    Fits,
    /// The description has to say the guard that exists.
    Missing(ApiAuth),
    /// The two guards let in different callers.
    Differs,
}

fn verdict(guards: &BTreeSet<&MethodGuard>, described: ApiAuth) -> GuardVerdict {
    if guards.iter().all(|guard| **guard == MethodGuard::None || guard.auth() == Some(described)) {
        return GuardVerdict::Fits;
    }
    match (guards.first().and_then(|guard| guard.auth()), described) {
        (Some(auth), ApiAuth::None) if guards.len() == 1 => GuardVerdict::Missing(auth),
        _ => GuardVerdict::Differs,
    }
}

fn words(guard: &MethodGuard) -> &str {
    match guard {
        MethodGuard::None => "nothing",
        MethodGuard::Iam => "AWS_IAM",
        MethodGuard::ApiKey => "an API key",
        MethodGuard::Other(what) => what,
    }
}

fn refuse(
    pair: &ResourcePair<'_>,
    routes: &[&str],
    guards: &BTreeSet<&MethodGuard>,
    described: &str,
    out: &mut RequiredEdits,
) {
    let list: Vec<_> = guards.iter().map(|guard| words(guard)).collect();
    let message = format!(
        "REST API {} guards {} by {}; `auth = \"{described}\"` would change who gets in",
        pair.aws_name,
        routes.join(", "),
        list.join(" and "),
    );
    let hint = if guards.iter().all(|guard| guard.auth().is_some()) {
        "Describe each of them with the guard that it has: `\"GET /path\" = { function = \"…\", auth = \"…\" }` in `[api.routes]`."
    } else {
        "Guard them by nothing, AWS_IAM or an API key first, or leave the API with Terraform: take `[api]` out of the description, \
         or give it another `name`."
    };
    out.refuse(pair.resource, message, hint);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes_overlap_where_one_request_is_meant_by_both() {
        for (one, other, expected) in [
            ("GET /a", "GET /a", true),
            ("GET /a", "PUT /a", false),
            ("ANY /a", "PUT /a", true),
            ("GET /a/{id}", "GET /a/{order}", true),
            ("GET /a/{id}", "GET /a/new", true),
            ("GET /a/b", "GET /a/c", false),
            ("GET /a/b/c", "ANY /a/{rest+}", true),
            ("ANY /{rest+}", "GET /a/b", true),
            ("GET /a", "ANY /a/{rest+}", false),
            ("GET /", "ANY /", true),
        ] {
            assert_eq!(overlap(one, other), expected, "{one} {other}");
            assert_eq!(overlap(other, one), expected, "{other} {one}");
        }
    }
}
