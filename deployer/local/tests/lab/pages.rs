//! The dashboard's pages and forms, without a browser.

use super::cloud::Started;
use super::http::{Reply, send};

/// What a form says that it is.
pub const FORM: &str = "application/x-www-form-urlencoded";

/// Returns the host name on which things can be changed.
pub fn own_host(started: &Started) -> String {
    format!("dashboard.localhost:{}", started.addr.port())
}

/// Returns a page that must be there, as it is where things can be changed.
pub fn look(started: &Started, path: &str) -> String {
    let host = own_host(started);
    let reply = send(started.addr, "GET", path, &[("accept", "text/html"), ("host", &host)], b"");
    assert_eq!(reply.status, 200, "{path}: {}", reply.text());
    reply.text()
}

/// Returns what a field of a page's forms holds.
pub fn value_of(page: &str, field: &str) -> String {
    let (_, rest) = page.split_once(&format!("name=\"{field}\" value=\"")).unwrap_or_else(|| panic!("{field}: {page}"));
    let value = rest.split_once('"').expect("the end of the value").0;
    value.replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

/// Encodes fields as a form does.
pub fn encoded(fields: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

/// Sends a form as the page does.
pub fn submit(started: &Started, path: &str, fields: &[(&str, &str)]) -> Reply {
    let (host, token) = (own_host(started), value_of(&look(started, "/_dashboard/cloud"), "token"));
    let fields = [&[("token", token.as_str())], fields].concat();
    let origin = format!("http://{host}");
    let headers = [("host", host.as_str()), ("origin", &origin), ("content-type", FORM), ("accept", "text/html")];
    send(started.addr, "POST", path, &headers, encoded(&fields).as_bytes())
}

/// Sends a form that must be taken, and returns the page.
pub fn done(started: &Started, path: &str, fields: &[(&str, &str)]) -> String {
    let reply = submit(started, path, fields);
    assert_eq!(reply.status, 200, "{path} {fields:?}: {}", reply.text());
    reply.text()
}

/// Sends a form that must be refused, and returns the page.
pub fn refused(started: &Started, path: &str, fields: &[(&str, &str)]) -> String {
    let reply = submit(started, path, fields);
    assert_eq!(reply.status, 400, "{path} {fields:?}: {}", reply.text());
    reply.text()
}
