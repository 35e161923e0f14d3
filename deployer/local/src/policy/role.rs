//! The policies of a role: its own, and those of AWS's that are known here.

use super::evaluate::{PolicyDocument, PolicyRequest, PolicyVerdict, judge};
use crate::lock::lock;
use crate::store::role::RoleRecord;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex};

/// The managed policies that are known.
const MANAGED: [(&str, &str); 4] = [
    (
        "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
        r#"{"Statement":{"Effect":"Allow","Action":["logs:CreateLogGroup","logs:CreateLogStream","logs:PutLogEvents"],"Resource":"*"}}"#,
    ),
    (
        "arn:aws:iam::aws:policy/CloudWatchLogsFullAccess",
        r#"{"Statement":{"Effect":"Allow","Action":"logs:*","Resource":"*"}}"#,
    ),
    (
        "arn:aws:iam::aws:policy/PowerUserAccess",
        r#"{"Statement":{"Effect":"Allow","NotAction":["iam:*","organizations:*","account:*"],"Resource":"*"}}"#,
    ),
    ("arn:aws:iam::aws:policy/AdministratorAccess", r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#),
];

/// Documents that were read already, by their text: a role is asked about at every call of its function.
static READ: LazyLock<Mutex<HashMap<String, Option<Arc<PolicyDocument>>>>> = LazyLock::new(Mutex::default);
/// No cloud has nearly as many roles; when there are more texts than this, older ones are read again.
const MOST_READ: usize = 512;

/// What a role may do.
#[derive(Clone, Debug)]
pub struct RolePolicies {
    policies: Vec<Arc<PolicyDocument>>,
    /// Whether that is all: no policy is attached whose document is not known here.
    pub complete: bool,
}

/// No role: nothing is allowed.
impl Default for RolePolicies {
    fn default() -> Self {
        Self { policies: Vec::new(), complete: true }
    }
}

impl RolePolicies {
    /// Reads the policies of a role as it is now. Inline policies were checked when they were put; one that cannot be
    /// read allows nothing.
    pub fn of(role: &RoleRecord) -> Self {
        let known = |arn: &String| MANAGED.iter().find(|(managed, _)| managed == arn).map(|(_, document)| *document);
        let attached = role.attached.iter().filter_map(known);
        Self {
            policies: role.inline.values().map(String::as_str).chain(attached).filter_map(read).collect(),
            complete: role.attached.iter().all(|arn| known(arn).is_some()),
        }
    }

    /// Returns what the policies say together.
    pub fn judge(&self, request: &PolicyRequest<'_>) -> PolicyVerdict {
        judge(self.policies.iter().map(Arc::as_ref), request)
    }
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
