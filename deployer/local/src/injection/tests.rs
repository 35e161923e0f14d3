//! Faults around the calls of real services.

use super::rates::RateBuckets;
use super::{CallPattern, FaultEffect, FaultInjector, Faults, InjectedFault, PlannedFault};
use crate::service::find_service;
use std::time::{Duration, Instant};

/// Asks what happens to a call of an operation that is declared.
fn check(injector: &FaultInjector, service: &str, operation: &str) -> Option<InjectedFault> {
    let service = find_service(service).unwrap();
    injector.check(&service.spec, &service.operation(operation).unwrap().spec)
}

fn planned(operation: &str, nth: u64, times: u64, effect: FaultEffect) -> PlannedFault {
    PlannedFault { operation: CallPattern(operation.to_owned()), writes_only: false, nth, times, effect }
}

#[test]
fn nothing_happens_by_default() {
    let injector = FaultInjector::new(Faults::default());
    assert!((0..1000).all(|_| check(&injector, "apigateway", "DeleteRestApi").is_none()));
}

#[test]
fn the_nth_call_and_only_that() {
    let injector = FaultInjector::new(Faults {
        planned: vec![
            planned("lambda:CreateFunction", 2, 1, FaultEffect::CutAfter),
            planned("iam:*", 1, 2, FaultEffect::Throttle),
        ],
        ..Faults::default()
    });
    let lambda: Vec<_> = (0..3).map(|_| check(&injector, "lambda", "CreateFunction")).collect();
    assert_eq!(lambda, [None, Some(InjectedFault::CutAfter), None]);
    let iam: Vec<_> = ["GetRole", "CreateRole", "GetRole"].map(|op| check(&injector, "iam", op).is_some()).into();
    assert_eq!(iam, [true, true, false]);
    assert_eq!(check(&injector, "logs", "CreateLogGroup"), None);
}

#[test]
fn writes_only_does_not_count_reads() {
    let all = PlannedFault { writes_only: true, ..planned("*", 2, 1, FaultEffect::CutBefore) };
    let injector = FaultInjector::new(Faults { planned: vec![all], ..Faults::default() });
    let seen = ["CreateRole", "GetRole", "ListRoles", "PutRolePolicy"].map(|op| check(&injector, "iam", op));
    assert_eq!(seen, [None, None, None, Some(InjectedFault::CutBefore)]);
}

#[test]
fn chances_follow_the_seed_whatever_runs_beside() {
    let faults = |seed| Faults { seed, server_error_chance: 0.3, cut_after_chance: 0.3, ..Faults::default() };
    let run = |seed, noise: bool| -> Vec<_> {
        let injector = FaultInjector::new(faults(seed));
        (0..50)
            .map(|_| {
                if noise {
                    check(&injector, "iam", "GetRole");
                }
                check(&injector, "lambda", "GetFunction")
            })
            .collect()
    };
    assert_eq!(run(1, false), run(1, true));
    assert_ne!(run(1, false), run(2, false));
    assert!(run(1, false).iter().any(Option::is_some));
    let injector = FaultInjector::new(Faults { cut_before_chance: 1.0, ..Faults::default() });
    assert_eq!(check(&injector, "dynamodb", "GetItem"), None);
    let only = vec![CallPattern("dynamodb:GetItem".to_owned())];
    let injector = FaultInjector::new(Faults { cut_before_chance: 1.0, only, ..Faults::default() });
    assert_eq!(check(&injector, "dynamodb", "GetItem"), Some(InjectedFault::CutBefore));
    assert_eq!(check(&injector, "dynamodb", "CreateTable"), None);
}

#[test]
fn settings_survive_the_wire() {
    let faults = Faults {
        published_rates: Some(2.0),
        planned: vec![planned(
            "*",
            1,
            1,
            FaultEffect::Refuse { status: 409, code: "ConflictException".into(), message: "m".into() },
        )],
        ..Faults::default()
    };
    let text = serde_json::to_string(&faults).unwrap();
    assert_eq!(serde_json::from_str::<Faults>(&text).unwrap(), faults);
    let short = r#"{"planned":[{"nth":3,"effect":"cut_after"}]}"#;
    let read: Faults = serde_json::from_str(short).unwrap();
    assert_eq!(read.planned, [planned("*", 3, 1, FaultEffect::CutAfter)]);
    assert!(serde_json::from_str::<Faults>(r#"{"role_propagation":1}"#).is_err());
}

fn take(buckets: &mut RateBuckets, service: &str, operation: &str, scale: f64, now: Instant) -> Result<(), f64> {
    let service = find_service(service).unwrap();
    buckets.take(&service.spec, &service.operation(operation).unwrap().spec, scale, now)
}

#[test]
fn a_second_deletion_waits_for_the_bucket() {
    let (mut buckets, now) = (RateBuckets::default(), Instant::now());
    assert_eq!(take(&mut buckets, "apigateway", "DeleteRestApi", 1.0, now), Ok(()));
    let wait = take(&mut buckets, "apigateway", "DeleteRestApi", 1.0, now).unwrap_err();
    assert!((29.9..=30.1).contains(&wait), "{wait}");
    assert_eq!(take(&mut buckets, "apigateway", "GetRestApi", 1.0, now), Ok(()));
    assert!(take(&mut buckets, "apigateway", "DeleteRestApi", 1.0, now + Duration::from_secs(29)).is_err());
    assert_eq!(take(&mut buckets, "apigateway", "DeleteRestApi", 1.0, now + Duration::from_secs(31)), Ok(()));
}

#[test]
fn operations_share_the_bucket_of_their_service() {
    let (mut buckets, now) = (RateBuckets::default(), Instant::now());
    for _ in 0..40 {
        assert_eq!(take(&mut buckets, "apigateway", "GetStage", 1.0, now), Ok(()));
    }
    assert!(take(&mut buckets, "apigateway", "GetRestApis", 1.0, now).is_err());
    for _ in 0..50 {
        assert_eq!(take(&mut buckets, "lambda", "Invoke", 1.0, now), Ok(()));
    }
}

#[test]
fn a_scale_makes_it_faster() {
    let (mut buckets, now) = (RateBuckets::default(), Instant::now());
    assert_eq!(take(&mut buckets, "apigateway", "DeleteRestApi", 300.0, now), Ok(()));
    let wait = take(&mut buckets, "apigateway", "DeleteRestApi", 300.0, now).unwrap_err();
    assert!((0.09..=0.11).contains(&wait), "{wait}");
}

#[test]
fn some_operations_have_buckets_of_their_own_alone_or_together() {
    let (mut buckets, now) = (RateBuckets::default(), Instant::now());
    for n in 0..30 {
        let operation = ["TagResource", "UntagResource"][n % 2];
        let taken = take(&mut buckets, "dynamodb", operation, 1.0, now);
        assert_eq!(taken.is_ok(), n < 5, "{n}");
    }
    assert_eq!(take(&mut buckets, "dynamodb", "CreateTable", 1.0, now), Ok(()));
    // What GetPolicy takes is not missing where all operations of Lambda take from.
    for _ in 0..15 {
        assert_eq!(take(&mut buckets, "lambda", "GetPolicy", 1.0, now), Ok(()));
    }
    assert!(take(&mut buckets, "lambda", "GetPolicy", 1.0, now).is_err());
    for _ in 0..15 {
        assert_eq!(take(&mut buckets, "lambda", "ListTags", 1.0, now), Ok(()));
    }
    assert!(take(&mut buckets, "lambda", "ListTags", 1.0, now).is_err());
}
