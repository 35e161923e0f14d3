//! What a run waits for.

use super::op::AwsOperation;
use std::borrow::Cow;
use std::fmt;

/// What a run waits for, in words that follow "waiting for".
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WaitReason {
    /// AWS allows the operation only so often, and the deployer keeps to that.
    RateLimit(&'static AwsOperation),
    /// AWS refused the operation because of its rate.
    Throttled(&'static AwsOperation),
    /// A read was not answered and is sent again.
    Unanswered(&'static AwsOperation),
    /// Who answered before cannot be reached, for this reason.
    Away(&'static AwsOperation, String),
    /// Something that was just created is not known everywhere yet.
    NotPossibleYet(&'static AwsOperation),
    /// A write was not answered clearly: the next look tells what became of it.
    UnclearAnswer(&'static AwsOperation),
    /// AWS refused with this code, which a look may explain.
    SecondLook(String),
    /// Another change to the resource is under way, in AWS's words.
    OtherChange(String),
    /// AWS accepted a deletion that does not show yet.
    DeletionToBegin,
    /// A deletion is under way.
    DeletionToFinish,
    /// A state of the resource that only its kind knows.
    ResourceState(Cow<'static, str>),
}

impl fmt::Display for WaitReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RateLimit(op) => write!(f, "AWS's limit on {}", op.name),
            Self::Throttled(op) => write!(f, "{}, which AWS throttles", op.name),
            Self::Unanswered(op) => write!(f, "{} to be answered", op.name),
            Self::Away(op, why) => write!(f, "{} to be reachable again: {why}", op.service),
            Self::NotPossibleYet(op) => write!(f, "{} to become possible", op.name),
            Self::UnclearAnswer(op) => write!(f, "a look whether {} succeeded (its answer was lost)", op.name),
            Self::SecondLook(code) => write!(f, "a second look after {code}"),
            Self::OtherChange(said) => write!(f, "another change to finish ({said})"),
            Self::DeletionToBegin => f.write_str("the deletion to begin"),
            Self::DeletionToFinish => f.write_str("the deletion to finish"),
            Self::ResourceState(words) => f.write_str(words),
        }
    }
}

impl From<&'static str> for WaitReason {
    fn from(words: &'static str) -> Self {
        Self::ResourceState(Cow::Borrowed(words))
    }
}

impl From<String> for WaitReason {
    fn from(words: String) -> Self {
        Self::ResourceState(Cow::Owned(words))
    }
}
