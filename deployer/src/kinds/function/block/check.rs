//! Rules of `[function.X]` that one value alone cannot break.

use super::declared::unknown;
use super::{environment, source_check};
use crate::kinds::function::rights::LARGEST_POLICY;
use crate::stack::{
    CheckContext, MistakeReport, StackMistake, TomlEntry, TomlNode, TomlTable, TomlValue, WrittenBlock, suggest,
};
use std::collections::BTreeMap;

/// Checks all functions of a description.
pub(super) fn check(context: &CheckContext<'_>, report: &mut MistakeReport) {
    for function in context.blocks("function") {
        check_code(&function, report);
        check_tables(context, &function, report);
        check_queues(context, &function, report);
        source_check::check(context, &function, report);
        if let Some(asynchronous) = function.entries.table("asynchronous") {
            source_check::check_on_failure(context, asynchronous, report);
        }
        check_allow(&function, report);
        check_role(&function, report);
        environment::check(&function, report);
    }
    check_role_names(context, report);
}

/// Checks that the code comes either from a package or from a file, and that only a package is built.
fn check_code(function: &WrittenBlock<'_>, report: &mut MistakeReport) {
    let [package, artifact] = ["package", "artifact"].map(|key| function.entries.get(key));
    match (package, artifact) {
        (Some(_), Some(artifact)) => {
            let message = format!("`{}` has both `package` and `artifact`", function.id);
            let help = "keep `package` to have it built, or `artifact` to upload what is there";
            report.error(StackMistake::at(artifact.key, message).label("`package` is given too").help(help));
        }
        (None, None) => {
            let message = format!("`{}` has neither `package` nor `artifact`", function.id);
            let help = "add `package = \"…\"`, a Cargo package that is built, or `artifact = \"…\"`, the path of a zip or a bootstrap";
            report.error(StackMistake::at(function.key, message).missing("package").label("has no code").help(help));
        }
        _ => {}
    }
    if package.is_none() && artifact.is_some() {
        for key in ["bin", "profile", "features"] {
            if let Some(entry) = function.entries.get(key) {
                let message = format!("`{key}` has no meaning with `artifact`");
                let help = "it says how a package is built: remove it, or use `package`";
                report.error(StackMistake::at(entry.key, message).label("only with `package`").help(help));
            }
        }
    }
}

/// Checks that the tables that a function uses are described.
fn check_tables(context: &CheckContext<'_>, function: &WrittenBlock<'_>, report: &mut MistakeReport) {
    for (table, entry) in function.entries.table("tables").into_iter().flat_map(TomlTable::iter) {
        if let Some(mistake) = unknown(context, "table", table, entry.key) {
            report.error(mistake);
        } else if let Some(access) = entry.node.table() {
            check_access(context, table, entry, access, report);
        }
    }
}

/// Checks that the queues that a function uses are described.
fn check_queues(context: &CheckContext<'_>, function: &WrittenBlock<'_>, report: &mut MistakeReport) {
    for (queue, entry) in function.entries.table("queues").into_iter().flat_map(TomlTable::iter) {
        if let Some(mistake) = unknown(context, "queue", queue, entry.key) {
            report.error(mistake);
        }
    }
}

/// Checks access to a table and to its indexes apart: there is some, and the indexes exist.
fn check_access(
    context: &CheckContext<'_>,
    table: &str,
    entry: &TomlEntry,
    access: &TomlTable,
    report: &mut MistakeReport,
) {
    if access.is_empty() {
        let message = format!("access to `{}` is empty", table.escape_debug());
        let help = "give `actions`, `index.NAME` or both, or leave the table out";
        report.error(StackMistake::at(entry.key, message).missing("actions").label("allows nothing").help(help));
    }
    let blocks = context.blocks("table");
    let Some(block) = blocks.iter().find(|block| block.id == table) else { return };
    let declared: Vec<_> = ["index", "local_index"]
        .iter()
        .filter_map(|kind| block.entries.table(kind))
        .flat_map(|indexes| indexes.iter().map(|(name, _)| name))
        .collect();
    for (index, entry) in access.table("index").into_iter().flat_map(TomlTable::iter) {
        if !declared.contains(&index) {
            let message = format!("unknown index `{}` of table `{table}`", index.escape_debug());
            let help = suggest(index, "its indexes", declared.iter().copied());
            report.error(StackMistake::at(entry.key, message).label("not declared").help(help));
        }
    }
}

/// Checks that what `allow` says fits into the policy of a role.
fn check_allow(function: &WrittenBlock<'_>, report: &mut MistakeReport) {
    let Some(entry) = function.entries.get("allow") else { return };
    let size = text_size(&entry.node);
    if size > LARGEST_POLICY {
        let message = format!("`allow` of `{}` has {size} characters", function.id);
        let help = format!(
            "IAM takes {LARGEST_POLICY} in the policies of a role: let `*` stand for parts of ARNs, or split the function"
        );
        report.error(StackMistake::at(entry.key, message).label(format!("more than {LARGEST_POLICY}")).help(help));
    }
}

/// Checks that nothing is attached to a role that others manage.
fn check_role(function: &WrittenBlock<'_>, report: &mut MistakeReport) {
    let Some(entry) = function.entries.get("role_arn").and_then(|_| function.entries.get("managed_policies")) else {
        return;
    };
    let message = "`managed_policies` has no meaning with `role_arn`".to_owned();
    let help = "what others manage is not changed: its owner attaches policies";
    report.error(StackMistake::at(entry.key, message).label("the role is others'").help(help));
}

/// Returns the number of characters of all texts in a value, names of keys included.
fn text_size(node: &TomlNode) -> usize {
    match &node.value {
        TomlValue::Text(text) => text.chars().count(),
        TomlValue::List(nodes) => nodes.iter().map(text_size).sum(),
        TomlValue::Table(table) => table.iter().map(|(key, entry)| key.chars().count() + text_size(&entry.node)).sum(),
        _ => 0,
    }
}

/// Checks that no two functions have names that differ in letter case only: their roles have these names, and IAM takes
/// them for the same.
fn check_role_names(context: &CheckContext<'_>, report: &mut MistakeReport) {
    let mut seen: BTreeMap<String, (String, &str)> = BTreeMap::new();
    for function in context.blocks("function") {
        let name = context.physical_name(&function);
        let Some((other, id)) = seen.insert(name.to_lowercase(), (name.clone(), function.id)) else {
            continue;
        };
        if other != name {
            let message = format!("the names of `{id}` and `{}` differ in letter case only", function.id);
            let help = "each function has a role of its name, and IAM takes the two for the same";
            report
                .error(StackMistake::at(function.place("name"), message).label(format!("{other:?} before")).help(help));
        }
    }
}
