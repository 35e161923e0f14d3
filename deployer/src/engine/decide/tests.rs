mod delete_data;

use super::super::event::RunTarget;
use super::super::scripted;
use super::super::scripted::{ResourceScript, ScriptedCloud, ScriptedKind, session};
use super::*;
use crate::kinds::{ErasedState, KINDS, ResourceNeed, TransitionPhase, sections};
use crate::stack;
use crate::stack::{DocumentDrift, StackSource};
use serde_json::json;

fn place(kind: &'static str, name: &str) -> ResourceRef {
    ResourceRef { id: ResourceId::new(kind, name), name: format!("physical-{name}") }
}

fn declared(kind: &'static str, name: &str, needs: &[(&'static str, &str, StepMilestone)]) -> DeclaredResource {
    let needs = needs
        .iter()
        .map(|(kind, name, milestone)| ResourceNeed { id: ResourceId::new(kind, *name), milestone: *milestone });
    DeclaredResource { place: place(kind, name), needs: needs.collect() }
}

fn found(spec: Value) -> ErasedResource {
    ErasedResource {
        spec,
        state: ErasedState::new(()),
        settling: None,
        owner: ResourceOwner::Ours,
        outputs: BTreeMap::new(),
        hold: None,
        changed_at: None,
    }
}

fn observed(
    declared: Vec<DeclaredResource>,
    found: Vec<(ResourceRef, ErasedResource)>,
    orphans: Vec<ResourceRef>,
) -> ObservedStack {
    let target = RunTarget {
        stack: "orders".into(),
        stage: "prod".into(),
        account: "123456789012".into(),
        region: "ap-south-1".into(),
        endpoint: None,
        local: false,
        caller: String::new(),
    };
    ObservedStack { declared, found: found.into_iter().collect(), orphans, ..ObservedStack::empty(target) }
}

/// Compares for a description that says nothing.
fn compare(
    kinds: KindList<'_>,
    observed: &ObservedStack,
    desired: &BTreeMap<ResourceRef, Value>,
    goal: RunGoal,
    options: &PlanOptions,
) -> Plan {
    super::compare(kinds, &description("[table.orders]\npartition_key = \"a\""), observed, desired, goal, options)
}

fn description(blocks: &str) -> Stack {
    let text = format!("name = \"shop\"\nregion = \"eu-west-1\"\n{blocks}\n");
    let source = StackSource { path: "deployer.toml".into(), text };
    stack::check(source, None, &sections(), DocumentDrift::Refused).expect("it is a description")
}

fn words(plan: &Plan) -> Vec<String> {
    plan.steps
        .iter()
        .map(|step| {
            let what = match &step.action {
                StepAction::Keep => "keep".to_owned(),
                StepAction::Create { .. } => "create".to_owned(),
                StepAction::Update { changes, adopt } => {
                    let paths: Vec<_> = changes.iter().map(|c| c.path.as_str()).collect();
                    format!("{}({})", if *adopt { "adopt" } else { "update" }, paths.join(","))
                }
                StepAction::Delete { reason, with_data: false } => format!("delete({reason:?})"),
                StepAction::Delete { reason, with_data: true } => format!("delete with data({reason:?})"),
                StepAction::Retain { .. } => "retain".to_owned(),
            };
            format!("{what} {}", step.place.id)
        })
        .collect()
}

fn after(plan: &Plan, id: &str) -> Vec<String> {
    let step = plan.steps.iter().find(|s| s.place.id.to_string() == id).unwrap();
    step.after.iter().map(|a| format!("{} {:?}", a.place.id, a.milestone)).collect()
}

