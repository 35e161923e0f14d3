//! A whole new stack description of what Terraform has.

use super::TerraformSource;
use super::compare::{index_value, key_value, table_spec, tags_of, variables};
use super::resource::TerraformResource;
use super::system::{MethodGuard, NamedResource, ResourceGraph};
use crate::error::{Error, Result};
use crate::kinds::TableSpec;
use std::collections::BTreeMap;
use std::fmt::Write;
use toml_edit::{Key, Value};

/// The stage where no API tells one.
const STAGE: &str = "prod";

/// Writes a description of everything that can be described, with a comment where only a person knows what comes next. `name` is
/// what the stack is called if it can be.
///
/// # Errors
/// When there is nothing to describe.
pub fn describe(former: &TerraformSource, name: &str) -> Result<String> {
    let system = ResourceGraph::of(&former.resources);
    let (tables, functions) = (system.tables(), system.functions());
    if tables.is_empty() && functions.is_empty() {
        return Err(Error::usage(format!("{} has no table and no function to describe", former.source.display()))
            .hint("An empty state may be that of another workspace: `terraform workspace list`."));
    }
    let table_ids = ids(&tables, "table");
    let function_ids = ids(&functions, "function");
    let mut out = String::new();
    header(&mut out, former, &system, name);
    for (table, id) in tables.iter().zip(&table_ids) {
        describe_table(&mut out, table, id);
    }
    for (function, id) in functions.iter().zip(&function_ids) {
        describe_function(&mut out, function, id, &system, &tables, &table_ids);
    }
    let id_of = |resource: &TerraformResource| {
        let position = functions.iter().position(|function| function.resource.address == resource.address)?;
        function_ids.get(position).map(String::as_str)
    };
    describe_api(&mut out, &system, &id_of);
    let rules = system.rules();
    for (rule, id) in rules.iter().zip(ids(&rules, "rule")) {
        describe_rule(&mut out, rule, &id, &system, &id_of);
    }
    Ok(out)
}

/// `key = value`. There is no way for a `String` not to take it.
fn line(out: &mut String, key: &str, value: impl Into<Value>) {
    let _ = writeln!(out, "{} = {}", Key::new(key), value.into());
}

fn section(out: &mut String, path: &[&str]) {
    let path: Vec<_> = path.iter().map(|key| Key::new(*key).to_string()).collect();
    let _ = writeln!(out, "\n[{}]", path.join("."));
}

fn header(out: &mut String, former: &TerraformSource, system: &ResourceGraph<'_>, name: &str) {
    let _ = writeln!(
        out,
        "# What {} has, as deployer describes it. Look through it before `deployer import-terraform --adopt`.\n",
        former.tool.name()
    );
    line(out, "name", word(name).unwrap_or_else(|| "imported".to_owned()));
    let named = system.tables().into_iter().chain(system.functions());
    let (mut account, mut region) = (None, former.region.clone());
    for resource in named {
        let (known_account, known_region) = resource.resource.whereabouts();
        account = account.or(known_account);
        region = region.or(known_region.map(str::to_owned));
    }
    if let Some(region) = region {
        line(out, "region", region);
    }
    if let Some(account) = account {
        line(out, "account", account);
    }
    let stage = system.apis().first().and_then(|api| system.stages(api.resource).into_iter().next());
    line(out, "default_stage", stage.and_then(word).unwrap_or_else(|| STAGE.to_owned()));
}

/// A word that may name a stack or a stage: lowercase letters, digits and `-`, starting with a letter.
fn word(text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    let plain: String = lower.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let trimmed = plain.trim_start_matches(|c: char| !c.is_ascii_lowercase()).trim_end_matches('-');
    let short: String = trimmed.chars().take(32).collect();
    (!short.is_empty()).then_some(short)
}

