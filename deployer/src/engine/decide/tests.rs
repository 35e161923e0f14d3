use super::super::diff::Change;
use super::super::event::Target;
use super::*;
use crate::kinds::{Need, Phase};
use serde_json::json;

fn place(kind: &'static str, name: &str) -> Place {
    Place { id: Id::new(kind, name), name: format!("physical-{name}") }
}

fn declared(kind: &'static str, name: &str, needs: &[(&'static str, &str, Milestone)]) -> Declared {
    let needs = needs.iter().map(|(kind, name, milestone)| Need { id: Id::new(kind, *name), milestone: *milestone });
    Declared { place: place(kind, name), needs: needs.collect() }
}

fn live(spec: Value) -> Live<Value> {
    Live { spec, settling: None, owner: Owner::Ours, outputs: BTreeMap::new(), hold: None }
}

fn survey(declared: Vec<Declared>, live: Vec<(Place, Live<Value>)>, orphans: Vec<Place>) -> Survey {
    let target = Target {
        stack: "orders".into(),
        stage: "prod".into(),
        account: "123456789012".into(),
        region: "ap-south-1".into(),
        endpoint: None,
        local: false,
        caller: String::new(),
    };
    Survey { target, declared, live: live.into_iter().collect(), orphans, warnings: Vec::new(), room: None }
}

