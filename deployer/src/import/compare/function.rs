//! Functions: the code is new, what others see of the function stays.

use super::attributes::block;
use super::edits::RequiredEdits;
use super::pair::ResourcePair;
use super::takeover::Takeover;
use crate::import::environment::variables;
use crate::import::resource::TerraformResource;
use crate::import::setting::{DescriptionSetting, toml_value};
use crate::import::{resource, rights, sources};
use crate::kinds::role_path;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// Refuses what the deployer cannot take over, and names what its program replaces.
pub fn judge(pair: &ResourcePair<'_>, takeover: &Takeover<'_>, out: &mut RequiredEdits) {
    let function = pair.resource;
    if function.raw("package_type") == Some("Image") {
        out.refuse(
            function,
            format!("function {} is a container image, which Lambda cannot make a zip of", pair.aws_name),
            format!("Give function.{} another `name`, so that it is made beside it, and take the old one away when no caller is left.", pair.id),
        );
    }
    refuse_network(pair, out);
    refuse_role(pair, takeover, out);
    propose_rights(pair, takeover, out);
    propose_boundary(pair, takeover, out);
    propose_sources(pair, takeover, out);
    if let Err(why) = function.told("environment") {
        out.remark(function, format!("its environment variables are not all known from the file: {why}"));
    }
    let described = block(pair, takeover).and_then(|block| block.get("environment"));
    let names = variables(function).into_iter().flatten().map(|(name, _)| name.as_str());
    let gone: Vec<_> = names.filter(|name| described.is_none_or(|all| all.get(name).is_none())).collect();
    if !gone.is_empty() {
        let gone = gone.join(", ");
        out.remark(
            function,
            format!("its environment variables {gone} are not in the description and will be removed"),
        );
    }
    if let Some(runtime) = function.text("runtime").filter(|runtime| !runtime.starts_with("provided")) {
        out.remark(function, format!(
            "its code in {runtime} is replaced by the program that is described: runtime and code are two updates to Lambda, between which calls fail for seconds"
        ));
    }
}

/// Proposes what the former role may do beside tables and logs, and names what the new one would lose.
fn propose_rights(pair: &ResourcePair<'_>, takeover: &Takeover<'_>, out: &mut RequiredEdits) {
    let described = |resource: &TerraformResource| takeover.pairs.get(resource).map(|pair| pair.id.clone());
    let former = rights::others(&takeover.graph, pair.resource, &described);
    let mut there = block(pair, takeover).and_then(|block| block.get("allow")?.as_array()).cloned().unwrap_or_default();
    for statement in there.iter_mut().filter_map(Value::as_object_mut) {
        statement.retain(|_, member| !member.as_object().is_some_and(Map::is_empty));
    }
    let mut allow = there.clone();
    allow.extend(former.allow.into_iter().filter(|one| !there.iter().any(|other| rights::is_same(one, other))));
    if allow.len() > there.len() {
        let value = toml_value(&Value::Array(allow));
        out.settings.push(DescriptionSetting { path: pair.path("allow"), value });
    }
    let there = block(pair, takeover).map(|block| resource::texts(block.get("managed_policies"))).unwrap_or_default();
    let both: BTreeSet<String> = there.iter().cloned().chain(former.managed_policies).collect();
    if both.len() > there.len() {
        let value = toml_value(&both.into_iter().collect::<Vec<_>>().into());
        out.settings.push(DescriptionSetting { path: pair.path("managed_policies"), value });
    }
    for (policy, words) in former.narrowed {
        out.remark(policy, words);
    }
    for (policy, why) in former.lost {
        out.remark(policy, format!("the new role of function.{} does not have it: {why}", pair.id));
        out.lose(
            policy,
            format!("the new role of function.{} would have less than the former: {why}", pair.id),
            &format!("Give what it needs by `[[function.{}.allow]]`.", pair.id),
        );
    }
}

