//! Where checks put what they find.

use super::node::{TextSpan, TomlNode};
use std::collections::BTreeMap;

/// One mistake in the description.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StackMistake {
    pub(super) span: Option<TextSpan>,
    pub(super) missing: Option<String>,
    pub(super) message: String,
    pub(super) label: Option<String>,
    pub(super) help: Option<String>,
}

impl StackMistake {
    /// Returns a mistake at a place. The message says by itself what is wrong and does not depend on the stage, so that a
    /// mistake that several stages share is reported once.
    pub fn at(span: TextSpan, message: impl Into<String>) -> Self {
        StackMistake { span: Some(span), missing: None, message: message.into(), label: None, help: None }
    }

    /// Returns a mistake that is not in the file, such as an unknown stage on the command line.
    pub fn general(message: impl Into<String>) -> Self {
        StackMistake { span: None, missing: None, message: message.into(), label: None, help: None }
    }

    /// Adds the short text under the place: `not a known key`.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// Adds what is allowed, or what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds the key that should be in the table at the mistake's place and is not.
    #[must_use]
    pub fn missing(mut self, key: &str) -> Self {
        self.missing = Some(key.to_owned());
        self
    }
}

/// What becomes of a description that differs from a file that it names. Either of the two may be the one to change, and meanwhile
/// what is described can be deployed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DocumentDrift {
    /// It is refused: for `validate`.
    Refused,
    /// It passes, with a remark.
    Remarked,
}

/// Mistakes by place; the same message at the same place counts once.
#[derive(Debug)]
pub struct MistakeReport {
    drift: DocumentDrift,
    errors: BTreeMap<(Option<TextSpan>, String), StackMistake>,
    warnings: BTreeMap<(Option<TextSpan>, String), StackMistake>,
    concealed: Vec<TomlNode>,
}

impl MistakeReport {
    pub(super) fn new(drift: DocumentDrift) -> MistakeReport {
        MistakeReport { drift, errors: BTreeMap::new(), warnings: BTreeMap::new(), concealed: Vec::new() }
    }

    /// Adds a difference between the description and a file that it names.
    pub fn drift(&mut self, mistake: StackMistake) {
        match self.drift {
            DocumentDrift::Refused => self.error(mistake),
            DocumentDrift::Remarked => self.warning(mistake),
        }
    }

    /// Adds a mistake that refuses the description.
    pub fn error(&mut self, mistake: StackMistake) {
        self.errors.entry((mistake.span, mistake.message.clone())).or_insert(mistake);
    }

    /// Adds a remark that lets the description pass.
    pub fn warning(&mut self, mistake: StackMistake) {
        self.warnings.entry((mistake.span, mistake.message.clone())).or_insert(mistake);
    }

    /// Conceals a value that may be a secret wherever the file is quoted.
    pub fn conceal(&mut self, node: &TomlNode) {
        self.concealed.push(node.clone());
    }

    pub(super) fn take_concealed(&mut self) -> Vec<TomlNode> {
        std::mem::take(&mut self.concealed)
    }

    pub(super) fn has_errors(&self) -> bool {
        !self.errors.is_empty()
    }

    /// Puts another mistake in the place of those that miss a key of the block at `at`; `explain` gets the first such key.
    pub(super) fn explain_missing(&mut self, at: TextSpan, explain: impl FnOnce(&str) -> StackMistake) {
        let misses = |mistake: &StackMistake| mistake.span == Some(at) && mistake.missing.is_some();
        let first = self.errors.values().find(|mistake| misses(mistake)).and_then(|mistake| mistake.missing.clone());
        if let Some(key) = first {
            self.errors.retain(|_, mistake| !misses(mistake));
            self.error(explain(&key));
        }
    }

    /// Forgets the errors for which `keep` is false.
    pub(super) fn retain_errors(&mut self, mut keep: impl FnMut(&StackMistake) -> bool) {
        self.errors.retain(|_, mistake| keep(mistake));
    }

    pub(super) fn into_errors(self) -> Vec<StackMistake> {
        self.errors.into_values().collect()
    }

    pub(super) fn into_warnings(self) -> Vec<StackMistake> {
        self.warnings.into_values().collect()
    }
}
