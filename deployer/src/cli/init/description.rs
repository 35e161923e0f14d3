//! The text of a new stack description.

use crate::artifact::{FunctionCandidate, FunctionLibrary};
use std::fmt::Write;

/// The description that is written: where the deployer looks first.
pub const DESCRIPTION: &str = "deployer.toml";
/// The schema for editors, named in the first line of [`DESCRIPTION`].
pub const SCHEMA: &str = "deployer.schema.json";

/// What a new description says.
pub struct NewDescription<'a> {
    /// Name of the stack.
    pub stack: String,
    /// The region that the command line names.
    pub region: Option<&'a str>,
    /// The program of the function.
    pub candidate: &'a FunctionCandidate,
    /// Id of the table, if one is described.
    pub table: Option<&'a str>,
}

impl NewDescription<'_> {
    /// Tells whether requests reach the function: those of another library know nothing of HTTP.
    pub fn has_api(&self) -> bool {
        self.candidate.library != Some(FunctionLibrary::Runtime)
    }

    /// Returns the text.
    pub fn text(&self) -> String {
        let FunctionCandidate { package, bin, .. } = self.candidate;
        let region = match self.region {
            Some(region) => format!("region = \"{region}\""),
            None => "# region = \"eu-central-1\"           # the AWS CLI's region when absent".to_owned(),
        };
        let mut text = format!(
            r#"#:schema ./{schema}
# What `deployer up` puts on AWS. `deployer up --local` runs the same on this machine: no account, no costs.
# Change a line and run it again: only what differs is touched.

name = "{stack}"
{region}
# account = "123456789012"            # refuse to deploy to any other account
"#,
            schema = SCHEMA,
            stack = self.stack,
        );
        if let Some(table) = self.table {
            let _ = write!(
                text,
                r#"
[table.{table}]
partition_key = "id"                  # a string; {{ name = "id", type = "N" }} for a number
# point_in_time_recovery = true       # continuous backups of the last 35 days
# protected = true                    # never delete it, whatever is asked for
"#
            );
        }
        let _ = write!(
            text,
            r#"
# Built by Cargo. Its role and its log group come with it.
[function.{id}]
package = "{package}"
bin = "{bin}"
memory = 256                          # MB; processor time grows with it
timeout = 10                          # seconds
"#,
            id = self.function(),
        );
        if self.has_api() || self.table.is_some() {
            let _ = write!(text, "\n[function.{}.environment]\n", self.function());
        }
        if let Some(table) = self.table {
            let _ = writeln!(text, "TABLE_NAME = \"${{table.{table}.name}}\"");
        }
        if self.has_api() {
            text.push_str(
                r#"# The function sees the path `/items`, as its routes are written, and not `/dev/items` with the API's stage.
AWS_LAMBDA_HTTP_IGNORE_STAGE_IN_PATH = "true"
"#,
            );
        }
        if let Some(table) = self.table {
            let _ = write!(
                text,
                r#"
# What the function's role may do: "read", "write", "read_write", or a list of DynamoDB's actions.
[function.{id}.tables]
{table} = "read_write"
"#,
                id = self.function(),
            );
        }
        if self.has_api() {
            text.push_str(
                r#"
# "METHOD /path" = "id of a function". These two pass everything on.
[api.routes]
"ANY /" = "api"
"ANY /{path+}" = "api"
"#,
            );
        }
        text
    }

    fn function(&self) -> &'static str {
        if self.has_api() { "api" } else { "function" }
    }
}

/// Returns a stack's name that is near to a package's.
pub fn stack_name(package: &str) -> String {
    let plain: String = package.to_lowercase().replace('_', "-");
    plain.trim_start_matches(|c: char| !c.is_ascii_lowercase()).chars().take(32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stack;
    use crate::stack::{DocumentDrift, StackSource};

    fn candidate(library: Option<FunctionLibrary>) -> FunctionCandidate {
        FunctionCandidate { package: "shop_api".into(), folder: "/w".into(), bin: "shop".into(), library }
    }

    #[test]
    fn every_description_is_valid() {
        for library in [Some(FunctionLibrary::Http), Some(FunctionLibrary::Runtime), None] {
            for table in [None, Some("items")] {
                for region in [None, Some("eu-central-1")] {
                    let candidate = candidate(library);
                    let text =
                        NewDescription { stack: stack_name(&candidate.package), region, candidate: &candidate, table }
                            .text();
                    let source = StackSource { path: "deployer.toml".into(), text };
                    let stack = stack::check(source, None, &crate::kinds::sections(), DocumentDrift::Refused);
                    let stack = stack.unwrap_or_else(|mistakes| panic!("{}", mistakes.render(false, 100)));
                    assert!(stack.warnings.is_empty(), "{:?}", stack.warnings);
                }
            }
        }
    }

    #[test]
    fn what_is_written() {
        let candidate = candidate(Some(FunctionLibrary::Http));
        let new = NewDescription {
            stack: stack_name("Shop_API"),
            region: Some("eu-central-1"),
            candidate: &candidate,
            table: Some("items"),
        };
        insta::assert_snapshot!(new.text());
    }

    #[test]
    fn names_of_stacks() {
        for (package, stack) in
            [("shop", "shop"), ("Shop_API", "shop-api"), ("9lives", "lives"), (&"x".repeat(40), &"x".repeat(32))]
        {
            assert_eq!(stack_name(package), stack);
        }
    }
}
