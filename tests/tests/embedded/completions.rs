//! Completions, as the shells themselves ask for them.

use std::collections::BTreeSet;
use std::process::Command;
use tests::Sandbox;
use tests::program::built;
use tests::sandbox::SHOP;

/// A script that completes the last of its arguments, and prints each candidate on a line of its own.
const BASH: &str = r#"source <(deployer completions bash) && COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_TYPE=9 &&
_clap_complete_deployer "$1" "${@: -1}" "${@: -2:1}" && printf '%s\n' "${COMPREPLY[@]}""#;
const FISH: &str = r#"deployer completions fish | source; complete --do-complete (string join ' ' -- $argv)"#;
/// `_describe` is zsh's way to offer what an array has; only zsh's line editor can call it.
const ZSH: &str = r#"autoload -U compinit && compinit -u -D && source <(deployer completions zsh) &&
_describe() { print -rl -- "${(@P)3}" } && words=("$@") CURRENT=$# && ${_comps[deployer]}"#;

/// Returns what a shell offers for the last of `words`, without descriptions; `None` when the shell is not on this machine.
fn offered(sandbox: &Sandbox, shell: &str, words: &[&str]) -> Option<BTreeSet<String>> {
    let bin = sandbox.path("bin");
    if !bin.exists() {
        std::fs::create_dir(&bin).expect("the sandbox is ours");
        std::os::unix::fs::symlink(built("deployer-under-test"), bin.join("deployer")).expect("the sandbox is ours");
    }
    // The same directory and the same variables as `deployer` itself gets.
    let program = sandbox.command(&[]);
    let mut command = Command::new(shell);
    command.env_clear().current_dir(sandbox.project());
    command.envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let search = std::env::var("PATH").unwrap_or_default();
    command.env("PATH", format!("{}:{search}", bin.display()));
    match shell {
        "bash" => command.args(["--norc", "-c", BASH, "bash"]).args(words),
        "zsh" => command.args(["-f", "-c", ZSH, "zsh"]).args(words),
        _ => command.args(["--no-config", "-c", FISH]).args(words),
    };
    let output = match command.output() {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            eprintln!("{shell} is not here: its completions are not tried");
            return None;
        }
        output => output.expect("the shell starts"),
    };
    let shown = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && errors.is_empty(), "{shell} {words:?}\n{shown}\n{errors}");
    // A description follows a tab in fish and a colon in zsh; no name has either.
    Some(shown.lines().map(|line| line.split(['\t', ':']).next().unwrap_or(line).trim().to_owned()).collect())
}

#[test]
fn shells_offer_the_names_of_the_stack() {
    let sandbox = Sandbox::new(SHOP);
    sandbox.write("other.toml", "[function.elsewhere]\n[stage.moon]\n");
    for shell in ["bash", "fish", "zsh"] {
        let offers = |words: &[&str], expected: &[&str]| {
            if let Some(offered) = offered(&sandbox, shell, words) {
                let expected: BTreeSet<_> = expected.iter().map(|name| (*name).to_owned()).collect();
                assert_eq!(offered, expected, "{shell} {words:?}");
            }
        };
        offers(&["deployer", "val"], &["validate"]);
        offers(&["deployer", "logs", "a"], &["api"]);
        offers(&["deployer", "invoke", "--local", "a"], &["api"]);
        offers(&["deployer", "backup", "create", "o"], &["orders"]);
        offers(&["deployer", "down", "--delete-data", "shop-"], &["shop-dev-orders"]);
        offers(&["deployer", "--config", "other.toml", "logs", "e"], &["elsewhere"]);
        offers(&["deployer", "--config", "other.toml", "up", "--stage", "m"], &["moon"]);
        offers(&["deployer", "outputs", "table.orders.n"], &["table.orders.name"]);
    }
}

/// What is offered is what `outputs` has, no more and no less, beside the key, which it shows only when it is named.
#[test]
fn all_outputs_are_offered() {
    let sandbox = Sandbox::new(SHOP);
    sandbox.up().ok();
    let outputs = sandbox.local(&["outputs", "--json"]).ok().json();
    let there: BTreeSet<_> = outputs.as_object().expect("an object").keys().cloned().collect();
    let mut offered = offered(&sandbox, "bash", &["deployer", "outputs", ""]).expect("bash is everywhere");
    offered.retain(|name| !name.starts_with('-'));
    assert!(offered.remove("api_key"), "{offered:?}");
    assert_eq!(offered, there);
}