#[test]
fn one_resource_in_every_situation() {
    let table = place("table", "orders");
    let with = |owner: ResourceOwner| ErasedResource { owner, ..found(json!({"billing_mode": "PROVISIONED"})) };
    let other = || ResourceOwner::Stack { stack: "billing".into(), stage: "prod".into() };
    let hold = |hold: DeletionGuard| ErasedResource { hold: Some(hold), ..found(json!({})) };
    let want = Some(json!({"billing_mode": "PAY_PER_REQUEST"}));
    for (why, goal, want, there, adopt, expected, refusals) in [
        ("absent is created", RunGoal::Up, want.clone(), None, false, "create table.orders", 0),
        (
            "equal is kept",
            RunGoal::Up,
            want.clone(),
            Some(found(json!({"billing_mode": "PAY_PER_REQUEST", "unmanaged": 1}))),
            false,
            "keep table.orders",
            0,
        ),
        (
            "different is updated",
            RunGoal::Up,
            want.clone(),
            Some(with(ResourceOwner::Ours)),
            false,
            "update(billing_mode) table.orders",
            0,
        ),
        (
            "nobody's is refused",
            RunGoal::Up,
            want.clone(),
            Some(with(ResourceOwner::Nobody)),
            false,
            "update(billing_mode) table.orders",
            1,
        ),
        (
            "nobody's is adopted when asked",
            RunGoal::Up,
            want.clone(),
            Some(with(ResourceOwner::Nobody)),
            true,
            "adopt(billing_mode) table.orders",
            0,
        ),
        (
            "another stack's is never adopted",
            RunGoal::Up,
            want.clone(),
            Some(with(other())),
            true,
            "update(billing_mode) table.orders",
            1,
        ),
        (
            "keys are fixed",
            RunGoal::Up,
            Some(json!({"partition_key": "a (S)"})),
            Some(found(json!({"partition_key": "b (S)"}))),
            false,
            "update(partition_key) table.orders",
            1,
        ),
        (
            "down deletes ours",
            RunGoal::Down,
            None,
            Some(with(ResourceOwner::Ours)),
            false,
            "delete(Down) table.orders",
            0,
        ),
        ("down leaves nobody's", RunGoal::Down, None, Some(with(ResourceOwner::Nobody)), false, "keep table.orders", 0),
        ("down leaves another stack's", RunGoal::Down, None, Some(with(other())), false, "keep table.orders", 0),
        ("down of nothing", RunGoal::Down, None, None, false, "keep table.orders", 0),
        ("items stay", RunGoal::Down, None, Some(hold(DeletionGuard::Data)), false, "retain table.orders", 0),
        (
            "protected stays",
            RunGoal::Down,
            None,
            Some(hold(DeletionGuard::Protected("on".into()))),
            false,
            "retain table.orders",
            0,
        ),
    ] {
        let observed = observed(
            vec![declared("table", "orders", &[])],
            there.into_iter().map(|l| (table.clone(), l)).collect(),
            Vec::new(),
        );
        let wanted = want.into_iter().map(|w| (table.clone(), w)).collect();
        let plan = compare(
            KINDS,
            &observed,
            &wanted,
            goal,
            &PlanOptions {
                adopt: if adopt { AdoptionScope::Everything } else { AdoptionScope::Nothing },
                ..PlanOptions::default()
            },
        );
        assert_eq!(words(&plan), [expected], "{why}");
        assert_eq!(plan.refusals.len(), refusals, "{why}: {:?}", plan.refusals);
    }
}

#[test]
fn a_declared_resource_that_is_not_wanted_goes() {
    let grant = place("grant", "api");
    let observed =
        observed(vec![declared("grant", "api", &[])], vec![(grant, found(json!({"statements": {}})))], Vec::new());
    let plan = compare(KINDS, &observed, &BTreeMap::new(), RunGoal::Up, &PlanOptions::default());
    assert_eq!(words(&plan), ["delete(Orphan) grant.api"]);
}

/// Nothing is unchanged that is not there, and nothing waits for it.
#[test]
fn a_declared_resource_that_is_neither_wanted_nor_there_is_no_step() {
    let observed = observed(
        vec![declared("grant", "api", &[]), declared("schedule", "a", &[("grant", "api", StepMilestone::Done)])],
        Vec::new(),
        Vec::new(),
    );
    let desired = [(place("schedule", "a"), json!({}))].into();
    let plan = compare(KINDS, &observed, &desired, RunGoal::Up, &PlanOptions::default());
    assert_eq!((words(&plan), plan.tally().keep), (vec!["create schedule.a".to_owned()], 0));
    assert_eq!(after(&plan, "schedule.a"), [""; 0]);
}

