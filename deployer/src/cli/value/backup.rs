//! Which backup is restored.

/// Which backup is restored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BackupSource {
    /// The newest one of the table that is complete.
    Latest,
    /// The one with this ARN.
    Arn(String),
}

/// Reads `latest` or the ARN of a backup.
pub fn backup_source(text: &str) -> Result<BackupSource, String> {
    match text {
        "latest" => Ok(BackupSource::Latest),
        arn if arn.starts_with("arn:") && arn.contains(":dynamodb:") && arn.contains("/backup/") => {
            Ok(BackupSource::Arn(arn.to_owned()))
        }
        _ => Err("write `latest` or the ARN of a backup, as `deployer backup list` shows it".to_owned()),
    }
}
