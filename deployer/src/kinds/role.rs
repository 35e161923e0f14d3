//! IAM roles: one per function, with an inline policy derived from the stack.

use super::diff::{SpecDiff, touches};
use super::sweep::OwnedLists;
use super::tag_sync::{RequestTag, RequestTags};
use super::{
    DeclaredResource, DependentPermission, DesiredScope, FunctionBlock, KindContract, KindDefinition, ObserveDetail,
    ObservedResource, ProposedChange, ProtectionVerdict, ResourceId, ResourceKind, ResourceRef, RetryRule, StepContext,
    StepResult, WriteProgress, external, function, log_group, policy, role_path, sweep, tag_sync, wanted_tags,
};
use crate::aws::arn::ArnScope;
use crate::aws::op::{AwsOperation, CallEffect};
use crate::aws::tags::ResourceTags;
use crate::aws::{AwsError, ErrorClass, op};
use crate::error::{Error, Result};
use crate::stack::{NamedBlock, Stack};
use aws_sdk_iam::types::Tag;
use aws_smithy_types::error::operation::BuildError;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// IAM roles.
pub struct RoleKind;

/// Name of the inline policy.
const POLICY: &str = "deployer";

/// How long a role may be on its way to Lambda, with room for clocks that differ.
const YOUTH: Duration = Duration::from_secs(60);

/// Managed fields of a role.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RoleSpec {
    /// Path; AWS cannot change it.
    pub path: String,
    /// Who may assume it.
    pub trust: Value,
    /// Inline policies by name. There is one; others are removed.
    pub policies: BTreeMap<String, Value>,
    /// ARNs of attached policies, sorted; others are detached.
    pub attached: Vec<String>,
    /// ARN of the policy that bounds its rights.
    pub boundary: Option<String>,
    /// Tags.
    pub tags: ResourceTags,
}

/// Name of the kind.
pub const NAME: &str = "role";

static DEFINITION: KindDefinition = KindDefinition {
    fixed: &[(
        "path",
        "IAM cannot change the path of a role. Nothing was changed. Delete the role (and the function that uses it) or give the function another `name`.",
    )],
    // A function keeps using its role as long as it exists, and the others are found by the role.
    deleted_after_namesake: &[function::NAME, log_group::NAME],
    ..KindDefinition::new(NAME)
};

