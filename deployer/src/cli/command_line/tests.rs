//! What is understood, and what is said when it is not.

use super::super::backup::{BackupArgs, BackupCreate, BackupExport, BackupList};
use super::super::build::BuildArgs;
use super::super::code::CodeArgs;
use super::super::completions::CompletionsArgs;
use super::super::down::DownArgs;
use super::super::exit::{OutputStream, exit_code};
use super::super::invoke::InvokeArgs;
use super::super::local::{LocalArgs, LocalClock, LocalServe, LocalStart};
use super::super::local_requests::{LocalRequests, LocalTrace};
use super::super::logs::LogsArgs;
use super::super::outputs::OutputsArgs;
use super::super::plan::PlanArgs;
use super::super::queue::{QueueArgs, QueuePeek, QueuePurge, QueueSend};
use super::super::restore::RestoreArgs;
use super::super::schedule::{ScheduleArgs, ScheduleFire};
use super::super::status::StatusArgs;
use super::super::up::UpArgs;
use super::super::value::{ArtifactArg, BackupSource, ClockMove, EventPayload, FileOrStdio, SinceTime};
use super::*;
use crate::ui::ColorWhen;
use clap_complete::Shell;
use std::time::Duration;

fn read(line: &[&str]) -> Result<CliArgs, EarlyExit> {
    parse_with(["deployer"].iter().chain(line).map(Into::into), |_| None)
}

fn command(line: &[&str]) -> CliCommand {
    read(line).map(|cli| cli.command).unwrap_or_else(|exit| panic!("{}", exit.text(false)))
}

/// What is shown instead of running a command.
fn said(line: &[&str]) -> (u8, OutputStream, String) {
    let exit = read(line).expect_err("the line is refused");
    (exit.code, exit.stream, exit.text(false))
}

#[test]
fn the_definition_is_sound() {
    CliArgs::command().debug_assert();
}

