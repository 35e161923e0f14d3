//! The whole way, for every function of a stack.

use super::build_spec::{BuildMode, BuildSpec, CodeSource};
use super::error::ArtifactError;
use super::function_artifact::FunctionArtifact;
use super::progress::BuildProgress;
use super::{build, pack, prebuilt};
use std::collections::BTreeMap;
use std::slice;

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

/// Tells of each spec's program whether it is linked with `lambda_http` for API Gateway. Nothing is built: a program that is not there, or
/// does not fit, is left out. The result is keyed by [`BuildSpec::name`].
pub async fn find_lambda_http(specs: &[BuildSpec]) -> BTreeMap<String, bool> {
    let looks = specs.iter().map(async |spec| match &spec.source {
        CodeSource::File(path) => prebuilt::load(spec, path).await.ok().into_iter().collect(),
        CodeSource::Cargo(_) => {
            build::build(slice::from_ref(spec), BuildMode::NoBuild, &mut |_| ()).await.unwrap_or_default()
        }
    });
    let found: Vec<Vec<_>> = futures::future::join_all(looks).await;
    found.into_iter().flatten().map(|candidate| (candidate.function, candidate.uses_lambda_http)).collect()
}
