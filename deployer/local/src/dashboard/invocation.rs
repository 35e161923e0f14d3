//! What came of an invocation, and of a request that was tried out.

use super::layout::{address, indented};
use super::service_call::{invoke, whole};
use crate::context::Context;
use crate::wire::{HttpResponse, respond};
use bytes::Bytes;
use http::StatusCode;
use http::header::{CONTENT_DISPOSITION, HeaderValue};
use maud::{Markup, html};
use std::sync::Arc;

/// Characters of an answer that a page shows.
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
    Ok(answer(cx, if failed { "Its failure" } else { "Its answer" }, failed, &body, &id))
}

/// Renders an answer, with the way to what its request did, and to all of it where it is too long for a page.
pub fn answer(cx: &Context, title: &str, failed: bool, body: &Bytes, request_id: &str) -> Markup {
    let text = indented(&String::from_utf8_lossy(body));
    let end = text.char_indices().nth(LONGEST_ANSWER).map(|(end, _)| end);
    let shown = &text[..end.unwrap_or(text.len())];
    if end.is_some() {
        cx.browser.keep_answer(request_id, body.clone());
    }
    html! {
        section {
            h2 { span.reason[failed] { (title) } }
            @if end.is_some() {
                p.reason {
                    "It has " (body.len()) " bytes: the first " (LONGEST_ANSWER) " characters are shown. "
                    a href=(address(&["answers", request_id])) download { "All of it" }
                }
            }
            pre.log tabindex="0" role="region" aria-label=(title) { bdi { (shown) } }
            p { a href=(address(&["requests", request_id])) { "What it did" } }
        }
    }
}

/// Answers with all of an answer that a page showed a part of, as a file: what a function says is no page of the dashboard.
pub fn whole_answer(cx: &Context, request_id: &str) -> Option<HttpResponse> {
    let mut response = respond(StatusCode::OK, "application/octet-stream", cx.browser.answer(request_id)?);
    response.headers_mut().insert(CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"answer\""));
    Some(response)
}
