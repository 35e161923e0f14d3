//! What a table of the embedded cloud begins with: the items of a file that its block names.

use super::block::TableBlock;
use super::spec::TableSpec;
use super::transfer::{ItemLines, TransferCount, import};
use super::{item_file, named};
use crate::aws::tags::ResourceTags;
use crate::error::{Error, Result};
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
/// `usage` with the line that a table would not take; `io` where a file cannot be read.
pub async fn check<'p>(stack: &Stack, places: impl IntoIterator<Item = &'p ResourceRef>) -> Result<()> {
    for place in places {
        let (Some(path), Some(block)) = (path(stack, place), stack.get::<TableBlock>(&place.id.name)) else { continue };
        let checked = item_file::check(&path, &TableSpec::of(&block, ResourceTags::new())).await;
        checked.map_err(|error| named_in(error, place))?;
    }
    Ok(())
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
    planted.await.map_err(|error| named_in(error, place).hint("Put the items in again: `deployer local reset`."))?;
    Ok(Some(moved.items.get()))
}

fn named_in(error: Error, place: &ResourceRef) -> Error {
    error.fact("named in", format!("`seed` of [{}]", place.id))
}
