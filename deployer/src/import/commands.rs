//! Commands for the hands of the user: letting go on Terraform's side, and clearing up afterwards.

use super::compare::{ResourcePairs, TakeoverOutcome};
use super::resource::TerraformResource;
use super::system::ResourceGraph;
use super::{TerraformComparison, TerraformSource};
use crate::kinds::role_path;
use crate::stack::Stack;
use std::collections::BTreeSet;

/// `terraform state rm ADDRESS` for everything that is taken over or replaced, in the order of the state.
pub fn forget(former: &TerraformSource, comparison: &TerraformComparison) -> Vec<String> {
    let gone = |fate: &TakeoverOutcome| {
        matches!(
            fate,
            TakeoverOutcome::Adopted { .. }
                | TakeoverOutcome::Renamed { .. }
                | TakeoverOutcome::Part { .. }
                | TakeoverOutcome::Replaced { .. }
        )
    };
    let tool = former.tool.command();
    let rows = comparison.resources.iter().filter(|row| gone(&row.fate));
    rows.map(|row| format!("{tool} state rm {}", quoted(&row.address))).collect()
}

/// What nothing uses any more once all is adopted, with the commands that remove it.
pub fn leftovers(system: &ResourceGraph<'_>, pairs: &ResourcePairs<'_>, stack: &Stack) -> Vec<String> {
    let mut out = Vec::new();
    let mut roles = BTreeSet::new();
    for pair in &pairs.functions {
        let function = quoted(pair.former_name);
        for permission in system.about("aws_lambda_permission", "function_name", pair.former) {
            let principal = permission.raw("principal").unwrap_or_default();
            if let (Some(statement), "apigateway.amazonaws.com" | "events.amazonaws.com") =
                (permission.text("statement_id"), principal)
            {
                out.push(format!(
                    "aws lambda remove-permission --function-name {function} --statement-id {}",
                    quoted(statement)
                ));
            }
        }
        if pair
            .former
            .attributes
            .get("layers")
            .and_then(|layers| layers.as_array())
            .is_some_and(|layers| !layers.is_empty())
        {
            out.push(format!("aws lambda update-function-configuration --function-name {function} --layers '[]'"));
        }
        let Some(role) = system.role_of(pair.former) else { continue };
        if roles.insert(&role.address)
            && !is_shared(role, system, pairs)
            && role.text("path") != Some(&role_path(stack))
        {
            out.extend(remove_role(role, system));
        }
    }
    out
}

/// Whether a function that stays with Terraform has the role too.
fn is_shared(role: &TerraformResource, system: &ResourceGraph<'_>, pairs: &ResourcePairs<'_>) -> bool {
    let mut users = system.about("aws_lambda_function", "role", role).into_iter();
    users.any(|user| pairs.function(user).is_none())
}

/// IAM deletes a role only after everything that hangs on it (DeleteRole).
fn remove_role(role: &TerraformResource, system: &ResourceGraph<'_>) -> Vec<String> {
    let Some(name) = role.text("name").map(quoted) else { return Vec::new() };
    let mut out = Vec::new();
    let mut inline: BTreeSet<String> = system
        .about("aws_iam_role_policy", "role", role)
        .iter()
        .filter_map(|p| p.text("name"))
        .map(str::to_owned)
        .collect();
    inline.extend(role.blocks("inline_policy").into_iter().filter_map(|p| Some(p.get("name")?.as_str()?.to_owned())));
    out.extend(
        inline
            .iter()
            .map(|policy| format!("aws iam delete-role-policy --role-name {name} --policy-name {}", quoted(policy))),
    );
    let attachments = system.about("aws_iam_role_policy_attachment", "role", role);
    let mut attached: BTreeSet<String> =
        attachments.iter().filter_map(|a| a.text("policy_arn")).map(str::to_owned).collect();
    attached.extend(role.texts("managed_policy_arns"));
    out.extend(
        attached
            .iter()
            .map(|arn| format!("aws iam detach-role-policy --role-name {name} --policy-arn {}", quoted(arn))),
    );
    out.push(format!("aws iam delete-role --role-name {name}"));
    // A policy of theirs, not one of AWS's, that nothing else here has.
    for policy in system.kind("aws_iam_policy") {
        let users = system.about("aws_iam_role_policy_attachment", "policy_arn", policy);
        let ours =
            !users.is_empty() && users.iter().all(|user| user.raw("role").is_some_and(|text| role.is_meant_by(text)));
        if let Some(arn) = policy.text("arn").filter(|_| ours) {
            out.push(format!("aws iam delete-policy --policy-arn {}", quoted(arn)));
        }
    }
    out
}

/// For a POSIX shell. What a file says may be hostile.
fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_.:/-=@+".contains(c);
    if !text.is_empty() && !text.starts_with('-') && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn an_address_is_one_word_to_a_shell() {
        for (text, word) in [
            ("aws_dynamodb_table.orders", "aws_dynamodb_table.orders"),
            ("aws_dynamodb_table.orders[\"eu\"]", "'aws_dynamodb_table.orders[\"eu\"]'"),
            ("a'; rm -rf $HOME; '", r"'a'\''; rm -rf $HOME; '\'''"),
            ("", "''"),
            ("--all", "'--all'"),
        ] {
            assert_eq!(quoted(text), word);
        }
    }
}
