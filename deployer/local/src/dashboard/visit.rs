//! Who looks at a page, and who may change something from it.
//!
//! A page that a deployed function serves has the origin of the endpoint, because that is where APIs are served too. So nothing can be
//! changed from there: forms work on a name of the dashboard's own alone, on which no API is served, and there they carry a token that
//! no other origin can read.

use crate::context::Context;
use crate::wire::HttpRequest;
use http::header::{CONTENT_TYPE, HOST, ORIGIN};
use http::{Method, StatusCode};
use maud::{Markup, html};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The first label of the name on which things can be changed: `dashboard.localhost`.
pub const SUBDOMAIN: &str = "dashboard";
/// The field of a form that holds the token.
const TOKEN: &str = "token";
/// The field of a form that says what is to be done.
pub const ACTION: &str = "do";

/// A look at a page.
pub struct PageVisit {
    /// The cloud.
    pub cx: Arc<Context>,
    /// Whether forms are shown.
    pub may_change: bool,
    /// What became of a change.
    pub notice: Option<PageNotice>,
}

/// What became of a change, in words.
pub struct PageNotice {
    /// The words.
    pub text: String,
    /// Whether it was not done.
    pub is_failure: bool,
}

impl From<Result<String, String>> for PageNotice {
    fn from(result: Result<String, String>) -> Self {
        let is_failure = result.is_err();
        Self { text: result.unwrap_or_else(|why| why), is_failure }
    }
}

impl PageVisit {
    /// Renders a form that changes something; nothing where nothing can be changed.
    pub fn form(&self, address: &str, action: &str, fields: Markup) -> Markup {
        if !self.may_change {
            return html! {};
        }
        html! {
            form.change method="post" action=(address) {
                input type="hidden" name=(TOKEN) value=(self.cx.browser.token());
                input type="hidden" name=(ACTION) value=(action);
                (fields)
            }
        }
    }
}

/// Returns the address at which things can be changed.
pub fn own_address(cx: &Context) -> String {
    format!("http://{SUBDOMAIN}.localhost:{}", cx.addr.port())
}

/// Says why a request is not answered: it may not change something, or a page of another origin sends it.
pub fn refusal(cx: &Context, request: &HttpRequest, is_own_host: bool) -> Option<(StatusCode, String)> {
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    let forbidden = |why: &str| Some((StatusCode::FORBIDDEN, why.to_owned()));
    let is_look = [Method::GET, Method::HEAD].contains(request.method());
    if !is_look && (request.method() != Method::POST || !is_own_host) {
        let why = format!("this only shows; {} can change something, by POST", own_address(cx));
        return Some((StatusCode::METHOD_NOT_ALLOWED, why));
    }
    let site = header("sec-fetch-site");
    let from_elsewhere = site.is_some_and(|site| ["cross-site", "same-site"].contains(&site));
    if is_look {
        // A link from elsewhere that is followed shows the page to its reader alone.
        let is_navigation =
            header("sec-fetch-mode") == Some("navigate") && header("sec-fetch-dest") == Some("document");
        return if from_elsewhere && !is_navigation {
            forbidden("a page of another origin may not read this")
        } else {
            None
        };
    }
    let own_origin = header(HOST.as_str()).map(|host| format!("http://{}", host.to_ascii_lowercase()));
    if from_elsewhere || own_origin.is_none() || header(ORIGIN.as_str()) != own_origin.as_deref() {
        return forbidden("a page of another origin may not change anything here");
    }
    if header(CONTENT_TYPE.as_str()) != Some("application/x-www-form-urlencoded") {
        return forbidden("only the forms of these pages are taken");
    }
    if fields(request).get(TOKEN).map(String::as_str) != Some(cx.browser.token()) {
        return forbidden("the form is of another run of the cloud: load the page anew");
    }
    None
}

/// Reads the fields of a form.
pub fn fields(request: &HttpRequest) -> BTreeMap<String, String> {
    form_urlencoded::parse(request.body()).into_owned().collect()
}
