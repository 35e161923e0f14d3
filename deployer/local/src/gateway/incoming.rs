//! A request as API Gateway understands it, before a route is chosen.

use crate::wire::HttpRequest;
use bytes::Bytes;
use std::collections::BTreeMap;
use time::OffsetDateTime;
use time::macros::format_description;

/// All values of a name, in order.
pub type ValueLists = BTreeMap<String, Vec<String>>;

/// A request to a stage.
#[derive(Clone, Debug)]
pub struct IncomingRequest {
    /// `x-amzn-RequestId` and `$context.requestId`.
    pub request_id: String,
    /// `x-amz-apigw-id` and `$context.extendedRequestId`.
    pub extended_request_id: String,
    /// `X-Amzn-Trace-Id`: the caller's with what it lacks, or a new one.
    pub trace_id: String,
    /// When it came, on the cloud's clock.
    pub time: OffsetDateTime,
    /// `GET`.
    pub method: String,
    /// `HTTP/1.1`.
    pub protocol: String,
    /// Below the stage, as it was sent; slashes at its beginning are one.
    pub path: String,
    /// The query as it was sent.
    pub raw_query: Option<String>,
    /// All of the path, as it was sent: `$context.path`, which on AWS begins with the stage or a custom domain's base path.
    pub public_path: String,
    /// Decoded.
    pub query: ValueLists,
    /// With the names in the form that nearly every client uses (`Content-Type`): what was sent is not known here.
    pub headers: ValueLists,
    /// Bytes of the request line and of the values of the headers.
    pub head_size: usize,
    /// The body.
    pub body: Bytes,
    /// Who sends.
    pub source_ip: String,
}

impl IncomingRequest {
    /// Reads a request whose path below the stage is `path`.
    pub fn read(request: HttpRequest, path: &str, time: OffsetDateTime, listening: std::net::SocketAddr) -> Self {
        let (parts, body) = request.into_parts();
        let mut headers = ValueLists::new();
        let target = parts.uri.path_and_query().map_or("/", |target| target.as_str());
        let mut size = format!("{} {target} {:?}", parts.method, parts.version).len();
        for (name, value) in &parts.headers {
            size += value.len();
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            headers.entry(title_case(name.as_str())).or_default().push(value);
        }
        let source_ip = listening.ip().to_string();
        let sent_for = parts.headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
        let forwarded_for: Vec<&str> = sent_for.chain([source_ip.as_str()]).collect();
        let sent_trace = headers.get("X-Amzn-Trace-Id").and_then(|values| values.first());
        let trace_id = crate::runtime::trace_id(sent_trace.map(String::as_str));
        for (name, value) in [
            ("X-Forwarded-For", forwarded_for.join(", ")),
            ("X-Forwarded-Port", listening.port().to_string()),
            ("X-Forwarded-Proto", "http".to_owned()),
            ("X-Amzn-Trace-Id", trace_id.clone()),
        ] {
            headers.insert(name.to_owned(), vec![value]);
        }
        let mut query = ValueLists::new();
        for (name, value) in form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes()) {
            query.entry(name.into_owned()).or_default().push(value.into_owned());
        }
        let extended = uuid::Uuid::new_v4();
        Self {
            request_id: uuid::Uuid::new_v4().to_string(),
            extended_request_id: extended_id(extended.as_bytes()),
            trace_id,
            time,
            method: parts.method.as_str().to_owned(),
            protocol: format!("{:?}", parts.version),
            path: format!("/{}", path.trim_start_matches('/')),
            raw_query: parts.uri.query().map(str::to_owned),
            public_path: parts.uri.path().to_owned(),
            query,
            headers,
            head_size: size,
            body,
            source_ip,
        }
    }

    /// Returns the last value of a header, by its name in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(&title_case(name)).and_then(|values| values.last()).map(String::as_str)
    }

    /// Returns the time as `09/Apr/2015:12:34:56 +0000`.
    pub fn request_time(&self) -> String {
        let format = format_description!("[day]/[month repr:short]/[year]:[hour]:[minute]:[second] +0000");
        // The format asks for nothing that a date does not have.
        self.time.format(format).unwrap_or_default()
    }

    /// Returns the host that was called, without the port.
    pub fn domain_name(&self) -> &str {
        let host = self.header("Host").unwrap_or_default();
        match host.rsplit_once(':') {
            Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
            _ => host,
        }
    }
}

/// Makes fifteen characters and `=`, like `Hr3f0Gw-BcwFe9A=`.
fn extended_id(random: &[u8; 16]) -> String {
    use base64::Engine as _;
    let mut id = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(random);
    id.truncate(15);
    id.push('=');
    id
}

/// Writes `content-type` as `Content-Type`.
fn title_case(name: &str) -> String {
    let mut upper = true;
    name.chars()
        .map(|c| {
            let cased = if upper { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() };
            upper = c == '-';
            cased
        })
        .collect()
}

/// Returns the last value of each name, which is what the single-value members of an event hold.
pub fn single(multi: &ValueLists) -> BTreeMap<&str, &str> {
    multi.iter().filter_map(|(name, values)| Some((name.as_str(), values.last()?.as_str()))).collect()
}
