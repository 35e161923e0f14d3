//! What a function's process writes: one pipe for both streams, so that their order is kept, cut into lines.

use super::log_capture::LogCapture;
use std::io::{self, PipeReader, PipeWriter, Read};
use std::process::Stdio;
use std::sync::Arc;
use tokio::net::unix::pipe::Receiver;
use tokio::sync::{mpsc, oneshot};
use tokio::task::AbortHandle;

/// A line is cut here: CloudWatch Logs takes events of up to 1 MiB, Lambda splits at 256 KiB.
const MAX_LINE: usize = 256 * 1024;

/// A pipe holds no more ("/proc/sys/fs/pipe-max-size"): what comes behind it was written later.
const LARGEST_PIPE: usize = 1024 * 1024;

/// The reading end. Dropping it stops reading.
#[derive(Debug)]
pub struct ProcessOutput {
    drain: mpsc::Sender<oneshot::Sender<()>>,
    reader: AbortHandle,
}

impl ProcessOutput {
    /// Opens a pipe whose lines go to `log_capture`, and returns its writing end twice.
    ///
    /// # Errors
    /// When the system gives no pipe.
    pub fn open(log_capture: Arc<LogCapture>) -> io::Result<(Self, Stdio, Stdio)> {
        let (reader, writer): (PipeReader, PipeWriter) = io::pipe()?;
        // The same pipe twice: tokio's knows when there is something, the other reads what is there right now even when
        // tokio has not been told yet. Both are non-blocking: that is a property of the pipe, not of the handle.
        let direct = reader.try_clone()?;
        let receiver = Receiver::from_owned_fd(reader.into())?;
        let (drain, requests) = mpsc::channel(1);
        let lines = LineReader { direct, partial: Vec::new(), log_capture };
        let reader = tokio::spawn(lines.follow(receiver, requests)).abort_handle();
        Ok((Self { drain, reader }, writer.try_clone()?.into(), writer.into()))
    }

    /// Returns when everything that the process has written so far has been captured.
    pub async fn drain(&self) {
        let (done, drained) = oneshot::channel();
        if self.drain.send(done).await.is_ok() {
            let _ = drained.await;
        }
    }
}

impl Drop for ProcessOutput {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

struct LineReader {
    direct: PipeReader,
    partial: Vec<u8>,
    log_capture: Arc<LogCapture>,
}

impl LineReader {
    async fn follow(mut self, receiver: Receiver, mut requests: mpsc::Receiver<oneshot::Sender<()>>) {
        let mut open = true;
        loop {
            tokio::select! {
                ready = receiver.readable(), if open => {
                    let mut buffer = [0; 8192];
                    // A process that writes faster than the disk finds its pipe full.
                    self.log_capture.room().await;
                    // `try_read` also tells tokio when there is nothing more.
                    match ready.and_then(|()| receiver.try_read(&mut buffer)) {
                        Ok(0) => open = false,
                        Ok(read) => self.take(&buffer[..read]),
                        Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                        Err(_) => open = false,
                    }
                    if !open {
                        self.end_line();
                    }
                }
                request = requests.recv() => match request {
                    Some(done) => {
                        self.read_all();
                        let _ = done.send(());
                    }
                    None => return,
                },
            }
        }
    }

    fn read_all(&mut self) {
        let mut buffer = [0; 8192];
        let mut rest = LARGEST_PIPE;
        while rest > 0
            && let Ok(read @ 1..) = self.direct.read(&mut buffer)
        {
            self.take(&buffer[..read]);
            rest = rest.saturating_sub(read);
        }
    }

    fn take(&mut self, bytes: &[u8]) {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.partial.extend_from_slice(piece);
            if piece.ends_with(b"\n") || self.partial.len() >= MAX_LINE {
                self.end_line();
            }
        }
    }

    fn end_line(&mut self) {
        if self.partial.is_empty() {
            return;
        }
        self.log_capture.line(&String::from_utf8_lossy(&self.partial));
        self.partial.clear();
    }
}