/// Proposes the queues and tables that run the function; what the description has of one stays as it is written.
fn propose_sources(pair: &ResourcePair<'_>, takeover: &Takeover<'_>, out: &mut RequiredEdits) {
    let described = |resource: &TerraformResource| takeover.pairs.get(resource).map(|pair| pair.id.clone());
    let there = block(pair, takeover).and_then(|block| block.get("source")?.as_array()).cloned().unwrap_or_default();
    let mut both = there.clone();
    for former in sources::of_function(&takeover.graph, pair.resource, &described) {
        match former.block {
            Ok(source) if !there.iter().any(|other| is_same_source(other, &source)) => both.push(source),
            Ok(_) => {}
            Err(why) => out.remark(former.resource, format!("it is not described: {why}")),
        }
    }
    if both.len() > there.len() {
        let value = toml_value(&Value::Array(both));
        out.settings.push(DescriptionSetting { path: pair.path("source"), value });
    }
}

/// Tells whether two sources read the same queue or table.
fn is_same_source(one: &Value, other: &Value) -> bool {
    ["queue", "table"].iter().any(|sort| one[*sort].is_string() && one[*sort] == other[*sort])
}

/// Proposes the permissions boundary of the former role for all roles of the stack; another one would be a loss.
fn propose_boundary(pair: &ResourcePair<'_>, takeover: &Takeover<'_>, out: &mut RequiredEdits) {
    let Some(former) = rights::boundary(&takeover.graph, pair.resource) else { return };
    let setting = |arn: &str| DescriptionSetting::new(&["permissions_boundary"], arn);
    let is_one = |line: &DescriptionSetting| line.path == ["permissions_boundary"];
    let proposed = out.settings.iter().find(|line| is_one(line)).map(DescriptionSetting::line);
    let why = match former {
        Ok(arn) => match &takeover.stack.permissions_boundary {
            Some(described) if described == arn => return,
            Some(described) => format!("it is bounded by {arn}, and those of the stack by {described}"),
            None if proposed.is_none() => return out.settings.push(setting(arn)),
            None if proposed == Some(setting(arn).line()) => return,
            None => format!("it is bounded by {arn}, and another former role by another policy"),
        },
        Err((_, why)) => why,
    };
    let Some(role) = takeover.graph.role_of(pair.resource) else { return };
    out.lose(
        role,
        format!("the new role of function.{} would be bounded otherwise: {why}", pair.id),
        "`permissions_boundary` at the top of the description bounds every role of the stack.",
    );
}

/// Lambda refuses a role that may not make network interfaces for a function in a VPC (UpdateFunctionConfiguration).
fn refuse_network(pair: &ResourcePair<'_>, out: &mut RequiredEdits) {
    let in_vpc = |vpc: &serde_json::Map<_, _>| !resource::texts(vpc.get("subnet_ids")).is_empty();
    if pair.resource.told("vpc_config").is_err() || pair.resource.block("vpc_config").is_some_and(in_vpc) {
        out.refuse(
            pair.resource,
            format!("function {} is in a VPC, which a description cannot say", pair.aws_name),
            format!(
                "Take it out first, if its new program needs nothing in there: `aws lambda update-function-configuration --function-name {} --vpc-config SubnetIds=[],SecurityGroupIds=[]`, then `terraform refresh`.",
                pair.aws_name
            ),
        );
    }
}

/// The new role has the function's name, and IAM has one role of a name whatever its path is.
fn refuse_role(pair: &ResourcePair<'_>, takeover: &Takeover<'_>, out: &mut RequiredEdits) {
    let name = pair.aws_name;
    let same = |role: &&TerraformResource| role.text("name").is_some_and(|role| role.eq_ignore_ascii_case(name));
    let path = role_path(takeover.stack);
    let role = takeover.graph.kind("aws_iam_role").find(same);
    let Some(role) = role.filter(|role| role.text("path") != Some(path.as_str())) else { return };
    out.refuse(
        role,
        format!("role {name} has the name that the new role of function.{} needs, and IAM can neither move nor rename a role", pair.id),
        format!(
            "Let the function use a role of another name first: give {} another `name` and `lifecycle {{ create_before_destroy = true }}` in the configuration, `terraform apply`, and import again.",
            role.address
        ),
    );
}
