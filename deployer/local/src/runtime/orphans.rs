//! Ends what a killed cloud has left running.
//!
//! A process that waits for work notices that its Runtime API is gone and exits. One that is busy, or hangs, would stay:
//! when the next cloud starts on the same directory it ends every process whose code lies there. The directory is locked by
//! one cloud at a time, so none of them can belong to somebody else. Where there is no `/proc` this does nothing.

use rustix::process::{Pid, Signal, kill_process};
use std::fs;
use std::path::Path;

/// Ends the processes that were started from code below `code`. Only for a cloud that has not started any itself.
pub fn end(code: &Path) {
    let Ok(code) = code.canonicalize() else { return };
    let marker = [b"LAMBDA_TASK_ROOT=", code.as_os_str().as_encoded_bytes(), b"/"].concat();
    let Ok(processes) = fs::read_dir("/proc") else { return };
    for process in processes.flatten() {
        let id = process.file_name().to_str().and_then(|name| name.parse().ok()).and_then(Pid::from_raw);
        // The environment of other users' processes cannot be read, and is none of our business.
        let (Some(id), Ok(environment)) = (id, fs::read(process.path().join("environ"))) else { continue };
        if environment.split(|byte| *byte == 0).any(|variable| variable.starts_with(&marker)) {
            // It may have ended just now.
            let _ = kill_process(id, Signal::KILL);
        }
    }
}
