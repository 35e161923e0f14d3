//! The files of one module, parsed.

use super::{heredoc, repeated_key};
use crate::error::{Error, Result};
use crate::import::text_file::{text, unreadable};
use hcl_edit::structure::{Attribute, Block, Body};
use std::collections::BTreeSet;
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// Most files of a module.
const MOST: usize = 500;

/// Holds the files of a directory, in the order of their names.
pub struct ConfigurationFiles {
    dir: PathBuf,
    configuration: Vec<ConfigurationFile>,
    /// `.tfvars`, in the order in which they replace each other.
    values: Vec<ConfigurationFile>,
    /// What is there and not read.
    passed_over: Vec<String>,
}

/// Holds one file.
pub struct ConfigurationFile {
    path: PathBuf,
    text: String,
    body: Body,
}

impl ConfigurationFile {
    /// Reads and parses a file.
    ///
    /// # Errors
    /// That it cannot be read or is not HCL, with the line.
    pub fn read(path: PathBuf) -> Result<ConfigurationFile> {
        let text = text(&path)?;
        let parse = |text: &str| {
            let (text, body) = repeated_key::parse(text)?;
            heredoc::at_margin(&text, &body).map_or(Ok((text, body)), |text| repeated_key::parse(&text))
        };
        let (text, body) = parse(&text).map_err(|error: hcl_edit::parser::Error| {
            let at = error.location();
            Error::usage(format!("{} cannot be read as HCL: {}", path.display(), error.message()))
                .fact("at", format!("{}:{}:{}", path.display(), at.line(), at.column()))
                .hint("`terraform validate` says more about it.")
        })?;
        Ok(ConfigurationFile { path, text, body })
    }

    /// Returns what a `.tfvars` file says.
    pub fn values(&self) -> impl Iterator<Item = &Attribute> {
        self.body.attributes()
    }

    /// Returns the file's name and the line: `main.tf:12`.
    pub fn place(&self, span: Option<Range<usize>>) -> String {
        let offset = self.text.floor_char_boundary(span.map_or(0, |span| span.start));
        let line = self.text[..offset].bytes().filter(|byte| *byte == b'\n').count() + 1;
        format!("{}:{line}", self.path.file_name().unwrap_or_default().to_string_lossy())
    }
}

impl ConfigurationFiles {
    /// Reads a directory as Terraform does: every `.tf` file in it, none below it.
    ///
    /// # Errors
    /// A directory or file that cannot be read, a file that is not HCL, or that there is none.
    pub fn read(dir: &Path) -> Result<ConfigurationFiles> {
        let (mut names, mut values, mut passed_over) = (BTreeSet::new(), Vec::new(), Vec::new());
        for entry in fs::read_dir(dir).map_err(|error| unreadable(dir, &error))? {
            let name = entry.map_err(|error| unreadable(dir, &error))?.file_name().to_string_lossy().into_owned();
            let plain = name.replace(".tofu", ".tf");
            let overrides = plain == "override.tf" || plain.ends_with("_override.tf");
            if overrides || plain.ends_with(".tf.json") || plain.ends_with(".tfvars.json") {
                passed_over.push(name);
            } else if plain.ends_with(".tf") && !name.starts_with('.') {
                names.insert(name);
            } else if name == "terraform.tfvars" || name.ends_with(".auto.tfvars") {
                values.push(name);
            }
        }
        if names.is_empty() {
            return Err(Error::usage(format!("{} has neither terraform.tfstate nor a .tf file", dir.display())).hint(
                "Give terraform.tfstate, main.tf, or the directory with them. For a remote state: `terraform state pull > former.tfstate`.",
            ));
        }
        if names.len() > MOST {
            return Err(Error::usage(format!("{} has more than {MOST} .tf files", dir.display())));
        }
        // OpenTofu takes the `.tofu` of two files that have one name.
        let hidden = |name: &String| name.ends_with(".tf") && names.contains(&name.replace(".tf", ".tofu"));
        let (hidden, names): (Vec<_>, Vec<_>) = names.iter().cloned().partition(hidden);
        passed_over.extend(hidden);
        // terraform.tfvars comes first, so that the others replace what it says.
        values.sort_by_key(|name| (name != "terraform.tfvars", name.clone()));
        passed_over.sort();
        let parse = |names: Vec<String>| {
            names.into_iter().map(|name| ConfigurationFile::read(dir.join(name))).collect::<Result<Vec<_>>>()
        };
        Ok(ConfigurationFiles {
            dir: dir.to_owned(),
            configuration: parse(names)?,
            values: parse(values)?,
            passed_over,
        })
    }

    /// Returns the directory.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Returns every block at the top of a file.
    pub fn blocks(&self) -> impl Iterator<Item = (&ConfigurationFile, &Block)> {
        self.configuration.iter().flat_map(|file| file.body.blocks().map(move |block| (file, block)))
    }

    /// Tells whether files are there that OpenTofu alone reads.
    pub fn is_tofu(&self) -> bool {
        let mut paths = self.configuration.iter().map(|file| &file.path);
        paths.any(|path| path.extension().is_some_and(|extension| extension == "tofu"))
    }

    /// Returns what should be known about what was not read.
    pub fn remarks(&self) -> Vec<String> {
        self.passed_over
            .iter()
            .map(|name| format!("{name} is not read: what it says may replace what is shown here"))
            .collect()
    }

    /// Returns what `.tfvars` say; of two that say the same, the later one holds.
    pub fn values(&self) -> impl Iterator<Item = &Attribute> {
        self.values.iter().flat_map(ConfigurationFile::values)
    }

    /// Returns a directory without files.
    pub fn none(dir: &Path) -> Self {
        Self { dir: dir.to_owned(), configuration: Vec::new(), values: Vec::new(), passed_over: Vec::new() }
    }
}
