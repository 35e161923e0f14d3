//! Finding what may be the stack's, declared or not.
//!
//! The tagging API lags, reports deleted resources ("returns all the tagged *or previously tagged* resources", GetResources) and does
//! not know every kind. So lists by path and by prefix of names say more. All of it is a hint, never a proof.

use super::context::StepContext;
use super::desired::role_path;
use super::id::{ResourceId, ResourceRef};
use super::step::StepResult;
use crate::aws::{op, tags};
use aws_sdk_resourcegroupstagging::types::TagFilter;
use tokio::sync::OnceCell;

/// A resource that carries the stack's tags.
#[derive(Debug, Clone, PartialEq, Eq)]
struct TaggedResource {
    /// Its ARN.
    arn: String,
    /// Value of `deployer:id`, such as `table.orders`.
    id: String,
}

/// Lists that several kinds look for their resources in, each asked for once.
#[derive(Default)]
pub struct OwnedLists {
    tagged: OnceCell<Vec<TaggedResource>>,
    roles: OnceCell<Vec<String>>,
}

impl OwnedLists {
    /// Returns the tagged resources of one kind: those whose id is `kind.…` and whose ARN gives a name.
    ///
    /// # Errors
    /// The failure of the tagging API.
    pub async fn places(
        &self,
        cx: &StepContext<'_>,
        kind: &'static str,
        name_of: impl Fn(&str) -> Option<String>,
    ) -> StepResult<Vec<ResourceRef>> {
        let tagged = self.tagged.get_or_try_init(|| list(cx)).await?;
        let place = |item: &TaggedResource| {
            let id = item.id.strip_prefix(kind)?.strip_prefix('.')?;
            Some(ResourceRef { id: ResourceId::new(kind, id), name: name_of(&item.arn)? })
        };
        Ok(tagged.iter().filter_map(place).collect())
    }

    /// Returns the names of the roles below the stack's path. A function, its role and its log group share their name, and the role
    /// goes last: as long as anything of a function is there, its role tells.
    ///
    /// # Errors
    /// The failure of IAM.
    pub async fn roles(&self, cx: &StepContext<'_>) -> StepResult<&[String]> {
        self.roles.get_or_try_init(|| list_roles(cx)).await.map(Vec::as_slice)
    }
}

async fn list(cx: &StepContext<'_>) -> StepResult<Vec<TaggedResource>> {
    let stack = &cx.session.stack;
    let filter = |key: &str, value: &str| TagFilter::builder().key(key).values(value).build();
    let tagging = &cx.clients().tagging;
    let pages = cx.pages(
        &op::GET_TAGGED_RESOURCES,
        |token| {
            tagging
                .get_resources()
                .tag_filters(filter(tags::STACK, &stack.name))
                .tag_filters(filter(tags::STAGE, &stack.stage))
                .set_pagination_token(token)
                .send()
        },
        |page| page.pagination_token.clone().filter(|token| !token.is_empty()),
    );
    let found = pages.items(|page| page.resource_tag_mapping_list.unwrap_or_default()).await?;
    let tagged = found.into_iter().filter_map(|found| {
        let id = found.tags().iter().find(|tag| tag.key() == tags::ID)?.value().to_owned();
        Some(TaggedResource { arn: found.resource_arn?, id })
    });
    Ok(tagged.collect())
}

/// Returns what names that are made here begin with.
pub fn prefix(cx: &StepContext<'_>) -> String {
    cx.session.stack.physical_name("", None)
}

/// Adds places that are known by name alone to those whose id their tags told. The id matters for display: the name is the identity.
pub fn add(places: &mut Vec<ResourceRef>, kind: &'static str, prefix: &str, names: impl IntoIterator<Item = String>) {
    for name in names {
        if !places.iter().any(|place| place.name == name) {
            let id = name.strip_prefix(prefix).filter(|id| !id.is_empty()).unwrap_or(&name);
            places.push(ResourceRef { id: ResourceId::new(kind, id), name });
        }
    }
}

async fn list_roles(cx: &StepContext<'_>) -> StepResult<Vec<String>> {
    let iam = &cx.clients().iam;
    let path = role_path(&cx.session.stack);
    let pages = cx.pages(
        &op::LIST_ROLES,
        |marker| iam.list_roles().path_prefix(&path).set_marker(marker).send(),
        |page| page.marker.clone().filter(|_| page.is_truncated),
    );
    Ok(pages.items(|page| page.roles).await?.into_iter().map(|role| role.role_name).collect())
}
