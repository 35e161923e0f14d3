//! The examples of the pages, run in the order in which they are printed.
//!
//! A block of `sh` is run, and where a block of `json` or `text` follows it, its output has to be that one but for what differs from run to
//! run. A block of `toml` is a description, or a part of one that is laid over the shipped one, and has to be valid. What cannot be run says
//! why in a comment before it: `<!-- not run: … -->`.

use crate::terraform::managed;
use regex_lite::Regex;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use tests::program::built;
use tests::terraform_calls::TerraformReplay;
use tests::{Sandbox, function_code, shipped};
use toml_edit::{DocumentMut, Item, Table};

/// A fenced block of a page.
#[derive(Debug)]
struct PageBlock {
    language: String,
    text: String,
    /// Why it is not run.
    excuse: Option<String>,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace is above")
}

/// Returns the blocks of a page.
fn blocks(page: &str) -> Vec<PageBlock> {
    let text = fs::read_to_string(root().join(page)).unwrap_or_else(|error| panic!("{page}: {error}"));
    let mut blocks: Vec<PageBlock> = Vec::new();
    let (mut open, mut excuse) = (false, None);
    for line in text.lines() {
        if open {
            match (line, blocks.last_mut()) {
                ("```", _) => open = false,
                (_, Some(block)) => block.text.push_str(&format!("{line}\n")),
                (_, None) => unreachable!("a block is open"),
            }
        } else if let Some(language) = line.strip_prefix("```") {
            open = true;
            blocks.push(PageBlock { language: language.to_owned(), text: String::new(), excuse: excuse.take() });
        } else if let Some(why) = line.strip_prefix("<!-- not run: ") {
            excuse = Some(why.trim_end_matches(" -->").to_owned());
        } else if !line.trim().is_empty() {
            assert!(excuse.is_none(), "{page}: an excuse without a block: {excuse:?}");
        }
    }
    assert!(!open, "{page}: a block does not end");
    blocks
}

/// Returns every page that people read and nothing prints.
fn pages() -> Vec<String> {
    let docs = fs::read_dir(root().join("deployer/docs")).expect("the pages are there");
    let mut pages: Vec<_> = docs
        .map(|entry| format!("deployer/docs/{}", entry.expect("an entry").file_name().to_string_lossy()))
        .filter(|page| page.ends_with(".md") && !page.ends_with("/cli.md") && !page.ends_with("/reference.md"))
        .collect();
    pages.sort();
    [vec!["README.md".to_owned(), "function/README.md".to_owned()], pages].concat()
}

/// A project as a reader of the pages has it, with `cargo` and `deployer` on its path that build nothing.
fn reader() -> (Sandbox, PathBuf) {
    let sandbox = Sandbox::empty();
    sandbox.write("config/orders.toml", shipped::DESCRIPTION);
    let bin = sandbox.home().join("bin");
    fs::create_dir(&bin).expect("a fresh home takes a directory");
    let program = built("deployer-under-test");
    let artifacts = shipped::artifacts().join(" ");
    let deployer = format!(
        "#!/bin/bash\ncase \" $* \" in *\" up \"*|*\" plan \"*) exec {p} \"$@\" {artifacts};; esac\nexec {p} \"$@\"\n",
        p = program.display()
    );
    let cargo = "#!/bin/bash\n[ \"$1\" = test ] && exit 0\nwhile [ \"$1\" != -- ]; do shift; done\nshift\nexec deployer \"$@\"\n";
    // An answer is a line of its own.
    let curl = "#!/bin/bash\nPATH=${PATH#*:} curl \"$@\" || exit\necho\n";
    for (name, text) in [("deployer", deployer.as_str()), ("cargo", cargo), ("curl", curl)] {
        fs::write(bin.join(name), text).expect("a file in the home");
        fs::set_permissions(bin.join(name), fs::Permissions::from_mode(0o755)).expect("the file is ours");
    }
    (sandbox, bin)
}

