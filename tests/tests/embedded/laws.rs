//! What holds for every stack: `up` twice is once; whatever was there before, after `up` nothing is left to do; after `down`
//! nothing is left.

use proptest::collection::btree_map;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::Config;
use std::collections::BTreeMap;
use std::fmt::Write;
use tests::Sandbox;

#[derive(Debug, Clone)]
struct Table {
    provisioned: Option<u32>,
    ttl: Option<&'static str>,
    recovery: bool,
    stream: Option<&'static str>,
    indexes: BTreeMap<&'static str, &'static str>,
}

#[derive(Debug, Clone)]
struct Function {
    memory: u32,
    retention: u32,
    tracing: bool,
    concurrency: Option<u32>,
    environment: BTreeMap<&'static str, String>,
    access: Option<&'static str>,
}

#[derive(Debug, Clone)]
struct Stack {
    tables: BTreeMap<&'static str, Table>,
    functions: BTreeMap<&'static str, Function>,
    routes: BTreeMap<&'static str, usize>,
    throttle: Option<u32>,
    schedule: Option<&'static str>,
    team: Option<&'static str>,
}

fn table() -> impl Strategy<Value = Table> {
    let indexes = btree_map(select(&["one", "two", "three"][..]), select(&["x", "y"][..]), 0..3);
    (
        option::of(1..5u32),
        option::of(select(&["gone_at", "until"][..])),
        any::<bool>(),
        option::of(select(&["KEYS_ONLY", "NEW_IMAGE"][..])),
        indexes,
    )
        .prop_map(|(provisioned, ttl, recovery, stream, indexes)| Table {
            provisioned,
            ttl,
            recovery,
            stream,
            indexes,
        })
}

fn function() -> impl Strategy<Value = Function> {
    let environment = btree_map(select(&["COLOUR", "SIZE", "MODE"][..]), "[ -~äß€]{0,12}", 0..3);
    let access = option::of(select(&["read", "write", "read_write"][..]));
    (
        select(&[128u32, 256, 1769][..]),
        select(&[0u32, 1, 30][..]),
        any::<bool>(),
        option::of(0..3u32),
        environment,
        access,
    )
        .prop_map(|(memory, retention, tracing, concurrency, environment, access)| Function {
            memory,
            retention,
            tracing,
            concurrency,
            environment,
            access,
        })
}

fn stack() -> impl Strategy<Value = Stack> {
    let routes = select(&["GET /a", "POST /a", "ANY /b/{id}", "GET /b/{id}/c", "DELETE /", "PUT /d/{rest+}"][..]);
    (
        btree_map(select(&["t", "u"][..]), table(), 0..3),
        btree_map(select(&["f", "g"][..]), function(), 0..3),
        btree_map(routes, 0..2usize, 0..4),
        option::of(1..100u32),
        option::of(select(&["rate(1 hour)", "cron(0 12 * * ? *)"][..])),
        option::of(select(&["red", "blue"][..])),
    )
        .prop_map(|(tables, functions, routes, throttle, schedule, team)| Stack {
            tables,
            functions,
            routes,
            throttle,
            schedule,
            team,
        })
}

impl Stack {
    fn toml(&self) -> String {
        let mut out = "name = \"law\"\nregion = \"ap-south-1\"\n".to_owned();
        let mut line = |text: String| writeln!(out, "{text}").expect("a String takes everything");
        if let Some(team) = self.team {
            line(format!("[tags]\nteam = {team:?}"));
        }
        for (id, table) in &self.tables {
            line(format!("[table.{id}]\npartition_key = \"id\"\npoint_in_time_recovery = {}", table.recovery));
            if let Some(units) = table.provisioned {
                line(format!("billing_mode = \"PROVISIONED\"\nread_capacity = {units}\nwrite_capacity = 1"));
            }
            if let Some(ttl) = table.ttl {
                line(format!("ttl_attribute = {ttl:?}"));
            }
            if let Some(view) = table.stream {
                line(format!("stream = {view:?}"));
            }
            for (name, key) in &table.indexes {
                line(format!("[table.{id}.index.{name}]\npartition_key = {key:?}"));
            }
        }
        for (id, function) in &self.functions {
            let Function { memory, retention, tracing, .. } = function;
            line(format!(
                "[function.{id}]\nartifact = \"code\"\nmemory = {memory}\nlog_retention_days = {retention}\ntracing = {tracing}"
            ));
            if let Some(concurrency) = function.concurrency {
                line(format!("reserved_concurrency = {concurrency}"));
            }
            if let Some(access) = function.access {
                for table in self.tables.keys() {
                    line(format!("tables.{table} = {access:?}"));
                }
            }
            line(format!("[function.{id}.environment]"));
            for (name, value) in &function.environment {
                // `${` would begin a reference.
                line(format!("{name} = {}", serde_json::json!(value.replace('$', "S"))));
            }
        }
        let functions: Vec<_> = self.functions.keys().collect();
        if let (Some(expression), Some(function)) = (self.schedule, functions.last()) {
            line(format!("[schedule.s]\nfunction = {function:?}\nexpression = {expression:?}"));
        }
        if !functions.is_empty() && !self.routes.is_empty() {
            if let Some(rate) = self.throttle {
                line(format!("[api.throttle]\nrate = {rate}\nburst = {rate}"));
            }
            line("[api.routes]".to_owned());
            for (route, function) in &self.routes {
                line(format!("{route:?} = {:?}", functions[function % functions.len()]));
            }
        }
        out
    }
}

/// Few by default, as many as `PROPTEST_CASES` says for a long look.
fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(6)
}

proptest! {
    // Each case is a dozen runs of the program.
    #![proptest_config(Config { cases: cases(), max_shrink_iters: 12, failure_persistence: None, ..Config::default() })]

    #[test]
    fn of_up_and_down(before in stack(), after in stack()) {
        let sandbox = Sandbox::new(&before.toml());
        sandbox.up();
        let cloud = sandbox.cloud();
        cloud.forget_calls();
        sandbox.converges(&[]);
        prop_assert_eq!(cloud.writes(), [""; 0]);
        sandbox.describe(&after.toml());
        let plan = sandbox.plan();
        let up = sandbox.up();
        prop_assert_eq!(plan.steps(), up.steps());
        prop_assert_eq!(plan.changes(), up.changes());
        sandbox.is_converged();
        let fresh = Sandbox::new(&after.toml());
        fresh.up();
        prop_assert_eq!(cloud.census(), fresh.cloud().census(), "where it came from makes no difference");
        sandbox.local(&["down", "--yes"]).ok();
        prop_assert_eq!(sandbox.start_cloud().census(), [""; 0]);
    }
}