fn words(plan: &Plan) -> Vec<String> {
    plan.steps
        .iter()
        .map(|step| {
            let what = match &step.action {
                Action::Keep => "keep".to_owned(),
                Action::Create { .. } => "create".to_owned(),
                Action::Update { changes, adopt } => {
                    let paths: Vec<_> = changes.iter().map(|c| c.path.as_str()).collect();
                    format!("{}({})", if *adopt { "adopt" } else { "update" }, paths.join(","))
                }
                Action::Delete { reason } => format!("delete({reason:?})"),
                Action::Retain { .. } => "retain".to_owned(),
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
    let with = |owner: Owner| Live { owner, ..live(json!({"billing_mode": "PROVISIONED"})) };
    let other = || Owner::Stack { stack: "billing".into(), stage: "prod".into() };
    let hold = |hold: Hold| Live { hold: Some(hold), ..live(json!({})) };
    let want = Some(json!({"billing_mode": "PAY_PER_REQUEST"}));
    for (why, goal, want, there, adopt, expected, refusals) in [
        ("absent is created", Goal::Up, want.clone(), None, false, "create table.orders", 0),
        (
            "equal is kept",
            Goal::Up,
            want.clone(),
            Some(live(json!({"billing_mode": "PAY_PER_REQUEST", "unmanaged": 1}))),
            false,
            "keep table.orders",
            0,
        ),
        (
            "different is updated",
            Goal::Up,
            want.clone(),
            Some(with(Owner::Ours)),
            false,
            "update(billing_mode) table.orders",
            0,
        ),
        (
            "nobody's is refused",
            Goal::Up,
            want.clone(),
            Some(with(Owner::Nobody)),
            false,
            "update(billing_mode) table.orders",
            1,
        ),
        (
            "nobody's is adopted when asked",
            Goal::Up,
            want.clone(),
            Some(with(Owner::Nobody)),
            true,
            "adopt(billing_mode) table.orders",
            0,
        ),
        (
            "another stack's is never adopted",
            Goal::Up,
            want.clone(),
            Some(with(other())),
            true,
            "update(billing_mode) table.orders",
            1,
        ),
        (
            "keys are fixed",
            Goal::Up,
            Some(json!({"partition_key": "a (S)"})),
            Some(live(json!({"partition_key": "b (S)"}))),
            false,
            "update(partition_key) table.orders",
            1,
        ),
        ("down deletes ours", Goal::Down, None, Some(with(Owner::Ours)), false, "delete(Down) table.orders", 0),
        ("down leaves nobody's", Goal::Down, None, Some(with(Owner::Nobody)), false, "keep table.orders", 0),
        ("down leaves another stack's", Goal::Down, None, Some(with(other())), false, "keep table.orders", 0),
        ("down of nothing", Goal::Down, None, None, false, "keep table.orders", 0),
        ("items stay", Goal::Down, None, Some(hold(Hold::Data("items".into()))), false, "retain table.orders", 0),
        (
            "protected stays",
            Goal::Down,
            None,
            Some(hold(Hold::Protected("on".into()))),
            false,
            "retain table.orders",
            0,
        ),
    ] {
        let survey = survey(
            vec![declared("table", "orders", &[])],
            there.into_iter().map(|l| (table.clone(), l)).collect(),
            Vec::new(),
        );
        let wanted = want.into_iter().map(|w| (table.clone(), w)).collect();
        let plan = compare(
            &survey,
            &wanted,
            goal,
            &Choices { adopt: if adopt { Adopt::Everything } else { Adopt::Nothing }, delete_data: BTreeSet::new() },
        );
        assert_eq!(words(&plan), [expected], "{why}");
        assert_eq!(plan.refusals.len(), refusals, "{why}: {:?}", plan.refusals);
    }
}

#[test]
fn data_goes_only_when_its_table_is_named_and_protection_is_not_overruled() {
    let table = place("table", "orders");
    for (hold, named, expected) in [
        (Hold::Data("items".into()), "physical-orders", "delete(Down) table.orders"),
        (Hold::Data("items".into()), "physical-other", "retain table.orders"),
        (Hold::Data("items".into()), "orders", "retain table.orders"),
        (Hold::Protected("on".into()), "physical-orders", "retain table.orders"),
    ] {
        let there = Live { hold: Some(hold), ..live(json!({})) };
        let survey = survey(vec![declared("table", "orders", &[])], vec![(table.clone(), there)], Vec::new());
        let choices = Choices { adopt: Adopt::Nothing, delete_data: [named.to_owned()].into() };
        assert_eq!(words(&compare(&survey, &BTreeMap::new(), Goal::Down, &choices)), [expected], "{named}");
    }
}

#[test]
fn what_is_named_for_deletion_is_a_table_of_the_stack_that_may_go() {
    let (orders, old) = (place("table", "orders"), place("table", "old"));
    let with = |hold: Option<Hold>| Live { hold, ..live(json!({})) };
    let survey = survey(
        vec![declared("table", "orders", &[]), declared("table", "gone", &[]), declared("function", "api", &[])],
        vec![
            (orders, with(Some(Hold::Protected("it is protected".into())))),
            (old.clone(), with(Some(Hold::Data("items".into())))),
        ],
        vec![old],
    );
    for (named, refused) in [
        ("physical-old", None),
        // A run that is repeated names what is gone.
        ("physical-gone", None),
        ("physical-orders", Some("table physical-orders is not deleted: it is protected")),
        ("physical-api", Some("--delete-data names `physical-api`, which is no table of this stack")),
        ("gone", Some("--delete-data names `gone`, which is no table of this stack")),
        ("", Some("--delete-data names ``, which is no table of this stack")),
    ] {
        let choices = Choices { adopt: Adopt::Nothing, delete_data: [named.to_owned()].into() };
        let plan = compare(&survey, &BTreeMap::new(), Goal::Down, &choices);
        let refusals: Vec<_> = plan.refusals.iter().map(|error| error.message.as_str()).collect();
        assert_eq!(refusals, refused.into_iter().collect::<Vec<_>>(), "{named}");
    }
}

#[test]
fn what_a_step_takes_away() {
    let change = |path: &str, was: Value, want: Value| Change { path: path.to_owned(), was, want };
    let was = || json!("x");
    for (kind, change, takes_away) in [
        ("table", change("index.by-kind", json!({}), Value::Null), true),
        ("table", change("index.by.kind.partition_key", was(), json!("y")), true),
        ("table", change("index.by-kind.sort_key", was(), Value::Null), true),
        ("table", change("index.by-kind.projection", was(), json!("y")), true),
        ("table", change("index.by-kind", Value::Null, json!({})), false),
        ("table", change("index.by-kind.read_capacity", json!(1), Value::Null), false),
        ("table", change("ttl_attribute", was(), Value::Null), false),
        ("function", change("environment.A", was(), Value::Null), false),
    ] {
        let path = change.path.clone();
        let action = Action::Update { changes: vec![change], adopt: false };
        let step = Step { place: place(kind, "x"), action, after: Vec::new() };
        assert_eq!(step.takes_away(), takes_away, "{kind} {path}");
    }
    for (action, takes_away) in [
        (Action::Delete { reason: DeleteReason::Orphan }, true),
        (Action::Create { spec: json!({}) }, false),
        (Action::Retain { reason: "items".into() }, false),
        (Action::Keep, false),
    ] {
        assert_eq!(Step { place: place("role", "x"), action, after: Vec::new() }.takes_away(), takes_away);
    }
}

#[test]
fn a_declared_resource_that_is_not_wanted_goes() {
    let grant = place("grant", "api");
    let survey =
        survey(vec![declared("grant", "api", &[])], vec![(grant, live(json!({"statements": {}})))], Vec::new());
    let plan = compare(&survey, &BTreeMap::new(), Goal::Up, &Choices::default());
    assert_eq!(words(&plan), ["delete(Orphan) grant.api"]);
}

#[test]
fn orphans_go_last_and_their_items_stay() {
    let function = place("function", "api");
    let (old_role, old_function, old_table) = (place("role", "old"), place("function", "old"), place("table", "old"));
    let kept = Live { hold: Some(Hold::Data("items".into())), ..live(json!({})) };
    let survey = survey(
        vec![declared("role", "api", &[]), declared("function", "api", &[("role", "api", Milestone::Exists)])],
        vec![(old_role.clone(), live(json!({}))), (old_function.clone(), live(json!({}))), (old_table.clone(), kept)],
        vec![old_role, old_function, old_table],
    );
    let wanted = [(function, json!({})), (place("role", "api"), json!({}))].into();
    let plan = compare(&survey, &wanted, Goal::Up, &Choices::default());
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
    let there = ["table", "log_group", "role", "function", "grant"].map(|kind| (place(kind, "api"), live(json!({}))));
    let declared = ["table", "log_group", "role", "function", "grant"].map(|kind| declared(kind, "api", &[]));
    let plan =
        compare(&survey(declared.into(), there.into(), Vec::new()), &BTreeMap::new(), Goal::Down, &Choices::default());
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

/// What an earlier run began is neither taken for somebody else's nor for done.
#[test]
fn what_is_under_way_is_waited_for() {
    let table = place("table", "orders");
    let (coming, leaving) = (Phase::Coming, Phase::Leaving);
    let spec = json!({"billing_mode": "PROVISIONED"});
    for (phase, owner, goal, planned, refused) in [
        (coming, Owner::Ours, Goal::Up, "update() table.orders", false),
        (coming, Owner::Nobody, Goal::Up, "update() table.orders", true),
        (leaving, Owner::Ours, Goal::Up, "update() table.orders", false),
        // Its tags are gone before it is.
        (leaving, Owner::Nobody, Goal::Up, "update() table.orders", false),
        (coming, Owner::Ours, Goal::Down, "delete(Down) table.orders", false),
        (leaving, Owner::Nobody, Goal::Down, "keep table.orders", false),
    ] {
        let settling = Some(Settling { phase, reason: "it".to_owned() });
        let found = Live { settling, owner: owner.clone(), ..live(spec.clone()) };
        let survey = survey(vec![declared("table", "orders", &[])], vec![(table.clone(), found)], Vec::new());
        let wanted = BTreeMap::from([(table.clone(), spec.clone())]);
        let plan = compare(&survey, &wanted, goal, &Choices::default());
        assert_eq!(words(&plan), [planned], "{phase:?} {owner:?}");
        assert_eq!(!plan.refusals.is_empty(), refused, "{phase:?} {owner:?}");
        assert_eq!(plan.warnings.is_empty(), goal == Goal::Down, "{:?}", plan.warnings);
    }
}
