//! What came of an invocation, and of a request that was tried out.

use super::layout::address;
use super::service_call::{invoke, whole};
use crate::context::Context;
use bytes::Bytes;
use maud::{Markup, html};
use std::sync::Arc;

/// Bytes of an answer that a page shows.
const LONGEST_ANSWER: usize = 100_000;

/// Invokes a function and renders its answer.
///
/// # Errors
/// Lambda's refusal, in words.
pub async fn invoked(cx: &Arc<Context>, region: &str, name: &str, event: &str) -> Result<Markup, String> {
    let event = Bytes::copy_from_slice(event.as_bytes());
    let (response, id) = invoke(cx, region, name, event).await.map_err(|error| error.to_string())?;
    let failed = response.headers().contains_key("x-amz-function-error");
    let body = whole(response).await.map_err(|error| error.to_string())?;
    Ok(answer(if failed { "Its failure" } else { "Its answer" }, failed, &body, &id))
}

/// Renders an answer, with the way to what its request did.
pub fn answer(title: &str, failed: bool, body: &[u8], request_id: &str) -> Markup {
    let text = String::from_utf8_lossy(body.get(..LONGEST_ANSWER).unwrap_or(body));
    let indented = serde_json::from_slice::<serde_json::Value>(body).ok();
    let text = indented.and_then(|json| serde_json::to_string_pretty(&json).ok()).unwrap_or_else(|| text.into_owned());
    let text: String = text.chars().take(LONGEST_ANSWER).collect();
    html! {
        section {
            h2 { span.reason[failed] { (title) } }
            pre.log tabindex="0" role="region" aria-label=(title) { bdi { (text) } }
            p { a href=(address(&["requests", request_id])) { "What it did" } }
        }
    }
}
