//! What `[api]` may hold. Limits are API Gateway's, from its API model and its quotas page.

use super::route::ApiRoute;
use super::{ApiBlock, check};
use crate::stack::{
    API_TAGS, IntegerRange, KeyDefinition, SectionDefinition, TextRule, ValueShape, characters, fits, printable,
};

/// `[api]`.
pub static SECTION: SectionDefinition = SectionDefinition {
    name: "api",
    many: false,
    shape: ValueShape::Table(API),
    physical_name: NAME,
    files: &["openapi"],
    attributes: &[],
    check: check::check,
    fits: fits::<ApiBlock>,
};

const NAME: TextRule = TextRule::any("an API name", 1, 255);

const STAGE: TextRule = TextRule::rule("the name of an API stage", (1, 128), "letters, digits, '-' and '_'", |text| {
    characters(text, |c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
});

const ROUTE: TextRule = TextRule::rule(
    "a route",
    (1, 1024),
    "\"METHOD /path\" with GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS or ANY, and segments of letters, digits, \
     '-', '_', '.' and ':', `{parameter}`, or `{rest+}` at the end",
    |text| ApiRoute::parse(text).map(drop),
);

const FUNCTION: TextRule =
    TextRule::rule("the id of a function", (1, 64), "the id of a function in this file", printable);

const ORIGIN: TextRule =
    TextRule::rule("an origin", (1, 255), "\"*\", or scheme://host[:port] such as https://shop.example", origin);

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
const HEADER: TextRule = TextRule::rule("a header name", (1, 128), "letters, digits and '-', or \"*\"", |text| {
    characters(text, |c| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c))
});

const MEDIA_TYPE: TextRule =
    TextRule::rule("a media type", (3, 127), "type/subtype, such as image/png or */*", |text| {
        let part = |part: &str| {
            !part.is_empty() && characters(part, |c| c.is_ascii_alphanumeric() || "!#$&^_.+-*".contains(c)).is_ok()
        };
        match text.split_once('/') {
            Some((kind, subtype)) if part(kind) && part(subtype) => Ok(()),
            _ => Err("it is not of the form type/subtype".to_owned()),
        }
    });

const API: &[KeyDefinition] = &[
    KeyDefinition::default("name", "{stack}-{stage}-api", ValueShape::Text(NAME), "Name of the API."),
    KeyDefinition::optional(
        "description",
        ValueShape::Text(TextRule::any("a description", 0, 1024)),
        "Text shown in the console.",
    ),
    KeyDefinition::default(
        "stage",
        "{stage}",
        ValueShape::Text(STAGE),
        "Name of the API's stage, the first segment of every path.",
    ),
    KeyDefinition::default(
        "endpoint_type",
        "REGIONAL",
        ValueShape::OneOf(&["REGIONAL", "EDGE"]),
        "Endpoint in the stack's region, or behind AWS's CloudFront distribution.",
    ),
    KeyDefinition::required(
        "routes",
        ValueShape::Map { key: ROUTE, of: &ValueShape::Text(FUNCTION), length: (1, usize::MAX) },
        "Routes, `\"METHOD /path\" = \"id of a function\"`.",
    ),
    KeyDefinition::optional(
        "openapi",
        ValueShape::Text(TextRule::any("a path", 1, 4096)),
        "OpenAPI document of the API, as JSON, relative to the project; it must have the same routes.",
    ),
    KeyDefinition::default(
        "auth",
        "none",
        ValueShape::OneOf(&["none", "iam", "api_key"]),
        "Who may call: anybody, who signs with AWS credentials, or who sends the stack's API key.",
    ),
    KeyDefinition::optional(
        "usage_plan",
        ValueShape::Table(&[
            KeyDefinition::optional("rate", ValueShape::Number { min: 0.0 }, "Steady requests per second of the key."),
            KeyDefinition::optional(
                "burst",
                ValueShape::Integer(IntegerRange { min: 0, max: i32::MAX as i128, unit: "requests" }),
                "Most requests of the key at once.",
            ),
            KeyDefinition::optional(
                "quota",
                ValueShape::Table(&[
                    KeyDefinition::required(
                        "limit",
                        ValueShape::Integer(IntegerRange { min: 1, max: i32::MAX as i128, unit: "requests" }),
                        "Most requests of the key in a period.",
                    ),
                    KeyDefinition::required("period", ValueShape::OneOf(&["DAY", "WEEK", "MONTH"]), "The period."),
                ]),
                "Requests of the key in a day, a week or a month.",
            ),
        ]),
        "Limits of the API key; with `auth = \"api_key\"` only.",
    ),
    KeyDefinition::optional(
        "throttle",
        ValueShape::Table(&[
            KeyDefinition::required("rate", ValueShape::Number { min: 0.0 }, "Steady requests per second."),
            KeyDefinition::required(
                "burst",
                ValueShape::Integer(IntegerRange { min: 0, max: i32::MAX as i128, unit: "requests" }),
                "Most requests at once.",
            ),
        ]),
        "Request limits of the stage; the account's when absent.",
    ),
    KeyDefinition::optional(
        "cors",
        ValueShape::Table(&[
            KeyDefinition::required(
                "allow_origins",
                ValueShape::List { of: &ValueShape::Text(ORIGIN), length: (1, 64) },
                "Origins of the pages that may call, or `[\"*\"]` for any.",
            ),
            KeyDefinition::optional(
                "allow_methods",
                ValueShape::List { of: &ValueShape::OneOf(BROWSER_METHODS), length: (1, BROWSER_METHODS.len()) },
                "Methods; those of the path's routes when absent.",
            ),
            KeyDefinition::optional(
                "allow_headers",
                ValueShape::List { of: &ValueShape::Text(HEADER), length: (0, 64) },
                "Request headers that a page may send.",
            ),
            KeyDefinition::optional(
                "max_age",
                ValueShape::Integer(IntegerRange { min: 0, max: 86_400, unit: "seconds" }),
                "Seconds that a browser may remember the answer.",
            ),
        ]),
        "Cross-origin access from browsers; off when absent.",
    ),
    KeyDefinition::default("tracing", "false", ValueShape::Boolean, "X-Ray tracing of the stage."),
    KeyDefinition::optional(
        "binary_media_types",
        ValueShape::List { of: &ValueShape::Text(MEDIA_TYPE), length: (0, 100) },
        "Media types that reach the function as Base64.",
    ),
    KeyDefinition::optional(
        "minimum_compression_size",
        ValueShape::Integer(IntegerRange { min: 0, max: 10_485_760, unit: "bytes" }),
        "Smallest answer that is compressed; none when absent.",
    ),
    KeyDefinition::optional("tags", API_TAGS, "Tags of the API, beside the stack's."),
];
