//! What `--delete-data` names, and what goes for it.

use super::*;

#[test]
fn data_goes_only_when_its_table_is_named_and_protection_is_not_overruled() {
    let table = place("table", "orders");
    for (hold, named, expected) in [
        (DeletionGuard::Data, "physical-orders", "delete with data(Down) table.orders"),
        (DeletionGuard::Data, "physical-other", "retain table.orders"),
        (DeletionGuard::Data, "orders", "delete with data(Down) table.orders"),
        (DeletionGuard::Data, "table.orders", "delete with data(Down) table.orders"),
        (DeletionGuard::Data, "function.orders", "retain table.orders"),
        (DeletionGuard::Data, "order", "retain table.orders"),
        (DeletionGuard::Protected("on".into()), "table.orders", "retain table.orders"),
        (DeletionGuard::Protected("on".into()), "physical-orders", "retain table.orders"),
    ] {
        let there = ErasedResource { hold: Some(hold), ..found(json!({})) };
        let observed = observed(vec![declared("table", "orders", &[])], vec![(table.clone(), there)], Vec::new());
        let choices = PlanOptions {
            adopt: AdoptionScope::Nothing,
            delete_data: [named.to_owned()].into(),
            ..PlanOptions::default()
        };
        assert_eq!(words(&compare(KINDS, &observed, &BTreeMap::new(), RunGoal::Down, &choices)), [expected], "{named}");
    }
}

#[test]
fn what_is_named_for_deletion_is_a_table_of_the_stack_that_may_go() {
    let (orders, old) = (place("table", "orders"), place("table", "old"));
    let with = |hold: Option<DeletionGuard>| ErasedResource { hold, ..found(json!({})) };
    let observed = observed(
        vec![declared("table", "orders", &[]), declared("table", "gone", &[]), declared("function", "api", &[])],
        vec![
            (orders, with(Some(DeletionGuard::Protected("it is protected".into())))),
            (old.clone(), with(Some(DeletionGuard::Data))),
        ],
        vec![old],
    );
    for (named, refused) in [
        ("physical-old", None),
        // A run that is repeated names what is gone.
        ("physical-gone", None),
        ("physical-orders", Some("table physical-orders is not deleted: it is protected")),
        ("physical-api", Some("--delete-data names `physical-api`, which is no table or queue of this stack")),
        ("gone", None),
        ("table.orders", Some("table physical-orders is not deleted: it is protected")),
        ("table.lost", Some("--delete-data names `table.lost`, which is no table or queue of this stack")),
        ("", Some("--delete-data names ``, which is no table or queue of this stack")),
    ] {
        let choices = PlanOptions {
            adopt: AdoptionScope::Nothing,
            delete_data: [named.to_owned()].into(),
            ..PlanOptions::default()
        };
        let plan = compare(KINDS, &observed, &BTreeMap::new(), RunGoal::Down, &choices);
        let refusals: Vec<_> = plan.refusals.iter().map(|error| error.message.as_str()).collect();
        assert_eq!(refusals, refused.into_iter().collect::<Vec<_>>(), "{named}");
    }
}

#[test]
fn a_wrong_name_for_deletion_is_answered_with_the_right_ones() {
    let hint = |declared: Vec<DeclaredResource>, named: &str| {
        let choices = PlanOptions {
            adopt: AdoptionScope::Nothing,
            delete_data: [named.to_owned()].into(),
            ..PlanOptions::default()
        };
        let observed = observed(declared, Vec::new(), Vec::new());
        let plan = compare(KINDS, &observed, &BTreeMap::new(), RunGoal::Down, &choices);
        plan.refusals[0].hints.join(" ")
    };
    let tables = || vec![declared("table", "a", &[]), declared("table", "b", &[])];
    assert_eq!(hint(tables(), "tables.b"), "It has: a (physical-a), b (physical-b). What is gone need not be named.");
    assert_eq!(
        hint(tables(), "phisical-b"),
        "Did you mean `physical-b`? It has: a (physical-a), b (physical-b). What is gone need not be named."
    );
    assert_eq!(hint(vec![declared("function", "a", &[])], "c"), "It has no tables or queues: leave --delete-data out.");
}

/// A table may have the id of another one as its name: the name counts, and where two have the id nobody is meant.
#[test]
fn an_id_means_its_table_only_where_that_is_clear() {
    let kept = || ErasedResource { hold: Some(DeletionGuard::Data), ..found(json!({})) };
    let (first, second) =
        (place("table", "orders"), ResourceRef { name: "orders".into(), ..place("table", "archive") });
    let declared_second = DeclaredResource { place: second.clone(), needs: Vec::new() };
    let observed = observed(
        vec![declared("table", "orders", &[]), declared_second],
        vec![(first, kept()), (second, kept())],
        Vec::new(),
    );
    for (named, expected) in [
        ("orders", ["retain table.orders", "delete with data(Down) table.archive"]),
        ("table.orders", ["delete with data(Down) table.orders", "retain table.archive"]),
        ("archive", ["retain table.orders", "delete with data(Down) table.archive"]),
    ] {
        let choices = PlanOptions { delete_data: [named.to_owned()].into(), ..PlanOptions::default() };
        assert_eq!(words(&compare(KINDS, &observed, &BTreeMap::new(), RunGoal::Down, &choices)), expected, "{named}");
    }
}