#[test]
fn commands() {
    let artifact = |function: &str, path: &str| ArtifactArg { function: function.into(), path: path.into() };
    for (line, expected) in [
        (&["up"][..], CliCommand::Up(UpArgs::default())),
        (
            &[
                "up",
                "-y",
                "--adopt",
                "--no-build",
                "--release",
                "--artifact",
                "a=b",
                "--artifact=c=d",
                "--delete-data",
                "Orders",
                "--confirm-stage",
                "prod",
                "--dry-run",
                "--accept",
                "table.orders.index.by-day",
            ],
            CliCommand::Up(UpArgs {
                yes: true,
                adopt: true,
                code: CodeArgs {
                    no_build: true,
                    release: true,
                    artifacts: vec![artifact("a", "b"), artifact("c", "d")],
                },
                delete_data: vec!["Orders".into()],
                confirm_stage: Some("prod".into()),
                accept: vec!["table.orders.index.by-day".into()],
                dry_run: true,
            }),
        ),
        (
            &["plan", "--detailed-exitcode"],
            CliCommand::Plan(PlanArgs { detailed_exitcode: true, ..PlanArgs::default() }),
        ),
        (
            &["status", "--detailed-exitcode"],
            CliCommand::Status(StatusArgs { detailed_exitcode: true, artifacts: Vec::new() }),
        ),
        (&["outputs"], CliCommand::Outputs(OutputsArgs { name: None })),
        (&["outputs", "endpoint"], CliCommand::Outputs(OutputsArgs { name: Some("endpoint".into()) })),
        (&["openapi"], CliCommand::Openapi),
        (&["validate"], CliCommand::Validate),
        (
            &["down", "--yes", "--delete-data", "A", "--delete-data", "B"],
            CliCommand::Down(DownArgs { yes: true, delete_data: vec!["A".into(), "B".into()], ..DownArgs::default() }),
        ),
        (
            &["backup", "create", "orders", "notes"],
            CliCommand::Backup(BackupArgs::Create(BackupCreate { tables: vec!["orders".into(), "notes".into()] })),
        ),
        (&["backup", "list"], CliCommand::Backup(BackupArgs::List(BackupList::default()))),
        (
            &["backup", "export", "orders"],
            CliCommand::Backup(BackupArgs::Export(BackupExport { table: "orders".into(), to: FileOrStdio::Standard })),
        ),
        (
            &["backup", "export", "orders", "--to", "a b.jsonl"],
            CliCommand::Backup(BackupArgs::Export(BackupExport {
                table: "orders".into(),
                to: FileOrStdio::File("a b.jsonl".into()),
            })),
        ),
        (
            &["restore", "orders", "--from", "latest", "--to", "Copy"],
            CliCommand::Restore(RestoreArgs {
                table: "orders".into(),
                from: Some(BackupSource::Latest),
                to: Some("Copy".into()),
                import: None,
                overwrite: false,
                confirm_stage: None,
            }),
        ),
        (
            &["restore", "orders", "--import", "-", "--overwrite", "--confirm-stage", "prod"],
            CliCommand::Restore(RestoreArgs {
                table: "orders".into(),
                from: None,
                to: None,
                import: Some(FileOrStdio::Standard),
                overwrite: true,
                confirm_stage: Some("prod".into()),
            }),
        ),
        (
            &["logs"],
            CliCommand::Logs(LogsArgs { since: SinceTime::Ago(Duration::from_secs(600)), ..LogsArgs::default() }),
        ),
        (
            &["logs", "api", "-f", "--since", "2h", "--filter", "ERROR"],
            CliCommand::Logs(LogsArgs {
                function: Some("api".into()),
                follow: true,
                since: SinceTime::Ago(Duration::from_secs(7_200)),
                filter: Some("ERROR".into()),
                ..LogsArgs::default()
            }),
        ),
        (
            &["invoke", "api"],
            CliCommand::Invoke(InvokeArgs { function: "api".into(), payload: EventPayload::Inline("{}".into()) }),
        ),
        (
            &["invoke", "api", "--payload", "-"],
            CliCommand::Invoke(InvokeArgs { function: "api".into(), payload: EventPayload::Stdin }),
        ),
        (
            &["invoke", "api", "-p", "-1"],
            CliCommand::Invoke(InvokeArgs { function: "api".into(), payload: EventPayload::Inline("-1".into()) }),
        ),
        (
            &["build", "a", "b", "--zip", "dist"],
            CliCommand::Build(BuildArgs { functions: vec!["a".into(), "b".into()], zip: Some("dist".into()) }),
        ),
        (
            &["local", "start", "--port", "4588", "--fault", "realistic", "--fault", "seed=7"],
            CliCommand::Local(LocalArgs::Start(LocalStart {
                port: Some(4588),
                faults: vec!["realistic".into(), "seed=7".into()],
            })),
        ),
        (&["local", "stop"], CliCommand::Local(LocalArgs::Stop)),
        (&["local", "clock"], CliCommand::Local(LocalArgs::Clock(LocalClock { to: ClockMove::Stay }))),
        (
            &["local", "clock", "+61h"],
            CliCommand::Local(LocalArgs::Clock(LocalClock { to: ClockMove::By(Duration::from_secs(219_600)) })),
        ),
        (
            &["local", "requests", "-f", "--errors", "--tail", "9"],
            CliCommand::Local(LocalArgs::Requests(LocalRequests { follow: true, errors: true, tail: 9 })),
        ),
        (
            &["local", "trace", "0a1b"],
            CliCommand::Local(LocalArgs::Trace(LocalTrace { id: "0a1b".into(), otlp: false })),
        ),
        (
            &["schedule", "fire", "expiry"],
            CliCommand::Schedule(ScheduleArgs::Fire(ScheduleFire { schedule: "expiry".into() })),
        ),
        (
            &["queue", "send", "jobs", "{}", "--group", "a"],
            CliCommand::Queue(QueueArgs::Send(QueueSend {
                queue: "jobs".into(),
                body: "{}".into(),
                group: Some("a".into()),
                ..QueueSend::default()
            })),
        ),
        (
            &["queue", "peek", "jobs"],
            CliCommand::Queue(QueueArgs::Peek(QueuePeek { queue: "jobs".into(), most: 10, count: false })),
        ),
        (
            &["queue", "purge", "jobs", "-y"],
            CliCommand::Queue(QueueArgs::Purge(QueuePurge { queue: "jobs".into(), yes: true })),
        ),
        (&["schema"], CliCommand::Schema),
        (&["local", "status"], CliCommand::Local(LocalArgs::Status)),
        (
            &["local", "serve", "--dir", ".deployer", "--port", "0"],
            CliCommand::Local(LocalArgs::Serve(LocalServe { dir: ".deployer".into(), port: 0, detached: false })),
        ),
        (&["completions", "bash"], CliCommand::Completions(CompletionsArgs { shell: Shell::Bash })),
    ] {
        assert_eq!(command(line), expected, "{line:?}");
    }
}

