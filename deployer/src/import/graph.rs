//! What hangs together: which role a function has, what a rule runs, what belongs to an API.

use super::resource::{InstanceStatus, TerraformResource};
use std::collections::{BTreeSet, HashMap};

/// Attributes by which others refer to a resource.
const IDENTITIES: &[&str] =
    &["id", "arn", "name", "function_name", "invoke_arn", "qualified_arn", "execution_arn", "stream_arn", "url"];
/// Attributes that refer to the resource that something belongs to.
const REFERENCES: &[&str] = &["function_name", "policy_arn", "queue_url", "rest_api_id", "role", "rule"];

/// A resource whose name in AWS is known.
#[derive(Debug, Clone, Copy)]
pub struct NamedResource<'a> {
    /// The resource.
    pub resource: &'a TerraformResource,
    /// Its name in AWS.
    pub name: &'a str,
}

/// Finds resources by what they are to each other. Deposed ones are left out: they are on their way out.
pub struct ResourceGraph<'a> {
    kinds: HashMap<&'a str, Vec<&'a TerraformResource>>,
    /// By Terraform's type and an identity.
    owners: HashMap<(&'a str, String), &'a TerraformResource>,
    /// By Terraform's type, an attribute that refers to something, and its text.
    parts: HashMap<(&'a str, &'a str, &'a str), Vec<&'a TerraformResource>>,
}

impl<'a> ResourceGraph<'a> {
    /// Connects the resources that are to stay.
    pub fn of(resources: &'a [TerraformResource]) -> Self {
        let mut out = Self { kinds: HashMap::new(), owners: HashMap::new(), parts: HashMap::new() };
        for resource in resources {
            if matches!(resource.standing, InstanceStatus::Deposed(_)) {
                continue;
            }
            let kind = resource.kind.as_str();
            out.kinds.entry(kind).or_default().push(resource);
            for identity in identities(resource) {
                out.owners.entry((kind, identity)).or_insert(resource);
            }
            for attribute in REFERENCES {
                if let Some(text) = resource.raw(attribute) {
                    out.parts.entry((kind, attribute, text)).or_default().push(resource);
                }
            }
        }
        out
    }

    /// Returns the resources of a type.
    pub fn kind(&self, kind: &str) -> impl Iterator<Item = &'a TerraformResource> + '_ {
        self.kinds.get(kind).into_iter().flatten().copied()
    }

    /// Returns the resources of a type whose name is known.
    pub fn named(&self, kind: &str, attribute: &str) -> Vec<NamedResource<'a>> {
        self.kind(kind)
            .filter_map(|resource| Some(NamedResource { resource, name: resource.name(attribute).ok()? }))
            .collect()
    }

    /// Returns the rules with a schedule, on the bus where schedules are.
    pub fn rules(&self) -> Vec<NamedResource<'a>> {
        let mut rules = self.named("aws_cloudwatch_event_rule", "name");
        rules.retain(|rule| is_schedule(rule.resource));
        rules
    }

    /// Returns the resource of a type that a text refers to.
    pub fn owner(&self, kind: &'a str, text: &str) -> Option<&'a TerraformResource> {
        self.owners.get(&(kind, text.to_owned())).copied()
    }

    /// Returns the function that a text refers to, which may be the URI of an integration that was put together by hand.
    pub fn function(&self, text: &str) -> Option<&'a TerraformResource> {
        let in_uri = || Some(text.split_once("/functions/")?.1.rsplit_once('/')?.0);
        let function = |text| self.owner("aws_lambda_function", text);
        function(text).or_else(|| function(in_uri()?))
    }

    /// Returns the resources of a type whose attribute, one of a few, refers to `owner`.
    pub fn parts(&self, kind: &str, attribute: &str, owner: &TerraformResource) -> Vec<&'a TerraformResource> {
        let mut out = Vec::new();
        for text in identities(owner) {
            out.extend(self.parts.get(&(kind, attribute, text.as_str())).into_iter().flatten());
        }
        out
    }

    /// Returns the role of a function, where these resources have it.
    pub fn role_of(&self, function: &TerraformResource) -> Option<&'a TerraformResource> {
        self.owner("aws_iam_role", function.raw("role")?)
    }

    /// Returns the log group of a function, where these resources have it.
    pub fn log_group_of(&self, function: &str) -> Option<&'a TerraformResource> {
        self.owner("aws_cloudwatch_log_group", &crate::kinds::log_group_name(function))
    }

    /// Returns what a rule runs: every target, and the function where it is one.
    pub fn targets(&self, rule: &TerraformResource) -> Vec<(&'a TerraformResource, Option<&'a TerraformResource>)> {
        let targets = self.parts("aws_cloudwatch_event_target", "rule", rule).into_iter();
        targets.map(|target| (target, target.raw("arn").and_then(|arn| self.function(arn)))).collect()
    }

    /// Returns the names of an API's stages; a deployment may make one by itself.
    pub fn stages(&self, api: &TerraformResource) -> BTreeSet<&'a str> {
        let kinds = ["aws_api_gateway_stage", "aws_api_gateway_deployment"].into_iter();
        let parts = kinds.flat_map(|kind| self.parts(kind, "rest_api_id", api));
        parts.filter_map(|resource| resource.text("stage_name")).collect()
    }
}

fn identities(resource: &TerraformResource) -> BTreeSet<String> {
    IDENTITIES.iter().filter_map(|name| resource.identity(name)).collect()
}

/// Tells whether a rule fires at set times. Schedules are possible on the default bus alone (PutRule).
pub fn is_schedule(rule: &TerraformResource) -> bool {
    let bus = rule.raw("event_bus_name").is_none_or(|bus| bus == "default");
    bus && rule.raw("schedule_expression").is_some() && rule.raw("event_pattern").is_none()
}