/// Ids from Terraform's labels, or from names where a label says nothing.
fn ids(all: &[NamedResource<'_>], fallback: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for named in all {
        let label = named.resource.label.as_str();
        let text = if matches!(label, "this" | "main" | "default" | "table" | "lambda" | "function" | "rule") {
            named.name
        } else {
            label
        };
        let id: String =
            text.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')).take(48).collect();
        let id = id.trim_start_matches(|c: char| !c.is_ascii_alphabetic());
        let id = if id.is_empty() { fallback } else { id };
        let mut unique = id.to_owned();
        let mut number = 2;
        while out.contains(&unique) {
            unique = format!("{id}-{number}");
            number += 1;
        }
        out.push(unique);
    }
    out
}

fn describe_tags(out: &mut String, resource: &TerraformResource) {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "_.:/=+-".contains(c);
    for (key, value) in tags_of(resource) {
        let reserved = key.starts_with("aws:") || key.starts_with("deployer:") || key.is_empty();
        if !reserved && key.chars().chain(value.chars()).all(allowed) {
            let _ = writeln!(out, "tags.{} = {}", Key::new(&key), Value::from(value));
        }
    }
}

fn describe_table(out: &mut String, table: &NamedResource<'_>, id: &str) {
    let spec: TableSpec = table_spec(table.resource);
    section(out, &["table", id]);
    line(out, "name", table.name);
    line(out, "partition_key", key_value(&spec.partition_key));
    if let Some(sort) = &spec.sort_key {
        line(out, "sort_key", key_value(sort));
    }
    line(out, "billing_mode", spec.billing_mode.as_str());
    for (key, units) in [("read_capacity", spec.read_capacity), ("write_capacity", spec.write_capacity)] {
        if let Some(units) = units {
            line(out, key, units);
        }
    }
    for (key, text) in [("ttl_attribute", spec.ttl_attribute), ("stream", spec.stream)] {
        if let Some(text) = text {
            line(out, key, text);
        }
    }
    if spec.point_in_time_recovery {
        line(out, "point_in_time_recovery", true);
    }
    if spec.deletion_protection {
        line(out, "deletion_protection", true);
    }
    for (key, text, usual) in
        [("encryption", spec.encryption, "AWS_OWNED"), ("table_class", spec.table_class, "STANDARD")]
    {
        if text != usual {
            line(out, key, text);
        }
    }
    for (kind, indexes) in [("index", &spec.index), ("local_index", &spec.local_index)] {
        for (name, index) in indexes {
            let _ = writeln!(out, "{kind}.{} = {}", Key::new(name), index_value(index, kind == "local_index"));
        }
    }
    describe_tags(out, table.resource);
}

