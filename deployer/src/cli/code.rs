//! The code of the functions: from the stack description and the options to zips.

use super::failure::CommandFailure;
use super::target::project_dir;
use super::value;
use super::value::ArtifactArg;
use crate::artifact;
use crate::artifact::{BinaryBuild, BuildMode, BuildProgress, BuildPurpose, BuildSpec, CodeSource, FunctionArtifact};
use crate::engine::RunEvent;
use crate::error::Error;
use crate::kinds::{FunctionArtifacts, FunctionBlock, functions_that_see_the_stage, stage_warning};
use crate::stack::Stack;
use clap::builder::{OsStringValueParser, TypedValueParser};
use clap::{Args, ValueHint};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// How the code of functions comes about.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
pub struct CodeArgs {
    /// Do not build; use what was built last
    #[arg(long)]
    pub no_build: bool,
    /// With --local: build functions as for AWS, not with Cargo's quick `dev` profile
    #[arg(long)]
    pub release: bool,
    /// Use this `bootstrap`, directory or zip for a function instead of building it; may be repeated
    #[arg(long = "artifact", value_name = "FUNCTION=PATH", value_hint = ValueHint::AnyPath, value_parser = OsStringValueParser::new().try_map(value::artifact))]
    pub artifacts: Vec<ArtifactArg>,
}

/// Returns how every function's zip is made. `local` builds for this machine.
pub fn build_specs(stack: &Stack, code: &CodeArgs, local: bool) -> Result<Vec<BuildSpec>, CommandFailure> {
    let functions = stack.all::<FunctionBlock>();
    let mut brought = BTreeMap::new();
    for artifact in &code.artifacts {
        let function = stack
            .pick::<FunctionBlock>(&artifact.function)
            .map_err(|error| Error { message: format!("--artifact: {}", error.message), ..error })?;
        brought.entry(function.id).or_insert(artifact);
    }
    let quick = local && !code.release;
    let project = project_dir(&stack.path);
    let workspace = artifact::find_workspace(&stack.path).unwrap_or_else(|| project.clone());
    Ok(functions
        .into_iter()
        .map(|(id, block)| {
            let purpose = if local { BuildPurpose::Host } else { BuildPurpose::Lambda(block.architecture) };
            let (source, workspace_dir) = match (brought.get(&id), &block.artifact, &block.package) {
                // A path on the command line starts where the user is.
                (Some(brought), ..) => (CodeSource::File(brought.path.clone()), PathBuf::from(".")),
                (None, Some(path), _) => (CodeSource::File(PathBuf::from(path)), project.clone()),
                (None, None, package) => {
                    let binary = BinaryBuild {
                        bin: block.bin.clone(),
                        profile: block.profile.clone().or_else(|| quick.then(|| artifact::LOCAL_PROFILE.to_owned())),
                        features: block.features.clone(),
                        ..BinaryBuild::of(package.clone().unwrap_or_default())
                    };
                    (CodeSource::Cargo(binary), workspace.clone())
                }
            };
            BuildSpec { name: id, source, purpose, workspace_dir }
        })
        .collect())
}

/// Builds and checks every zip before anything is changed.
pub async fn prepare(
    stack: &Stack,
    code: &CodeArgs,
    local: bool,
    emit: &mut dyn FnMut(RunEvent),
) -> Result<BTreeMap<String, FunctionArtifact>, CommandFailure> {
    let specs = build_specs(stack, code, local)?;
    let mode = if code.no_build { BuildMode::NoBuild } else { BuildMode::Build };
    let artifacts = artifact::prepare(&specs, mode, &mut |progress| emit(event(progress))).await?;
    for (function, artifact) in &artifacts {
        emit(RunEvent::Built {
            function: function.clone(),
            zip_bytes: artifact.zip_bytes,
            code_sha256: artifact.code_sha256.clone(),
        });
        for note in &artifact.notes {
            emit(RunEvent::Note { message: format!("function {function}: {note}") });
        }
    }
    Ok(artifacts)
}

/// Returns what somebody should know about functions whose programs look for the stage in paths.
pub fn warnings(stack: &Stack, artifacts: &FunctionArtifacts) -> Vec<String> {
    let uses = |id: &String| artifacts.get(id).is_some_and(|artifact| artifact.uses_lambda_http);
    functions_that_see_the_stage(stack).iter().filter(|id| uses(id)).map(|id| stage_warning(id, stack)).collect()
}

/// Returns the same as [`warnings`] from the programs that were built last, without building; what was never built is not known.
/// `local` says which are looked for first: those for this machine, or those for AWS.
pub async fn warnings_of_built(stack: &Stack, local: bool) -> Result<Vec<String>, CommandFailure> {
    let concerned = functions_that_see_the_stage(stack);
    let mut uses = BTreeMap::new();
    for local in [local, !local] {
        let mut specs = build_specs(stack, &CodeArgs::default(), local)?;
        specs.retain(|spec| concerned.contains(&spec.name) && !uses.contains_key(&spec.name));
        uses.extend(artifact::find_lambda_http(&specs).await);
    }
    Ok(concerned.iter().filter(|id| uses.get(*id) == Some(&true)).map(|id| stage_warning(id, stack)).collect())
}

/// Returns the progress of a build as an event.
pub fn event(progress: BuildProgress) -> RunEvent {
    let message = match progress {
        BuildProgress::Building { command, .. } => command,
        BuildProgress::Waiting { reason } => reason,
        BuildProgress::Compiling { current, finished, total: Some(total) } => {
            format!("compiling {current} ({finished} of {total})")
        }
        BuildProgress::Compiling { current, finished, total: None } => format!("compiling {current} ({finished} done)"),
        BuildProgress::Warnings { text } => return RunEvent::Note { message: text },
        BuildProgress::Rebuilding { reason } => format!("building again: {reason}"),
        BuildProgress::Packed { function, zip_bytes } => format!("packed {function} ({zip_bytes} bytes)"),
    };
    RunEvent::Building { message }
}