/// Replaces what differs from run to run.
fn masked(text: &str) -> String {
    [
        (r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", "ID"),
        (r"\b20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z", "TIME"),
        (r"http://127\.0\.0\.1:[0-9]+", "http://HOST"),
        (r"execute-api/[0-9a-z]{10}", "execute-api/API"),
        (r"\b[0-9.]+ ?(ms|s)\b", "LONG"),
    ]
    .iter()
    .fold(text.trim().to_owned(), |text, (pattern, with)| {
        Regex::new(pattern).expect("a pattern").replace_all(&text, *with).into_owned()
    })
}

/// Tells whether `said` is what the page shows; a line `…` stands for any lines.
fn is_shown(page: &str, said: &str) -> bool {
    let (page, said) = (masked(page), masked(said));
    let (page, said): (Vec<_>, Vec<_>) = (page.lines().collect(), said.lines().collect());
    match page.iter().position(|line| line.trim() == "…") {
        None => page == said,
        Some(at) => {
            let (head, tail) = (&page[..at], &page[at + 1..]);
            said.len() >= head.len() + tail.len() && said.starts_with(head) && said.ends_with(tail)
        }
    }
}

/// Runs the blocks of a page in one shell and checks what they print.
fn run(page: &str, sandbox: &Sandbox, bin: &Path, variables: &[(&str, &str)]) {
    const UUID: &str = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}";
    let uuid = Regex::new(UUID).expect("a pattern");
    let blocks = blocks(page);
    let shell: Vec<_> = blocks
        .iter()
        .enumerate()
        .filter(|(_, block)| block.excuse.is_none())
        .filter_map(|(at, block)| match block.language.as_str() {
            "sh" => Some((at, block.text.clone())),
            // A transcript: what follows `$ ` is run.
            "text" if block.text.starts_with("$ ") => {
                let commands = block.text.lines().filter_map(|line| line.strip_prefix("$ "));
                Some((at, commands.collect::<Vec<_>>().join("\n") + "\n"))
            }
            _ => None,
        })
        .collect();
    // The page shows the id of an order of its own: the last that was answered stands for it.
    let last_id = format!("$(grep -hoE '{UUID}' \"$here\"/answer-* | tail -n1)");
    let mut script = "shopt -s expand_aliases\nhere=$PWD\n".to_owned();
    for (at, text) in &shell {
        let text = uuid.replace_all(text, last_id.replace('$', "$$").as_str());
        script += &format!(
            "echo '{page}: block {at}' >&2\n{{\n{text}}} >\"$here\"/answer-{at:02} || exit 1\ncat \"$here\"/answer-{at:02} >&2\n"
        );
    }
    sandbox.write("page.sh", &script);
    let mut command = Command::new("bash");
    command.arg("page.sh").current_dir(sandbox.project()).env_clear().env("HOME", sandbox.home()).env("NO_COLOR", "1");
    let path = std::env::var("PATH").expect("there is a search path");
    command.env("PATH", format!("{}:{path}", bin.display())).env("COLUMNS", "200");
    command.envs(variables.iter().copied());
    let ran = command.output().expect("bash runs");
    assert!(ran.status.success(), "{page}: {}", String::from_utf8_lossy(&ran.stderr));
    for (at, _) in shell {
        let said = fs::read_to_string(sandbox.path(&format!("answer-{at:02}"))).expect("the block was run");
        let shown = if blocks[at].language == "text" {
            let output = blocks[at].text.lines().filter(|line| !line.starts_with("$ "));
            Some(output.collect::<Vec<_>>().join("\n"))
        } else {
            blocks
                .get(at + 1)
                .filter(|next| next.language == "json" && next.excuse.is_none())
                .map(|next| next.text.clone())
        };
        if let Some(shown) = shown {
            // Of several answers the page shows the last.
            let lines = shown.trim().lines().count();
            let said: Vec<_> = said.trim().lines().collect();
            let said = if shown.contains('…') {
                said.join("\n")
            } else {
                said[said.len().saturating_sub(lines)..].join("\n")
            };
            assert!(
                is_shown(&shown, &said),
                "{page}, block {at} shows\n{}\nand it was\n{}",
                masked(&shown),
                masked(&said)
            );
        }
    }
}

/// The page that the test of a takeover follows.
const TAKEOVER: &str = "/takeover.md";

/// A `terraform` that says what it was asked and waits until the test has done it.
const TERRAFORM: &str = "#!/bin/bash\necho \"$PWD $*\" >\"$HOME/asked\"\nread -r _ <\"$HOME/done\"\n";

