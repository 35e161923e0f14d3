//! A small project with one function, for a folder that has none.

use std::path::Path;

/// Returns a Cargo package's name that is near to a folder's.
pub fn name(folder: &Path) -> String {
    let folder = folder.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    let name: String = folder.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '-' }).collect();
    let name = name.trim_matches(|c: char| !c.is_ascii_alphabetic());
    if name.is_empty() { "service".to_owned() } else { name.to_owned() }
}

/// Returns the files of the package, by their paths.
pub fn files(name: &str) -> [(String, String); 3] {
    [
        ("Cargo.toml".to_owned(), include_str!("package/Cargo.toml.txt").replace("{{name}}", name)),
        ("src/main.rs".to_owned(), include_str!("package/main.rs.txt").to_owned()),
        (".gitignore".to_owned(), "/target\n/.deployer\n".to_owned()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_gives_the_name() {
        for (folder, expected) in [
            ("/w/shop", "shop"),
            ("/w/My Shop", "my-shop"),
            ("/w/2026-shop.rs", "shop-rs"),
            ("/w/läden", "l-den"),
            ("/w/...", "service"),
            ("/", "service"),
        ] {
            assert_eq!(name(Path::new(folder)), expected, "{folder}");
        }
    }
}
