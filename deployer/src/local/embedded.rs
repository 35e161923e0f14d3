//! Runs the embedded cloud, the crate `deployer-local`, in this process, and reads what it may be told to do wrong.

use super::process::{PATIENCE, RunningCloud, lock_file, process_file, read, running};
use crate::error::{Error, Result};
use crate::file;
use deployer_local::store::OpenError;
use deployer_local::{Faults, Options, StartError};
use serde_json::Value;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Tells whether this program has the embedded cloud in it.
pub const IS_BUILT_IN: bool = true;
/// Tried first, so that the endpoint is the same on most machines.
const USUAL_PORT: u16 = 4588;

/// Runs the cloud in this process until it is asked to stop or `stopped` is ready.
///
/// # Errors
/// `io` when it cannot start.
pub async fn serve(dir: &Path, port: u16, stopped: impl Future<Output = ()>) -> Result<()> {
    let last = read(dir).and_then(|noted| noted.endpoint.rsplit(':').next()?.parse().ok());
    let choices: Vec<u16> = if port == 0 { last.into_iter().chain([USUAL_PORT, 0]).collect() } else { vec![port] };
    let mut cloud = None;
    let began = Instant::now();
    let mut number = 0;
    while let Some(port) = choices.get(number) {
        let options = Options {
            dir: dir.to_owned(),
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, *port)),
            faults: Faults::default(),
        };
        match deployer_local::start(options).await {
            Ok(started) => {
                cloud = Some(started);
                break;
            }
            Err(StartError::Listen { .. }) if number + 1 < choices.len() => number += 1,
            // One that was just stopped answers no more, but may still be ending what it ran.
            Err(StartError::Store(OpenError::Locked { .. }))
                if began.elapsed() < PATIENCE && running(dir).await?.is_none() =>
            {
                sleep(Duration::from_millis(20)).await;
            }
            Err(error @ StartError::Listen { .. }) => {
                return Err(Error::io(error.to_string()).hint("Choose another --port, or leave it out."));
            }
            Err(error) => return Err(Error::io(error.to_string())),
        }
    }
    let Some(cloud) = cloud else { return Err(Error::io("there is no port to listen on")) };
    let noted = RunningCloud {
        endpoint: format!("http://{}", cloud.addr()),
        pid: std::process::id(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
    };
    let noted = serde_json::to_vec(&noted).map_err(std::io::Error::from);
    noted
        .and_then(|noted| {
            // Written in place: it is the file that is locked.
            std::fs::write(lock_file(dir), &noted)?;
            file::replace(&process_file(dir), &noted)
        })
        .map_err(|e| Error::io(format!("{} cannot be written: {e}", process_file(dir).display())))?;
    tokio::select! {
        () = cloud.stop_requested() => {}
        () = stopped => {}
    }
    cloud.shutdown().await;
    Ok(())
}

/// Returns the part of a help text that lists the faults.
pub fn fault_help() -> String {
    deployer_local::faults::help()
}

/// Returns the operations of the data plane that a fault may name.
pub fn data_plane() -> impl Iterator<Item = &'static str> {
    deployer_local::faults::data_plane()
}

/// Returns the names of the operations that a fault names.
///
/// # Errors
/// What is wrong with the fault, in words.
pub fn fault_operations(fault: &str) -> Result<Vec<String>, String> {
    let mut faults = Faults::default();
    faults.apply(fault)?;
    Ok(faults.operations().map(str::to_owned).collect())
}

/// Returns the faults as the cloud takes them over HTTP.
///
/// # Errors
/// `usage` when one of them is wrong.
pub fn fault_settings(faults: &[String]) -> Result<Value> {
    let mut settings = Faults::default();
    faults.iter().try_for_each(|fault| settings.apply(fault)).map_err(Error::usage)?;
    serde_json::to_value(&settings).map_err(|e| Error::internal(format!("no JSON of the faults: {e}")))
}

/// Returns the faults that a cloud has on, each as `--fault` takes it.
///
/// # Errors
/// `io` when the answer is not understood.
pub fn fault_specs(settings: Value) -> Result<Vec<String>> {
    let faults: Faults = serde_json::from_value(settings).map_err(|e| {
        Error::io(format!("the embedded cloud gave an answer that is not understood: {e}"))
            .hint("It may be of another version: `deployer local stop`, then start it again.")
    })?;
    Ok(faults.specs())
}
