//! What the texts and numbers of `[table.X]` may be. Limits are DynamoDB's, from its API model.

use crate::kinds::kms_key;
use crate::stack::{CharacterGroup, CharacterSet, TextRule, TextStep, ValueShape};

const NAME_STEPS: &[TextStep] =
    &[TextStep::Characters(CharacterSet::Of(&[CharacterGroup::Letters, CharacterGroup::Digits], "-_."))];

/// The name of a table.
pub const NAME: TextRule = TextRule::new("a table name", (3, 255), "letters, digits, '-', '_' and '.'", NAME_STEPS);

/// The name of an index.
pub const INDEX_NAME: TextRule =
    TextRule::new("an index name", (3, 255), "letters, digits, '-', '_' and '.'", NAME_STEPS);

/// The name of an attribute.
pub const ATTRIBUTE: TextRule = TextRule::new(
    "an attribute name",
    (1, 255),
    "any characters, 255 bytes at most",
    &[TextStep::Test {
        test: |text| match text.len() {
            ..=255 => Ok(()),
            bytes => Err(format!("it has {bytes} bytes")),
        },
        pattern: None,
    }],
);

/// Capacity units; the most is DynamoDB's default quota for one table.
pub const CAPACITY: ValueShape = ValueShape::integer(1, 40_000, "units");

/// The key that encrypts a table. The ARN of a key that does not exist yet may be written; the ARN of an alias would be a
/// difference on every run, for AWS answers with the key's.
pub const ENCRYPTION: TextRule = TextRule::new(
    "an encryption setting",
    (1, 2048),
    "AWS_OWNED, AWS_MANAGED or the ARN of a KMS key (arn:aws:kms:REGION:ACCOUNT:key/ID)",
    &[TextStep::Test {
        test: |text| match text {
            "AWS_OWNED" | "AWS_MANAGED" => Ok(()),
            _ => kms_key::check(text),
        },
        pattern: Some(
            "^(AWS_OWNED|AWS_MANAGED|arn:aws[A-Za-z0-9\\-]*:kms:[A-Za-z0-9\\-]+:[0-9]{12}:key/[A-Za-z0-9\\-]+)$",
        ),
    }],
);
