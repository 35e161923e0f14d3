//! What `[api]` may hold. Limits are API Gateway's, from its API model and its quotas page.

use super::route::Route;
use super::{ApiBlock, check};
use crate::stack::{API_TAGS, Field, Integer, Section, Shape, Text, characters, fits, printable};

/// `[api]`.
pub static SECTION: Section = Section {
    name: "api",
    many: false,
    shape: Shape::Table(API),
    physical_name: NAME,
    files: &["openapi"],
    attributes: &[],
    check: check::check,
    fits: fits::<ApiBlock>,
};

const NAME: Text = Text::any("an API name", 1, 255);

const STAGE: Text = Text::rule("the name of an API stage", (1, 128), "letters, digits, '-' and '_'", |text| {
    characters(text, |c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
});

const ROUTE: Text = Text::rule(
    "a route",
    (1, 1024),
    "\"METHOD /path\" with GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS or ANY, and segments of letters, digits, \
     '-', '_', '.' and ':', `{parameter}`, or `{rest+}` at the end",
    |text| Route::parse(text).map(drop),
);

const FUNCTION: Text = Text::rule("the id of a function", (1, 64), "the id of a function in this file", printable);

const ORIGIN: Text =
    Text::rule("an origin", (1, 255), "\"*\", or scheme://host[:port] such as https://shop.example", origin);

/// What a browser sends as `Origin`: no path, no `/` at the end, no wildcard in the host.
fn origin(text: &str) -> Result<(), String> {
    if text == "*" {
        return Ok(());
    }
    let Some((scheme, authority)) = text.split_once("://") else {
        return Err("it has no scheme such as https://".to_owned());
    };
    let mut letters = scheme.chars();
    let scheme_fits = letters.next().is_some_and(|c| c.is_ascii_lowercase())
        && letters.all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "+-.".contains(c));
    if !scheme_fits {
        return Err(format!("{scheme:?} is not a scheme in lowercase"));
    }
    if let Some((host, _)) = authority.split_once('/') {
        return Err(format!("an origin ends after the host: write \"{scheme}://{host}\""));
    }
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (authority, None),
    };
    if port.is_some_and(|port| port.parse::<u16>().is_ok_and(|number| number.to_string() == port) == (port == "0")) {
        return Err("its port is not 1 to 65535".to_owned());
    }
    let address = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    match address {
        Some(address) if address.parse::<std::net::Ipv6Addr>().is_ok() => Ok(()),
        Some(_) => Err("its host is not an IPv6 address".to_owned()),
        None if host.is_empty() => Err("it has no host".to_owned()),
        None if host.contains('*') => Err("a browser's origin has no wildcard in its host".to_owned()),
        None => characters(host, |c| c.is_ascii_lowercase() || c.is_ascii_digit() || "-.".contains(c)),
    }
}

/// What a browser can ask for; `ANY` means nothing to it.
const BROWSER_METHODS: &[&str] = &["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"];

/// A header name: a token of RFC 9110.
const HEADER: Text = Text::rule("a header name", (1, 128), "letters, digits and '-', or \"*\"", |text| {
    characters(text, |c| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c))
});

const MEDIA_TYPE: Text = Text::rule("a media type", (3, 127), "type/subtype, such as image/png or */*", |text| {
    let part = |part: &str| {
        !part.is_empty() && characters(part, |c| c.is_ascii_alphanumeric() || "!#$&^_.+-*".contains(c)).is_ok()
    };
    match text.split_once('/') {
        Some((kind, subtype)) if part(kind) && part(subtype) => Ok(()),
        _ => Err("it is not of the form type/subtype".to_owned()),
    }
});

const API: &[Field] = &[
    Field::default("name", "{stack}-{stage}-api", Shape::Text(NAME), "Name of the API."),
    Field::optional("description", Shape::Text(Text::any("a description", 0, 1024)), "Text shown in the console."),
    Field::default("stage", "{stage}", Shape::Text(STAGE), "Name of the API's stage, the first segment of every path."),
    Field::default(
        "endpoint_type",
        "REGIONAL",
        Shape::OneOf(&["REGIONAL", "EDGE"]),
        "Endpoint in the stack's region, or behind AWS's CloudFront distribution.",
    ),
    Field::required(
        "routes",
        Shape::Map { key: ROUTE, of: &Shape::Text(FUNCTION), length: (1, usize::MAX) },
        "Routes, `\"METHOD /path\" = \"id of a function\"`.",
    ),
    Field::optional(
        "openapi",
        Shape::Text(Text::any("a path", 1, 4096)),
        "OpenAPI document of the API, as JSON, relative to the project; it must have the same routes.",
    ),
    Field::default(
        "auth",
        "none",
        Shape::OneOf(&["none", "iam", "api_key"]),
        "Who may call: anybody, who signs with AWS credentials, or who sends the stack's API key.",
    ),
    Field::optional(
        "usage_plan",
        Shape::Table(&[
            Field::optional("rate", Shape::Number { min: 0.0 }, "Steady requests per second of the key."),
            Field::optional(
                "burst",
                Shape::Integer(Integer { min: 0, max: i32::MAX as i128, unit: "requests" }),
                "Most requests of the key at once.",
            ),
            Field::optional(
                "quota",
                Shape::Table(&[
                    Field::required(
                        "limit",
                        Shape::Integer(Integer { min: 1, max: i32::MAX as i128, unit: "requests" }),
                        "Most requests of the key in a period.",
                    ),
                    Field::required("period", Shape::OneOf(&["DAY", "WEEK", "MONTH"]), "The period."),
                ]),
                "Requests of the key in a day, a week or a month.",
            ),
        ]),
        "Limits of the API key; with `auth = \"api_key\"` only.",
    ),
    Field::optional(
        "throttle",
        Shape::Table(&[
            Field::required("rate", Shape::Number { min: 0.0 }, "Steady requests per second."),
            Field::required(
                "burst",
                Shape::Integer(Integer { min: 0, max: i32::MAX as i128, unit: "requests" }),
                "Most requests at once.",
            ),
        ]),
        "Request limits of the stage; the account's when absent.",
    ),
    Field::optional(
        "cors",
        Shape::Table(&[
            Field::required(
                "allow_origins",
                Shape::List { of: &Shape::Text(ORIGIN), length: (1, 64) },
                "Origins of the pages that may call, or `[\"*\"]` for any.",
            ),
            Field::optional(
                "allow_methods",
                Shape::List { of: &Shape::OneOf(BROWSER_METHODS), length: (1, BROWSER_METHODS.len()) },
                "Methods; those of the path's routes when absent.",
            ),
            Field::optional(
                "allow_headers",
                Shape::List { of: &Shape::Text(HEADER), length: (0, 64) },
                "Request headers that a page may send.",
            ),
            Field::optional(
                "max_age",
                Shape::Integer(Integer { min: 0, max: 86_400, unit: "seconds" }),
                "Seconds that a browser may remember the answer.",
            ),
        ]),
        "Cross-origin access from browsers; off when absent.",
    ),
    Field::default("tracing", "false", Shape::Boolean, "X-Ray tracing of the stage."),
    Field::optional(
        "binary_media_types",
        Shape::List { of: &Shape::Text(MEDIA_TYPE), length: (0, 100) },
        "Media types that reach the function as Base64.",
    ),
    Field::optional(
        "minimum_compression_size",
        Shape::Integer(Integer { min: 0, max: 10_485_760, unit: "bytes" }),
        "Smallest answer that is compressed; none when absent.",
    ),
    Field::optional("tags", API_TAGS, "Tags of the API, beside the stack's."),
];
