//! Looks at many resources that one list of AWS answers.

use super::step::StepResult;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use tokio::sync::oneshot;
use tokio::task::yield_now;

/// Gathers looks until a list is read, so that one read answers them all. Each is answered by a read that began after it was asked
/// for: what was written before a look is in its answer.
pub struct JoinedReads<V> {
    /// Whether somebody gathers looks for a read that is not sent yet.
    gathers: Cell<bool>,
    waiting: RefCell<Vec<WaitingLook<V>>>,
}

struct WaitingLook<V> {
    name: String,
    answer: oneshot::Sender<Option<V>>,
}

impl<V> Default for JoinedReads<V> {
    fn default() -> Self {
        Self { gathers: Cell::new(false), waiting: RefCell::default() }
    }
}

impl<V: Clone> JoinedReads<V> {
    /// Looks for one resource. `read` gets what tells the names that are asked for by now, to be called when the request is sent, and
    /// returns what it found of them.
    ///
    /// # Errors
    /// What `read` fails with. Others who waited for it read themselves.
    pub async fn look(
        &self,
        name: &str,
        read: impl AsyncFn(&dyn Fn() -> Vec<String>) -> StepResult<BTreeMap<String, V>>,
    ) -> StepResult<Option<V>> {
        loop {
            if !self.gathers.replace(true) {
                return self.lead(name, &read).await;
            }
            let (answer, answered) = oneshot::channel();
            self.waiting.borrow_mut().push(WaitingLook { name: name.to_owned(), answer });
            // Without an answer, who should have read has failed or was given up.
            if let Ok(found) = answered.await {
                return Ok(found);
            }
        }
    }

    async fn lead(
        &self,
        name: &str,
        read: &impl AsyncFn(&dyn Fn() -> Vec<String>) -> StepResult<BTreeMap<String, V>>,
    ) -> StepResult<Option<V>> {
        let gathering = GatheringLooks { reads: self, taken: RefCell::new(None) };
        // All that run beside this one get to ask before the list is read.
        yield_now().await;
        let found = read(&|| gathering.names(name)).await?;
        for look in gathering.taken.take().unwrap_or_default() {
            // Who does not listen any more was given up.
            let _ = look.answer.send(found.get(&look.name).cloned());
        }
        Ok(found.get(name).cloned())
    }
}

/// The looks of one read. Where it ends without an answer, those who wait for it are told by the loss of their channels.
struct GatheringLooks<'a, V> {
    reads: &'a JoinedReads<V>,
    /// What the read answers, once it is sent.
    taken: RefCell<Option<Vec<WaitingLook<V>>>>,
}

impl<V> GatheringLooks<'_, V> {
    /// Returns the names of all that asked until this was called for the first time.
    fn names(&self, own: &str) -> Vec<String> {
        let mut taken = self.taken.borrow_mut();
        let looks = taken.get_or_insert_with(|| {
            self.reads.gathers.set(false);
            self.reads.waiting.take()
        });
        looks.iter().map(|look| look.name.as_str()).chain([own]).map(str::to_owned).collect()
    }
}

impl<V> Drop for GatheringLooks<'_, V> {
    fn drop(&mut self) {
        if self.taken.borrow().is_none() {
            self.reads.gathers.set(false);
            self.reads.waiting.take();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;
    use futures::future::{join, join_all};

    /// Finds everything but `none`, and notes what each read asked for.
    async fn read(log: &RefCell<Vec<Vec<String>>>, asked: &dyn Fn() -> Vec<String>) -> BTreeMap<String, usize> {
        let names = asked();
        log.borrow_mut().push(names.clone());
        yield_now().await;
        let number = log.borrow().len();
        names.into_iter().filter(|name| name != "none").map(|name| (name, number)).collect()
    }

    #[tokio::test]
    async fn looks_that_begin_together_are_one_read() {
        let (reads, log) = (JoinedReads::default(), RefCell::default());
        let look = |name| reads.look(name, async |asked| Ok(read(&log, asked).await));
        let found = join_all(["a", "none", "b", "a"].map(look)).await;
        let found: Vec<_> = found.into_iter().map(|found| found.unwrap()).collect();
        assert_eq!(found, [Some(1), None, Some(1), Some(1)]);
        assert_eq!(log.borrow().len(), 1);
        assert_eq!(look("a").await.unwrap(), Some(2), "a later look is a read of its own");
    }

    /// What was asked for while a list is on its way may have been written after it was made.
    #[tokio::test]
    async fn a_look_is_not_answered_by_a_read_that_was_sent_before() {
        let reads = JoinedReads::default();
        let log: RefCell<Vec<Vec<String>>> = RefCell::default();
        let late = async {
            while log.borrow().is_empty() {
                yield_now().await;
            }
            reads.look("a", async |asked| Ok(read(&log, asked).await)).await.unwrap()
        };
        let early = reads.look("a", async |asked| Ok(read(&log, asked).await));
        let (early, late) = join(early, late).await;
        assert_eq!((early.unwrap(), late), (Some(1), Some(2)));
    }

    #[tokio::test]
    async fn who_waited_for_a_read_that_failed_or_was_given_up_reads_alone() {
        for given_up in [false, true] {
            let (reads, log) = (JoinedReads::default(), RefCell::default());
            let failing = async {
                let fails = reads.look("a", async |asked| {
                    asked();
                    Err(Error::internal("no").into())
                });
                if given_up {
                    assert!(futures::FutureExt::now_or_never(fails).is_none());
                } else {
                    assert!(fails.await.is_err());
                }
            };
            let other = reads.look("b", async |asked| Ok(read(&log, asked).await));
            assert_eq!(join(failing, other).await.1.unwrap(), Some(1), "{given_up}");
            assert_eq!(*log.borrow(), [["b"]]);
        }
    }
}
