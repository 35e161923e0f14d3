//! What plans look like.

use super::*;
use crate::engine::diff::FieldChange;
use crate::engine::plan::{DeleteReason, Plan, PlanStep, StepAction};
use crate::error::Error;
use crate::kinds::{ResourceId, ResourceRef};
use crate::ui::look::TerminalLook;
use crate::ui::text;
use serde_json::{Value, json};

pub(in crate::ui) fn step(kind: &'static str, id: &str, name: &str, action: StepAction) -> PlanStep {
    PlanStep { place: ResourceRef { id: ResourceId::new(kind, id), name: name.into() }, action, after: Vec::new() }
}

pub(in crate::ui) fn plan(steps: Vec<PlanStep>) -> Plan {
    Plan { steps, ..Plan::default() }
}

pub(in crate::ui) fn change(path: &str, was: Value, want: Value) -> FieldChange {
    FieldChange { path: path.into(), was, want }
}

fn create(spec: Value) -> StepAction {
    StepAction::Create { spec }
}

fn update(changes: Vec<FieldChange>) -> StepAction {
    StepAction::Update { changes, adopt: false }
}

fn policy(actions: &[&str]) -> Value {
    json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": actions, "Resource": "arn:aws:dynamodb:ap-south-1:000000000000:table/Orders"},
        {"Effect": "Allow", "Action": ["logs:CreateLogStream", "logs:PutLogEvents"], "Resource": "*"},
    ]})
}

/// Makes a plan with something of everything.
pub(in crate::ui) fn sample() -> Plan {
    let table = json!({
        "billing_mode": "PAY_PER_REQUEST",
        "partition_key": {"name": "order_id", "type": "S"},
        "index": {"by_status": {
            "partition_key": {"name": "status_shard", "type": "S"},
            "sort_key": {"name": "created_at", "type": "S"},
            "projection": "ALL",
        }},
        "deletion_protection": false,
        "stream": null,
        "tags": {"team": "shop"},
    });
    let function = vec![
        change(
            "code_sha256",
            json!("n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg="),
            json!("LCa0a2j/xo/5m0U8HTBBNBNCLXBkg7+g+YpeiGJm564="),
        ),
        change("environment.API_KEY", json!("old-secret"), json!("new-secret")),
        change("environment.LOG_LEVEL", json!(null), json!("debug")),
        change("environment.SESSION_TOKEN", json!("gone-secret"), json!(null)),
        change("memory", json!(128), json!(256)),
    ];
    let role = vec![change(
        "policy",
        policy(&["dynamodb:GetItem", "dynamodb:Scan"]),
        policy(&["dynamodb:GetItem", "dynamodb:Query"]),
    )];
    let mut plan = plan(vec![
        step(
            "log_group",
            "api",
            "/aws/lambda/orders-prod-api",
            StepAction::Update { changes: Vec::new(), adopt: true },
        ),
        step("table", "orders", "Orders", create(table)),
        step(
            "table",
            "old",
            "Legacy",
            StepAction::Retain { reason: "holds items; name it with --delete-data Legacy".into() },
        ),
        step("role", "api", "orders-prod-api", update(role)),
        step("role", "old", "orders-prod-old", StepAction::Delete { reason: DeleteReason::Orphan, with_data: false }),
        step("function", "api", "orders-prod-api", update(function)),
        step("rest_api", "api", "orders-prod-api", StepAction::Keep),
        step("grant", "api", "orders-prod-api", StepAction::Keep),
    ]);
    plan.warnings.push("function.api: timeout 60 is longer than the API waits (29 s)".into());
    plan
}

fn refused() -> Plan {
    let mut plan = sample();
    plan.refusals.push(
        Error::ownership("table.orders: the table Orders exists and is not ours")
            .fact("owner", "stack billing, stage prod")
            .hint("Choose another name, or take it over with --adopt."),
    );
    plan
}

const NARROW: TerminalLook = TerminalLook { color: false, width: Some(80) };

#[test]
fn a_plan_reads_like_a_diff() {
    insta::assert_snapshot!("plan", render(&sample(), PlanStyle::default(), &TerminalLook::PLAIN));
    insta::assert_snapshot!("plan_80", render(&sample(), PlanStyle::default(), &NARROW));
    insta::assert_snapshot!(
        "plan_120_color",
        render(&sample(), PlanStyle::default(), &TerminalLook { color: true, width: Some(120) })
    );
    insta::assert_snapshot!(
        "plan_verbose",
        render(&sample(), PlanStyle { verbose: true, ..PlanStyle::default() }, &TerminalLook::PLAIN)
    );
    insta::assert_snapshot!("plan_refused_80", render(&refused(), PlanStyle::default(), &NARROW));
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    for columns in [20, 33, 60, 80] {
        let look = TerminalLook { color: true, width: Some(columns) };
        let text = render(&sample(), PlanStyle::default(), &look);
        for line in text.lines() {
            assert!(text::width(line) <= columns.max(30), "{columns}: {line}");
        }
    }
}