/// The page of a takeover, with a Terraform that sends what the real one was recorded to send.
#[test]
fn a_takeover_can_be_rehearsed() {
    let (sandbox, bin) = reader();
    fs::remove_file(sandbox.path("config/orders.toml")).expect("it was written");
    function_code::write(&sandbox.path("code"), "first");
    sandbox.write("infra/main.tf", "");
    let deployer = format!("#!/bin/bash\nexec {} \"$@\"\n", built("deployer-under-test").display());
    for (name, text) in [("deployer", deployer.as_str()), ("terraform", TERRAFORM)] {
        fs::write(bin.join(name), text).expect("a file in the home");
        fs::set_permissions(bin.join(name), fs::Permissions::from_mode(0o755)).expect("the file is ours");
    }
    let pipes = ["asked", "done"].map(|name| sandbox.home().join(name));
    assert!(Command::new("mkfifo").args(&pipes).status().expect("mkfifo runs").success());
    let asked = std::thread::scope(|scope| {
        let terraform = scope.spawn(|| {
            let mut all = Vec::new();
            loop {
                let asked = fs::read_to_string(&pipes[0]).expect("the pipe is there");
                let asked: Vec<_> = asked.trim().splitn(3, ' ').map(str::to_owned).collect();
                let [folder, command, rest] = asked.as_slice() else { return all };
                let state = Path::new(folder).join("terraform.tfstate");
                match command.as_str() {
                    "apply" => {
                        let cloud = tests::Cloud::of(&sandbox.path(".deployer")).expect("the page started it");
                        fs::write(state, applied(&cloud.endpoint)).expect("the folder is there");
                    }
                    _ => fs::write(state, EMPTY_STATE).expect("the folder is there"),
                }
                all.push(format!("{command} {rest}"));
                fs::write(&pipes[1], "done\n").expect("the pipe is there");
            }
        });
        let page = || run(&format!("deployer/docs{TAKEOVER}"), &sandbox, &bin, &[]);
        // Terraform's part ends whatever became of the page.
        let followed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(page));
        fs::write(&pipes[0], "\n").expect("the pipe is there");
        let asked = terraform.join().expect("Terraform's part went well");
        followed.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        asked
    });
    assert_eq!((asked.len(), asked[0].as_str()), (17, "apply -auto-approve"), "{asked:?}");
    assert!(asked[1..].iter().all(|command| command.starts_with("state rm aws_")), "{asked:?}");
}

/// What `state rm` of everything leaves.
const EMPTY_STATE: &str = r#"{"version": 4, "terraform_version": "1.11.4", "serial": 2, "resources": []}"#;

/// Makes what Terraform's `apply` makes, and returns the state that it writes.
fn applied(endpoint: &str) -> String {
    let recording = managed();
    let mut replay = TerraformReplay::new(endpoint, &recording);
    for call in &recording.steps()[0] {
        replay.send(call);
    }
    replay.here(include_str!("terraform/managed.tfstate"))
}

#[test]
fn the_readme_can_be_followed() {
    let (sandbox, bin) = reader();
    run("README.md", &sandbox, &bin, &[]);
}

#[test]
fn the_pages_can_be_followed() {
    // The page of a takeover has its own system.
    for page in pages().iter().skip(1).filter(|page| !page.ends_with(TAKEOVER)) {
        let (sandbox, bin) = reader();
        let artifacts = shipped::artifacts();
        let up: Vec<_> = ["up", "--yes"].into_iter().chain(artifacts.iter().map(String::as_str)).collect();
        sandbox.local(&up).ok();
        let cloud = sandbox.cloud();
        // What is written for AWS is run there.
        let aws =
            [("AWS_ENDPOINT_URL", cloud.endpoint.as_str()), ("AWS_ACCESS_KEY_ID", "x"), ("AWS_SECRET_ACCESS_KEY", "x")];
        run(page, &sandbox, &bin, &aws);
    }
}

/// Lays one table over another.
fn lay(over: &Table, under: &mut Table) {
    for (key, value) in over {
        match (value.as_table(), under.get_mut(key).and_then(Item::as_table_mut)) {
            (Some(over), Some(under)) => lay(over, under),
            _ => drop(under.insert(key, value.clone())),
        }
    }
}

#[test]
fn every_description_of_the_pages_is_valid() {
    let values = |text: &str| text.parse::<toml::Table>().expect("a description is TOML");
    let mut whole = 0;
    for page in pages() {
        for block in blocks(&page).into_iter().filter(|block| block.language == "toml" && block.excuse.is_none()) {
            let part: DocumentMut =
                block.text.parse().unwrap_or_else(|error| panic!("{page}: {error}\n{}", block.text));
            let description = if part.contains_key("name") {
                whole += usize::from(values(&block.text) == values(shipped::DESCRIPTION));
                part
            } else {
                let mut description: DocumentMut =
                    shipped::DESCRIPTION.parse().expect("the shipped description is TOML");
                lay(&part, &mut description);
                description
            };
            let sandbox = Sandbox::empty();
            sandbox.write("deployer.toml", &description.to_string());
            // What a `seed` of the pages names.
            sandbox.write("orders.jsonl", "");
            sandbox.run(&["validate"]).ok();
        }
    }
    assert_eq!(whole, 1, "one page shows the whole shipped description");
}

/// Every link of the pages leads to a file of the repository.
#[test]
fn every_link_leads_somewhere() {
    let link = Regex::new(r"\]\(([^)#:]+)(#[^)]*)?\)").expect("a pattern");
    for page in pages().into_iter().chain(["CONTRIBUTING.md", "deployer/ARCHITECTURE.md"].map(str::to_owned)) {
        let text = fs::read_to_string(root().join(&page)).expect("the page is there");
        let folder = root().join(&page);
        let folder = folder.parent().expect("a page is in a folder");
        for found in link.captures_iter(&text) {
            assert!(folder.join(&found[1]).exists(), "{page} leads to {}", &found[1]);
        }
    }
}