#[test]
fn orphans_go_last_and_their_items_stay() {
    let function = place("function", "api");
    let (old_role, old_function, old_table) = (place("role", "old"), place("function", "old"), place("table", "old"));
    let kept = ErasedResource { hold: Some(DeletionGuard::Data), ..found(json!({})) };
    let observed = observed(
        vec![declared("role", "api", &[]), declared("function", "api", &[("role", "api", StepMilestone::Exists)])],
        vec![(old_role.clone(), found(json!({}))), (old_function.clone(), found(json!({}))), (old_table.clone(), kept)],
        vec![old_role, old_function, old_table],
    );
    let wanted = [(function, json!({})), (place("role", "api"), json!({}))].into();
    let plan = compare(KINDS, &observed, &wanted, RunGoal::Up, &PlanOptions::default());
    assert_eq!(
        words(&plan),
        [
            "retain table.old",
            "create role.api",
            "delete(Orphan) role.old",
            "create function.api",
            "delete(Orphan) function.old"
        ]
    );
    assert_eq!(after(&plan, "function.api"), ["role.api Exists"]);
    assert_eq!(after(&plan, "function.old"), ["role.api Done", "function.api Done"]);
    assert_eq!(after(&plan, "role.old"), ["role.api Done", "function.api Done", "function.old Done"]);
}

#[test]
fn down_takes_functions_first_and_contained_resources_with_them() {
    let there = ["table", "log_group", "role", "function", "grant"].map(|kind| (place(kind, "api"), found(json!({}))));
    let declared = ["table", "log_group", "role", "function", "grant"].map(|kind| declared(kind, "api", &[]));
    let plan = compare(
        KINDS,
        &observed(declared.into(), there.into(), Vec::new()),
        &BTreeMap::new(),
        RunGoal::Down,
        &PlanOptions::default(),
    );
    assert_eq!(
        words(&plan),
        ["delete(Down) table.api", "delete(Down) log_group.api", "delete(Down) role.api", "delete(Down) function.api"]
    );
    for id in ["table.api", "log_group.api"] {
        assert_eq!(after(&plan, id), ["function.api Done"]);
    }
    // A log group is found by its role's name when its tags are not known yet: the role goes after it.
    assert_eq!(after(&plan, "role.api"), ["log_group.api Done", "function.api Done"]);
    assert!(after(&plan, "function.api").is_empty());
}

/// What belongs to one function goes with that one, and does not wait for the others; a table may be used by any.
#[test]
fn what_belongs_to_a_function_waits_for_that_one() {
    let kinds = ["table", "role", "log_group", "function"];
    let all: Vec<_> = kinds.iter().flat_map(|kind| [declared(kind, "api", &[]), declared(kind, "jobs", &[])]).collect();
    let there = all.iter().map(|resource| (resource.place.clone(), found(json!({})))).collect();
    let plan = compare(KINDS, &observed(all, there, vec![]), &BTreeMap::new(), RunGoal::Down, &PlanOptions::default());
    assert_eq!(after(&plan, "log_group.jobs"), ["function.jobs Done"]);
    assert_eq!(after(&plan, "role.jobs"), ["log_group.jobs Done", "function.jobs Done"]);
    assert_eq!(after(&plan, "table.jobs"), ["function.api Done", "function.jobs Done"]);
}

#[test]
fn what_is_to_be_taken_over_can_be_named() {
    let (orders, events) = (place("table", "orders"), place("table", "events"));
    let nobody = || ErasedResource { owner: ResourceOwner::Nobody, ..found(json!({"billing_mode": "PROVISIONED"})) };
    let observed = observed(
        vec![declared("table", "orders", &[]), declared("table", "events", &[])],
        vec![(orders.clone(), nobody()), (events.clone(), nobody())],
        Vec::new(),
    );
    let spec = json!({"billing_mode": "PAY_PER_REQUEST"});
    let wanted = [(orders.clone(), spec.clone()), (events, spec)].into();
    let options = PlanOptions { adopt: AdoptionScope::Only([orders].into()), ..PlanOptions::default() };
    let plan = compare(KINDS, &observed, &wanted, RunGoal::Up, &options);
    assert_eq!(words(&plan), ["adopt(billing_mode) table.orders", "update(billing_mode) table.events"]);
    let refusals: Vec<_> = plan.refusals.iter().map(|error| error.message.as_str()).collect();
    assert_eq!(refusals, ["table.events physical-events exists and was not made by this stack"]);
}