#[test]
fn options_of_every_command_stand_on_either_side() {
    let before = read(&[
        "--config",
        "a.toml",
        "--stage",
        "dev",
        "--region",
        "eu-west-1",
        "--local",
        "-v",
        "-o",
        "json",
        "--color",
        "never",
        "up",
    ]);
    let after = read(&[
        "up",
        "--config",
        "a.toml",
        "--stage",
        "dev",
        "--region",
        "eu-west-1",
        "--local",
        "-v",
        "-o",
        "json",
        "--color",
        "never",
    ]);
    let (before, after) = (before.unwrap(), after.unwrap());
    assert_eq!(before, after);
    assert_eq!(
        before.global,
        GlobalArgs {
            config: Some("a.toml".into()),
            stage: Some("dev".into()),
            region: Some("eu-west-1".into()),
            profile: None,
            local: true,
            endpoint_url: None,
            output: OutputFormat::Json,
            json: false,
            verbose: true,
            color: ColorWhen::Never,
            repeated: RepeatedOptions::new(before.global.place(), CliCommand::deaf_to()),
        }
    );
    assert_eq!(
        read(&["up", "--profile", "p", "--endpoint-url", "http://x"]).unwrap().global.profile.as_deref(),
        Some("p")
    );
    assert_eq!(read(&["plan", "-o", "markdown"]).unwrap().global.output, OutputFormat::Markdown);
}

#[test]
fn the_file_and_the_stage_may_come_from_the_environment() {
    let global = |line: &[&str], value: Option<&str>| {
        let line = ["deployer"].iter().chain(line).map(Into::into);
        let lookup = |name: &str| Some(format!("{}{name}", value?).into());
        let global = parse_with(line, lookup).unwrap().global;
        (global.config, global.stage)
    };
    let both = |config: &str, stage: &str| (Some(config.into()), Some(stage.to_owned()));
    assert_eq!(global(&["up"], None), (None, None));
    assert_eq!(global(&["up"], Some("x-")), both("x-DEPLOYER_CONFIG", "x-DEPLOYER_STAGE"));
    assert_eq!(global(&["up", "--config", "a", "--stage", "b"], Some("x-")), both("a", "b"));
    assert_eq!(global(&["--config", "a", "--stage", "b", "up"], Some("x-")), both("a", "b"));

    let empty = parse_with(["deployer", "up"].map(Into::into), |_| Some(OsString::new())).unwrap();
    assert_eq!((empty.global.config, empty.global.stage), (None, None));
}

#[cfg(unix)]
#[test]
fn a_stage_that_is_no_text_is_refused() {
    use std::os::unix::ffi::OsStringExt;
    let strange = |_: &str| Some(OsString::from_vec(b"pro\xffd".to_vec()));
    let exit = parse_with(["deployer", "up"].map(Into::into), strange).unwrap_err();
    assert_eq!(exit.text(false).lines().next(), Some("error: DEPLOYER_STAGE is not UTF-8: pro\u{fffd}d"));
}

