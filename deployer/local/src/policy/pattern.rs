//! Wildcards: `*` stands for any run of characters, `?` for one.

/// Matches as `ArnLike` does: each of the six parts is compared on its own.
pub fn arn_like(pattern: &str, arn: &str) -> bool {
    let (pattern, arn): (Vec<&str>, Vec<&str>) = (pattern.splitn(6, ':').collect(), arn.splitn(6, ':').collect());
    pattern.len() == arn.len() && pattern.iter().zip(&arn).all(|(pattern, part)| like(pattern, part))
}

/// Matches as `StringLike` does, byte by byte; on a mismatch the last `*` takes one byte more.
pub fn like(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut p, mut t) = (0, 0);
    let mut star = None;
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(byte) if *byte == b'?' || *byte == text[t] => {
                p += 1;
                t += 1;
            }
            _ => match star {
                Some((at, taken)) => {
                    star = Some((at, taken + 1));
                    p = at + 1;
                    t = taken + 1;
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    const API: &str = "arn:aws:execute-api:ap-south-1:000000000000:abc123/prod/GET/orders/*";

    #[test]
    fn arns() {
        for (pattern, arn, expected) in [
            (API, API, true),
            ("arn:aws:execute-api:ap-south-1:000000000000:abc123/*", API, true),
            ("arn:aws:execute-api:ap-south-1:000000000000:abc123/*/*/*", API, true),
            ("arn:aws:execute-api:ap-south-1:000000000000:abc123/prod/*/orders/*", API, true),
            ("arn:aws:execute-api:ap-south-1:000000000000:abc123/prod/GET/orders", API, false),
            ("arn:aws:execute-api:ap-south-1:000000000000:abc123/dev/*", API, false),
            ("arn:aws:execute-api:ap-south-1:000000000000:abc???/*", API, true),
            ("arn:aws:execute-api:*:000000000000:abc123/*", API, true),
            ("arn:aws:execute-api:*", API, false),
            ("*", API, false),
            ("arn:aws:execute-api:ap-south-1:111111111111:abc123/*", API, false),
        ] {
            assert_eq!(arn_like(pattern, arn), expected, "{pattern}");
        }
    }

    #[test]
    fn wildcards() {
        for (pattern, text, expected) in [
            ("", "", true),
            ("*", "", true),
            ("?", "", false),
            ("a*b*c", "abbbc", true),
            ("a*b*c", "abbb", false),
            ("*abc", "ababc", true),
            ("a?c", "abc", true),
            ("a", "ab", false),
            ("**", "x", true),
        ] {
            assert_eq!(like(pattern, text), expected, "{pattern} {text}");
        }
    }
}
