//! The code of the functions: from the stack description and the options to zips.

use super::args::Code;
use super::failure::Failure;
use super::target::project_dir;
use crate::artifact::{Artifact, Binary, BuildMode, Progress, Purpose, Recipe, Source};
use crate::engine::Event;
use crate::error::Error;
use crate::kinds::FunctionBlock;
use crate::stack::Stack;
use crate::{artifact, kinds};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// How every function's zip is made. `local` builds for this machine.
pub fn recipes(stack: &Stack, code: &Code, local: bool) -> Result<Vec<Recipe>, Failure> {
    let functions = stack.all::<FunctionBlock>();
    if let Some(unknown) = code.artifacts.iter().find(|a| !functions.iter().any(|(id, _)| *id == a.function)) {
        let known: Vec<_> = functions.iter().map(|(id, _)| id.as_str()).collect();
        return Err(Error::new(
            "usage",
            format!("--artifact names the function `{}`, which the stack does not have", unknown.function),
        )
        .hint(format!("The stack has: {}.", known.join(", ")))
        .into());
    }
    let project = project_dir(&stack.path);
    let workspace = artifact::find_workspace(&stack.path).unwrap_or_else(|| project.clone());
    Ok(functions
        .into_iter()
        .map(|(id, block)| {
            let purpose = if local { Purpose::Host } else { Purpose::Lambda(architecture(block.architecture)) };
            let brought = code.artifacts.iter().find(|a| a.function == id);
            let (source, workspace_dir) = match (brought, &block.artifact, &block.package) {
                // A path on the command line starts where the user is.
                (Some(brought), ..) => (Source::File(brought.path.clone()), PathBuf::from(".")),
                (None, Some(path), _) => (Source::File(PathBuf::from(path)), project.clone()),
                (None, None, package) => {
                    let binary = Binary {
                        bin: block.bin.clone(),
                        profile: block.profile.clone(),
                        features: block.features.clone(),
                        ..Binary::of(package.clone().unwrap_or_default())
                    };
                    (Source::Cargo(binary), workspace.clone())
                }
            };
            Recipe { name: id, source, purpose, workspace_dir }
        })
        .collect())
}

fn architecture(architecture: kinds::Architecture) -> artifact::Architecture {
    match architecture {
        kinds::Architecture::X86_64 => artifact::Architecture::X86_64,
        kinds::Architecture::Arm64 => artifact::Architecture::Arm64,
    }
}

/// Builds and checks every zip before anything is changed.
pub async fn prepare(
    stack: &Stack,
    code: &Code,
    local: bool,
    emit: &mut dyn FnMut(Event),
) -> Result<BTreeMap<String, Artifact>, Failure> {
    let recipes = recipes(stack, code, local)?;
    let mode = if code.no_build { BuildMode::NoBuild } else { BuildMode::Build };
    let artifacts = artifact::prepare(&recipes, mode, &mut |progress| emit(event(progress))).await?;
    for (function, artifact) in &artifacts {
        emit(Event::Built {
            function: function.clone(),
            zip_bytes: artifact.zip_bytes,
            code_sha256: artifact.code_sha256.clone(),
        });
        for note in &artifact.notes {
            emit(Event::Note { message: format!("function {function}: {note}") });
        }
    }
    Ok(artifacts)
}

/// Progress of a build as an event.
pub fn event(progress: Progress) -> Event {
    let message = match progress {
        Progress::Building { command, .. } => command,
        Progress::Waiting { reason } => reason,
        Progress::Compiling { current, finished } => format!("compiling {current} ({finished} done)"),
        Progress::Warnings { text } => return Event::Note { message: text },
        Progress::Rebuilding { reason } => format!("building again: {reason}"),
        Progress::Packed { function, zip_bytes } => format!("packed {function} ({zip_bytes} bytes)"),
    };
    Event::Building { message }
}