fn describe_function(
    out: &mut String,
    function: &NamedResource<'_>,
    id: &str,
    system: &ResourceGraph<'_>,
    tables: &[NamedResource<'_>],
    table_ids: &[String],
) {
    let resource = function.resource;
    let runs = |name: &str| resource.text(name).unwrap_or("?").replace(|c: char| c.is_control(), " ");
    section(out, &["function", id]);
    line(out, "name", function.name);
    let _ = writeln!(
        out,
        "# The Cargo package that takes the place of {} ({}); or `artifact = \"path\"` of a bootstrap or zip.",
        runs("handler"),
        runs("runtime")
    );
    line(out, "package", "function");
    let _ = writeln!(out, "# bin = \"…\"   # where the package has several");
    for (key, attribute) in [("memory", "memory_size"), ("timeout", "timeout")] {
        if let Some(number) = resource.integer(attribute) {
            line(out, key, number);
        }
    }
    if resource.texts("architectures").first().is_some_and(|only| only == "arm64") {
        line(out, "architecture", "arm64");
    }
    if let Some(reserved) = resource.integer("reserved_concurrent_executions").filter(|n| *n >= 0) {
        line(out, "reserved_concurrency", reserved);
    }
    if let Some(group) = system.log_group_of(function.name) {
        line(out, "log_retention_days", group.integer("retention_in_days").unwrap_or(0));
    }
    let values = resource.block("environment").and_then(|block| block.get("variables")).and_then(|v| v.as_object());
    let mut used: BTreeMap<&str, ()> = BTreeMap::new();
    for name in variables(resource) {
        let value = values.and_then(|values| values.get(name)).and_then(|value| value.as_str()).unwrap_or_default();
        let meant =
            tables.iter().zip(table_ids).find(|(table, _)| value == table.name || table.resource.is_meant_by(value));
        match meant {
            Some((table, table_id)) => {
                let attribute = if value == table.name || value.ends_with(".name}") || value.ends_with(".id}") {
                    "name"
                } else {
                    "arn"
                };
                let _ = writeln!(
                    out,
                    "environment.{} = {}",
                    Key::new(name),
                    Value::from(format!("${{table.{table_id}.{attribute}}}"))
                );
                used.insert(table_id, ());
            }
            // It may be a secret: it stays where it is.
            None => drop(writeln!(out, "# environment.{} = \"…\"   # its value is not taken over", Key::new(name))),
        }
    }
    if let (true, [only]) = (used.is_empty(), table_ids) {
        used.insert(only, ());
    }
    for table in used.into_keys() {
        let _ = writeln!(
            out,
            "tables.{} = \"read_write\"   # what its role may do: a list of actions says it closer",
            Key::new(table)
        );
    }
    describe_tags(out, resource);
}

fn describe_api<'f>(
    out: &mut String,
    system: &ResourceGraph<'_>,
    id_of: &dyn Fn(&TerraformResource) -> Option<&'f str>,
) {
    let apis = system.apis();
    let [api] = apis.as_slice() else {
        if !apis.is_empty() {
            let names: Vec<_> = apis.iter().map(|api| format!("{:?}", api.name)).collect();
            let _ = writeln!(out, "\n# A stack has one REST API; there are {}: {}.", apis.len(), names.join(", "));
        }
        return;
    };
    let methods = system.methods(api.resource);
    let routes: BTreeMap<&str, &str> =
        methods.iter().filter_map(|method| Some((method.route.as_deref()?, id_of(method.function?)?))).collect();
    if routes.is_empty() {
        let _ = writeln!(
            out,
            "\n# The routes of the REST API {:?} are not known from the file, so it is not described.",
            api.name
        );
        return;
    }
    section(out, &["api"]);
    line(out, "name", api.name);
    if let Some(stage) = system.stages(api.resource).into_iter().next() {
        line(out, "stage", stage);
    }
    let types =
        api.resource.block("endpoint_configuration").map(|endpoint| super::resource::texts(endpoint.get("types")));
    line(out, "endpoint_type", types.and_then(|types| types.into_iter().next()).unwrap_or_else(|| "EDGE".to_owned()));
    let guards = |guard: MethodGuard| {
        methods.iter().all(|m| m.guard == guard || m.route.as_deref().is_some_and(|r| r.starts_with("OPTIONS ")))
    };
    if guards(MethodGuard::Iam) {
        line(out, "auth", "iam");
    } else if guards(MethodGuard::ApiKey) {
        line(out, "auth", "api_key");
    }
    describe_tags(out, api.resource);
    section(out, &["api", "routes"]);
    for (route, function) in routes {
        line(out, route, function);
    }
}

fn describe_rule<'f>(
    out: &mut String,
    rule: &NamedResource<'_>,
    id: &str,
    system: &ResourceGraph<'_>,
    id_of: &dyn Fn(&TerraformResource) -> Option<&'f str>,
) {
    let function = system.targets(rule.resource).into_iter().find_map(|(_, function)| id_of(function?));
    let (Some(function), Some(expression)) = (function, rule.resource.text("schedule_expression")) else { return };
    section(out, &["schedule", id]);
    line(out, "name", rule.name);
    line(out, "function", function);
    line(out, "expression", expression);
    if rule.resource.raw("state") == Some("DISABLED") {
        line(out, "enabled", false);
    }
    describe_tags(out, rule.resource);
}
