//! Finding what carries the stack's tags, declared or not. The tagging API lags and reports deleted resources: a hint, never a proof
//! ("returns all the tagged *or previously tagged* resources", GetResources).
use super::{Acted, Cx};
use crate::aws::{op, tags};
use aws_sdk_resourcegroupstagging::types::TagFilter;

/// A resource that carries the stack's tags.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tagged {
    /// Its ARN.
    pub arn: String,
    /// Value of `deployer:id`, such as `table.orders`.
    pub id: String,
}

/// Every resource with the stack's tags, asked for once a session.
///
/// # Errors
/// The failure of the tagging API.
pub async fn tagged<'a>(cx: &Cx<'a>) -> Acted<&'a [Tagged]> {
    let session = cx.session;
    let list = session.sweep.get_or_try_init(|| list(cx)).await?;
    Ok(list)
}

async fn list(cx: &Cx<'_>) -> Acted<Vec<Tagged>> {
    let stack = &cx.session.stack;
    let filter = |key: &str, value: &str| TagFilter::builder().key(key).values(value).build();
    let mut out = Vec::new();
    let mut token: Option<String> = None;
    loop {
        let page = cx
            .call(&op::GET_TAGGED_RESOURCES, || {
                cx.clients()
                    .tagging
                    .get_resources()
                    .tag_filters(filter(tags::STACK, &stack.name))
                    .tag_filters(filter(tags::STAGE, &stack.stage))
                    .set_pagination_token(token.clone())
                    .send()
            })
            .await?;
        for item in page.resource_tag_mapping_list() {
            let id = item.tags().iter().find(|tag| tag.key() == tags::ID).map(|tag| tag.value().to_owned());
            if let (Some(arn), Some(id)) = (item.resource_arn(), id) {
                out.push(Tagged { arn: arn.to_owned(), id });
            }
        }
        token = page.pagination_token().filter(|t| !t.is_empty()).map(str::to_owned);
        if token.is_none() {
            return Ok(out);
        }
    }
}

/// The tagged resources of one kind: those whose id is `kind.…` and whose ARN gives a name.
///
/// # Errors
/// The failure of the tagging API.
pub async fn places(
    cx: &Cx<'_>,
    kind: &'static str,
    name_of: impl Fn(&str) -> Option<String>,
) -> Acted<Vec<super::Place>> {
    Ok(tagged(cx)
        .await?
        .iter()
        .filter_map(|item| {
            let id = item.id.strip_prefix(kind)?.strip_prefix('.')?;
            Some(super::Place { id: super::Id::new(kind, id), name: name_of(&item.arn)? })
        })
        .collect())
}
