//! The whole way, for every function of a stack.

use super::build_spec::{BuildMode, BuildSpec, CodeSource};
use super::error::ArtifactError;
use super::function_artifact::FunctionArtifact;
use super::progress::BuildProgress;
use super::{build, given, pack};
use std::collections::BTreeMap;

/// Makes the zip of every recipe: builds (or finds) the programs, checks them, packs them.
///
/// Nothing outside the Cargo target folder is written. The result is keyed by [`BuildSpec::name`].
///
/// # Errors
/// The first thing that stops a function from being deployed; see [`ArtifactError`].
pub async fn prepare(
    recipes: &[BuildSpec],
    mode: BuildMode,
    events: &mut dyn FnMut(BuildProgress),
) -> Result<BTreeMap<String, FunctionArtifact>, ArtifactError> {
    let mut candidates = Vec::with_capacity(recipes.len());
    // The files that somebody brought are cheap to check, so a wrong one is reported before Cargo is started.
    for recipe in recipes {
        if let CodeSource::File(path) = &recipe.source {
            candidates.push(given::load(recipe, path).await?);
        }
    }
    candidates.extend(build::build(recipes, mode, events).await?);

    let packed = candidates.into_iter().map(pack::pack);
    let mut artifacts = BTreeMap::new();
    for (function, artifact) in futures::future::try_join_all(packed).await? {
        events(BuildProgress::Packed { function: function.clone(), zip_bytes: artifact.zip_bytes });
        artifacts.insert(function, artifact);
    }
    Ok(artifacts)
}
