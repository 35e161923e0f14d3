//! `deployer build`: the zips, checked, without uploading them.

use super::args::{BuildArgs, CodeArgs, GlobalArgs, exit_code};
use super::failure::{CommandFailure, artifact_error};
use super::{code as functions, target};
use crate::artifact;
use crate::artifact::BuildMode;
use crate::error::Error;
use crate::ui::Screen;
use crate::ui::human::ShownParts;
use serde_json::json;
use std::fmt::Write;

/// Runs the command.
pub async fn run(global: &GlobalArgs, args: &BuildArgs, screen: &Screen) -> Result<u8, CommandFailure> {
    let stack = target::load(global, screen)?;
    let mut recipes = functions::recipes(&stack, &CodeArgs::default(), global.local)?;
    if let Some(unknown) = args.functions.iter().find(|f| !recipes.iter().any(|r| r.name == **f)) {
        let known: Vec<_> = recipes.iter().map(|r| r.name.clone()).collect();
        return Err(Error::usage(format!("the stack has no function `{unknown}`"))
            .hint(format!("It has: {}.", known.join(", ")))
            .into());
    }
    recipes.retain(|recipe| args.functions.is_empty() || args.functions.contains(&recipe.name));
    let artifacts = {
        let mut reporter = screen.progress(ShownParts::default());
        artifact::prepare(&recipes, BuildMode::Build, &mut |progress| reporter.event(&functions::event(progress)))
            .await
            .map_err(|e| artifact_error(&e))?
    };
    if let Some(dir) = &args.zip {
        let io = |e: std::io::Error| Error::io(format!("the zips cannot be written to {}: {e}", dir.display()));
        std::fs::create_dir_all(dir).map_err(io)?;
        for (function, artifact) in &artifacts {
            std::fs::write(dir.join(format!("{function}.zip")), &artifact.zip).map_err(io)?;
        }
    }
    screen.answer(
        |_| {
            artifacts.iter().fold(String::new(), |mut out, (function, a)| {
                let _ = writeln!(out, "{function}  {}  bootstrap {} B, zip {} B  CodeSha256 {}", a.architecture, a.bootstrap_bytes, a.zip_bytes, a.code_sha256);
                out
            })
        },
        || {
            artifacts
                .iter()
                .map(|(function, a)| json!({"function": function, "architecture": a.architecture, "bootstrap_bytes": a.bootstrap_bytes, "zip_bytes": a.zip_bytes, "code_sha256": a.code_sha256, "notes": a.notes}))
                .collect::<Vec<_>>()
        },
    )?;
    Ok(exit_code::DONE)
}
