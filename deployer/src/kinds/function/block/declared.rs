//! What a function names has to be declared.

use crate::stack::{CheckContext, StackMistake, TextSpan, TomlTable, suggest};

/// Returns the mistake of naming, at `at`, what is neither a block of this section nor one of others; nothing where it is one.
pub(super) fn unknown(context: &CheckContext<'_>, section: &str, id: &str, at: TextSpan) -> Option<StackMistake> {
    if context.key(&[section, id]).is_some() || context.key(&["external", section, id]).is_some() {
        return None;
    }
    let external = context.blocks("external").into_iter().filter_map(|block| block.entries.table(section));
    let external = external.flat_map(TomlTable::iter).map(|(id, _)| id);
    let known: Vec<_> = context.ids(section).into_iter().chain(external).collect();
    let help = suggest(id, &format!("declared {section}s"), known.iter().copied());
    let message = format!("unknown {section} `{}`", id.escape_debug());
    Some(StackMistake::at(at, message).label("not declared").help(help))
}
