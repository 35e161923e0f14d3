//! `FUNCTION=PATH`: where the code of a function is.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

/// A function and where its code is: `api=dist/api.zip`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArtifactArg {
    /// Id of the function in the stack description.
    pub function: String,
    /// A `bootstrap`, a directory that holds one, or a zip.
    pub path: PathBuf,
}

/// Reads `FUNCTION=PATH`.
pub fn artifact(text: OsString) -> Result<ArtifactArg, String> {
    const FORM: &str = "write FUNCTION=PATH, such as api=dist/api.zip";
    // The path need not be UTF-8, the name must be.
    let bytes = text.as_encoded_bytes();
    let Some(at) = bytes.iter().position(|b| *b == b'=') else {
        return Err(format!("there is no `=` in it: {FORM}"));
    };
    let Some(function) = std::str::from_utf8(&bytes[..at]).ok().filter(|name| !name.is_empty()) else {
        return Err(format!("there is no function before the `=`: {FORM}"));
    };
    let path = after(&text, &format!("{function}="));
    if path.is_empty() {
        return Err(format!("there is no path after the `=`: {FORM}"));
    }
    Ok(ArtifactArg { function: function.to_owned(), path: path.into() })
}

/// Returns what follows `prefix`, which `text` begins with, also where it is not UTF-8.
#[cfg(unix)]
fn after(text: &OsStr, prefix: &str) -> OsString {
    use std::os::unix::ffi::{OsStrExt, OsStringExt};
    OsString::from_vec(text.as_bytes().get(prefix.len()..).unwrap_or_default().to_vec())
}

/// Returns what follows `prefix`, which `text` begins with.
#[cfg(not(unix))]
fn after(text: &OsStr, prefix: &str) -> OsString {
    text.to_string_lossy().get(prefix.len()..).unwrap_or_default().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn artifacts() {
        let fine = |function: &str, path: &str| Ok(ArtifactArg { function: function.into(), path: path.into() });
        let wrong = |what: &str| Err(format!("{what}: write FUNCTION=PATH, such as api=dist/api.zip"));
        for (text, expected) in [
            ("api=dist/api.zip", fine("api", "dist/api.zip")),
            ("api=a=b", fine("api", "a=b")),
            ("api", wrong("there is no `=` in it")),
            ("=x", wrong("there is no function before the `=`")),
            ("api=", wrong("there is no path after the `=`")),
            ("", wrong("there is no `=` in it")),
        ] {
            assert_eq!(artifact(text.into()), expected, "{text:?}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_path_need_not_be_utf_8() {
        use std::os::unix::ffi::{OsStrExt, OsStringExt};
        let parsed = artifact(OsString::from_vec(b"api=\xff/x".to_vec())).unwrap();
        assert_eq!(parsed.path.as_os_str().as_bytes(), b"\xff/x");
        assert!(artifact(OsString::from_vec(b"\xff=x".to_vec())).is_err());
    }
}
