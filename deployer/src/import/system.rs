//! What hangs together: which function a route leads to, which role a function has, what a rule runs.

use super::resource;
use super::resource::{InstanceStatus, TerraformResource, is_open};
use std::collections::{BTreeMap, BTreeSet};

/// A resource whose name in AWS is known.
#[derive(Debug, Clone, Copy)]
pub struct NamedResource<'a> {
    /// The resource.
    pub resource: &'a TerraformResource,
    /// Its name in AWS.
    pub name: &'a str,
}

/// The resources by what they are to each other. Deposed ones are left out: they are on their way out.
pub struct ResourceGraph<'a> {
    all: Vec<&'a TerraformResource>,
}

/// A method of an API.
#[derive(Debug, Clone)]
pub struct ApiMethod<'a> {
    /// `GET /orders`; nothing when its path is not known.
    pub route: Option<String>,
    /// The function that answers; nothing when it is another thing.
    pub function: Option<&'a TerraformResource>,
    /// Who may call.
    pub guard: MethodGuard,
}

/// Who may call a method.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum MethodGuard {
    /// Anybody.
    None,
    /// Who signs.
    Iam,
    /// Who has a key.
    ApiKey,
    /// Whoever an authorizer lets in, or what is not known.
    Other(String),
}

impl<'a> ResourceGraph<'a> {
    /// The resources that are to stay.
    pub fn of(resources: &'a [TerraformResource]) -> Self {
        let sound = |resource: &&TerraformResource| !matches!(resource.standing, InstanceStatus::Deposed(_));
        ResourceGraph { all: resources.iter().filter(sound).collect() }
    }

    /// Resources of a kind.
    pub fn kind(&self, kind: &'a str) -> impl Iterator<Item = &'a TerraformResource> + '_ {
        self.all.iter().copied().filter(move |resource| resource.kind == kind)
    }

    fn named(&self, kind: &'a str, attribute: &str) -> Vec<NamedResource<'a>> {
        self.kind(kind)
            .filter_map(|resource| Some(NamedResource { resource, name: resource.name(attribute).ok()? }))
            .collect()
    }

    /// Tables.
    pub fn tables(&self) -> Vec<NamedResource<'a>> {
        self.named("aws_dynamodb_table", "name")
    }

    /// Functions.
    pub fn functions(&self) -> Vec<NamedResource<'a>> {
        self.named("aws_lambda_function", "function_name")
    }

    /// REST APIs.
    pub fn apis(&self) -> Vec<NamedResource<'a>> {
        self.named("aws_api_gateway_rest_api", "name")
    }

    /// Rules with a schedule, on the bus where schedules are.
    pub fn rules(&self) -> Vec<NamedResource<'a>> {
        let mut rules = self.named("aws_cloudwatch_event_rule", "name");
        rules.retain(|rule| is_schedule(rule.resource));
        rules
    }

    /// The function that an attribute of another resource is about.
    pub fn function(&self, reference: &str) -> Option<&'a TerraformResource> {
        self.kind("aws_lambda_function").find(|function| function.is_meant_by(reference))
    }

    /// Resources of a kind whose attribute is about `owner`.
    pub fn about(&self, kind: &'a str, attribute: &str, owner: &TerraformResource) -> Vec<&'a TerraformResource> {
        self.kind(kind).filter(|part| part.raw(attribute).is_some_and(|text| owner.is_meant_by(text))).collect()
    }

    /// The role of a function, where these resources have it.
    pub fn role_of(&self, function: &TerraformResource) -> Option<&'a TerraformResource> {
        let reference = function.raw("role")?;
        self.kind("aws_iam_role").find(|role| role.is_meant_by(reference))
    }

    /// The log group of a function, where these resources have it.
    pub fn log_group_of(&self, function: &str) -> Option<&'a TerraformResource> {
        let name = crate::kinds::log_group_name(function);
        self.kind("aws_cloudwatch_log_group").find(|group| group.text("name") == Some(&name))
    }

    /// What a rule runs: every target, and the function where it is one.
    pub fn targets(&self, rule: &TerraformResource) -> Vec<(&'a TerraformResource, Option<&'a TerraformResource>)> {
        let targets = self.about("aws_cloudwatch_event_target", "rule", rule);
        targets.into_iter().map(|target| (target, target.raw("arn").and_then(|arn| self.function(arn)))).collect()
    }

    /// Names of an API's stages; a deployment may make one by itself.
    pub fn stages(&self, api: &TerraformResource) -> BTreeSet<&'a str> {
        let stages = self.about("aws_api_gateway_stage", "rest_api_id", api);
        let deployments = self.about("aws_api_gateway_deployment", "rest_api_id", api);
        stages.into_iter().chain(deployments).filter_map(|resource| resource.text("stage_name")).collect()
    }

    /// The methods of an API.
    pub fn methods(&self, api: &TerraformResource) -> Vec<ApiMethod<'a>> {
        let paths = self.paths(api);
        let integrations = self.about("aws_api_gateway_integration", "rest_api_id", api);
        let methods = self.about("aws_api_gateway_method", "rest_api_id", api);
        let method = |method: &TerraformResource| {
            let verb = method.text("http_method")?;
            let at = method.raw("resource_id")?;
            let integration = integrations
                .iter()
                .find(|other| other.raw("resource_id") == Some(at) && other.text("http_method") == Some(verb));
            Some(ApiMethod {
                route: paths.get(at).map(|path| format!("{verb} {path}")),
                function: integration.and_then(|i| i.raw("uri")).and_then(|uri| self.function(uri)),
                guard: guard(method),
            })
        };
        methods.into_iter().filter_map(method).collect()
    }

    /// Paths of an API's resources by what methods refer to them with.
    fn paths(&self, api: &TerraformResource) -> BTreeMap<String, String> {
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
pub fn is_schedule(rule: &TerraformResource) -> bool {
    let bus = rule.raw("event_bus_name").is_none_or(|bus| bus == "default");
    bus && rule.raw("schedule_expression").is_some() && rule.raw("event_pattern").is_none()
}

fn guard(method: &TerraformResource) -> MethodGuard {
    let open = |name: &str| method.unknown.get(name).cloned();
    if let Some(why) = open("authorization").or_else(|| open("api_key_required")) {
        return MethodGuard::Other(why);
    }
    match (method.raw("authorization").unwrap_or("NONE"), method.on("api_key_required")) {
        ("NONE", false) => MethodGuard::None,
        ("NONE", true) => MethodGuard::ApiKey,
        ("AWS_IAM", false) => MethodGuard::Iam,
        ("AWS_IAM", true) => MethodGuard::Other("AWS_IAM and an API key".to_owned()),
        (other, _) if is_open(other) => MethodGuard::Other("what only AWS knows".to_owned()),
        (other, _) => MethodGuard::Other(format!("{other} authorization")),
    }
}