/// What the description does not mention stays; what it would lower otherwise is refused until it is accepted by name.
#[test]
fn protections_are_lowered_by_nobody_but_the_owner() {
    let table = place("table", "orders");
    let there = ErasedResource {
        owner: ResourceOwner::Nobody,
        ..found(
            json!({"deletion_protection": true, "point_in_time_recovery": true, "stream": "NEW_IMAGE", "index": {"by-day": {}, "by-name": {}}}),
        )
    };
    let observed = observed(vec![declared("table", "orders", &[])], vec![(table.clone(), there)], Vec::new());
    let spec = json!({"deletion_protection": false, "point_in_time_recovery": false, "stream": null, "index": {}});
    let wanted = [(table, spec)].into();
    let plan = |blocks: &str, accept: &[&str]| {
        let accept = accept.iter().map(|name| (*name).to_owned()).collect();
        let options = PlanOptions { adopt: AdoptionScope::Everything, accept, ..PlanOptions::default() };
        super::compare(KINDS, &description(blocks), &observed, &wanted, RunGoal::Up, &options)
    };
    let (keys, by_day, by_name) =
        ("[table.orders]\npartition_key = \"a\"", "table.orders.index.by-day", "table.orders.index.by-name");
    let refused = |plan: &Plan| {
        plan.refusals.iter().map(|error| error.get("field").unwrap_or_default().to_owned()).collect::<Vec<_>>()
    };
    let left = |plan: &Plan| plan.unmanaged.iter().map(|setting| setting.path.clone()).collect::<Vec<_>>();

    let all = plan(keys, &[]);
    assert_eq!(words(&all), ["adopt(index.by-day,index.by-name) table.orders"]);
    assert_eq!(left(&all), ["deletion_protection", "point_in_time_recovery", "stream"]);
    assert_eq!(refused(&all), ["index.by-day", "index.by-name"]);
    assert_eq!(all.refusals[0].hints[1], format!("Or let it happen this once: `--accept '{by_day}'`."));

    let one = plan(keys, &[by_day, "table.orders.protected", "table.orders.stream", "table.orders.index"]);
    assert_eq!(refused(&one), ["index.by-name"]);
    assert_eq!(
        one.warnings,
        [
            "table.orders physical-orders loses its index by-day: whoever queries it is refused from then on".to_owned(),
            "table.orders physical-orders loses its index by-name: whoever queries it is refused from then on".to_owned(),
            format!("--accept table.orders.index accepts nothing; to be accepted: {by_day}, {by_name}"),
            "--accept table.orders.protected is not needed: the description does not mention `protected`, so it is left as it is; write the key to change it".to_owned(),
            "--accept table.orders.stream is not needed: the description does not mention `stream`, so it is left as it is; write the key to change it".to_owned(),
        ]
    );

    let written =
        plan(&format!("{keys}\nprotected = false\npoint_in_time_recovery = false\nstream = false"), &[by_day, by_name]);
    assert_eq!(
        words(&written),
        ["adopt(deletion_protection,index.by-day,index.by-name,point_in_time_recovery,stream) table.orders"]
    );
    assert!(written.refusals.is_empty() && written.unmanaged.is_empty(), "{written:?}");
    let lost = |warning: &String| warning.contains(" loses its index ") || warning.contains(" ends its stream");
    assert!(written.warnings.len() == 3 && written.warnings.iter().all(lost), "{written:?}");
}

#[test]
fn what_a_teardown_leaves_alone_is_named_with_its_owner() {
    let other = ResourceOwner::Stack { stack: "billing".into(), stage: "dev".into() };
    for (owner, warning) in [
        (ResourceOwner::Nobody, "table.orders physical-orders is not this stack's: it is left alone"),
        (
            other,
            "table.orders physical-orders is not this stack's but that of stack billing, stage dev: it is left alone",
        ),
    ] {
        let there = ErasedResource { owner, ..found(json!({})) };
        let mut observed =
            observed(vec![declared("table", "orders", &[])], vec![(place("table", "orders"), there)], Vec::new());
        observed.warnings.push("one of the look".to_owned());
        let plan = compare(KINDS, &observed, &BTreeMap::new(), RunGoal::Down, &PlanOptions::default());
        assert_eq!(plan.warnings, ["one of the look", warning]);
    }
}

#[test]
fn what_cannot_be_changed_is_told_with_both_values() {
    let (table, there) = (place("table", "orders"), found(json!({"partition_key": "a (S)", "sort_key": null})));
    let observed = observed(vec![declared("table", "orders", &[])], vec![(table.clone(), there)], Vec::new());
    let wanted = [(table, json!({"partition_key": "b (S)"}))].into();
    let plan = compare(KINDS, &observed, &wanted, RunGoal::Up, &PlanOptions::default());
    let error = &plan.refusals[0];
    assert_eq!(error.message, "partition_key of table.orders physical-orders cannot be changed");
    assert_eq!((error.get("live"), error.get("stack description")), (Some("a (S)"), Some("b (S)")));
}

