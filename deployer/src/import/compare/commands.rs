//! Commands for the user to run: letting go on Terraform's side, and clearing up afterwards.

use super::outcome;
use super::row::ReportRow;
use super::takeover::Takeover;
use crate::import::graph::ResourceGraph;
use crate::import::resource::TerraformResource;
use crate::import::source::TerraformSource;
use crate::kinds::role_path;
use std::collections::BTreeSet;

/// Returns `terraform state rm ADDRESS` for everything that is taken over or replaced, in the order of the state. Before
/// them a state that they change is copied: the adoption reads the copy.
pub fn forget(source: &TerraformSource, rows: &[ReportRow]) -> Vec<String> {
    let tool = source.tool.command();
    let gone = rows.iter().filter(|row| row.outcome.id().is_some());
    let gone: Vec<String> = gone.map(|row| format!("{tool} state rm {}", quoted(&row.address))).collect();
    let copy = source.copy_before_adoption().filter(|_| !gone.is_empty()).map(|copy| {
        let [from, to] = [&source.path, &copy].map(|path| quoted(&path.display().to_string()));
        format!("cp {from} {to}")
    });
    copy.into_iter().chain(gone).collect()
}

/// Returns the commands that remove what nothing uses any more once all is adopted.
pub fn leftovers(takeover: &Takeover<'_>) -> Vec<String> {
    let Takeover { graph, pairs, stack, shared_roles } = takeover;
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
        if is_new && !shared_roles.contains(&role.address) && role.text("path") != Some(&role_path(stack)) {
            out.extend(remove_role(role, graph));
        }
    }
    out
}

/// Returns the commands that delete a role. IAM deletes it only after everything that hangs on it (DeleteRole).
fn remove_role(role: &TerraformResource, graph: &ResourceGraph<'_>) -> Vec<String> {
    let Some(name) = role.text("name").map(quoted) else { return Vec::new() };
    let inline = graph.parts("aws_iam_role_policy", "role", role).into_iter().map(|policy| policy.text("name"));
    let own = role.blocks("inline_policy").map(|policy| policy.get("name")?.as_str());
    let inline: BTreeSet<Option<&str>> = inline.chain(own).collect();
    let attachments = graph.parts("aws_iam_role_policy_attachment", "role", role);
    let mut attached: BTreeSet<Option<&str>> =
        attachments.iter().map(|attachment| attachment.text("policy_arn")).collect();
    let listed = role.texts("managed_policy_arns");
    attached.extend(listed.iter().map(|arn| Some(arn.as_str())));
    let mut out = of_all(
        &inline,
        &format!("aws iam delete-role-policy --role-name {name} --policy-name"),
        &format!("aws iam list-role-policies --role-name {name} --query PolicyNames"),
    );
    out.extend(of_all(
        &attached,
        &format!("aws iam detach-role-policy --role-name {name} --policy-arn"),
        &format!("aws iam list-attached-role-policies --role-name {name} --query 'AttachedPolicies[].PolicyArn'"),
    ));
    out.push(format!("aws iam delete-role --role-name {name}"));
    // A policy of theirs, not one of AWS's, that nothing else here has.
    let mut attached: Vec<_> =
        attachments.into_iter().filter_map(|one| graph.owner("aws_iam_policy", one.raw("policy_arn")?)).collect();
    attached.dedup_by(|one, other| one.address == other.address);
    for policy in attached {
        let users = graph.parts("aws_iam_role_policy_attachment", "policy_arn", policy);
        let others = graph.parts("aws_iam_policy_attachment", "policy_arn", policy);
        let of_role = |user: &TerraformResource| {
            let owner = user.raw("role").and_then(|text| graph.owner("aws_iam_role", text));
            owner.is_some_and(|owner| owner.address == role.address)
        };
        if !others.is_empty() || !users.into_iter().all(of_role) {
            continue;
        }
        match (policy.text("arn"), policy.text("name")) {
            (Some(arn), _) => out.push(format!("aws iam delete-policy --policy-arn {}", quoted(arn))),
            (None, Some(policy)) if quoted(policy) == policy => out.push(format!(
                "aws iam delete-policy --policy-arn \"$(aws iam list-policies --scope Local --query \"Policies[?PolicyName=='{policy}'].Arn\" --output text)\""
            )),
            _ => {}
        }
    }
    out
}

/// Returns a command for each of several names; where the file does not tell them all, a loop over what AWS lists.
fn of_all(names: &BTreeSet<Option<&str>>, command: &str, list: &str) -> Vec<String> {
    if names.contains(&None) {
        return vec![format!("for policy in $({list} --output text); do {command} \"$policy\"; done")];
    }
    names.iter().flatten().map(|name| format!("{command} {}", quoted(name))).collect()
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
