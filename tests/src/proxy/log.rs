//! The calls that a proxy recorded, and measures of them.

use std::collections::BTreeMap;
use std::fmt;

/// A call that a proxy recorded.
#[derive(Debug, Clone)]
pub struct RecordedCall {
    /// The service, as IAM policies name it.
    pub service: String,
    /// The operation, as IAM policies name it.
    pub operation: String,
    /// When the request had come in, on the proxy's clock.
    pub began: u64,
    /// When the answer was sent, on the proxy's clock.
    pub ended: u64,
    /// The HTTP status of the answer; `None` if there was none.
    pub status: Option<u16>,
    /// The length of the request's body, in bytes.
    pub sent: usize,
}

impl RecordedCall {
    /// Returns the name of the call, such as `dynamodb:CreateTable`.
    pub fn name(&self) -> String {
        format!("{}:{}", self.service, self.operation)
    }

    /// Tells whether the call changes something.
    pub fn is_write(&self) -> bool {
        !super::operation::is_read(&self.operation)
    }
}

/// The calls of one command, in the order in which their requests came.
#[derive(Debug, Clone, Default)]
pub struct CallLog(pub Vec<RecordedCall>);

impl CallLog {
    /// Returns the number of calls.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Tells whether there was no call.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the length of the longest chain of calls that waited for each other: the size of the largest set of calls of which
    /// no two overlap. (To take the next call that ends first, again and again, finds such a set.)
    pub fn depth(&self) -> usize {
        let mut by_end: Vec<_> = self.0.iter().map(|call| (call.ended, call.began)).collect();
        by_end.sort_unstable();
        let (mut depth, mut free_from) = (0, 0);
        for (ended, began) in by_end {
            if began >= free_from {
                depth += 1;
                free_from = ended;
            }
        }
        depth
    }

    /// Returns the names of the calls that change something, in order.
    pub fn writes(&self) -> Vec<String> {
        self.0.iter().filter(|call| call.is_write()).map(RecordedCall::name).collect()
    }

    /// Counts the calls of each operation.
    pub fn tally(&self) -> BTreeMap<String, usize> {
        let mut tally = BTreeMap::new();
        for call in &self.0 {
            *tally.entry(call.name()).or_default() += 1;
        }
        tally
    }

    /// Counts the calls of one operation, such as `lambda:UpdateFunctionCode`.
    pub fn count(&self, name: &str) -> usize {
        self.0.iter().filter(|call| call.name() == name).count()
    }

    /// Counts the calls that upload code.
    pub fn uploads(&self) -> usize {
        self.count("lambda:CreateFunction") + self.count("lambda:UpdateFunctionCode")
    }

    /// Returns the length of all requests' bodies together, in bytes.
    pub fn sent(&self) -> usize {
        self.0.iter().map(|call| call.sent).sum()
    }
}

/// Shows one line for each call, for failed assertions.
impl fmt::Display for CallLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} calls, depth {}", self.len(), self.depth())?;
        for call in &self.0 {
            let status = call.status.map_or_else(|| "cut".to_owned(), |status| status.to_string());
            writeln!(f, "{:>8}–{:<8} {status} {:>6} B  {}", call.began, call.ended, call.sent, call.name())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calls(spans: &[(u64, u64)]) -> CallLog {
        CallLog(
            spans
                .iter()
                .map(|&(began, ended)| RecordedCall {
                    service: "s".to_owned(),
                    operation: "GetX".to_owned(),
                    began,
                    ended,
                    status: Some(200),
                    sent: 0,
                })
                .collect(),
        )
    }

    #[test]
    fn depth_is_the_longest_chain_that_does_not_overlap() {
        for (spans, depth) in [
            (&[][..], 0),
            (&[(0, 1)], 1),
            (&[(0, 1), (0, 1), (0, 1)], 1),
            (&[(0, 1), (1, 2), (2, 3)], 3),
            // A long call beside a chain of short ones does not add to it.
            (&[(0, 9), (0, 1), (1, 2), (3, 4)], 3),
            (&[(0, 4), (1, 2), (5, 6), (5, 9)], 2),
        ] {
            assert_eq!(calls(spans).depth(), depth, "{spans:?}");
        }
    }
}
