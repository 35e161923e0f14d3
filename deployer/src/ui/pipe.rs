//! A stream whose reader may go away.

use std::io;
use std::io::{ErrorKind, Write};

/// Writes whole lines and takes it calmly when nobody reads any more: `deployer up --output json | head -1` still deploys.
pub struct OutputPipe {
    stream: Box<dyn Write + Send>,
    failure: Option<io::Error>,
}

impl OutputPipe {
    /// Writes to `stream`.
    pub fn new(stream: impl Write + Send + 'static) -> Self {
        OutputPipe { stream: Box::new(stream), failure: None }
    }

    /// Writes `text` and flushes. After the first failure nothing more is written.
    pub fn write(&mut self, text: &str) {
        if self.failure.is_none() {
            self.failure = self.stream.write_all(text.as_bytes()).and_then(|()| self.stream.flush()).err();
        }
    }

    /// Tells whether somebody still reads, as far as is known.
    pub fn has_reader(&self) -> bool {
        self.failure.as_ref().is_none_or(|error| error.kind() != ErrorKind::BrokenPipe)
    }

    /// Tells how writing went so far.
    ///
    /// # Errors
    /// What the first write that failed said, unless it was that the reader went away.
    pub fn check(&mut self) -> io::Result<()> {
        match self.failure.take() {
            Some(error) if error.kind() == ErrorKind::BrokenPipe => {
                self.failure = Some(error);
                Ok(())
            }
            Some(error) => Err(error),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fails(ErrorKind);

    impl Write for Fails {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_reader_that_went_away_is_no_error_and_a_full_disk_is() {
        for (kind, fine) in [(ErrorKind::BrokenPipe, true), (ErrorKind::StorageFull, false)] {
            let mut pipe = OutputPipe::new(Fails(kind));
            pipe.write("one\n");
            pipe.write("two\n");
            assert_eq!(pipe.has_reader(), !fine, "{kind:?}");
            assert_eq!(pipe.check().is_ok(), fine, "{kind:?}");
        }
    }
}
