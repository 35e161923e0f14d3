//! Runs that are told in tests.

use crate::engine::event::{RunEvent, RunSummary, RunTarget, StepVerb};
use crate::error::Error;
use crate::kinds::{ResourceId, ResourceWait};
use crate::ui::RunFinish;
use crate::ui::plan::tests::sample;
use std::time::Duration;

pub fn target() -> RunEvent {
    RunEvent::Target(RunTarget {
        stack: "orders".into(),
        stage: "prod".into(),
        account: "000000000000".into(),
        region: "ap-south-1".into(),
        endpoint: Some("http://127.0.0.1:4588".into()),
        local: true,
        caller: "arn:aws:iam::000000000000:root".into(),
    })
}

pub fn building(message: &str) -> RunEvent {
    RunEvent::Building { message: message.into() }
}

pub fn started(kind: &'static str, name: &str, verb: StepVerb) -> RunEvent {
    RunEvent::Started { id: ResourceId::new(kind, name), verb }
}

pub fn waiting(kind: &'static str, name: &str, reason: &str) -> RunEvent {
    RunEvent::Waiting { id: ResourceId::new(kind, name), reason: reason.into() }
}

pub fn done(kind: &'static str, name: &str, verb: StepVerb, millis: u64) -> RunEvent {
    RunEvent::Done { id: ResourceId::new(kind, name), verb, took: Duration::from_millis(millis) }
}

pub fn denied() -> Error {
    Error::aws("access denied").fact("operation", "lambda:UpdateFunctionCode").hint("Ask for the permission.")
}

/// Makes a run with something of everything. The numbers are tenths of a second since its beginning.
pub fn run() -> Vec<(u64, RunEvent)> {
    use StepVerb::{Create, Delete, Update};
    vec![
        (0, target()),
        (1, building("compiling serde (1/207)")),
        (9, building("compiling aws-sdk-dynamodb (41/207)")),
        (120, building("linking")),
        (
            150,
            RunEvent::Built {
                function: "api".into(),
                zip_bytes: 1_949_000,
                code_sha256: "LCa0a2j/xo/5m0U8HTBBNBNCLXBkg7+g+YpeiGJm564=".into(),
            },
        ),
        (160, RunEvent::Planned(sample())),
        (161, started("table", "orders", Create)),
        (162, started("role", "api", Update)),
        (163, waiting("table", "orders", "the table to become ACTIVE (it is CREATING)")),
        (170, waiting("table", "orders", "the table to become ACTIVE (it is CREATING)")),
        (180, done("role", "api", Update, 1_800)),
        (181, started("function", "api", Update)),
        (182, waiting("function", "api", "the new role to become known to Lambda")),
        (270, RunEvent::Note { message: "the table takes long today".into() }),
        (290, waiting("table", "orders", "the table to become ACTIVE (it is CREATING)")),
        (300, RunEvent::Interrupted { in_flight: 2 }),
        (310, RunEvent::Failed { id: ResourceId::new("function", "api"), verb: Update, error: denied() }),
        (
            311,
            RunEvent::Skipped {
                id: ResourceId::new("role", "old"),
                verb: Delete,
                because: "the run was interrupted".into(),
            },
        ),
        (320, done("table", "orders", Create, 15_900)),
    ]
}

pub fn wait(reason: &str, ids: &[&'static str], millis: u64) -> ResourceWait {
    let id = |id: &&'static str| id.split_once('.').map(|(kind, name)| ResourceId::new(kind, name));
    ResourceWait {
        reason: reason.into(),
        ids: ids.iter().filter_map(id).collect(),
        took: Duration::from_millis(millis),
    }
}

/// Makes the end of that run.
pub fn end() -> RunFinish {
    let summary = RunSummary {
        created: 1,
        updated: 1,
        failed: 1,
        skipped: 1,
        retained: 1,
        unchanged: 2,
        interrupted: true,
        deleted: 0,
        in_flight: Vec::new(),
    };
    let outputs = [("endpoint".to_owned(), "http://127.0.0.1:4588/prod".to_owned())].into();
    let waits = vec![
        wait("the table to become ACTIVE (it is CREATING)", &["table.orders"], 15_700),
        wait("the new role to become known to Lambda", &["function.api"], 12_800),
    ];
    RunFinish { summary, outputs, waits, errors: vec![denied()], exit_code: 130 }
}
