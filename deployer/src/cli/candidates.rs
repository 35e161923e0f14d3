//! What a shell completes beside commands and options: the names that the stack description has. Nothing is contacted, and a description
//! that cannot be read completes nothing.

use crate::kinds::{ApiBlock, KINDS, sections};
use crate::stack;
use crate::stack::{DocumentDrift, Stack};
use crate::ui::outputs::FIRST;
use clap_complete::CompletionCandidate;
use std::collections::BTreeSet;
use std::env;
use std::ffi::OsString;
use std::path::PathBuf;

/// Name of the output that is not among the others: a secret, shown only when it is asked for by name.
pub const API_KEY: &str = "api_key";

/// Returns the stages.
pub fn stages() -> Vec<CompletionCandidate> {
    ids_of("stage")
}

/// Returns the ids of functions.
pub fn functions() -> Vec<CompletionCandidate> {
    ids_of("function")
}

/// Returns the ids of tables.
pub fn tables() -> Vec<CompletionCandidate> {
    ids_of("table")
}

/// Returns the ids of queues.
pub fn queues() -> Vec<CompletionCandidate> {
    ids_of("queue")
}

/// Returns the ids of schedules.
pub fn schedules() -> Vec<CompletionCandidate> {
    ids_of("schedule")
}

/// Returns the names, as AWS has them, of what may hold data.
pub fn data_holders() -> Vec<CompletionCandidate> {
    let holders = |stack: &Stack| {
        let kinds = KINDS.iter().filter(|kind| kind.definition().data.is_some());
        kinds.flat_map(|kind| kind.declare(stack)).map(|declared| declared.place.name).collect()
    };
    candidates(checked().as_ref().map(holders).unwrap_or_default())
}

/// Returns the names of the values that the stack gives out.
pub fn outputs() -> Vec<CompletionCandidate> {
    candidates(checked().as_ref().map(output_names).unwrap_or_default())
}

fn output_names(stack: &Stack) -> BTreeSet<String> {
    let of_api = ApiBlock::of(stack).map(|_| FIRST.into_iter().chain([API_KEY]).map(str::to_owned));
    let of_resources = KINDS.iter().flat_map(|kind| {
        let outputs = kind.definition().outputs;
        let places = kind.declare(stack).into_iter().map(|declared| declared.place.id);
        places.flat_map(move |id| outputs.iter().map(move |output| format!("{id}.{output}"))).collect::<Vec<_>>()
    });
    of_resources.chain(of_api.into_iter().flatten()).collect()
}

fn candidates(names: BTreeSet<String>) -> Vec<CompletionCandidate> {
    names.into_iter().map(CompletionCandidate::new).collect()
}

fn ids_of(section: &str) -> Vec<CompletionCandidate> {
    let text = path().and_then(|path| stack::read(&path).ok()).map(|source| source.text).unwrap_or_default();
    candidates(ids(&text, section))
}

/// Pure: lists the blocks of a section, in any stage. The description need not be correct: whoever is about to mend it wants to be
/// served too.
fn ids(text: &str, section: &str) -> BTreeSet<String> {
    let description: toml::Table = toml::from_str(text).unwrap_or_default();
    let of = |table: &toml::Table| {
        let blocks = table.get(section).and_then(toml::Value::as_table);
        blocks.into_iter().flat_map(|blocks| blocks.keys().cloned()).collect::<Vec<_>>()
    };
    let stages = description.get("stage").and_then(toml::Value::as_table).into_iter().flat_map(toml::Table::values);
    let in_stages: Vec<_> = stages.filter_map(toml::Value::as_table).flat_map(of).collect();
    of(&description).into_iter().chain(in_stages).collect()
}

fn checked() -> Option<Stack> {
    let stage = option("--stage", "DEPLOYER_STAGE").and_then(|stage| stage.into_string().ok());
    stack::load(&path()?, stage.as_deref(), &sections(), DocumentDrift::Remarked).ok()
}

fn path() -> Option<PathBuf> {
    let config = option("--config", "DEPLOYER_CONFIG").map(PathBuf::from);
    stack::find(config.as_deref(), None, &env::current_dir().ok()?).ok()
}

fn option(name: &str, variable: &str) -> Option<OsString> {
    written(name, env::args_os()).or_else(|| env::var_os(variable).filter(|value| !value.is_empty()))
}

/// Pure: returns the value of an option in a command line that is not complete yet.
fn written(name: &str, words: impl Iterator<Item = OsString>) -> Option<OsString> {
    let mut words = words.peekable();
    while let Some(word) = words.next() {
        if word == name {
            return words.next().filter(|value| !value.is_empty());
        }
        if let Some(value) = word.to_str().and_then(|word| word.strip_prefix(name)?.strip_prefix('=')) {
            return Some(value.into());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_listed_in_any_stage_and_of_a_description_with_mistakes() {
        let text = "nonsense = 1\n[function.api]\nmemory = \"much\"\n[function.expiry]\n[stage.dev]\n[stage.prod.function.extra]\n";
        assert_eq!(ids(text, "function"), BTreeSet::from(["api", "expiry", "extra"].map(str::to_owned)));
        assert_eq!(ids(text, "stage"), BTreeSet::from(["dev", "prod"].map(str::to_owned)));
        assert_eq!(ids(text, "table"), BTreeSet::new());
        assert_eq!(ids("[function.api", "function"), BTreeSet::new());
    }

    #[test]
    fn options_are_read_from_a_line_that_is_not_complete() {
        let found = |line: &str| written("--config", line.split(' ').map(OsString::from));
        assert_eq!(found("deployer -- deployer --config a.toml logs "), Some("a.toml".into()));
        assert_eq!(found("deployer -- deployer logs --config=b.toml "), Some("b.toml".into()));
        assert_eq!(found("deployer -- deployer --config-x=b.toml"), None);
        assert_eq!(found("deployer -- deployer --config"), None);
    }
}
