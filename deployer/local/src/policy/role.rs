//! The policies of a role: its own, the customer's and those of AWS's that are known here, and its permissions boundary.

use super::evaluate::{PolicyDecision, PolicyDocument, PolicyRequest, PolicyVerdict};
use crate::arn::after_partition;
use crate::lock::lock;
use crate::store::function::FunctionRecord;
use crate::store::role::RoleRecord;
use crate::store::{CloudDocument, IamDocument};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, LazyLock, Mutex};

/// The managed policies of AWS's that are known, by path and name.
const AWS_MANAGED: [(&str, &str); 4] = [
    (
        "service-role/AWSLambdaBasicExecutionRole",
        r#"{"Statement":{"Effect":"Allow","Action":["logs:CreateLogGroup","logs:CreateLogStream","logs:PutLogEvents"],"Resource":"*"}}"#,
    ),
    ("CloudWatchLogsFullAccess", r#"{"Statement":{"Effect":"Allow","Action":"logs:*","Resource":"*"}}"#),
    (
        "PowerUserAccess",
        r#"{"Statement":{"Effect":"Allow","NotAction":["iam:*","organizations:*","account:*"],"Resource":"*"}}"#,
    ),
    ("AdministratorAccess", r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#),
];

/// Documents that were read already, by their text: a role is asked about at every call of its function.
static READ: LazyLock<Mutex<HashMap<String, Option<Arc<PolicyDocument>>>>> = LazyLock::new(Mutex::default);
/// No cloud has nearly as many roles; when there are more texts than this, older ones are read again.
const MOST_READ: usize = 512;

/// What a role may do.
#[derive(Clone, Debug)]
pub struct RolePolicies {
    /// By name: an inline policy's own, or that of one of AWS's.
    policies: Vec<(String, Arc<PolicyDocument>)>,
    /// Whether that is all: no policy is attached whose document is not known here.
    pub complete: bool,
    boundary: PermissionsBoundary,
}

/// What bounds a role, whatever its policies say.
#[derive(Clone, Debug)]
enum PermissionsBoundary {
    /// Nothing does.
    Unbounded,
    /// A policy of AWS's whose document is not known here, so that it cannot be judged: it must not get in the way.
    Unknown,
    /// Nothing that this document does not allow.
    Within(Arc<PolicyDocument>),
    /// A policy that is gone or cannot be read: nothing.
    Nothing,
}

/// No role: nothing is allowed.
impl Default for RolePolicies {
    fn default() -> Self {
        Self { policies: Vec::new(), complete: true, boundary: PermissionsBoundary::Unbounded }
    }
}

/// Tells whether the role of a function allows an action. A policy that is not known here must not get in the way.
pub fn function_may(document: &CloudDocument, function: &FunctionRecord, action: &str, resource: &str) -> bool {
    let Some(role) = document.iam.roles.values().find(|role| role.arn == function.role) else { return false };
    let policies = RolePolicies::of(role, &document.iam);
    let request = PolicyRequest { account: None, action, resource, keys: BTreeMap::new() };
    match policies.judge(&request) {
        PolicyVerdict::Allowed => true,
        PolicyVerdict::Unmentioned => !policies.complete,
        PolicyVerdict::Denied | PolicyVerdict::OutOfBounds => false,
    }
}

impl RolePolicies {
    /// Reads the policies of a role as they are now. Documents were checked when they were put; one that cannot be read
    /// allows nothing.
    pub fn of(role: &RoleRecord, iam: &IamDocument) -> Self {
        let known = |arn: &String| aws_managed_document(arn).or_else(|| iam.policies.get(arn)?.document());
        let attached = role.attached.iter().filter_map(|arn| Some((arn.rsplit('/').next()?, known(arn)?)));
        let inline = role.inline.iter().map(|(name, document)| (name.as_str(), document.as_str()));
        Self {
            policies: inline.chain(attached).filter_map(|(name, text)| Some((name.to_owned(), read(text)?))).collect(),
            complete: role.attached.iter().all(|arn| known(arn).is_some()),
            boundary: match &role.boundary {
                None => PermissionsBoundary::Unbounded,
                Some(arn) => match known(arn).map(read) {
                    Some(Some(document)) => PermissionsBoundary::Within(document),
                    None if is_aws_managed(arn) => PermissionsBoundary::Unknown,
                    _ => PermissionsBoundary::Nothing,
                },
            },
        }
    }

    /// Returns what the policies say together, and which statement of which of them says it: what they allow and the boundary,
    /// where there is one, allows too ("Permissions boundaries for IAM entities").
    pub fn decide(&self, request: &PolicyRequest<'_>) -> PolicyDecision {
        let said = self.within_no_boundary(request);
        let bound = match &self.boundary {
            PermissionsBoundary::Unbounded | PermissionsBoundary::Unknown => return said,
            PermissionsBoundary::Within(document) => document.decide(request),
            PermissionsBoundary::Nothing => PolicyDecision { verdict: PolicyVerdict::Unmentioned, statement: None },
        };
        match (said.verdict, bound.verdict) {
            (PolicyVerdict::Denied, _) | (_, PolicyVerdict::Allowed) => said,
            (_, PolicyVerdict::Denied) => PolicyDecision {
                verdict: PolicyVerdict::Denied,
                statement: bound.statement.map(|statement| format!("{statement} of the permissions boundary")),
            },
            (PolicyVerdict::Unmentioned, _) if self.complete => said,
            _ => PolicyDecision {
                verdict: PolicyVerdict::OutOfBounds,
                statement: Some("the permissions boundary".to_owned()),
            },
        }
    }

    fn within_no_boundary(&self, request: &PolicyRequest<'_>) -> PolicyDecision {
        let mut decision = PolicyDecision { verdict: PolicyVerdict::Unmentioned, statement: None };
        for (name, policy) in &self.policies {
            let PolicyDecision { verdict, statement } = policy.decide(request);
            let named = || statement.map(|statement| format!("{statement} of the policy {name}"));
            match verdict {
                PolicyVerdict::Denied => return PolicyDecision { verdict, statement: named() },
                PolicyVerdict::Allowed if decision.statement.is_none() => {
                    decision = PolicyDecision { verdict, statement: named() };
                }
                PolicyVerdict::Allowed | PolicyVerdict::Unmentioned | PolicyVerdict::OutOfBounds => {}
            }
        }
        decision
    }

    /// Returns what the policies say together.
    pub fn judge(&self, request: &PolicyRequest<'_>) -> PolicyVerdict {
        self.decide(request).verdict
    }
}

/// Returns the document of a policy of AWS's own, if it is known here.
pub(crate) fn aws_managed_document(arn: &str) -> Option<&'static str> {
    let name = aws_managed_name(arn)?;
    AWS_MANAGED.iter().find(|(managed, _)| *managed == name).map(|(_, document)| *document)
}

/// Tells whether an ARN has the form of a policy of AWS's own.
pub(crate) fn is_aws_managed(arn: &str) -> bool {
    aws_managed_name(arn).is_some_and(|name| !name.is_empty() && !name.ends_with('/'))
}

/// Returns path and name of a policy of AWS's own, which every partition has.
fn aws_managed_name(arn: &str) -> Option<&str> {
    after_partition(arn)?.strip_prefix("iam::aws:policy/")
}

fn read(document: &str) -> Option<Arc<PolicyDocument>> {
    let mut read = lock(&READ);
    if let Some(policy) = read.get(document) {
        return policy.clone();
    }
    if read.len() >= MOST_READ {
        read.clear();
    }
    let policy = PolicyDocument::parse(document).ok().map(Arc::new);
    read.insert(document.to_owned(), policy.clone());
    policy
}
