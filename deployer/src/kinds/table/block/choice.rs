//! Values of `[table.X]` that are a choice between a few.

use crate::stack::toml_words;
use serde::Deserialize;

toml_words! {
    /// How capacity is paid for.
    pub enum BillingMode {
        /// On demand.
        PayPerRequest = "PAY_PER_REQUEST",
        /// Reserved read and write units.
        Provisioned = "PROVISIONED",
    }
}

const AWS_OWNED: &str = "AWS_OWNED";
const AWS_MANAGED: &str = "AWS_MANAGED";

/// Server-side encryption key.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
pub enum TableEncryption {
    /// AWS's own key: free, the service default.
    AwsOwned,
    /// The account's `aws/dynamodb` key.
    AwsManaged,
    /// A customer-managed KMS key, by ARN.
    Kms(String),
}

impl TableEncryption {
    /// What DynamoDB uses where nothing is said.
    pub const DEFAULT: &'static str = AWS_OWNED;

    /// Returns the key as it is written.
    pub fn text(&self) -> &str {
        match self {
            Self::AwsOwned => AWS_OWNED,
            Self::AwsManaged => AWS_MANAGED,
            Self::Kms(arn) => arn,
        }
    }
}

impl From<String> for TableEncryption {
    fn from(text: String) -> Self {
        match text.as_str() {
            AWS_OWNED => Self::AwsOwned,
            AWS_MANAGED => Self::AwsManaged,
            _ => Self::Kms(text),
        }
    }
}

toml_words! {
    /// Storage class.
    pub enum TableClass {
        /// For frequent access.
        Standard = "STANDARD",
        /// Cheaper storage, dearer access.
        StandardInfrequentAccess = "STANDARD_INFREQUENT_ACCESS",
    }
}

toml_words! {
    /// What a stream record carries.
    pub enum StreamView {
        /// The keys.
        KeysOnly = "KEYS_ONLY",
        /// The item after the change.
        NewImage = "NEW_IMAGE",
        /// The item before the change.
        OldImage = "OLD_IMAGE",
        /// Both.
        NewAndOldImages = "NEW_AND_OLD_IMAGES",
    }
}
