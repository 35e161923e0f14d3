//! What desired specs are computed from, beside the stack.

use super::id::ResourceId;
use super::ledger::ResourceOutputs;
use super::secret::StackSecrets;
use super::session::FunctionArtifacts;
use crate::aws::arn::ArnScope;
use crate::aws::tags;
use crate::stack::Stack;

/// What desired specs are computed from, beside the stack.
pub struct DesiredScope<'a> {
    /// Account, region, partition.
    pub arn: &'a ArnScope,
    /// Outputs of observed resources.
    pub outputs: &'a ResourceOutputs,
    /// The zips.
    pub artifacts: &'a FunctionArtifacts,
    /// The secrets.
    pub secrets: &'a StackSecrets,
}

impl DesiredScope<'_> {
    /// Returns an output of an observed resource.
    pub fn output(&self, id: &ResourceId, name: &str) -> Option<&str> {
        self.outputs.get(id)?.get(name).map(String::as_str)
    }
}

/// Path of the roles of every stack.
pub const ROLES: &str = "/deployer/";

/// Returns the path of a stack's roles: ListRoles finds them by it, and operators restrict `iam:PassRole` to it.
pub fn role_path(stack: &Stack) -> String {
    format!("{ROLES}{}/{}/", stack.name, stack.stage)
}

/// Returns the tags that a resource of the stack should have: the stack's, its own, and the ownership tags.
pub fn wanted_tags(stack: &Stack, own: &tags::ResourceTags, id: &ResourceId) -> tags::ResourceTags {
    let mut out = stack.tags.clone();
    out.extend(own.clone());
    out.insert(tags::STACK.to_owned(), stack.name.clone());
    out.insert(tags::STAGE.to_owned(), stack.stage.clone());
    out.insert(tags::ID.to_owned(), id.to_string());
    out
}