/// A change is a step as a creation is: what it needs comes before it, what is left over goes after it.
#[test]
fn an_update_waits_for_its_needs_and_orphans_for_the_update() {
    let (role, function, old) = (place("role", "api"), place("function", "api"), place("role", "old"));
    let observed = observed(
        vec![declared("role", "api", &[]), declared("function", "api", &[("role", "api", StepMilestone::Exists)])],
        vec![(function.clone(), found(json!({"memory": 128}))), (old.clone(), found(json!({})))],
        vec![old],
    );
    let wanted = [(role, json!({})), (function, json!({"memory": 256}))].into();
    let plan = compare(KINDS, &observed, &wanted, RunGoal::Up, &PlanOptions::default());
    assert_eq!(words(&plan), ["create role.api", "delete(Orphan) role.old", "update(memory) function.api"]);
    assert_eq!(after(&plan, "function.api"), ["role.api Exists"]);
    assert_eq!(after(&plan, "role.old"), ["role.api Done", "function.api Done"]);
}

/// What a description asks for and what speaks against it concern who wants it there, and warnings of a bill or a limit who works on AWS.
#[tokio::test]
async fn kinds_are_asked_only_where_their_answers_matter() {
    static QUEUE: KindDefinition = KindDefinition::new("queue");
    let cloud = ScriptedCloud::new();
    let id = ResourceId::new("queue", "first");
    cloud.script(id.clone(), ResourceScript { desired: Some(json!({})), ..ResourceScript::default() });
    cloud.warns("it costs");
    let (queues, session) = (ScriptedKind::new(&QUEUE, &cloud), session().await);
    let kinds = [queues.erased()];
    for (goal, local, planned, refusals, warnings) in [
        (RunGoal::Up, false, "create queue.first", 1, 1),
        (RunGoal::Up, true, "create queue.first", 1, 0),
        (RunGoal::Down, false, "keep queue.first", 0, 0),
    ] {
        let declared = vec![DeclaredResource { place: scripted::place(&id), needs: Vec::new() }];
        let mut observed = observed(declared, Vec::new(), Vec::new());
        observed.target.local = local;
        observed.refusals.push(Error::refused("it is full"));
        let run = StackRun { kinds: &kinds, session: &session };
        let plan = decide(run, &observed, goal, &PlanOptions::default()).expect("it can be described");
        assert_eq!(words(&plan), [planned], "{goal:?}");
        assert_eq!((plan.refusals.len(), plan.warnings.len()), (refusals, warnings), "{goal:?}, local: {local}");
    }
}

/// What an earlier run began is neither taken for somebody else's nor for done.
#[test]
fn what_is_under_way_is_waited_for() {
    let table = place("table", "orders");
    let (coming, leaving) = (TransitionPhase::Coming, TransitionPhase::Leaving);
    let spec = json!({"billing_mode": "PROVISIONED"});
    for (phase, owner, goal, planned, refused) in [
        (coming, ResourceOwner::Ours, RunGoal::Up, "update() table.orders", false),
        (coming, ResourceOwner::Nobody, RunGoal::Up, "update() table.orders", true),
        (leaving, ResourceOwner::Ours, RunGoal::Up, "update() table.orders", false),
        // Its tags are gone before it is.
        (leaving, ResourceOwner::Nobody, RunGoal::Up, "update() table.orders", false),
        (coming, ResourceOwner::Ours, RunGoal::Down, "delete(Down) table.orders", false),
        (leaving, ResourceOwner::Nobody, RunGoal::Down, "keep table.orders", false),
    ] {
        let settling = Some(PendingTransition { phase, reason: "it".to_owned() });
        let found = ErasedResource { settling, owner: owner.clone(), ..found(spec.clone()) };
        let observed = observed(vec![declared("table", "orders", &[])], vec![(table.clone(), found)], Vec::new());
        let wanted = BTreeMap::from([(table.clone(), spec.clone())]);
        let plan = compare(KINDS, &observed, &wanted, goal, &PlanOptions::default());
        assert_eq!(words(&plan), [planned], "{phase:?} {owner:?}");
        assert_eq!(!plan.refusals.is_empty(), refused, "{phase:?} {owner:?}");
        assert_eq!(plan.warnings.is_empty(), goal == RunGoal::Down, "{:?}", plan.warnings);
    }
}