#[test]
fn the_last_line_says_it_all() {
    let keep = || step("table", "orders", "Orders", StepAction::Keep);
    let delete = || step("role", "api", "api", StepAction::Delete { reason: DeleteReason::Down, with_data: false });
    let retain = || step("table", "orders", "Orders", StepAction::Retain { reason: "holds items".into() });
    let new = || step("role", "api", "api", create(json!({})));
    let refused = |steps| Plan { refusals: vec![Error::refused("no")], ..plan(steps) };
    use PlanPurpose::{Described, Nothing};
    for (plan, goal, sentence) in [
        (plan(vec![keep()]), Described, "No changes. 1 resource is as described."),
        (plan(vec![keep(), keep()]), Described, "No changes. 2 resources are as described."),
        (plan(vec![keep(), retain()]), Described, "No changes. 1 resource is as described, 1 kept."),
        (plan(vec![new(), keep()]), Described, "Plan: 1 to create, 0 to update, 0 to delete, 1 unchanged."),
        (plan(vec![new(), retain()]), Described, "Plan: 1 to create, 0 to update, 0 to delete, 1 kept, 0 unchanged."),
        (
            refused(vec![new()]),
            Described,
            "Plan: 1 to create, 0 to update, 0 to delete, 0 unchanged. Refused for 1 reason; nothing is changed.",
        ),
        (refused(vec![keep()]), Described, "Refused for 1 reason; nothing is changed."),
        (plan(vec![]), Nothing, "Nothing to delete: nothing of this stack is there."),
        (plan(vec![keep()]), Nothing, "Nothing to delete: nothing of this stack is there."),
        (plan(vec![retain()]), Nothing, "Nothing to delete. 1 resource kept."),
        (plan(vec![delete(), retain(), keep()]), Nothing, "Plan: 1 to delete, 1 kept, 1 already absent."),
    ] {
        assert_eq!(closing(&plan, goal), sentence);
    }
}

#[test]
fn the_way_down() {
    let plan = plan(vec![
        step(
            "table",
            "orders",
            "Orders",
            StepAction::Retain { reason: "holds items; name it with --delete-data Orders".into() },
        ),
        step("role", "api", "orders-prod-api", StepAction::Delete { reason: DeleteReason::Down, with_data: false }),
        step("log_group", "api", "/aws/lambda/orders-prod-api", StepAction::Keep),
    ]);
    let manner = PlanStyle { goal: PlanPurpose::Nothing, ..PlanStyle::default() };
    insta::assert_snapshot!(render(&plan, manner, &TerminalLook::PLAIN), @"
      ! keep    table.orders  Orders  holds items; name it with --delete-data Orders
      - delete  role.api      orders-prod-api
      = 1 already absent

    Plan: 1 to delete, 1 kept, 1 already absent.
    ");
}

#[test]
fn nothing_hostile_reaches_the_terminal() {
    let spec = json!({"na\u{1b}[2Jme": "x\u{1b}]0;title\u{7}", "description": "line\nbreak \u{202e}txt"});
    let changes = vec![change("a\u{1b}b", json!("one\u{9b}\ntwo"), json!("one\nthree\u{1b}[31m".repeat(9)))];
    let mut plan = plan(vec![
        step("table", "or\u{1b}[1mders", "Or\rders", create(spec)),
        step("role", "r", "r", update(changes)),
        step("table", "t", "t", StepAction::Retain { reason: "\u{1b}[2J".into() }),
    ]);
    plan.warnings.push("\u{1b}[2J".into());
    plan.refusals.push(Error::aws("\u{1b}[2J").fact("\u{1b}", "\u{1b}").hint("\u{1b}"));
    let text = render(&plan, PlanStyle::default(), &NARROW) + &markdown("\u{1b}", &plan, PlanPurpose::Described);
    assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "{text:?}");
    assert!(!text.contains('\u{202e}'));
}

#[test]
fn long_things_are_cut_unless_all_is_wanted() {
    let spec: serde_json::Map<_, _> = (0..30).map(|n| (format!("field_{n:02}"), json!(n))).collect();
    let was: Vec<_> = (0..100).map(|n| format!("was {n}")).collect();
    let want: Vec<_> = (0..100).map(|n| format!("want {n}")).collect();
    let plan = plan(vec![
        step("table", "a", "a", create(spec.into())),
        step("table", "b", "b", update(vec![change("list", json!(was), json!(want))])),
    ]);
    let brief = render(&plan, PlanStyle::default(), &TerminalLook::PLAIN);
    assert!(!brief.contains("field_") && brief.contains("-v shows what is created"), "{brief}");
    let short = render(&plan, PlanStyle { created_in_full: true, ..PlanStyle::default() }, &TerminalLook::PLAIN);
    assert!(short.contains("… 18 more fields (-v shows all)"), "{short}");
    assert!(short.contains("… 162 more lines (-v shows all)"), "{short}");
    let long = render(&plan, PlanStyle { verbose: true, ..PlanStyle::default() }, &TerminalLook::PLAIN);
    assert!(long.contains("field_29: 29") && long.contains("\"want 99\"") && !long.contains('…'), "{long}");
}

