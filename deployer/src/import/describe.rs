//! A whole new stack description of what Terraform has.

use super::dead_letter::dead_letter;
use super::environment::variables;
use super::graph::{NamedResource, ResourceGraph};
use super::methods::{MethodGuard, common_guard, methods};
use super::parts::{parts, shown_stage};
use super::resource::TerraformResource;
use super::rights::TableRights;
use super::setting::toml_value;
use super::source::TerraformSource;
use super::{mapping, rights, sections, sources, tags};
use crate::error::{Error, Result};
use crate::kinds::ApiAuth;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fmt::Write;
use toml_edit::Key;

/// The stage where no API tells one, and the one that is meant where an API has several.
const STAGE: &str = "prod";

/// Writes a description of everything that can be described, with a comment where only a person knows what comes next. `name` is
/// what the stack is called if it can be.
///
/// # Errors
/// When there is nothing to describe.
pub fn describe(source: &TerraformSource, name: &str) -> Result<String> {
    let graph = ResourceGraph::of(&source.resources);
    let region = region(&graph, source);
    let (mut tables, mut elsewhere) = here(graph.named("aws_dynamodb_table", "name"), region);
    let mut beyond = Vec::new();
    // Nothing may refer to what is left out.
    tables.retain(|table| {
        let why = undescribable(table.resource).map(|why| (table.resource, why));
        let stays = why.is_none();
        beyond.extend(why);
        stays
    });
    let (functions, more) = here(graph.named("aws_lambda_function", "function_name"), region);
    elsewhere.extend(more);
    let (queues, more) = here(graph.named("aws_sqs_queue", "name"), region);
    elsewhere.extend(more);
    let (tables, functions) = (with_ids(tables, "table"), with_ids(functions, "function"));
    if tables.is_empty() && beyond.is_empty() && functions.is_empty() && queues.is_empty() {
        return Err(nothing(&graph, source));
    }
    let queues = with_ids(queues, "queue");
    let ids = tables
        .iter()
        .chain(&functions)
        .chain(&queues)
        .map(|(id, named)| (named.resource.address.as_str(), id.as_str()));
    let mut text = DescriptionWriter { graph: &graph, ids: ids.collect(), out: String::new() };
    text.header(source, name, region);
    for resource in elsewhere {
        text.left_out(resource, "it is in another region, and a stack has one");
    }
    for (resource, why) in beyond {
        text.left_out(resource, &why);
    }
    for (id, table) in &tables {
        text.table(id, table);
    }
    for (id, function) in &functions {
        text.function(id, function, &tables);
    }
    for (id, queue) in &queues {
        text.queue(id, queue);
    }
    text.api();
    for (id, rule) in with_ids(graph.rules(), "rule") {
        text.schedule(&id, &rule);
    }
    Ok(text.out)
}

/// Returns what has a block of its own and an ARN.
fn described<'a>(graph: &ResourceGraph<'a>) -> impl Iterator<Item = &'a TerraformResource> {
    ["aws_dynamodb_table", "aws_lambda_function", "aws_sqs_queue"].into_iter().flat_map(|kind| graph.kind(kind))
}

/// Returns the region of the stack: the one of the first table, function or queue that tells it, else of the provider.
fn region<'a>(graph: &ResourceGraph<'a>, source: &'a TerraformSource) -> Option<&'a str> {
    // One that tells no region is in the default provider's.
    if let Some(region) = source.region.as_deref().filter(|_| described(graph).any(|one| one.whereabouts().1.is_none()))
    {
        return Some(region);
    }
    described(graph).find_map(|resource| resource.whereabouts().1).or(source.region.as_deref())
}

/// Parts what is in the region of the stack from what is elsewhere.
fn here<'a>(
    named: Vec<NamedResource<'a>>,
    region: Option<&str>,
) -> (Vec<NamedResource<'a>>, Vec<&'a TerraformResource>) {
    let is_here =
        |one: &NamedResource<'_>| one.resource.whereabouts().1.is_none_or(|own| region.is_none_or(|r| r == own));
    let (here, elsewhere): (Vec<_>, Vec<_>) = named.into_iter().partition(is_here);
    (here, elsewhere.into_iter().map(|one| one.resource).collect())
}

/// Returns why there is nothing to describe.
fn nothing(graph: &ResourceGraph<'_>, source: &TerraformSource) -> Error {
    let (path, state) = (source.path.display(), "`terraform state pull > former.tfstate`");
    if described(graph).next().is_some() {
        let message = format!(
            "the names of the tables, functions and queues of {path} are not known, so that none can be described"
        );
        return Error::usage(message).hint(format!("A state knows them: {state}."));
    }
    let error = Error::usage(format!("{path} has no table, no function and no queue to describe"));
    match (source.is_configuration, source.unread_modules) {
        (false, _) => error.hint("An empty state may be that of another workspace: `terraform workspace list`."),
        (true, 0) => error.hint("Is this the folder where `terraform apply` is run?"),
        (true, _) => error.hint(format!("What the modules hold that are not looked into is in a state: {state}.")),
    }
}

