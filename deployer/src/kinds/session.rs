//! One run of a stack against one target: what all kinds share.

use super::ledger::RunLedger;
use super::secret::StackSecrets;
use crate::artifact::FunctionArtifact;
use crate::aws::arn::{ArnScope, partition};
use crate::aws::{AwsCaller, AwsConnection, PaceStart, tags};
use crate::error::{Error, Result};
use crate::stack::Stack;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use tokio::sync::SetOnce;

/// Zips by id of the function. A function without one keeps the code it has.
pub type FunctionArtifacts = BTreeMap<String, FunctionArtifact>;

/// One run of a stack against one target.
pub struct RunSession {
    /// The stack description.
    pub stack: Stack,
    /// The way to AWS.
    pub aws: AwsAccess,
    /// What is sent to AWS beside the description.
    pub uploads: RunUploads,
    /// What the run finds out.
    pub ledger: RunLedger,
}

/// The way to AWS: where to, as whom, how fast.
pub struct AwsAccess {
    /// Clients, region, endpoint.
    pub connection: AwsConnection,
    /// Sends the calls. Shared, since what it learned of AWS's rates holds for everyone who calls.
    pub caller: Rc<AwsCaller>,
    /// Account id, once STS has told it. Reads do not wait for it but where they need an ARN.
    pub account: SetOnce<String>,
}

/// What a run sends to AWS beside the description.
#[derive(Default)]
pub struct RunUploads {
    /// The zips.
    pub artifacts: RefCell<FunctionArtifacts>,
    /// The secrets.
    pub secrets: RefCell<StackSecrets>,
}

impl RunSession {
    /// Makes a run of `stack` over `connection`.
    pub fn new(stack: Stack, connection: AwsConnection) -> Self {
        let start = if connection.local { PaceStart::Unlimited } else { PaceStart::Published };
        let aws = AwsAccess { connection, caller: Rc::new(AwsCaller::new(start)), account: SetOnce::new() };
        Self { stack, aws, uploads: RunUploads::default(), ledger: RunLedger::default() }
    }

    /// Makes a session of the same stack that has seen nothing yet. The account and the pace of the calls stay: a second look right after
    /// many calls must not begin as if AWS's buckets were full.
    pub fn afresh(&self) -> Self {
        let account = SetOnce::new();
        if let Some(known) = self.aws.account.get() {
            let _ = account.set(known.clone());
        }
        let aws = AwsAccess { connection: self.aws.connection.clone(), caller: Rc::clone(&self.aws.caller), account };
        Self { stack: self.stack.clone(), aws, uploads: RunUploads::default(), ledger: RunLedger::default() }
    }

    /// Returns what ARNs are made of.
    ///
    /// # Errors
    /// `internal` before the account is known.
    pub fn arn(&self) -> Result<ArnScope> {
        let account = self.aws.account.get().ok_or_else(|| Error::internal("the account is not known yet"))?;
        Ok(self.scope(account))
    }

    /// Returns what ARNs are made of, as soon as the account is known: for a look that names a resource by its ARN. Whoever ends a run
    /// because nobody tells the account ends the wait too.
    pub async fn arn_when_known(&self) -> ArnScope {
        self.scope(self.aws.account.wait().await)
    }

    fn scope(&self, account: &str) -> ArnScope {
        let connection = &self.aws.connection;
        ArnScope::new(account, &connection.region).at(connection.endpoint.as_deref())
    }

    /// Returns the URL under which an API's stage is called. Emulators serve it below their own address.
    pub fn invoke_url(&self, api: &str, stage: &str) -> String {
        let region = &self.aws.connection.region;
        match &self.aws.connection.endpoint {
            Some(endpoint) => format!("{}/_aws/execute-api/{api}/{stage}", endpoint.trim_end_matches('/')),
            None => format!("https://{api}.execute-api.{region}.{}/{stage}", partition(region).1),
        }
    }

    /// Tells whose a resource with these tags is.
    pub fn owner(&self, tags: &tags::ResourceTags) -> tags::ResourceOwner {
        tags::ResourceOwner::of(tags, &self.stack.name, &self.stack.stage)
    }

    /// Leaves out tags that are not managed.
    pub fn managed(&self, tags: impl IntoIterator<Item = (String, String)>) -> tags::ResourceTags {
        tags::managed(tags, &self.stack.ignore_tags)
    }
}