#[test]
fn long_texts_are_compared_line_by_line() {
    let page = |title: &str| format!("openapi: 3.0.1\ninfo:\n  title: {title}\npaths: {{}}\n");
    let long = "a rather long description of what this is good for and what it is not good for ".repeat(2);
    let changes = vec![
        change("definition", json!(page("Orders")), json!(page("Orders API"))),
        change("description", json!(long), json!(format!("{long}today"))),
        change("document", json!(r#"{"a":{"b":[1,2,3]},"name":"x"}"#), json!(r#"{"a":{"b":[1,3]},"name":"x"}"#)),
        change("format", json!("{\"a\": 1}"), json!({"a": 1})),
        change(
            "gone",
            json!({"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "arn:aws:s3:::a-rather-long-bucket-name/*"}]}),
            json!(null),
        ),
    ];
    insta::assert_snapshot!(
        "plan_nested",
        render(&plan(vec![step("rest_api", "api", "api", update(changes))]), PlanStyle::default(), &NARROW)
    );
}

#[test]
fn a_plan_for_a_pull_request() {
    insta::assert_snapshot!("plan_markdown", markdown("orders (prod)", &refused(), PlanPurpose::Described));
    assert_eq!(
        markdown("a", &plan(vec![step("role", "a", "a", StepAction::Keep)]), PlanPurpose::Described),
        "### a\n\nNo changes. 1 resource is as described.\n"
    );
}

#[test]
fn a_comment_is_never_too_long_and_its_fence_holds() {
    let many: Vec<_> = (0..3_000)
        .map(|n| step("table", &format!("t{n}"), "```\u{2713}", create(json!({"key": "````` @everyone"}))))
        .collect();
    let mut large = plan(many);
    for (warnings, refusals) in [(0, 0), (1_000, 0), (1_000, 1_000)] {
        large.warnings = vec!["a warning that says a lot about @somebody ✓".repeat(3); warnings];
        large.refusals = vec![Error::refused("no ✓".repeat(300)); refusals];
        let text = markdown(&"title ".repeat(1_000), &large, PlanPurpose::Described);
        assert!(text.chars().count() <= LIMIT, "{}", text.chars().count());
        assert!(text.chars().count() > LIMIT / 2);
        assert_eq!(text.matches("\n``````").count(), 2, "the fence is longer than what is inside");
        assert!(text.trim_end().ends_with("more lines do not fit here; `deployer plan` shows them._"));
        let outside: String = text.split("\n``````").step_by(2).collect();
        assert!(!outside.contains("@s"), "nobody is mentioned");
    }
}

#[test]
fn a_plan_for_machines() {
    let json = serde_json::to_string_pretty(&PlanJson::new(&refused())).unwrap();
    assert!(!json.contains("-secret"), "secrets are hidden");
    insta::assert_snapshot!("plan_json", json);
}

/// On a narrow terminal a name is shortened or left out; no id, right or value is cut.
#[test]
fn only_names_are_shortened_on_a_narrow_terminal() {
    let changes = vec![
        change("policies.deployer", policy(&["dynamodb:PutItem", "dynamodb:DeleteItem"]), policy(&["dynamodb:Query"])),
        change("routes.GET /", Value::Null, json!("arn:aws:lambda:ap-south-1:000000000000:function:shop-prod-api")),
    ];
    let name = "shop-production-expire-abandoned-carts";
    let plan = plan(vec![
        step("role", "expire-abandoned-carts", name, update(changes)),
        step("source", "expire-abandoned-carts.queue.notifications", name, create(json!({}))),
    ]);
    for columns in [80, 60, 40] {
        let text = render(&plan, PlanStyle::default(), &TerminalLook { color: true, width: Some(columns) });
        let text = console::strip_ansi_codes(&text).into_owned();
        assert!(text.lines().all(|line| text::width(line) <= columns), "{columns}\n{text}");
        assert_eq!(text.contains('…'), columns > 40, "{columns}\n{text}");
        let whole: String = text.split_whitespace().collect();
        for id in ["role.expire-abandoned-carts", "source.expire-abandoned-carts.queue.notifications"] {
            assert!(whole.contains(id), "{columns}\n{text}");
        }
        assert!(whole.contains("dynamodb:PutItem") && whole.contains("function:shop-prod-api"), "{columns}\n{text}");
    }
    insta::assert_snapshot!(
        "plan_60",
        render(&plan, PlanStyle::default(), &TerminalLook { color: false, width: Some(60) })
    );
}