#[test]
fn what_is_wrong_is_said_on_stderr_with_exit_code_1() {
    for (line, first) in [
        (&["upp"][..], "error: unrecognized subcommand 'upp'"),
        (&["up", "--yess"], "error: unexpected argument '--yess' found"),
        (&["up", "x"], "error: unexpected argument 'x' found"),
        (&["down", "--adopt"], "error: unexpected argument '--adopt' found"),
        (&["--config"], "error: a value is required for '--config <FILE>' but none was supplied"),
        (&["up", "--config", ""], "error: a value is required for '--config <FILE>' but none was supplied"),
        (&["up", "--stage="], "error: a value is required for '--stage <NAME>' but none was supplied"),
        (&["up", "-o", "yaml"], "error: invalid value 'yaml' for '--output <FORMAT>'"),
        (&["up", "--stage", "a", "--stage", "b"], "error: the argument '--stage <NAME>' cannot be used multiple times"),
        (&["invoke"], "error: the following required arguments were not provided:"),
        (
            &["up", "--local", "--endpoint-url", "http://x"],
            "error: --local and --endpoint-url exclude each other: both say where to act",
        ),
        (
            &["--local", "up", "--endpoint-url", "http://x"],
            "error: --local and --endpoint-url exclude each other: both say where to act",
        ),
        (
            &["--local", "up", "--profile", "p"],
            "error: --local and --profile exclude each other: the embedded cloud needs no credentials",
        ),
        (&["status", "-o", "markdown"], "error: --output markdown is for `plan` alone: use `human` or `json`"),
        (
            &["up", "--artifact", "a=x", "--artifact", "a=y"],
            "error: --artifact names the function `a` twice: give it one path",
        ),
        (
            &["up", "--artifact", "x"],
            "error: invalid value 'x' for '--artifact <FUNCTION=PATH>': there is no `=` in it: write FUNCTION=PATH, such as api=dist/api.zip",
        ),
        (
            &["up", "--endpoint-url", "localhost"],
            "error: invalid value 'localhost' for '--endpoint-url <URL>': write a URL with http:// or https://, such as http://127.0.0.1:4566",
        ),
        (
            &["local", "clock", "-1h"],
            "error: invalid value '-1h' for '[MOVE]': the clock goes forward only: write + with a number and a unit, such as +90s, +10m, +61h or +2d, or `now`",
        ),
        (&["schedule", "fire"], "error: the following required arguments were not provided:"),
        (&["restore", "orders"], "error: the following required arguments were not provided:"),
        (
            &["restore", "orders", "--from", "latest", "--import", "x"],
            "error: the argument '--from <BACKUP>' cannot be used with '--import <FILE>'",
        ),
        (
            &["restore", "orders", "--import", "x", "--to", "Copy"],
            "error: the argument '--import <FILE>' cannot be used with '--to <NAME>'",
        ),
        (
            &["restore", "orders", "--from", "newest"],
            "error: invalid value 'newest' for '--from <BACKUP>': write `latest` or the ARN of a backup, as `deployer backup list` shows it",
        ),
        (
            &["backup", "export", "orders", "--to", ""],
            "error: invalid value '' for '--to <FILE>': write the path of a file, or - for the standard stream",
        ),
        (
            &["local", "start", "--port", "0"],
            "error: invalid value '0' for '--port <PORT>': a port is a number from 1 to 65535",
        ),
    ] {
        let (code, stream, text) = said(line);
        assert_eq!(text.lines().next(), Some(first), "{line:?}");
        assert_eq!((code, stream), (exit_code::FAILED, OutputStream::Err), "{line:?}");
    }
}

/// What other programs call a command is understood, and not shown.
#[test]
fn words_of_other_programs() {
    for (theirs, ours) in [
        (&["deploy", "--yes"][..], &["up", "--yes"][..]),
        (&["apply"], &["up"]),
        (&["destroy"], &["down"]),
        (&["remove"], &["down"]),
        (&["output", "endpoint"], &["outputs", "endpoint"]),
        (&["ls"], &["status"]),
    ] {
        assert_eq!(command(theirs), command(ours), "{theirs:?}");
    }
    let output = |line: &[&str]| read(line).map(|cli| cli.global.output).map_err(|exit| exit.text(false));
    assert_eq!(output(&["--json", "status"]), Ok(OutputFormat::Json));
    assert_eq!(output(&["status", "--json"]), Ok(OutputFormat::Json));
    let help = said(&["--help"]).2;
    assert!(!help.contains("--json") && !help.contains("destroy"), "{help}");
}

