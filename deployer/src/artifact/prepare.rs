//! The whole way, for every function of a stack.

use super::build_spec::{BuildMode, BuildSpec, CodeSource};
use super::error::ArtifactError;
use super::function_artifact::FunctionArtifact;
use super::progress::BuildProgress;
use super::{build, pack, prebuilt};
use std::collections::BTreeMap;

/// Makes the zip of every spec: builds (or finds) the programs, checks them, packs them.
///
/// Nothing outside the Cargo target folder is written. The result is keyed by [`BuildSpec::name`].
///
/// # Errors
/// The first thing that stops a function from being deployed; see [`ArtifactError`].
pub async fn prepare(
    specs: &[BuildSpec],
    mode: BuildMode,
    events: &mut dyn FnMut(BuildProgress),
) -> Result<BTreeMap<String, FunctionArtifact>, ArtifactError> {
    let mut candidates = Vec::with_capacity(specs.len());
    // The files that somebody brought are cheap to check, so a wrong one is reported before Cargo is started.
    for spec in specs {
        if let CodeSource::File(path) = &spec.source {
            candidates.push(prebuilt::load(spec, path).await?);
        }
    }
    candidates.extend(build::build(specs, mode, events).await?);

    let packed = candidates.into_iter().map(pack::pack);
    let mut artifacts = BTreeMap::new();
    for (function, artifact) in futures::future::try_join_all(packed).await? {
        events(BuildProgress::Packed { function: function.clone(), zip_bytes: artifact.zip_bytes });
        artifacts.insert(function, artifact);
    }
    Ok(artifacts)
}
