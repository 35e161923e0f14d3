//! Which binary of a Cargo project becomes the function.

use super::description::DESCRIPTION;
use crate::artifact::FunctionCandidate;
use crate::error::Error;
use crate::ui::Screen;
use std::path::Path;

/// The binaries that Cargo knows, and where the user is.
pub struct FoundProject<'a> {
    /// Every binary of the workspace.
    pub candidates: Vec<FunctionCandidate>,
    /// The working directory; its own package is preferred to the rest of a workspace.
    pub folder: &'a Path,
}

impl FoundProject<'_> {
    /// Returns the binary that is named, else the only one that can be meant, else the one that the user picks.
    ///
    /// # Errors
    /// When there is none, or several and nobody to ask.
    pub fn choose(self, named: Option<&str>, screen: &Screen) -> Result<FunctionCandidate, Error> {
        let mut meant = match named {
            Some(bin) => self.named(bin)?,
            None => self.functions()?,
        };
        if meant.len() == 1 {
            return Ok(meant.swap_remove(0));
        }
        let names: Vec<_> = meant.iter().map(|candidate| candidate.bin.as_str()).collect();
        match screen.choose("Several binaries can be functions. Which one answers the requests?", &names) {
            Some(chosen) => Ok(meant.swap_remove(chosen)),
            None => Err(Error::usage(format!("several binaries can be functions: {}", names.join(", "))).hint(
                format!("Name one, such as `--bin {}`; the others can be added to {} later.", names[0], DESCRIPTION),
            )),
        }
    }

    fn named(&self, bin: &str) -> Result<Vec<FunctionCandidate>, Error> {
        let found: Vec<_> = self.candidates.iter().filter(|candidate| candidate.bin == bin).cloned().collect();
        if found.is_empty() {
            let names: Vec<_> = self.candidates.iter().map(|candidate| candidate.bin.as_str()).collect();
            let known = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
            return Err(Error::usage(format!("the project has no binary `{bin}`")).hint(format!("It has: {known}.")));
        }
        Ok(found)
    }

    fn functions(&self) -> Result<Vec<FunctionCandidate>, Error> {
        let functions: Vec<_> =
            self.candidates.iter().filter(|candidate| candidate.library.is_some()).cloned().collect();
        if functions.is_empty() {
            return Err(Error::usage("no binary of this project is a Lambda function: none uses lambda_http or lambda_runtime")
                .hint("A function is a program that runs `lambda_http::run`, with an axum Router for example, or `lambda_runtime::run`: `cargo add lambda_http`, let `main` end with `lambda_http::run(app).await` where it has `axum::serve`, then again.")
                .hint("`--bin NAME` takes a binary all the same, and `deployer init` in an empty folder writes a small function to start from."));
        }
        let here: Vec<_> = functions.iter().filter(|candidate| candidate.folder == self.folder).cloned().collect();
        Ok(if here.is_empty() { functions } else { here })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::artifact::FunctionLibrary;
    use crate::ui::{ColorWhen, OutputFormat};

    fn chosen(candidates: &[(&str, &str, Option<FunctionLibrary>)], folder: &str, named: Option<&str>) -> String {
        let candidates = candidates.iter().map(|(package, bin, library)| FunctionCandidate {
            package: (*package).to_owned(),
            folder: format!("/w/{package}").into(),
            bin: (*bin).to_owned(),
            library: *library,
        });
        let project = FoundProject { candidates: candidates.collect(), folder: Path::new(folder) };
        let screen = Screen { asks: false, ..Screen::detect(OutputFormat::Human, ColorWhen::Never, false) };
        match project.choose(named, &screen) {
            Ok(candidate) => format!("{}/{}", candidate.package, candidate.bin),
            Err(error) => error.message,
        }
    }

    #[test]
    fn one_binary_is_meant_or_must_be_named() {
        const HTTP: Option<FunctionLibrary> = Some(FunctionLibrary::Http);
        let workspace =
            [("shop", "api", HTTP), ("jobs", "nightly", Some(FunctionLibrary::Runtime)), ("tool", "tool", None)];
        for (folder, named, expected) in [
            ("/w", None, "several binaries can be functions: api, nightly"),
            ("/w/shop", None, "shop/api"),
            ("/w/jobs", None, "jobs/nightly"),
            ("/w/tool", None, "several binaries can be functions: api, nightly"),
            ("/w", Some("nightly"), "jobs/nightly"),
            ("/w", Some("tool"), "tool/tool"),
            ("/w", Some("nothing"), "the project has no binary `nothing`"),
        ] {
            assert_eq!(chosen(&workspace, folder, named), expected, "{folder} {named:?}");
        }
        assert_eq!(
            chosen(&workspace[2..], "/w", None),
            "no binary of this project is a Lambda function: none uses lambda_http or lambda_runtime"
        );
    }
}