/// Returns what an id is made of: Terraform's label with the key of `for_each`, or the name where a label says nothing.
fn id_text(named: &NamedResource<'_>) -> String {
    let label = named.resource.label.as_str();
    let says_nothing =
        matches!(label, "this" | "main" | "default" | "table" | "lambda" | "function" | "rule" | "queue");
    match named.resource.key() {
        _ if says_nothing => named.name.to_owned(),
        Some(key) => format!("{label}-{key}"),
        None => label.to_owned(),
    }
}

/// Gives ids: what several modules call the same is told apart by the modules, and what is the same even so by numbers.
fn with_ids<'a>(all: Vec<NamedResource<'a>>, fallback: &str) -> Vec<(String, NamedResource<'a>)> {
    let (mut taken, mut numbers) = (HashSet::new(), HashMap::new());
    let mut counts: HashMap<String, u32> = HashMap::new();
    for named in &all {
        *counts.entry(id_text(named)).or_default() += 1;
    }
    let mut id = |named: &NamedResource<'a>| {
        let text = id_text(named);
        let modules = if counts[&text] > 1 { named.resource.modules() } else { Vec::new() };
        let text = modules.into_iter().chain([text.as_str()]).collect::<Vec<_>>().join("-");
        let fits = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        let id: String = text.chars().filter(fits).take(48).collect();
        let id = id.trim_start_matches(|c: char| !c.is_ascii_alphabetic());
        let id = if id.is_empty() { fallback } else { id };
        let mut unique = id.to_owned();
        while !taken.insert(unique.clone()) {
            let number = numbers.entry(id.to_owned()).or_insert(1);
            *number += 1;
            unique = format!("{id}-{number}");
        }
        unique
    };
    all.into_iter().map(|named| (id(&named), named)).collect()
}

/// Returns a word that may name a stack or a stage: lowercase letters, digits and `-`, starting with a letter.
fn plain_word(text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    let plain: String = lower.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let trimmed = plain.trim_start_matches(|c: char| !c.is_ascii_lowercase()).trim_end_matches('-');
    let short: String = trimmed.chars().take(32).collect();
    (!short.is_empty()).then_some(short)
}

/// Writes the description. There is no way for a `String` not to take a line.
struct DescriptionWriter<'a> {
    graph: &'a ResourceGraph<'a>,
    /// Ids of tables, functions and queues by Terraform's address.
    ids: HashMap<&'a str, &'a str>,
    out: String,
}

