//! Names of AWS regions.

use super::nearest;
use super::shape::characters;

/// Refuses what does not have the form `partition-direction-number` with two or three words before the number. A region that
/// this version does not know passes: a new region needs no release of ours.
pub(super) fn form(text: &str) -> Result<(), String> {
    characters(text, |c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')?;
    let parts: Vec<_> = text.split('-').collect();
    let word = |part: &&str| !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase());
    let formed = parts.split_last().is_some_and(|(number, words)| {
        matches!(number.as_bytes(), [b'1'..=b'9']) && matches!(words.len(), 2..=3) && words.iter().all(word)
    });
    if formed {
        return Ok(());
    }
    match nearest::nearest(text, KNOWN) {
        Some(region) => Err(format!("did you mean {region}?")),
        None => Err("it has another form".to_owned()),
    }
}

/// Tells whether a region that has the form is unknown, and which known one it may be a misspelling of.
pub(super) fn unknown(region: &str) -> Option<Option<&'static str>> {
    let partition = ["us-iso", "us-gov-", "eusc-", "eu-iso"].iter().any(|start| region.starts_with(start));
    (!partition && !KNOWN.contains(&region)).then(|| nearest::nearest(region, KNOWN))
}

/// Regions of the partitions `aws` and `aws-cn` today, for suggestions only.
const KNOWN: [&str; 36] = [
    "af-south-1",
    "ap-east-1",
    "ap-east-2",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-south-2",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "ca-central-1",
    "ca-west-1",
    "cn-north-1",
    "cn-northwest-1",
    "eu-central-1",
    "eu-central-2",
    "eu-north-1",
    "eu-south-1",
    "eu-south-2",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "mx-central-1",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
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
        assert_eq!(form("ap-south1"), Err("did you mean ap-south-1?".to_owned()));
        assert_eq!(unknown("ap-soth-1"), Some(Some("ap-south-1")));
        assert_eq!(unknown("ap-south-1"), None);
        assert_eq!(unknown("us-gov-west-1"), None);
    }
}