#[test]
fn help_that_was_asked_for_goes_to_stdout() {
    for (line, code, stream) in [
        (&["--help"][..], exit_code::DONE, OutputStream::Out),
        (&["up", "-h"], exit_code::DONE, OutputStream::Out),
        (&["help", "up"], exit_code::DONE, OutputStream::Out),
        (&["--version"], exit_code::DONE, OutputStream::Out),
        (&[], exit_code::FAILED, OutputStream::Err),
        (&["local"], exit_code::FAILED, OutputStream::Err),
    ] {
        let said = said(line);
        assert_eq!((said.0, said.1), (code, stream), "{line:?}");
    }
}

#[test]
fn the_help() {
    for name in [
        "",
        "init",
        "up",
        "plan",
        "status",
        "outputs",
        "validate",
        "down",
        "backup",
        "backup create",
        "backup list",
        "backup export",
        "restore",
        "logs",
        "invoke",
        "schedule",
        "schedule fire",
        "queue",
        "queue send",
        "queue peek",
        "queue redrive",
        "queue purge",
        "build",
        "policy",
        "import-terraform",
        "local",
        "local start",
        "local clock",
        "local requests",
        "local trace",
        "schema",
        "completions",
    ] {
        let line = name.split_whitespace().chain(["--help"]);
        let text = CliArgs::command()
            .term_width(100)
            .try_get_matches_from(["deployer"].into_iter().chain(line))
            .map_err(|error| error.render().to_string())
            .expect_err("help is shown");
        let name = if name.is_empty() { "deployer".to_owned() } else { name.replace(' ', "_") };
        insta::assert_snapshot!(format!("help_{name}"), text);
    }
    assert!(!said(&["local", "--help"]).2.contains("serve"), "the background process is not for people");
}

/// Every command stands in the help of the program once, and the short one has no rare options.
#[test]
fn the_commands_in_groups() {
    for line in [&["-h"][..], &["--help"], &["help"], &[], &["--stage", "dev", "-h"]] {
        let help = said(line).2;
        let named = |name: &str| help.lines().filter(|line| line.split_whitespace().next() == Some(name)).count();
        for command in CliArgs::command().get_subcommands().filter(|command| !command.is_hide_set()) {
            assert_eq!(named(command.get_name()), 1, "{line:?} {}\n{help}", command.get_name());
        }
    }
    insta::assert_snapshot!("help_short", said(&["-h"]).2);
    assert!(said(&["--help"]).2.contains("--endpoint-url") && !said(&["-h"]).2.contains("--endpoint-url"));
    assert!(said(&["up", "-h"]).2.contains("--endpoint-url"), "a command shows its options");
    assert!(said(&["help", "up"]).2.contains("--adopt"), "help of a command is the command's");
}

#[test]
fn what_says_nothing_to_a_command_is_a_global_option() {
    let everything = GlobalArgs {
        config: Some("a.toml".into()),
        stage: Some("dev".to_owned()),
        region: Some("r".to_owned()),
        profile: Some("p".to_owned()),
        local: true,
        endpoint_url: Some("http://127.0.0.1:1".to_owned()),
        ..read(&["validate"]).expect("it is understood").global
    };
    let place: Vec<_> = everything.place().into_iter().map(|(name, _)| name).collect();
    let mut deaf: Vec<_> = CliCommand::deaf_to().filter(|(_, options)| !options.is_empty()).collect();
    assert!(deaf.iter().flat_map(|(_, options)| *options).all(|option| place.contains(option)), "{deaf:?} {place:?}");
    deaf.retain(|(_, options)| place.iter().all(|option| options.contains(option)));
    let names: Vec<_> = deaf.into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["init", "schema", "completions", "man"]);
}

#[test]
fn colours_only_where_they_are_seen() {
    let exit = read(&["up", "--yess"]).unwrap_err();
    assert!(exit.text(true).contains('\u{1b}'));
    assert!(!exit.text(false).contains('\u{1b}'));
}
