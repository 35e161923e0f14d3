//! Functions: the code is new, what others see of the function stays.

use super::super::resource::TerraformResource;
use super::super::system::ResourceGraph;
use super::super::{DescriptionSetting, resource};
use super::pair::ResourcePair;
use super::{RequiredEdits, tags};
use crate::kinds::{FunctionBlock, log_group_name, role_path};
use crate::stack::Stack;
use serde_json::Value;

/// What the description needs for a function.
pub fn demands(pair: &ResourcePair<'_, FunctionBlock>, system: &ResourceGraph<'_>, stack: &Stack) -> RequiredEdits {
    let mut out = RequiredEdits::default();
    let (id, former) = (pair.id.as_str(), pair.former);
    if pair.name != pair.former_name {
        out.settings.push(DescriptionSetting::new(["function", id, "name"], pair.former_name));
    }
    if former.raw("package_type") == Some("Image") {
        out.refuse(
            &former.address,
            format!("function {} is a container image, which Lambda cannot make a zip of", pair.former_name),
            "Give function.ID another `name`, so that it is made beside it, and take the old one away when no caller is left.",
        );
    }
    refuse_network(pair, &mut out);
    refuse_role(pair, system, stack, &mut out);
    let reserved = former.integer("reserved_concurrent_executions").filter(|reserved| *reserved >= 0);
    if let (Some(reserved), None) = (reserved, pair.block.reserved_concurrency) {
        out.settings.push(DescriptionSetting::new(["function", id, "reserved_concurrency"], reserved));
    }
    if let Some(group) = system.log_group_of(pair.former_name).filter(|g| !g.unknown.contains_key("retention_in_days"))
    {
        // Without a retention, or with 0, events stay for ever.
        let days = group.integer("retention_in_days").unwrap_or(0);
        if days != i64::from(pair.block.log_retention_days) {
            out.settings.push(DescriptionSetting::new(["function", id, "log_retention_days"], days));
        }
    }
    let gone: Vec<_> =
        variables(former).into_iter().filter(|name| !pair.block.environment.contains_key(*name)).collect();
    if !gone.is_empty() {
        out.remarks.push(format!("its environment variables {} are not described: they go", gone.join(", ")));
    }
    if let Some(why) = ["environment", "environment.variables"].iter().find_map(|name| former.unknown.get(*name)) {
        out.remarks.push(format!("its environment variables are not known from the file: {why}"));
    }
    if let Some(runtime) = former.text("runtime").filter(|runtime| !runtime.starts_with("provided")) {
        out.remarks.push(format!(
            "its code in {runtime} is replaced by the program that is described: runtime and code are two updates to Lambda, between which calls fail for seconds"
        ));
    }
    tags::demand(former, stack, &pair.block.tags, &["function", id], &mut out);
    out
}

/// Names of environment variables. The values are nobody's business here.
pub fn variables(former: &TerraformResource) -> Vec<&str> {
    let variables = former.block("environment").and_then(|block| block.get("variables")).and_then(Value::as_object);
    variables.into_iter().flatten().map(|(name, _)| name.as_str()).collect()
}

/// Lambda refuses a role that may not make network interfaces for a function in a VPC (UpdateFunctionConfiguration).
fn refuse_network(pair: &ResourcePair<'_, FunctionBlock>, out: &mut RequiredEdits) {
    let in_vpc = pair.former.block("vpc_config").is_some_and(|vpc| !resource::texts(vpc.get("subnet_ids")).is_empty());
    if in_vpc || pair.former.unknown.contains_key("vpc_config.subnet_ids") {
        let hint = format!(
            "Take it out first, if its new program needs nothing in there: `aws lambda update-function-configuration --function-name {} --vpc-config SubnetIds=[],SecurityGroupIds=[]`, then `terraform refresh`.",
            pair.former_name
        );
        out.refuse(
            &pair.former.address,
            format!("function {} is in a VPC, which a description cannot say", pair.former_name),
            &hint,
        );
    }
}

/// The new role has the function's name, and IAM has one role of a name whatever its path is.
fn refuse_role(
    pair: &ResourcePair<'_, FunctionBlock>,
    system: &ResourceGraph<'_>,
    stack: &Stack,
    out: &mut RequiredEdits,
) {
    let same =
        |role: &&TerraformResource| role.text("name").is_some_and(|name| name.eq_ignore_ascii_case(pair.former_name));
    let path = role_path(stack);
    let Some(role) = system.kind("aws_iam_role").find(same).filter(|role| role.text("path") != Some(path.as_str()))
    else {
        return;
    };
    let name = pair.former_name;
    out.refuse(
        &role.address,
        format!("role {name} has the name that the new role of function.{} needs, and IAM can neither move nor rename a role", pair.id),
        &format!(
            "Let the function use a role of another name first: give {} another `name` and `lifecycle {{ create_before_destroy = true }}` in the configuration, `terraform apply`, and import again.",
            role.address
        ),
    );
}

/// Whether a log group is a function's.
pub fn has_log_group(pair: &ResourcePair<'_, FunctionBlock>, group: &TerraformResource) -> bool {
    group.text("name") == Some(&log_group_name(pair.former_name))
}
