//! The known name that a mistyped one most likely means.

/// Longest name that is compared, and most names that it is compared with: hostile files cost little.
const LONGEST: usize = 64;
const MOST: usize = 200;

/// The known name nearest to `wanted`, when one is near enough to be meant.
pub fn nearest<'a>(wanted: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if wanted.is_empty() || wanted.len() > LONGEST {
        return None;
    }
    let wanted = wanted.to_lowercase();
    let allowed = (wanted.chars().count() / 3).max(1);
    known
        .into_iter()
        .take(MOST)
        .filter_map(|name| {
            let lower = name.to_lowercase();
            let distance = strsim::damerau_levenshtein(&wanted, &lower);
            // `ttl` for `ttl_attribute`, `dynamodb:GetItem` for `GetItem`: further away than any typing error.
            let part = wanted.len() >= 3 && lower.starts_with(&wanted) || lower.len() >= 3 && wanted.ends_with(&lower);
            (distance <= allowed || part).then_some((!part, distance, name))
        })
        .min_by_key(|(whole, distance, _)| (*distance > allowed, *distance, *whole))
        .map(|(_, _, name)| name)
}

/// `did you mean `memory`? known: memory, timeout`: help for a name that is not known.
pub fn suggest<'a>(wanted: &str, what: &str, known: impl IntoIterator<Item = &'a str> + Clone) -> String {
    let meant = nearest(wanted, known.clone()).map(|name| format!("did you mean `{name}`? ")).unwrap_or_default();
    format!("{meant}{what}: {}", enumerate(known))
}

/// The names with commas, cut after two dozen; `none` for no name.
pub fn enumerate<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    const SHOWN: usize = 24;
    let names: Vec<_> = names.into_iter().collect();
    match names.len() {
        0 => "none".to_owned(),
        1..=SHOWN => names.join(", "),
        more => format!("{} and {} more", names[..SHOWN].join(", "), more - SHOWN),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_was_meant() {
        const KEYS: [&str; 5] = ["memory", "timeout", "ttl_attribute", "tables", "GetItem"];
        for (wanted, meant) in [
            ("memry", Some("memory")),
            ("Memory", Some("memory")),
            ("mmeory", Some("memory")),
            ("table", Some("tables")),
            ("ttl", Some("ttl_attribute")),
            ("dynamodb:GetItem", Some("GetItem")),
            ("", None),
            ("x", None),
            ("completely_different", None),
        ] {
            assert_eq!(nearest(wanted, KEYS), meant, "{wanted}");
        }
        assert_eq!(nearest(&"a".repeat(1000), KEYS), None);
    }
}