impl DescriptionWriter<'_> {
    /// Writes `path = value`; of a table a line for each member.
    fn line(&mut self, path: &[&str], value: impl Into<Value>) {
        let value = value.into();
        if let (Value::Object(members), [_]) = (&value, path) {
            for (key, member) in members {
                self.line(&[path[0], key], member.clone());
            }
        } else if let Some(value) = toml_value(&value) {
            let _ = writeln!(self.out, "{} = {value}", dotted(path));
        }
    }

    /// Writes `key = value`, of a table too.
    fn member(&mut self, key: &str, value: &Value) {
        if let Some(value) = toml_value(value) {
            let _ = writeln!(self.out, "{} = {value}", dotted(&[key]));
        }
    }

    fn comment(&mut self, text: &str) {
        let _ = writeln!(self.out, "# {}", text.replace(|c: char| c.is_control(), " "));
    }

    fn header_of(&mut self, path: &[&str]) {
        let _ = writeln!(self.out, "\n[{}]", dotted(path));
    }

    /// Says why something is not described.
    fn left_out(&mut self, resource: &TerraformResource, why: &str) {
        self.out.push('\n');
        self.comment(&format!("{} is not described: {why}", resource.address));
    }

    fn header(&mut self, source: &TerraformSource, name: &str, region: Option<&str>) {
        self.comment(&format!(
            "What {} has, as deployer describes it. Look through it before `deployer import-terraform --adopt`.",
            source.tool.name()
        ));
        self.out.push('\n');
        self.line(&["name"], plain_word(name).unwrap_or_else(|| "imported".to_owned()));
        let graph = self.graph;
        let account = described(graph).find_map(|resource| resource.whereabouts().0);
        for (key, value) in [("region", region), ("account", account)] {
            if let Some(value) = value {
                self.line(&[key], value);
            }
        }
        let functions = graph.kind("aws_lambda_function");
        let bounds: BTreeSet<&str> = functions.filter_map(|function| rights::boundary(graph, function)?.ok()).collect();
        if let [boundary] = Vec::from_iter(bounds)[..] {
            self.line(&["permissions_boundary"], boundary);
        }
        let apis = graph.named("aws_api_gateway_rest_api", "name");
        let stage = apis.first().and_then(|api| self.stage(api.resource)).and_then(plain_word);
        self.line(&["default_stage"], stage.unwrap_or_else(|| STAGE.to_owned()));
    }

    fn stage<'s>(&self, api: &'s TerraformResource) -> Option<&'s str>
    where
        Self: 's,
    {
        shown_stage(self.graph, api, STAGE).or_else(|| self.graph.stages(api).first().copied())
    }

    /// Writes every mapped attribute that is not as it is without a line, and the tags.
    fn attributes(&mut self, section: &str, resource: &TerraformResource, stage: Option<&str>) {
        for part in parts(self.graph, resource, stage) {
            for attribute in mapping::of(&part.kind).into_iter().flat_map(|kind| kind.attributes) {
                match attribute.told(part) {
                    Err((_, why)) => self.comment(&format!("{} = …   # not known from the file: {why}", attribute.key)),
                    Ok(Some(value)) if sections::default(section, attribute.key).as_ref() != Some(&value) => {
                        self.line(&attribute.key.split('.').collect::<Vec<_>>(), value);
                    }
                    Ok(_) => {}
                }
            }
        }
        for (key, value) in tags::tags(resource, section).0 {
            self.line(&["tags", &key], value);
        }
    }

    fn table(&mut self, id: &str, table: &NamedResource<'_>) {
        self.header_of(&["table", id]);
        self.attributes("table", table.resource, None);
    }

    fn queue(&mut self, id: &str, queue: &NamedResource<'_>) {
        self.header_of(&["queue", id]);
        self.attributes("queue", queue.resource, None);
        let dead_letter = dead_letter(self.graph, queue.resource, &|queue| self.id_of(queue));
        match dead_letter {
            Ok(dead_letter) => dead_letter.iter().for_each(|it| self.member("dead_letter", it)),
            Err(why) => self.comment(&format!("dead_letter = …   # {why}: it stays as it is")),
        }
    }

    /// Returns the id of what is described.
    fn id_of(&self, resource: &TerraformResource) -> Option<String> {
        self.ids.get(resource.address.as_str()).map(|id| (*id).to_owned())
    }

    /// Returns the reference to a queue that a value stands for: its URL, its ARN or its name.
    fn queue_reference(&self, value: &str) -> Option<String> {
        let queue = self.graph.owner("aws_sqs_queue", value)?;
        let is = |attribute: &str| queue.identity(attribute).as_deref() == Some(value);
        let attribute = ["arn", "name"].into_iter().find(|attribute| is(attribute)).unwrap_or("url");
        Some(format!("${{queue.{}.{attribute}}}", self.id_of(queue)?))
    }

    fn function(&mut self, id: &str, function: &NamedResource<'_>, tables: &[(String, NamedResource<'_>)]) {
        let resource = function.resource;
        let runs = |name: &str| resource.text(name).unwrap_or("?");
        self.header_of(&["function", id]);
        self.attributes("function", resource, None);
        self.comment(&format!(
            "The Cargo package that takes the place of {} ({}); or `artifact = \"path\"` of a bootstrap or zip.",
            runs("handler"),
            runs("runtime")
        ));
        self.line(&["package"], "function");
        self.comment("bin = \"…\"   # where the package has several");
        if let Err(why) = resource.told("environment") {
            self.comment(&format!("environment = …   # not all known from the file: {why}"));
        }
        let mut used = HashSet::new();
        for (name, value) in variables(resource).into_iter().flatten() {
            let (is_text, value) = (value.is_string(), value.as_str().unwrap_or_default());
            let meant = |table: &NamedResource<'_>| {
                let owner = self.graph.owner("aws_dynamodb_table", value);
                value == table.name || owner.is_some_and(|owner| owner.address == table.resource.address)
            };
            match tables.iter().find(|(_, table)| meant(table)) {
                Some((table_id, table)) => {
                    let is_name = value == table.name || value.ends_with(".name}") || value.ends_with(".id}");
                    let attribute = if is_name { "name" } else { "arn" };
                    self.line(&["environment", name], format!("${{table.{table_id}.{attribute}}}"));
                    used.insert(table_id.as_str());
                }
                None => match self.queue_reference(value) {
                    Some(reference) => self.line(&["environment", name], reference),
                    // A text of nothing keeps nothing secret.
                    None if value.is_empty() && is_text => self.line(&["environment", name], ""),
                    // It may be a secret: it stays where it is.
                    None => {
                        let path = dotted(&["environment", name]);
                        self.comment(&format!("{path} = \"…\"   # its value is not taken over"));
                    }
                },
            }
        }
        let other = rights::others(self.graph, resource, &|one| self.id_of(one));
        let sources = sources::of_function(self.graph, resource, &|one| self.id_of(one));
        for (id, table) in tables {
            let path = dotted(&["tables", id]);
            let is_used = used.contains(id.as_str());
            match rights::on_table(self.graph, resource, table.resource) {
                TableRights::Actions(actions) if !actions.is_empty() => self.line(&["tables", id], actions),
                TableRights::Actions(_)
                    if !is_used || !other.allow.is_empty() || !other.managed_policies.is_empty() => {}
                _ => {
                    let mark = if is_used { "" } else { "# " };
                    let _ = writeln!(
                        self.out,
                        "{mark}{path} = \"read_write\"   # what its role may do is not clear: a list of actions says it closer"
                    );
                }
            }
        }
        if !other.managed_policies.is_empty() {
            self.line(&["managed_policies"], Vec::from_iter(other.managed_policies.clone()));
        }
        for (policy, why) in &other.lost {
            self.comment(&format!("{} is not taken over: {why}", policy.address));
        }
        for former in &sources {
            if let Err(why) = &former.block {
                self.comment(&format!("{} is not taken over: {why}", former.resource.address));
            }
        }
        self.elements(&["function", id, "allow"], other.allow.iter());
        self.elements(&["function", id, "source"], sources.iter().filter_map(|former| former.block.as_ref().ok()));
    }

    /// Writes a list of tables.
    fn elements<'v>(&mut self, path: &[&str], elements: impl Iterator<Item = &'v Value>) {
        for element in elements {
            let _ = writeln!(self.out, "\n[[{}]]", dotted(path));
            for (key, value) in element.as_object().into_iter().flatten() {
                self.member(key, value);
            }
        }
    }

    fn api(&mut self) {
        let apis = self.graph.named("aws_api_gateway_rest_api", "name");
        let [api] = apis.as_slice() else {
            if !apis.is_empty() {
                let names: Vec<_> = apis.iter().map(|api| format!("{:?}", api.name)).collect();
                self.out.push('\n');
                self.comment(&format!("A stack has one REST API; there are {}: {}.", apis.len(), names.join(", ")));
            }
            return;
        };
        let methods = methods(self.graph, api.resource);
        let id_of = |function: &TerraformResource| self.ids.get(function.address.as_str()).copied();
        let routes: BTreeMap<_, _> = methods
            .iter()
            .filter_map(|m| Some((m.route.clone()?, (id_of(m.function?)?.to_owned(), &m.guard))))
            .collect();
        if routes.is_empty() {
            self.out.push('\n');
            let name = api.name;
            return self.comment(&format!(
                "The routes of the REST API {name:?} are not known from the file, so it is not described."
            ));
        }
        self.header_of(&["api"]);
        let stage = self.stage(api.resource);
        self.attributes("api", api.resource, stage);
        let common = common_guard(&methods);
        if let Some(auth) = common.as_ref().and_then(MethodGuard::auth).filter(|auth| *auth != ApiAuth::None) {
            self.line(&["auth"], auth.word());
        }
        self.header_of(&["api", "routes"]);
        for (route, (function, guard)) in routes {
            match guard.auth().filter(|auth| common.is_none() && *auth != ApiAuth::None) {
                Some(auth) => self.member(&route, &json!({"function": function, "auth": auth.word()})),
                None => self.line(&[&route], function),
            }
        }
    }

    fn schedule(&mut self, id: &str, rule: &NamedResource<'_>) {
        let functions = self.graph.targets(rule.resource).into_iter().filter_map(|(_, function)| function);
        let mut ids = functions.filter_map(|function| self.ids.get(function.address.as_str()).copied());
        let Some(function) = ids.next() else {
            return self.left_out(rule.resource, "it runs no function of these");
        };
        let function = function.to_owned();
        self.header_of(&["schedule", id]);
        self.attributes("schedule", rule.resource, None);
        self.line(&["function"], function);
    }
}

/// Returns a path as TOML writes it, with quotes where they must be.
fn dotted(path: &[&str]) -> String {
    path.iter().map(|key| Key::new(*key).to_string()).collect::<Vec<_>>().join(".")
}

/// Returns why a table cannot be described: keys and capacities that the file does not tell.
fn undescribable(table: &TerraformResource) -> Option<String> {
    let mut needed = vec!["partition_key"];
    if table.told("billing_mode").is_ok() && table.text("billing_mode") != Some("PAY_PER_REQUEST") {
        needed.extend(["read_capacity", "write_capacity"]);
    }
    let mut attributes =
        mapping::of(&table.kind)?.attributes.iter().filter(|attribute| needed.contains(&attribute.key));
    attributes.find_map(|attribute| match attribute.told(table) {
        Err((name, why)) => Some(format!("its {name} is not known from the file: {why}")),
        Ok(None) => Some(format!("the file does not tell its {}", attribute.key)),
        Ok(Some(_)) => None,
    })
}
