//! What the texts of `[api]` may be. Limits are API Gateway's, from its API model and its quotas page.

use super::route::ApiRoute;
use crate::stack::{CharacterGroup, CharacterSet, TextRule, TextStep, characters};

/// The name of an API.
pub const NAME: TextRule = TextRule::any("an API name", 1, 255);

/// The name of an API's stage.
pub const STAGE: TextRule = TextRule::new(
    "the name of an API stage",
    (1, 128),
    "letters, digits, '-' and '_'",
    &[TextStep::Characters(CharacterSet::Of(&[CharacterGroup::Letters, CharacterGroup::Digits], "-_"))],
);

/// A route; the expression leaves out that a parameter stands once in a path.
pub const ROUTE: TextRule = TextRule::new(
    "a route",
    (1, 1024),
    "\"METHOD /path\" with GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS or ANY, and segments of letters, digits, \
     '-', '_', '.' and ':', `{parameter}`, or `{rest+}` at the end",
    &[TextStep::Test {
        test: |text| ApiRoute::parse(text).map(drop),
        pattern: Some(
            "^(ANY|DELETE|GET|HEAD|OPTIONS|PATCH|POST|PUT) (/|(/([A-Za-z0-9\\-._:]+|\\{[A-Za-z0-9\\-._]+\\}))*\
             (/([A-Za-z0-9\\-._:]+|\\{[A-Za-z0-9\\-._]+\\+?\\})))$",
        ),
    }],
);

/// An origin of pages. The expression leaves out how an IPv6 address is written.
pub const ORIGIN: TextRule = TextRule::new(
    "an origin",
    (1, 255),
    "\"*\", or scheme://host[:port] such as https://shop.example",
    &[TextStep::Test {
        test: origin,
        pattern: Some(
            "^(\\*|[a-z][a-z0-9+\\-.]*://([a-z0-9\\-.]+|\\[[0-9A-Fa-f:.]+\\])(:([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]))?)$",
        ),
    }],
);

/// Accepts what a browser sends as `Origin`: no path, no `/` at the end, no wildcard in the host.
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

/// Methods that a browser can ask for; `ANY` means nothing to it.
pub const BROWSER_METHODS: &[&str] = &["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"];

/// A header name: a token of RFC 9110.
pub const HEADER: TextRule = TextRule::new(
    "a header name",
    (1, 128),
    "letters, digits and '-', or \"*\"",
    &[TextStep::Characters(CharacterSet::Of(&[CharacterGroup::Letters, CharacterGroup::Digits], "!#$%&'*+-.^_`|~"))],
);

const MEDIA_TYPE_PART: CharacterSet =
    CharacterSet::Of(&[CharacterGroup::Letters, CharacterGroup::Digits], "!#$&^_.+-*");

/// A media type.
pub const MEDIA_TYPE: TextRule = TextRule::new(
    "a media type",
    (3, 127),
    "type/subtype, such as image/png or */*",
    &[TextStep::Test {
        test: |text| {
            let part = |part: &str| !part.is_empty() && part.chars().all(|c| MEDIA_TYPE_PART.has(c));
            match text.split_once('/') {
                Some((kind, subtype)) if part(kind) && part(subtype) => Ok(()),
                _ => Err("it is not of the form type/subtype".to_owned()),
            }
        },
        pattern: Some("^[A-Za-z0-9!#$&\\^_.+\\-*]+/[A-Za-z0-9!#$&\\^_.+\\-*]+$"),
    }],
);
