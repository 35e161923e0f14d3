//! The known name that a mistyped one most likely means.

/// Longest name that is compared, and most names that it is compared with: hostile files cost little.
const LONGEST: usize = 64;
const MOST: usize = 200;

/// Returns the known name nearest to `wanted`, when one is near enough to be meant.
pub fn nearest<'a>(wanted: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if wanted.is_empty() || wanted.len() > LONGEST {
        return None;
    }
    let wanted = wanted.to_lowercase();
    let near = known.into_iter().take(MOST).filter_map(|name| Some((rank(&wanted, &name.to_lowercase())?, name)));
    near.min_by_key(|(rank, _)| *rank).map(|(_, name)| name)
}

/// Returns how far a known name is from the wanted one, smaller is nearer; nothing when it is too far to be meant. Words of
/// a name come after whole names: `biling` means `billing_mode`, `retention` means `log_retention_days`.
fn rank(wanted: &str, name: &str) -> Option<(bool, usize)> {
    let letters = wanted.chars().count();
    let allowed = if letters < 2 { 0 } else { (letters / 3).max(1) };
    let whole = strsim::damerau_levenshtein(wanted, name);
    if whole <= allowed {
        return Some((false, whole));
    }
    if letters < 3 {
        return None;
    }
    let words = name.split('_').map(|word| strsim::damerau_levenshtein(wanted, word));
    let word = words.min().filter(|distance| *distance <= allowed && letters > 3);
    // `ttl` for `ttl_attribute`, `dynamodb:GetItem` for `GetItem`.
    let part = name.starts_with(wanted) || name.len() >= 3 && wanted.ends_with(name);
    if part { Some((true, 0)) } else { word.map(|distance| (true, distance)) }
}

/// Returns help for a name that is not known: `did you mean `memory`? known: memory, timeout`.
pub fn suggest<'a>(wanted: &str, what: &str, known: impl IntoIterator<Item = &'a str> + Clone) -> String {
    let meant = nearest(wanted, known.clone()).map(|name| format!("did you mean `{name}`? ")).unwrap_or_default();
    format!("{meant}{what}: {}", enumerate(known))
}

/// Returns the names with commas, cut after two dozen; `none` for no name.
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
        const KEYS: [&str; 7] =
            ["memory", "timeout", "ttl_attribute", "tables", "GetItem", "billing_mode", "log_retention_days"];
        for (wanted, meant) in [
            ("memry", Some("memory")),
            ("Memory", Some("memory")),
            ("mmeory", Some("memory")),
            ("table", Some("tables")),
            ("ttl", Some("ttl_attribute")),
            ("dynamodb:GetItem", Some("GetItem")),
            ("biling", Some("billing_mode")),
            ("retention", Some("log_retention_days")),
            ("", None),
            ("x", None),
            ("completely_different", None),
        ] {
            assert_eq!(nearest(wanted, KEYS), meant, "{wanted}");
        }
        assert_eq!(nearest(&"a".repeat(1000), KEYS), None);
    }
}