impl KindContract for RoleKind {
    fn definition(&self) -> &'static KindDefinition {
        &DEFINITION
    }

    fn declare(&self, stack: &Stack) -> Vec<DeclaredResource> {
        let functions = with_own_role(stack).into_iter();
        functions.map(|f| ResourceRef { id: ResourceId::new(NAME, f.id), name: f.name }.into()).collect()
    }

    fn permission(&self, op: &AwsOperation, stack: &Stack, arn: &ArnScope) -> Vec<String> {
        let functions = with_own_role(stack);
        match (op.service, op.name) {
            // It cannot be restricted to resources.
            ("iam", "ListRoles") => vec!["*".to_owned()],
            ("iam", _) if functions.is_empty() => Vec::new(),
            // IAM does not know the path of a role that does not exist yet: a first look is about its bare name.
            ("iam", "AttachRolePolicy")
                if stack.all::<FunctionBlock>().iter().all(|(_, f)| f.managed_policies.is_empty()) =>
            {
                Vec::new()
            }
            ("iam", "PutRolePermissionsBoundary") if stack.permissions_boundary.is_none() => Vec::new(),
            ("iam", _) if op.effect == CallEffect::Read => {
                functions.iter().map(|function| arn.role("/", &function.name)).chain([every_role(stack, arn)]).collect()
            }
            ("iam", _) => vec![every_role(stack, arn)],
            _ => Vec::new(),
        }
    }

    /// A role that was just made may not be known everywhere yet. A policy that does not exist is not the stack's to make, and stays away.
    fn retry(&self, _cx: &StepContext<'_>, error: &AwsError) -> Option<RetryRule> {
        let lacks_policy = error.class == ErrorClass::NotFound && error.message.contains("is not attachable");
        let hint = match error.op {
            _ if !lacks_policy => return None,
            operation if operation == &op::ATTACH_ROLE_POLICY => {
                "`managed_policies` of the function names it: correct the ARN there, or make the policy first, then run the same command again."
            }
            _ => {
                "`permissions_boundary` of the description names it: correct the ARN there, or make the policy first, then run the same command again."
            }
        };
        Some(RetryRule::give_up(hint))
    }

    /// A boundary that the description does not name is somebody's who bounds what deployments can give away.
    fn protects(&self, proposed: &ProposedChange<'_>) -> Option<ProtectionVerdict> {
        let is_boundary = proposed.change.path == "boundary" && !proposed.change.was.is_null();
        (is_boundary && proposed.stack.permissions_boundary.is_none())
            .then(|| proposed.unmanaged("permissions_boundary"))
    }

    /// Handing a role to Lambda is what makes a deployment powerful: only this stack's roles, only to Lambda.
    fn dependent_permissions(&self, stack: &Stack, arn: &ArnScope) -> Vec<DependentPermission> {
        let pass = |resources| DependentPermission {
            actions: &["iam:PassRole"],
            resources,
            condition: Some(json!({"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}})),
        };
        let own = (!with_own_role(stack).is_empty()).then(|| every_role(stack, arn));
        let of_others = stack.all::<FunctionBlock>().into_iter().filter_map(|(_, function)| function.role_arn);
        let roles: BTreeSet<_> = own.into_iter().chain(of_others.map(|role| arn.role_of_others(&role))).collect();
        Some(roles.into_iter().collect::<Vec<_>>()).filter(|roles| !roles.is_empty()).map(pass).into_iter().collect()
    }
}

impl ResourceKind for RoleKind {
    type Spec = RoleSpec;
    type State = ();

    fn desire(&self, place: &ResourceRef, stack: &Stack, scope: &DesiredScope<'_>) -> Result<Option<RoleSpec>> {
        let block = stack.declared::<FunctionBlock>(&place.id.name)?;
        let document = policy::normalise(&policy::of_function(stack, &block, &place.name, scope.arn)?);
        let size = document.to_string().chars().filter(|c| !c.is_whitespace()).count();
        if size > function::LARGEST_POLICY {
            return Err(Error::refused(format!("the policy of {} has {size} characters", place.id)).hint(format!(
                "IAM takes {} in the policies of a role. Nothing was changed: let `*` stand for parts of ARNs in `allow`, or split the function.",
                function::LARGEST_POLICY
            )));
        }
        Ok(Some(RoleSpec {
            path: role_path(stack),
            trust: policy::normalise(&policy::trust()),
            policies: BTreeMap::from([(POLICY.to_owned(), document)]),
            attached: BTreeSet::from_iter(block.managed_policies).into_iter().collect(),
            boundary: stack.permissions_boundary.clone(),
            tags: wanted_tags(stack, &block.tags, &place.id),
        }))
    }

    async fn observe(
        &self,
        cx: &StepContext<'_>,
        look: ObserveDetail,
    ) -> StepResult<Option<ObservedResource<RoleSpec>>> {
        let iam = &cx.clients().iam;
        let Some(role) =
            cx.find(&op::GET_ROLE, || iam.get_role().role_name(cx.name()).send()).await?.and_then(|answer| answer.role)
        else {
            return Ok(None);
        };
        let tags = cx.session.managed(role.tags().iter().map(|tag| (tag.key().to_owned(), tag.value().to_owned())));
        let owner = cx.session.owner(&tags);
        if is_young(&role) {
            cx.session.ledger.mark_fresh(&cx.place.id);
        }
        let (policies, attached) = match look {
            ObserveDetail::Outputs | ObserveDetail::Presence => (Ok(BTreeMap::new()), Ok(Vec::new())),
            _ => futures::join!(policies(cx, look), attached(cx)),
        };
        Ok(Some(ObservedResource {
            spec: RoleSpec {
                path: role.path().to_owned(),
                trust: role.assume_role_policy_document().map_or(Value::Null, policy::decode),
                policies: policies?,
                attached: attached?,
                boundary: role.permissions_boundary().and_then(|boundary| boundary.permissions_boundary_arn.clone()),
                tags,
            },
            state: (),
            settling: None,
            owner,
            outputs: BTreeMap::from([
                ("name".to_owned(), cx.name().to_owned()),
                ("arn".to_owned(), role.arn().to_owned()),
            ]),
            hold: None,
            changed_at: None,
        }))
    }

    async fn create(&self, cx: &StepContext<'_>, desired: &RoleSpec) -> StepResult<WriteProgress> {
        let iam = &cx.clients().iam;
        let tags: Vec<Tag> = RequestTags::from_tags(&desired.tags)?;
        // Before the call, whose answer may be lost.
        cx.session.ledger.mark_fresh(&cx.place.id);
        cx.call(&op::CREATE_ROLE, || {
            iam.create_role()
                .role_name(cx.name())
                .path(&desired.path)
                .assume_role_policy_document(desired.trust.to_string())
                .description(format!(
                    "{} of stack {}, stage {} (made by deployer)",
                    cx.place.id, cx.session.stack.name, cx.session.stack.stage
                ))
                .set_permissions_boundary(desired.boundary.clone())
                .set_tags(Some(tags.clone()))
                .send()
        })
        .await?;
        cx.exists();
        for (name, document) in &desired.policies {
            put_policy(cx, name, document).await?;
        }
        for arn in &desired.attached {
            attach(cx, arn).await?;
        }
        Ok(WriteProgress::Done)
    }

    async fn update(
        &self,
        cx: &StepContext<'_>,
        desired: &RoleSpec,
        observed: &ObservedResource<RoleSpec>,
        diff: &SpecDiff,
    ) -> StepResult<WriteProgress> {
        let iam = &cx.clients().iam;
        if touches(diff, "trust") {
            cx.session.ledger.mark_fresh(&cx.place.id);
            cx.call(&op::UPDATE_ASSUME_ROLE_POLICY, || {
                iam.update_assume_role_policy().role_name(cx.name()).policy_document(desired.trust.to_string()).send()
            })
            .await?;
        }
        // First what narrows: a role is at no time allowed more than before and after.
        if let Some(boundary) = desired.boundary.as_ref().filter(|_| touches(diff, "boundary")) {
            cx.call(&op::PUT_ROLE_PERMISSIONS_BOUNDARY, || {
                iam.put_role_permissions_boundary().role_name(cx.name()).permissions_boundary(boundary).send()
            })
            .await?;
        }
        if touches(diff, "policies") {
            cx.session.ledger.mark_fresh(&cx.place.id);
        }
        for (name, document) in
            desired.policies.iter().filter(|(name, document)| observed.spec.policies.get(*name) != Some(document))
        {
            put_policy(cx, name, document).await?;
        }
        for name in observed.spec.policies.keys().filter(|name| !desired.policies.contains_key(*name)) {
            cx.find(&op::DELETE_ROLE_POLICY, || iam.delete_role_policy().role_name(cx.name()).policy_name(name).send())
                .await?;
        }
        for arn in observed.spec.attached.iter().filter(|arn| !desired.attached.contains(arn)) {
            cx.find(&op::DETACH_ROLE_POLICY, || iam.detach_role_policy().role_name(cx.name()).policy_arn(arn).send())
                .await?;
        }
        for arn in desired.attached.iter().filter(|arn| !observed.spec.attached.contains(arn)) {
            attach(cx, arn).await?;
        }
        tag_sync::sync(
            &desired.tags,
            &observed.spec.tags,
            async |tags: Vec<Tag>| {
                let send = || iam.tag_role().role_name(cx.name()).set_tags(Some(tags.clone())).send();
                cx.call(&op::TAG_ROLE, send).await.map(drop)
            },
            async |keys| {
                let send = || iam.untag_role().role_name(cx.name()).set_tag_keys(Some(keys.clone())).send();
                cx.call(&op::UNTAG_ROLE, send).await.map(drop)
            },
        )
        .await?;
        Ok(WriteProgress::Done)
    }

    async fn delete(&self, cx: &StepContext<'_>, observed: &ObservedResource<RoleSpec>) -> StepResult<WriteProgress> {
        let iam = &cx.clients().iam;
        let inline = futures::future::try_join_all(observed.spec.policies.keys().map(|name| {
            cx.find(&op::DELETE_ROLE_POLICY, move || {
                iam.delete_role_policy().role_name(cx.name()).policy_name(name).send()
            })
        }));
        let attached = futures::future::try_join_all(observed.spec.attached.iter().map(|arn| {
            cx.find(&op::DETACH_ROLE_POLICY, move || {
                iam.detach_role_policy().role_name(cx.name()).policy_arn(arn).send()
            })
        }));
        futures::try_join!(inline, attached)?;
        cx.find(&op::DELETE_ROLE, || iam.delete_role().role_name(cx.name()).send()).await?;
        Ok(WriteProgress::Done)
    }

    /// By path: the tagging API does not know IAM roles.
    async fn owned(&self, cx: &StepContext<'_>, lists: &OwnedLists) -> StepResult<Vec<ResourceRef>> {
        let mut out = Vec::new();
        sweep::add(&mut out, NAME, &sweep::prefix(cx), lists.roles(cx).await?.iter().cloned());
        // A function that others manage now goes on running as its role.
        Ok(external::spare(&cx.session.stack, function::NAME, out))
    }
}

/// Returns the functions whose roles the stack makes.
fn with_own_role(stack: &Stack) -> Vec<NamedBlock<FunctionBlock>> {
    let functions = stack.named::<FunctionBlock>().into_iter();
    functions.filter(|function| function.block.has_own_role()).collect()
}

/// Returns the ARN pattern of the stack's roles.
fn every_role(stack: &Stack, arn: &ArnScope) -> String {
    arn.role(&role_path(stack), "*")
}

/// Tells whether a role is young: one of an earlier run that was cut short may not have reached Lambda yet.
fn is_young(role: &aws_sdk_iam::types::Role) -> bool {
    let age = time::OffsetDateTime::now_utc().unix_timestamp() - role.create_date().secs();
    age.unsigned_abs() < YOUTH.as_secs()
}

/// Reads the inline policies by name; their documents only for [`Look::Whole`].
async fn policies(cx: &StepContext<'_>, look: ObserveDetail) -> StepResult<BTreeMap<String, Value>> {
    let iam = &cx.clients().iam;
    if look != ObserveDetail::Whole {
        return Ok(policy_names(cx).await?.into_iter().map(|name| (name, Value::Null)).collect());
    }
    // The policy that is expected is read at once, beside the list of names.
    let expected =
        cx.find(&op::GET_ROLE_POLICY, || iam.get_role_policy().role_name(cx.name()).policy_name(POLICY).send());
    let (names, expected) = futures::join!(policy_names(cx), expected);
    let mut out = BTreeMap::new();
    if let Some(answer) = expected? {
        out.insert(POLICY.to_owned(), policy::decode(answer.policy_document()));
    }
    for name in names?.into_iter().filter(|name| name != POLICY) {
        if let Some(answer) = cx
            .find(&op::GET_ROLE_POLICY, || iam.get_role_policy().role_name(cx.name()).policy_name(&name).send())
            .await?
        {
            out.insert(name, policy::decode(answer.policy_document()));
        }
    }
    Ok(out)
}

async fn policy_names(cx: &StepContext<'_>) -> StepResult<Vec<String>> {
    let iam = &cx.clients().iam;
    let pages = cx.pages(
        &op::LIST_ROLE_POLICIES,
        |marker| iam.list_role_policies().role_name(cx.name()).set_marker(marker).send(),
        |page| page.marker.clone().filter(|_| page.is_truncated),
    );
    Ok(pages.items_if_found(|page| page.policy_names).await?)
}

async fn attached(cx: &StepContext<'_>) -> StepResult<Vec<String>> {
    let iam = &cx.clients().iam;
    let pages = cx.pages(
        &op::LIST_ATTACHED_ROLE_POLICIES,
        |marker| iam.list_attached_role_policies().role_name(cx.name()).set_marker(marker).send(),
        |page| page.marker.clone().filter(|_| page.is_truncated),
    );
    let policies = pages.items_if_found(|page| page.attached_policies.unwrap_or_default()).await?;
    let mut out: Vec<_> = policies.into_iter().filter_map(|policy| policy.policy_arn).collect();
    out.sort();
    Ok(out)
}

async fn attach(cx: &StepContext<'_>, arn: &str) -> StepResult<()> {
    let iam = &cx.clients().iam;
    cx.call(&op::ATTACH_ROLE_POLICY, || iam.attach_role_policy().role_name(cx.name()).policy_arn(arn).send()).await?;
    Ok(())
}

async fn put_policy(cx: &StepContext<'_>, name: &str, document: &Value) -> StepResult<()> {
    let iam = &cx.clients().iam;
    cx.call(&op::PUT_ROLE_POLICY, || {
        iam.put_role_policy().role_name(cx.name()).policy_name(name).policy_document(document.to_string()).send()
    })
    .await?;
    Ok(())
}

impl RequestTag for Tag {
    fn from_tag(key: &str, value: &str) -> Result<Self, BuildError> {
        Self::builder().key(key).value(value).build()
    }
}
