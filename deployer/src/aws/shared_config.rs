//! The AWS configuration files, `~/.aws/config` and `~/.aws/credentials`, read as the AWS CLI reads them, with the place of every line.
//!
//! The SDK's reader gives up on a whole file where the CLI goes on (a blank before a key, words behind a heading, a byte order mark, a
//! profile whose name has a blank), and does not say what it left out. So the SDK is handed the profiles in the form that it takes.

use crate::error::{Error, Result};
use aws_runtime::env_config::file::{EnvConfigFileKind, EnvConfigFiles};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use std::collections::BTreeMap;
use std::fmt;
use std::fmt::Write;
use std::io::ErrorKind;
use std::path::Path;

/// What may stand in a name for the SDK beside letters and digits; a percent sign begins what does not.
const NAME: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'_').remove(b'-').remove(b'/').remove(b'.').remove(b'@').remove(b':').remove(b'+');

/// Where something stands in a configuration file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ConfigPlace {
    file: String,
    line: usize,
}

impl fmt::Display for ConfigPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// A value and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ConfigValue {
    pub text: String,
    pub place: ConfigPlace,
    /// Lines below it that belong to it.
    nested: Vec<String>,
}

/// A section: a profile, an SSO session, or the endpoints of services.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ConfigSection {
    pub place: ConfigPlace,
    values: BTreeMap<String, ConfigValue>,
}

impl ConfigSection {
    pub fn get(&self, key: &str) -> Option<&ConfigValue> {
        self.values.get(key)
    }
}

/// Kinds of sections.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum SectionKind {
    Profile,
    SsoSession,
    Services,
    /// A heading that says none of these: the SDK and the CLI leave it out.
    Unknown,
}

/// Which of the two files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum FileRole {
    Config,
    Credentials,
}

/// Both files. A profile of both has the keys of both, those of the credentials file first.
#[derive(Debug, Clone, Default)]
pub(super) struct SharedConfig {
    sections: BTreeMap<(SectionKind, String), ConfigSection>,
    /// The names of the files, as people write them.
    pub files: [String; 2],
    /// Files that are there and cannot be read, with the reason.
    pub unread: Vec<String>,
}

