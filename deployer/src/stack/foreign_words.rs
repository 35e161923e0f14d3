//! Words that other tools and AWS's own pages use for what is called something else here, or is not there at all.

use super::nearest;

/// Values that others give to what one of our words says.
const VALUES: [(&str, &str); 8] = [
    ("aarch64", "arm64"),
    ("graviton", "arm64"),
    ("amd64", "x86_64"),
    ("x64", "x86_64"),
    ("x86-64", "x86_64"),
    ("on_demand", "PAY_PER_REQUEST"),
    ("on-demand", "PAY_PER_REQUEST"),
    ("PayPerRequest", "PAY_PER_REQUEST"),
];

/// Keys that others have, and what to do instead.
const KEYS: [(&str, &str); 22] = [
    ("runtime", "leave it out: a function is a program for Lambda's runtime provided.al2023"),
    ("handler", "leave it out: a function is a program and has no handler"),
    ("vpc", VPC),
    ("vpc_config", VPC),
    ("subnet_ids", VPC),
    ("security_group_ids", VPC),
    ("layers", "layers are not supported: a function is one program"),
    ("image", IMAGE),
    ("image_uri", IMAGE),
    ("policies", RIGHTS),
    ("policy", RIGHTS),
    ("permissions", RIGHTS),
    ("iam", RIGHTS),
    ("role", "leave it out: every function has a role of its own, made from `tables` and `allow`"),
    ("authorizer", AUTHORIZER),
    ("authorizers", AUTHORIZER),
    ("domain", DOMAIN),
    ("domain_name", DOMAIN),
    ("custom_domain", DOMAIN),
    ("hash_key", "it is called `partition_key`"),
    ("range_key", "it is called `sort_key`"),
    (
        "attributes",
        "leave it out: an attribute is described where a key uses it, as in `{ name = \"id\", type = \"S\" }`",
    ),
];

const VPC: &str = "functions in a VPC are not supported";
const IMAGE: &str = "container images are not supported: a function is a program";
const RIGHTS: &str =
    "rights are `tables` and, for everything else, `[[function.ID.allow]]` with `actions` and `resources`";
const AUTHORIZER: &str = "authorizers are not supported: `auth` of the API or of a route is none, iam or api_key";
const DOMAIN: &str = "custom domains are not supported";

/// Returns which of `words` a value most likely means: what is called so elsewhere, else the nearest.
pub(super) fn meant(value: &str, words: &[&'static str]) -> Option<&'static str> {
    let named = VALUES.iter().find(|(foreign, ours)| foreign.eq_ignore_ascii_case(value) && words.contains(ours));
    named.map(|(_, ours)| *ours).or_else(|| nearest::nearest(value, words.iter().copied()))
}

/// Returns what to do instead of a key that other tools have. `None` for any other key, and for one that has
/// another name here where that is none of the `known`.
pub(super) fn advice<'k>(key: &str, mut known: impl Iterator<Item = &'k str>) -> Option<&'static str> {
    let (_, advice) = KEYS.iter().find(|(foreign, _)| *foreign == key)?;
    let renamed = advice.strip_prefix("it is called `").and_then(|rest| rest.strip_suffix('`'));
    renamed.is_none_or(|ours| known.any(|known| known == ours)).then_some(advice)
}
