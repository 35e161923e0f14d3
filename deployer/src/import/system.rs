//! What hangs together: which function a route leads to, which role a function has, what a rule runs.

use super::resource;
use super::resource::{Resource, Standing, is_open};
use std::collections::{BTreeMap, BTreeSet};

/// A resource whose name in AWS is known.
#[derive(Debug, Clone, Copy)]
pub struct Named<'a> {
    /// The resource.
    pub resource: &'a Resource,
    /// Its name in AWS.
    pub name: &'a str,
}

/// The resources by what they are to each other. Deposed ones are left out: they are on their way out.
pub struct System<'a> {
    all: Vec<&'a Resource>,
}

/// A method of an API.
#[derive(Debug, Clone)]
pub struct Method<'a> {
    /// `GET /orders`; nothing when its path is not known.
    pub route: Option<String>,
    /// The function that answers; nothing when it is another thing.
    pub function: Option<&'a Resource>,
    /// Who may call.
    pub guard: Guard,
}

/// Who may call a method.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Guard {
    /// Anybody.
    None,
    /// Who signs.
    Iam,
    /// Who has a key.
    ApiKey,
    /// Whoever an authorizer lets in, or what is not known.
    Other(String),
}

impl<'a> System<'a> {
    /// The resources that are to stay.
    pub fn of(resources: &'a [Resource]) -> Self {
        let sound = |resource: &&Resource| !matches!(resource.standing, Standing::Deposed(_));
        System { all: resources.iter().filter(sound).collect() }
    }

    /// Resources of a kind.
    pub fn kind(&self, kind: &'a str) -> impl Iterator<Item = &'a Resource> + '_ {
        self.all.iter().copied().filter(move |resource| resource.kind == kind)
    }

    fn named(&self, kind: &'a str, attribute: &str) -> Vec<Named<'a>> {
        self.kind(kind).filter_map(|resource| Some(Named { resource, name: resource.name(attribute).ok()? })).collect()
    }

    /// Tables.
    pub fn tables(&self) -> Vec<Named<'a>> {
        self.named("aws_dynamodb_table", "name")
    }

    /// Functions.
    pub fn functions(&self) -> Vec<Named<'a>> {
        self.named("aws_lambda_function", "function_name")
    }

    /// REST APIs.
    pub fn apis(&self) -> Vec<Named<'a>> {
        self.named("aws_api_gateway_rest_api", "name")
    }

    /// Rules with a schedule, on the bus where schedules are.
    pub fn rules(&self) -> Vec<Named<'a>> {
        let mut rules = self.named("aws_cloudwatch_event_rule", "name");
        rules.retain(|rule| is_schedule(rule.resource));
        rules
    }

    /// The function that an attribute of another resource is about.
    pub fn function(&self, reference: &str) -> Option<&'a Resource> {
        self.kind("aws_lambda_function").find(|function| function.is_meant_by(reference))
    }

    /// Resources of a kind whose attribute is about `owner`.
    pub fn about(&self, kind: &'a str, attribute: &str, owner: &Resource) -> Vec<&'a Resource> {
        self.kind(kind).filter(|part| part.raw(attribute).is_some_and(|text| owner.is_meant_by(text))).collect()
    }

    /// The role of a function, where these resources have it.
    pub fn role_of(&self, function: &Resource) -> Option<&'a Resource> {
        let reference = function.raw("role")?;
        self.kind("aws_iam_role").find(|role| role.is_meant_by(reference))
    }

    /// The log group of a function, where these resources have it.
    pub fn log_group_of(&self, function: &str) -> Option<&'a Resource> {
        let name = crate::kinds::log_group_name(function);
        self.kind("aws_cloudwatch_log_group").find(|group| group.text("name") == Some(&name))
    }

    /// What a rule runs: every target, and the function where it is one.
    pub fn targets(&self, rule: &Resource) -> Vec<(&'a Resource, Option<&'a Resource>)> {
        let targets = self.about("aws_cloudwatch_event_target", "rule", rule);
        targets.into_iter().map(|target| (target, target.raw("arn").and_then(|arn| self.function(arn)))).collect()
    }

    /// Names of an API's stages; a deployment may make one by itself.
    pub fn stages(&self, api: &Resource) -> BTreeSet<&'a str> {
        let stages = self.about("aws_api_gateway_stage", "rest_api_id", api);
        let deployments = self.about("aws_api_gateway_deployment", "rest_api_id", api);
        stages.into_iter().chain(deployments).filter_map(|resource| resource.text("stage_name")).collect()
    }

    /// The methods of an API.
    pub fn methods(&self, api: &Resource) -> Vec<Method<'a>> {
        let paths = self.paths(api);
        let integrations = self.about("aws_api_gateway_integration", "rest_api_id", api);
        let methods = self.about("aws_api_gateway_method", "rest_api_id", api);
        let method = |method: &Resource| {
            let verb = method.text("http_method")?;
            let at = method.raw("resource_id")?;
            let integration = integrations
                .iter()
                .find(|other| other.raw("resource_id") == Some(at) && other.text("http_method") == Some(verb));
            Some(Method {
                route: paths.get(at).map(|path| format!("{verb} {path}")),
                function: integration.and_then(|i| i.raw("uri")).and_then(|uri| self.function(uri)),
                guard: guard(method),
            })
        };
        methods.into_iter().filter_map(method).collect()
    }

    /// Paths of an API's resources by what methods refer to them with.
    fn paths(&self, api: &Resource) -> BTreeMap<String, String> {
        let parts = self.about("aws_api_gateway_resource", "rest_api_id", api);
        let mut out = BTreeMap::new();
        let root = api.raw("root_resource_id").map(str::to_owned);
        let root = root.unwrap_or_else(|| resource::reference(&api.address, "root_resource_id"));
        out.insert(root, "/".to_owned());
        // A resource comes after its parent: as many rounds as the path has segments.
        for _ in 0..=parts.len().min(64) {
            let before = out.len();
            for part in &parts {
                let id = part.raw("id").map_or_else(|| resource::reference(&part.address, "id"), str::to_owned);
                let parent = part.raw("parent_id").and_then(|parent| out.get(parent)).cloned();
                if let (Some(parent), Some(segment)) = (parent, part.text("path_part")) {
                    out.entry(id).or_insert_with(|| format!("{}/{segment}", parent.trim_end_matches('/')));
                }
            }
            if out.len() == before {
                break;
            }
        }
        out
    }
}

/// Whether a rule fires at set times. Schedules are possible on the default bus alone (PutRule).
pub fn is_schedule(rule: &Resource) -> bool {
    let bus = rule.raw("event_bus_name").is_none_or(|bus| bus == "default");
    bus && rule.raw("schedule_expression").is_some() && rule.raw("event_pattern").is_none()
}

fn guard(method: &Resource) -> Guard {
    let open = |name: &str| method.unknown.get(name).cloned();
    if let Some(why) = open("authorization").or_else(|| open("api_key_required")) {
        return Guard::Other(why);
    }
    match (method.raw("authorization").unwrap_or("NONE"), method.on("api_key_required")) {
        ("NONE", false) => Guard::None,
        ("NONE", true) => Guard::ApiKey,
        ("AWS_IAM", false) => Guard::Iam,
        ("AWS_IAM", true) => Guard::Other("AWS_IAM and an API key".to_owned()),
        (other, _) if is_open(other) => Guard::Other("what only AWS knows".to_owned()),
        (other, _) => Guard::Other(format!("{other} authorization")),
    }
}
