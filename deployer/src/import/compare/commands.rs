//! Commands for the user to run: letting go on Terraform's side, and clearing up afterwards.

use super::outcome;
use super::row::ReportRow;
use super::takeover::Takeover;
use crate::import::graph::ResourceGraph;
use crate::import::resource::TerraformResource;
use crate::import::source::TerraformTool;
use crate::kinds::role_path;
use std::collections::BTreeSet;

/// Returns `terraform state rm ADDRESS` for everything that is taken over or replaced, in the order of the state.
pub fn forget(tool: TerraformTool, rows: &[ReportRow]) -> Vec<String> {
    let gone = rows.iter().filter(|row| row.outcome.id().is_some());
    gone.map(|row| format!("{} state rm {}", tool.command(), quoted(&row.address))).collect()
}

/// Returns the commands that remove what nothing uses any more once all is adopted.
pub fn leftovers(takeover: &Takeover<'_>) -> Vec<String> {
    let Takeover { graph, pairs, stack } = takeover;
    let mut out = Vec::new();
    let mut roles = BTreeSet::new();
    for pair in pairs.of("function") {
        let function = quoted(pair.aws_name);
        for permission in graph.parts("aws_lambda_permission", "function_name", pair.resource) {
            let is_replaced = outcome::is_made_anew(permission, takeover);
            if let Some(statement) = permission.text("statement_id").filter(|_| is_replaced) {
                let statement = quoted(statement);
                out.push(format!("aws lambda remove-permission --function-name {function} --statement-id {statement}"));
            }
        }
        let layers = pair.resource.attributes.get("layers").and_then(|layers| layers.as_array());
        if layers.is_some_and(|layers| !layers.is_empty()) {
            out.push(format!("aws lambda update-function-configuration --function-name {function} --layers '[]'"));
        }
        let Some(role) = graph.role_of(pair.resource) else { continue };
        let is_new = roles.insert(&role.address);
        if is_new && !is_shared(role, takeover) && role.text("path") != Some(&role_path(stack)) {
            out.extend(remove_role(role, graph));
        }
    }
    out
}

/// Tells whether a function that stays with Terraform has the role too.
fn is_shared(role: &TerraformResource, takeover: &Takeover<'_>) -> bool {
    let mut users = takeover.graph.parts("aws_lambda_function", "role", role).into_iter();
    users.any(|user| takeover.pairs.get(user).is_none())
}

/// Returns the commands that delete a role. IAM deletes it only after everything that hangs on it (DeleteRole).
fn remove_role(role: &TerraformResource, graph: &ResourceGraph<'_>) -> Vec<String> {
    let Some(name) = role.text("name").map(quoted) else { return Vec::new() };
    let inline = graph.parts("aws_iam_role_policy", "role", role).into_iter().filter_map(|policy| policy.text("name"));
    let own = role.blocks("inline_policy").filter_map(|policy| policy.get("name")?.as_str());
    let inline: BTreeSet<&str> = inline.chain(own).collect();
    let attachments = graph.parts("aws_iam_role_policy_attachment", "role", role).into_iter();
    let mut attached: BTreeSet<String> =
        attachments.filter_map(|attachment| attachment.text("policy_arn")).map(str::to_owned).collect();
    attached.extend(role.texts("managed_policy_arns"));
    let delete = |policy| format!("aws iam delete-role-policy --role-name {name} --policy-name {}", quoted(policy));
    let detach = |arn: &String| format!("aws iam detach-role-policy --role-name {name} --policy-arn {}", quoted(arn));
    let mut out: Vec<_> = inline.into_iter().map(delete).chain(attached.iter().map(detach)).collect();
    out.push(format!("aws iam delete-role --role-name {name}"));
    // A policy of theirs, not one of AWS's, that nothing else here has.
    for policy in graph.kind("aws_iam_policy") {
        let users = graph.parts("aws_iam_role_policy_attachment", "policy_arn", policy);
        let of_role = |user: &TerraformResource| {
            let owner = user.raw("role").and_then(|text| graph.owner("aws_iam_role", text));
            owner.is_some_and(|owner| owner.address == role.address)
        };
        let ours = !users.is_empty() && users.into_iter().all(of_role);
        if let Some(arn) = policy.text("arn").filter(|_| ours) {
            out.push(format!("aws iam delete-policy --policy-arn {}", quoted(arn)));
        }
    }
    out
}

/// Returns a text as one word to a POSIX shell. What a file says may be hostile.
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
