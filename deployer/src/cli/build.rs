//! `deployer build`: the zips, checked, without uploading them.

use super::code::CodeArgs;
use super::exit::exit_code;
use super::failure::{CommandFailure, artifact_error};
use super::global::GlobalArgs;
use super::{code as functions, target};
use crate::artifact;
use crate::artifact::BuildMode;
use crate::error::Error;
use crate::ui::Screen;
use crate::ui::human::ShownParts;
use clap::builder::{NonEmptyStringValueParser, PathBufValueParser};
use clap::{Args, ValueHint};
use serde_json::json;
use std::fmt::Write;
use std::path::PathBuf;

/// `deployer build`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
#[command(after_help = "\
Examples:
  deployer build
  deployer build api --zip dist")]
pub struct BuildArgs {
    /// Functions of the stack [default: all of them]
    #[arg(value_name = "FUNCTION", value_parser = NonEmptyStringValueParser::new())]
    pub functions: Vec<String>,
    /// Write the zips that would be uploaded into this directory
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, value_parser = PathBufValueParser::new())]
    pub zip: Option<PathBuf>,
}

/// Runs the command.
pub async fn run(global: &GlobalArgs, args: &BuildArgs, screen: &Screen) -> Result<u8, CommandFailure> {
    let stack = target::load(global, screen)?;
    let mut specs = functions::build_specs(&stack, &CodeArgs::default(), global.local)?;
    if let Some(unknown) = args.functions.iter().find(|f| !specs.iter().any(|r| r.name == **f)) {
        let known: Vec<_> = specs.iter().map(|r| r.name.clone()).collect();
        return Err(Error::usage(format!("the stack has no function `{unknown}`"))
            .hint(format!("It has: {}.", known.join(", ")))
            .into());
    }
    specs.retain(|spec| args.functions.is_empty() || args.functions.contains(&spec.name));
    let artifacts = {
        let mut reporter = screen.progress(ShownParts::default());
        artifact::prepare(&specs, BuildMode::Build, &mut |progress| reporter.event(&functions::event(progress)))
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
