//! What the texts of `[queue.X]` may be. Limits are those of SQS ("CreateQueue").

use crate::kinds::kms_key;
use crate::stack::{CharacterGroup, CharacterSet, TextRule, TextStep};
use serde::Deserialize;

/// End of the names of FIFO queues, and of no others.
pub const FIFO_END: &str = ".fifo";

/// The name of a queue.
pub const NAME: TextRule = TextRule::new(
    "a queue name",
    (1, 80),
    "letters, digits, '-' and '_', and `.fifo` at the end of the name of a FIFO queue",
    &[
        TextStep::Characters(CharacterSet::Of(&[CharacterGroup::Letters, CharacterGroup::Digits], "-_.")),
        TextStep::Test { test: is_name, pattern: Some(r"^[^.]+(\.fifo)?$") },
    ],
);

fn is_name(text: &str) -> Result<(), String> {
    let stem = text.strip_suffix(FIFO_END).unwrap_or(text);
    if stem.is_empty() || stem.contains('.') {
        return Err(format!("'.' is only in the `{FIFO_END}` at its end, and something is before it"));
    }
    Ok(())
}

const SQS_MANAGED: &str = "SQS_MANAGED";
const AWS_MANAGED: &str = "AWS_MANAGED";

/// The key that encrypts messages.
pub const ENCRYPTION: TextRule = TextRule::new(
    "an encryption setting of a queue",
    (1, 2048),
    "SQS_MANAGED, AWS_MANAGED or the ARN of a KMS key (arn:aws:kms:REGION:ACCOUNT:key/ID)",
    &[TextStep::Test {
        test: |text| if [SQS_MANAGED, AWS_MANAGED].contains(&text) { Ok(()) } else { kms_key::check(text) },
        pattern: Some(
            "^(SQS_MANAGED|AWS_MANAGED|arn:aws[A-Za-z0-9\\-]*:kms:[A-Za-z0-9\\-]+:[0-9]{12}:key/[A-Za-z0-9\\-]+)$",
        ),
    }],
);

/// Who keeps the key that encrypts messages.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
pub enum QueueEncryption {
    /// SQS itself: free, and the service's default.
    SqsManaged,
    /// The account's `alias/aws/sqs`.
    AwsManaged,
    /// A customer-managed KMS key, by ARN.
    Kms(String),
    /// Nobody: messages are not encrypted. Not to be asked for.
    Nobody,
}

impl QueueEncryption {
    /// What SQS calls the account's own key.
    pub const ACCOUNT_KEY: &'static str = "alias/aws/sqs";

    /// Returns the key as it is written.
    pub fn text(&self) -> &str {
        match self {
            Self::SqsManaged => SQS_MANAGED,
            Self::AwsManaged => AWS_MANAGED,
            Self::Kms(key) => key,
            Self::Nobody => "NONE",
        }
    }

    /// Returns the key as SQS has it in a queue's attributes.
    pub fn of(key: Option<&str>, is_managed: bool) -> Self {
        match key {
            Some(Self::ACCOUNT_KEY) => Self::AwsManaged,
            Some(key) if !key.is_empty() => Self::Kms(key.to_owned()),
            _ if is_managed => Self::SqsManaged,
            _ => Self::Nobody,
        }
    }
}

impl From<String> for QueueEncryption {
    fn from(text: String) -> Self {
        match text.as_str() {
            SQS_MANAGED => Self::SqsManaged,
            AWS_MANAGED => Self::AwsManaged,
            _ => Self::Kms(text),
        }
    }
}
