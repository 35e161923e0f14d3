//! Objects with one key twice. Terraform takes the last of them; the parser takes none.

use hcl_edit::parser::{Error, parse_body};
use hcl_edit::structure::Body;

/// Surrounds the number that sets a repeated key apart. A private-use character: no key has it.
const MARK: char = '\u{e000}';
/// Most repeated keys of a file.
const MOST: usize = 100;

/// Parses a file. Returns it with the text that its spans are of: the file's, with repeated keys set apart.
///
/// # Errors
/// What is not HCL.
pub fn parse(text: &str) -> Result<(String, Body), Error> {
    let mut text = text.to_owned();
    for number in 0..MOST {
        match parse_body(&text) {
            Err(error) if error.message().contains("redefined object key") => {
                match set_apart(&text, error.location().offset(), number) {
                    Some(changed) => text = changed,
                    None => return Err(error),
                }
            }
            other => return other.map(|body| (text, body)),
        }
    }
    parse_body(&text).map(|body| (text, body))
}

/// Marks the key at an offset: `a` becomes `"␀0␀a"`. Lines stay where they are.
fn set_apart(text: &str, offset: usize, number: usize) -> Option<String> {
    let (before, key) = text.split_at_checked(offset)?;
    let mark = format!("{MARK}{number}{MARK}");
    if let Some(quoted) = key.strip_prefix('"') {
        return Some(format!("{before}\"{mark}{quoted}"));
    }
    let end = key.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '-')).filter(|end| *end > 0)?;
    let (name, after) = key.split_at(end);
    Some(format!("{before}\"{mark}{name}\"{after}"))
}

/// Returns a key without its mark.
pub fn unmarked(key: &str) -> &str {
    key.rsplit_once(MARK).map_or(key, |(_, key)| key)
}
