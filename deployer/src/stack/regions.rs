//! Names of AWS regions.

use super::nearest;

/// Refuses what does not have the form `partition-direction-number` with two or three words before the number. A region that
/// this version does not know passes: a new region needs no release of ours.
///
/// # Errors
/// What it is instead, or which one is meant.
pub fn form(text: &str) -> Result<(), String> {
    let parts: Vec<_> = text.split('-').collect();
    let word = |part: &&str| !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase());
    let formed = parts.split_last().is_some_and(|(number, words)| {
        matches!(number.as_bytes(), [b'1'..=b'9']) && matches!(words.len(), 2..=3) && words.iter().all(word)
    });
    if formed {
        return Ok(());
    }
    match meant(text) {
        Some((region, place)) => Err(format!("did you mean {region} ({place})?")),
        None => Err("it has another form".to_owned()),
    }
}

/// Returns the region that a text most likely means: a misspelt code, or the place that AWS's console shows it by.
fn meant(text: &str) -> Option<(&'static str, &'static str)> {
    let lower = text.to_lowercase();
    let named = |(_, place): &&(&str, &str)| {
        let place = place.to_lowercase();
        let words = lower.chars().count() > 3 && (lower.contains(&place) || place.ends_with(&lower));
        words || strsim::damerau_levenshtein(&lower, &place) <= usize::from(place.chars().count() > 3)
    };
    let code = nearest::nearest(text, codes());
    KNOWN.iter().find(named).or_else(|| KNOWN.iter().find(|(region, _)| Some(*region) == code)).copied()
}

fn codes() -> impl Iterator<Item = &'static str> {
    KNOWN.iter().map(|(region, _)| *region)
}

/// Tells whether a region that has the form is unknown, and which known one it may be a misspelling of.
pub(super) fn unknown(region: &str) -> Option<Option<&'static str>> {
    let partition = ["us-iso", "us-gov-", "eusc-", "eu-iso"].iter().any(|start| region.starts_with(start));
    (!partition && !codes().any(|known| known == region)).then(|| nearest::nearest(region, codes()))
}

/// Regions of the partitions `aws` and `aws-cn` today with AWS's names of their places, for suggestions only.
const KNOWN: [(&str, &str); 36] = [
    ("af-south-1", "Cape Town"),
    ("ap-east-1", "Hong Kong"),
    ("ap-east-2", "Taipei"),
    ("ap-northeast-1", "Tokyo"),
    ("ap-northeast-2", "Seoul"),
    ("ap-northeast-3", "Osaka"),
    ("ap-south-1", "Mumbai"),
    ("ap-south-2", "Hyderabad"),
    ("ap-southeast-1", "Singapore"),
    ("ap-southeast-2", "Sydney"),
    ("ap-southeast-3", "Jakarta"),
    ("ap-southeast-4", "Melbourne"),
    ("ap-southeast-5", "Malaysia"),
    ("ap-southeast-6", "New Zealand"),
    ("ap-southeast-7", "Thailand"),
    ("ca-central-1", "Canada Central"),
    ("ca-west-1", "Calgary"),
    ("cn-north-1", "Beijing"),
    ("cn-northwest-1", "Ningxia"),
    ("eu-central-1", "Frankfurt"),
    ("eu-central-2", "Zurich"),
    ("eu-north-1", "Stockholm"),
    ("eu-south-1", "Milan"),
    ("eu-south-2", "Spain"),
    ("eu-west-1", "Ireland"),
    ("eu-west-2", "London"),
    ("eu-west-3", "Paris"),
    ("il-central-1", "Tel Aviv"),
    ("me-central-1", "UAE"),
    ("me-south-1", "Bahrain"),
    ("mx-central-1", "Mexico Central"),
    ("sa-east-1", "São Paulo"),
    ("us-east-1", "N. Virginia"),
    ("us-east-2", "Ohio"),
    ("us-west-1", "N. California"),
    ("us-west-2", "Oregon"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_the_form_of_a_region() {
        for good in ["ap-south-1", "us-gov-west-1", "us-iso-east-1", "eusc-de-east-1", "xx-nowhere-9"] {
            assert_eq!(form(good), Ok(()), "{good}");
        }
        for bad in
            ["", "ap-south", "apsouth1", "ap_south_1", "AP-SOUTH-1", "ap-south-1a", "ap-south-10", "ap--1", "-a-1"]
        {
            assert!(form(bad).is_err(), "{bad}");
        }
        for (written, reason) in [
            ("ap-south1", "did you mean ap-south-1 (Mumbai)?"),
            ("AP-SOUTH-1", "did you mean ap-south-1 (Mumbai)?"),
            ("Mumbai", "did you mean ap-south-1 (Mumbai)?"),
            ("Asia Pacific (Mumbai)", "did you mean ap-south-1 (Mumbai)?"),
            ("virginia", "did you mean us-east-1 (N. Virginia)?"),
            ("Sao Paulo", "did you mean sa-east-1 (São Paulo)?"),
            ("us", "it has another form"),
        ] {
            assert_eq!(form(written), Err(reason.to_owned()), "{written}");
        }
        assert_eq!(unknown("ap-soth-1"), Some(Some("ap-south-1")));
        assert_eq!(unknown("ap-south-1"), None);
        assert_eq!(unknown("us-gov-west-1"), None);
    }
}
