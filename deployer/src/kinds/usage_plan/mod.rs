//! The API key of a stack, with the usage plan that opens the API's stage for it. A key is not a proof of who calls, and its limits are
//! best effort ("Usage plans and API keys for REST APIs"); it says which caller may use how much.
//!
//! Neither has a unique name, and creating one again makes another. Both are found by their tags, the key's value is never read but
//! for [`key`].

mod read;
mod write;

pub use write::reopen;

use super::diff::Diff;
use super::{
    Acted, ApiBlock, Auth, Cx, Declared, Id, Kind, Live, Look, Milestone, Need, Place, Progress, Scope, Session,
    rest_api, wanted_tags,
};
use crate::aws::op;
use crate::aws::tags::Tags;
use crate::error::{Error, Result};
use crate::stack::Stack;
use aws_sdk_apigateway::types::ApiStage;
use serde::{Deserialize, Serialize};

/// Name of the kind.
pub const NAME: &str = "usage_plan";

/// API keys with their usage plans.
pub struct UsagePlan;

/// A plan and its key. Each is missing, live, until it is made.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Spec {
    /// The plan.
    pub plan: Option<Plan>,
    /// The key, without its value.
    pub key: Option<Key>,
    /// Further plans and keys with the same ownership tags, such as `usageplans/abc`: creations whose answer was lost.
    pub duplicates: Vec<String>,
}

/// A usage plan.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// Name.
    pub name: String,
    /// What it opens: `API:STAGE`.
    pub stages: Vec<String>,
    /// Limits of each key.
    pub throttle: Option<rest_api::Throttle>,
    /// Requests of each key in a period.
    pub quota: Option<Quota>,
    /// Tags.
    pub tags: Tags,
}

/// Requests in a period.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quota {
    /// Most requests.
    pub limit: i32,
    /// `DAY`, `WEEK` or `MONTH`.
    pub period: String,
}

/// An API key.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Key {
    /// Name.
    pub name: String,
    /// Whether it opens anything at all.
    pub enabled: bool,
    /// Whether it belongs to the plan.
    pub in_plan: bool,
    /// Tags.
    pub tags: Tags,
}

/// The value of the stack's API key, for whoever asks for it by name: `None` when there is no key.
///
/// # Errors
/// The failure of the call.
pub async fn key(session: &Session) -> Result<Option<String>> {
    let id = Id::new(NAME, rest_api::ID);
    let Some(key) = session.outputs.borrow().get(&id).and_then(|values| values.get("key_id")).cloned() else {
        return Ok(None);
    };
    let gateway = &session.connection.clients.apigateway;
    let send = || gateway.get_api_key().api_key(&key).include_value(true).send();
    let answer = session.caller.call(&op::GET_API_KEY, &|_| (), send).await?;
    Ok(answer.value)
}

/// Stages as [`Plan::stages`] has them.
fn opened(stages: &[ApiStage]) -> Vec<String> {
    let mut out: Vec<_> = stages
        .iter()
        .map(|s| format!("{}:{}", s.api_id().unwrap_or_default(), s.stage().unwrap_or_default()))
        .collect();
    out.sort();
    out
}

impl Kind for UsagePlan {
    type Spec = Spec;
    const NAME: &'static str = NAME;

    /// A plan opens a stage, so the API must be deployed.
    fn declare(&self, stack: &Stack) -> Vec<Declared> {
        let api = stack.get::<ApiBlock>(rest_api::ID).filter(|api| api.auth == Auth::ApiKey);
        let declared = |api: ApiBlock| Declared {
            place: Place {
                id: Id::new(NAME, rest_api::ID),
                name: stack.physical_name(rest_api::ID, api.name.as_deref()),
            },
            needs: vec![Need { id: Id::new(rest_api::NAME, rest_api::ID), milestone: Milestone::Done }],
        };
        api.map(declared).into_iter().collect()
    }

    fn desire(&self, place: &Place, stack: &Stack, scope: &Scope<'_>) -> Result<Option<Spec>> {
        let api = stack.get::<ApiBlock>(rest_api::ID).ok_or_else(|| Error::new("internal", "the stack has no API"))?;
        let api_id =
            scope.output(&Id::new(rest_api::NAME, rest_api::ID), "id").unwrap_or("(known when the API exists)");
        let whole = |number: u32| i32::try_from(number).unwrap_or(i32::MAX);
        let limits = &api.usage_plan;
        let tags = wanted_tags(stack, &api.tags, &place.id);
        Ok(Some(Spec {
            plan: Some(Plan {
                name: place.name.clone(),
                stages: vec![format!("{api_id}:{}", rest_api::stage_name(stack, &api))],
                throttle: limits
                    .rate
                    .zip(limits.burst)
                    .map(|(rate, burst)| rest_api::Throttle { rate, burst: whole(burst) }),
                quota: limits.quota.as_ref().map(|q| Quota { limit: whole(q.limit), period: q.period.clone() }),
                tags: tags.clone(),
            }),
            key: Some(Key { name: place.name.clone(), enabled: true, in_plan: true, tags }),
            duplicates: Vec::new(),
        }))
    }

    async fn observe(&self, cx: &Cx<'_>, look: Look) -> Acted<Option<Live<Spec>>> {
        read::observe(cx, look).await
    }

    async fn create(&self, cx: &Cx<'_>, want: &Spec) -> Acted<Progress> {
        write::create(cx, want).await
    }

    async fn update(&self, cx: &Cx<'_>, want: &Spec, live: &Live<Spec>, _: &Diff) -> Acted<Progress> {
        write::update(cx, want, live).await
    }

    async fn delete(&self, cx: &Cx<'_>, live: &Live<Spec>) -> Acted<Progress> {
        write::delete(cx, live).await
    }

    /// Plan and key are one resource here, which is found by its tags whatever its name is: lists carry them, so that the tagging API is
    /// not needed.
    async fn owned(&self, cx: &Cx<'_>) -> Acted<Vec<Place>> {
        if !self.declare(&cx.session.stack).is_empty() {
            return Ok(Vec::new());
        }
        let name = cx.session.stack.physical_name(rest_api::ID, None);
        let place = Place { id: Id::new(NAME, rest_api::ID), name };
        let live = read::observe(&Cx { place: &place, ..*cx }, Look::Presence).await?;
        Ok(live.map(|_| place.clone()).into_iter().collect())
    }
}
