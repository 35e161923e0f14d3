//! The key that encrypts a resource, as it is written beside words that stand for AWS's own keys.

/// Tells whether a text is the ARN of a key, which may not exist yet; the ARN of an alias would be a difference on every run where
/// the service answers with the key's.
///
/// # Errors
/// What it is instead.
pub fn check(text: &str) -> Result<(), String> {
    match text {
        _ if text.contains(":alias/") => Err("it is the ARN of an alias: use the one of the key".to_owned()),
        _ if is_key_arn(text) => Ok(()),
        _ if text.starts_with("arn:") => Err("it is not the ARN of a KMS key".to_owned()),
        _ => Err("it is neither of the two words nor an ARN".to_owned()),
    }
}

/// Tells whether a text is the ARN of a key.
pub fn is_key_arn(text: &str) -> bool {
    let parts: Vec<_> = text.splitn(6, ':').collect();
    let ["arn", partition, "kms", region, account, resource] = parts[..] else {
        return false;
    };
    let dashed = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    partition.starts_with("aws")
        && dashed(partition)
        && dashed(region)
        && account.len() == 12
        && account.bytes().all(|byte| byte.is_ascii_digit())
        && resource.strip_prefix("key/").is_some_and(dashed)
}