impl SharedConfig {
    /// Reads both files from where the environment says.
    ///
    /// # Errors
    /// `usage` where one of them is not what the AWS CLI reads.
    pub fn read(env: &dyn Fn(&str) -> Option<String>) -> Result<SharedConfig> {
        let mut config = SharedConfig::default();
        let home = env("HOME").or_else(|| env("USERPROFILE")).unwrap_or_default();
        let places = [
            (FileRole::Config, "AWS_CONFIG_FILE", "~/.aws/config"),
            (FileRole::Credentials, "AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials"),
        ];
        for (at, (role, variable, usual)) in places.into_iter().enumerate() {
            let file = env(variable).unwrap_or_else(|| usual.to_owned());
            let path = match file.strip_prefix("~/") {
                Some(below) => Path::new(&home).join(below),
                None => Path::new(&file).to_owned(),
            };
            match std::fs::read_to_string(path) {
                Ok(text) => config.add(role, &file, &text)?,
                Err(e) if e.kind() == ErrorKind::InvalidData => {
                    return Err(Error::usage(format!("{file} is not UTF-8")).hint("Save it as UTF-8."));
                }
                Err(e) if matches!(e.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {}
                Err(e) => config.unread.push(format!("{file}: {e}")),
            }
            config.files[at] = file;
        }
        Ok(config)
    }

    /// Reads one file's text.
    fn add(&mut self, role: FileRole, file: &str, text: &str) -> Result<()> {
        let mut section = None;
        // The key that a line further to the right belongs to, and where that key began.
        let mut last: Option<(usize, String)> = None;
        for (line, raw) in (1..).zip(text.trim_start_matches('\u{feff}').lines()) {
            let content = raw.trim();
            if content.is_empty() || content.starts_with(['#', ';']) {
                continue;
            }
            let place = ConfigPlace { file: file.to_owned(), line };
            let indent = raw.len() - raw.trim_start().len();
            let open = section.as_ref().and_then(|key| self.sections.get_mut(key));
            if let (Some(open), Some((start, key))) = (open, &last)
                && indent > *start
                && let Some(value) = open.values.get_mut(key)
            {
                value.nested.push(content.to_owned());
                continue;
            }
            if let Some(heading) = content.strip_prefix('[') {
                let Some((heading, _)) = heading.split_once(']') else {
                    return Err(mistake(&place, "its heading has no closing `]`", "Write `[profile NAME]`."));
                };
                let key = section_key(role, heading.trim());
                self.sections.entry(key.clone()).or_insert_with(|| ConfigSection { place, values: BTreeMap::new() });
                (section, last) = (Some(key), None);
                continue;
            }
            // The line is not shown: it may be the secret itself.
            let Some((key, text)) = content.split_once(['=', ':']) else {
                return Err(mistake(&place, "the line has no `=`", "Write `key = value`, or `#` before a remark."));
            };
            let Some(open) = section.as_ref().and_then(|key| self.sections.get_mut(key)) else {
                let say = "a key stands before the first heading";
                return Err(mistake(&place, say, "Write `[default]` or `[profile NAME]` above it."));
            };
            let key = key.trim().to_ascii_lowercase();
            let value = ConfigValue { text: text.trim().to_owned(), place, nested: Vec::new() };
            open.values.insert(key.clone(), value);
            last = Some((indent, key));
        }
        Ok(())
    }

    pub fn section(&self, kind: SectionKind, name: &str) -> Option<&ConfigSection> {
        self.sections.get(&(kind, name.to_owned()))
    }

    pub fn profile(&self, name: &str) -> Option<&ConfigSection> {
        self.section(SectionKind::Profile, name)
    }

    /// Returns the names of all profiles.
    pub fn profiles(&self) -> impl Iterator<Item = &str> {
        self.sections.keys().filter(|(kind, _)| *kind == SectionKind::Profile).map(|(_, name)| name.as_str())
    }

    /// Returns what was read for the SDK, in whose form names are those of [`sdk_name`].
    pub fn for_sdk(&self) -> EnvConfigFiles {
        EnvConfigFiles::builder()
            .with_contents(EnvConfigFileKind::Config, self.sdk_text())
            .with_contents(EnvConfigFileKind::Credentials, "")
            .build()
    }

    fn sdk_text(&self) -> String {
        let mut text = String::new();
        for ((kind, name), section) in &self.sections {
            let kind = match kind {
                SectionKind::Profile => "profile",
                SectionKind::SsoSession => "sso-session",
                SectionKind::Services => "services",
                SectionKind::Unknown => continue,
            };
            let _ = writeln!(text, "[{kind} {}]", sdk_name(name));
            for (key, value) in &section.values {
                let plain = match key.as_str() {
                    "source_profile" | "sso_session" | "services" => sdk_name(&value.text),
                    _ => value.text.clone(),
                };
                let _ = writeln!(text, "{} = {plain}", sdk_name(key));
                for line in value.nested.iter().filter(|line| !plain.is_empty() || line.contains('=')) {
                    let _ = writeln!(text, "  {line}");
                }
            }
        }
        text
    }
}

/// Writes a name so that the SDK takes it: names with blanks are names for the CLI.
pub(super) fn sdk_name(name: &str) -> String {
    utf8_percent_encode(name, NAME).to_string()
}

/// Reads a heading: all sections of the credentials file are profiles, those of the configuration file say what they are.
fn section_key(role: FileRole, heading: &str) -> (SectionKind, String) {
    let name = |text: &str| text.trim().trim_matches(['"', '\'']).to_owned();
    if role == FileRole::Credentials || heading == "default" {
        return (SectionKind::Profile, heading.to_owned());
    }
    match heading.split_once([' ', '\t']) {
        Some(("profile", rest)) => (SectionKind::Profile, name(rest)),
        Some(("sso-session", rest)) => (SectionKind::SsoSession, name(rest)),
        Some(("services", rest)) => (SectionKind::Services, name(rest)),
        _ => (SectionKind::Unknown, heading.to_owned()),
    }
}

fn mistake(place: &ConfigPlace, what: &str, help: &str) -> Error {
    Error::usage(format!("{place}: {what}")).hint(help)
}

#[cfg(test)]
pub(super) fn of(config: &str, credentials: &str) -> Result<SharedConfig> {
    let files = ["~/.aws/config".to_owned(), "~/.aws/credentials".to_owned()];
    let mut read = SharedConfig { files, ..SharedConfig::default() };
    read.add(FileRole::Config, "~/.aws/config", config)?;
    read.add(FileRole::Credentials, "~/.aws/credentials", credentials)?;
    Ok(read)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_cli_reads_is_read() {
        let config = "\u{feff}[default]\r\nregion = eu-west-1\r\n[profile p1] # mine\n region : us-west-2\n output = json\n\
                      [profile \"two words\"]\nsource_profile = p 3\ns3 =\n  addressing_style = path\n  broken\n[loose]\nx = y\n\
                      [sso-session corp]\nsso_region = eu-west-1\n";
        let read = of(config, "# keys\n[p1]\naws_access_key_id = AKIA\nREGION = us-east-2\n[p 3]\n").unwrap();
        assert_eq!(read.profiles().collect::<Vec<_>>(), ["default", "p 3", "p1", "two words"]);
        let p1 = read.profile("p1").unwrap();
        assert_eq!(p1.get("region").unwrap().text, "us-east-2", "the credentials file counts first");
        assert_eq!(p1.get("region").unwrap().place.to_string(), "~/.aws/credentials:4");
        assert_eq!(p1.get("output").unwrap().place.to_string(), "~/.aws/config:5");
        assert!(read.section(SectionKind::Unknown, "loose").is_some());
        insta::assert_snapshot!(read.sdk_text());
    }

    #[test]
    fn what_nobody_reads_is_named_with_its_line_and_without_its_text() {
        for (config, credentials, says) in [
            ("[default]\nregion\n", "", "~/.aws/config:2: the line has no `=`"),
            ("[profile x\nregion = a\n", "", "~/.aws/config:1: its heading has no closing `]`"),
            ("\nregion = a\n", "", "~/.aws/config:2: a key stands before the first heading"),
            ("", "[a]\n\nwJalrXUtnFEMI\n", "~/.aws/credentials:3: the line has no `=`"),
        ] {
            let error = of(config, credentials).unwrap_err();
            assert_eq!(error.message, says);
            assert!(!error.hints.is_empty());
        }
    }
}
