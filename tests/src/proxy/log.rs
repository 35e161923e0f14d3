//! What a proxy saw, and what can be said about it.

use std::collections::BTreeMap;
use std::fmt;

/// One call.
#[derive(Debug, Clone)]
pub struct Call {
    /// Service, as in IAM policies.
    pub service: String,
    /// Operation, as in IAM policies.
    pub operation: String,
    /// When its request was there, on the proxy's clock.
    pub began: u64,
    /// When its answer left, on the proxy's clock.
    pub ended: u64,
    /// HTTP status of the answer; `None` when there was none.
    pub status: Option<u16>,
    /// Bytes of the request's body.
    pub sent: usize,
}

impl Call {
    /// `dynamodb:CreateTable`.
    pub fn name(&self) -> String {
        format!("{}:{}", self.service, self.operation)
    }

    /// Whether it changes something.
    pub fn is_write(&self) -> bool {
        !super::operation::is_read(&self.operation)
    }
}

/// The calls of one command, in the order in which their requests came.
#[derive(Debug, Clone, Default)]
pub struct Calls(pub Vec<Call>);

impl Calls {
    /// How many.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there was none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The longest chain of calls that waited for each other: the largest set of calls of which no two overlap. (Taking the one
    /// that ends first, again and again, finds it.)
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

    /// Names of the calls that change something, in order.
    pub fn writes(&self) -> Vec<String> {
        self.0.iter().filter(|call| call.is_write()).map(Call::name).collect()
    }

    /// How many calls of each operation.
    pub fn tally(&self) -> BTreeMap<String, usize> {
        let mut tally = BTreeMap::new();
        for call in &self.0 {
            *tally.entry(call.name()).or_default() += 1;
        }
        tally
    }

    /// How many calls of one operation, such as `lambda:UpdateFunctionCode`.
    pub fn count(&self, name: &str) -> usize {
        self.0.iter().filter(|call| call.name() == name).count()
    }

    /// Calls that carry code.
    pub fn uploads(&self) -> usize {
        self.count("lambda:CreateFunction") + self.count("lambda:UpdateFunctionCode")
    }

    /// Bytes of all requests' bodies.
    pub fn sent(&self) -> usize {
        self.0.iter().map(|call| call.sent).sum()
    }
}

/// One line per call, for failed assertions.
impl fmt::Display for Calls {
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

    fn calls(spans: &[(u64, u64)]) -> Calls {
        Calls(
            spans
                .iter()
                .map(|&(began, ended)| Call {
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
