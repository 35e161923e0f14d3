//! What a table of the embedded cloud begins with: the items of a file that its block names.

use super::block::TableBlock;
use super::spec::TableSpec;
use super::transfer::{ItemLines, TransferCount, import};
use super::{NAME, item_file, named};
use crate::aws::tags::ResourceTags;
use crate::error::{Error, ErrorKind, Result};
use crate::kinds::{ResourceRef, RunSession, StepContext};
use crate::stack::{Stack, project_dir};
use std::path::PathBuf;

/// Returns the file that a table begins with; `None` where its block names none. As for every file of a description, a path that is not
/// there below the project is looked for below the working directory.
pub fn path(stack: &Stack, place: &ResourceRef) -> Option<PathBuf> {
    let seed = stack.get::<TableBlock>(&place.id.name)?.seed?;
    let below = project_dir(&stack.path).join(&seed);
    Some(if below.exists() { below } else { PathBuf::from(seed) })
}

/// Reads the files of these tables, so that a mistake in one is told before anything is changed.
///
/// # Errors
/// For each file that is wrong: `usage` with the line that a table would not take; `io` where it cannot be read.
pub async fn check<'p>(stack: &Stack, places: impl IntoIterator<Item = &'p ResourceRef>) -> Result<(), Vec<Error>> {
    let mut errors = Vec::new();
    for place in places {
        let (Some(path), Some(block)) = (path(stack, place), stack.get::<TableBlock>(&place.id.name)) else { continue };
        let checked = item_file::check(&path, &TableSpec::of(&block, ResourceTags::new())).await;
        errors.extend(checked.err().map(|error| {
            let error = match error.kind {
                ErrorKind::Io => {
                    error.hint("Write the file, or take `seed` out; `deployer backup export` writes one from a table.")
                }
                _ => error,
            };
            named_in(error, stack, place)
        }));
    }
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}

/// Puts the items of its file into a table. Returns how many; `None` where its block names no file.
///
/// # Errors
/// A file that is wrong, or the failure of a write: what came before is written.
pub async fn plant(session: &RunSession, place: &ResourceRef) -> Result<Option<u64>> {
    let Some(path) = path(&session.stack, place) else { return Ok(None) };
    let cx = StepContext::silent(session, place);
    let table = named::observed(&cx).await?;
    let from = path.display().to_string();
    let moved = TransferCount::default();
    let planted = async {
        let lines = ItemLines::new(item_file::open(&path).await?, &from, &table.spec);
        Ok::<_, Error>(import(&cx, lines, &moved, &|| ()).await?)
    };
    planted.await.map_err(|error| {
        named_in(error, &session.stack, place).hint("Put the items in again: `deployer local reset`.")
    })?;
    Ok(Some(moved.items.get()))
}

fn named_in(error: Error, stack: &Stack, place: &ResourceRef) -> Error {
    let at = stack.described_at(&[NAME, &place.id.name, "seed"]);
    let at = at.map_or_else(String::new, |at| format!(" ({at})"));
    error.fact("named in", format!("`seed` of [{}]{at}", place.id))
}
