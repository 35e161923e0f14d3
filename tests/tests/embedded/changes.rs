//! A changed description: exactly what was edited is changed, there and back.

use tests::Sandbox;

/// Every value that a case changes is written out.
const STACK: &str = r#"name = "shop"
region = "ap-south-1"

[table.orders]
partition_key = "order_id"
ttl_attribute = false
point_in_time_recovery = false
protected = false
stream = false

[function.api]
artifact = "code"
memory = 128
tables.orders = "read_write"

[function.api.environment]
TABLE_NAME = "${table.orders.name}"

[function.report]
artifact = "code"

[api.routes]
"GET /orders" = "api"
"POST /orders" = "api"
"#;

/// An edit of [`STACK`] and the fields that `up` has to change for it, which are the same on the way back.
struct Case {
    from: &'static str,
    to: &'static str,
    changes: &'static [&'static str],
}

#[track_caller]
fn there_and_back(cases: &[Case]) {
    let sandbox = Sandbox::new(STACK);
    sandbox.up();
    for Case { from, to, changes } in cases {
        sandbox.edit(from, to);
        for direction in ["there", "back"] {
            let plan = sandbox.plan();
            assert_eq!(plan.changes(), *changes, "{direction}: {to}\n{plan}");
            let up = sandbox.up();
            assert_eq!(up.changes(), *changes, "{direction}: {to}\n{up}");
            sandbox.is_converged();
            sandbox.describe(STACK);
        }
    }
}

#[test]
fn of_a_function() {
    there_and_back(&[
        Case { from: "memory = 128", to: "memory = 256", changes: &["function.api memory"] },
        Case { from: "memory = 128", to: "timeout = 20", changes: &["function.api timeout"] },
        Case { from: "memory = 128", to: "ephemeral_storage = 1024", changes: &["function.api ephemeral_storage"] },
        Case { from: "memory = 128", to: "description = \"Orders\"", changes: &["function.api description"] },
        Case { from: "memory = 128", to: "reserved_concurrency = 3", changes: &["function.api reserved_concurrency"] },
        Case { from: "memory = 128", to: "log_retention_days = 7", changes: &["log_group.api retention_days"] },
        Case {
            from: "memory = 128",
            to: "tracing = true",
            changes: &["role.api policies.deployer.Statement", "function.api tracing"],
        },
        Case {
            from: "tables.orders = \"read_write\"",
            to: "tables.orders = \"read\"",
            changes: &["role.api policies.deployer.Statement"],
        },
        Case {
            from: "TABLE_NAME = \"${table.orders.name}\"",
            to: "TABLE_NAME = \"other\"",
            changes: &["function.api environment.TABLE_NAME"],
        },
        Case {
            from: "TABLE_NAME = \"${table.orders.name}\"",
            to: "TABLE_NAME = \"${table.orders.name}\"\nCOLOUR = \"rot ü 🎈\"",
            changes: &["function.api environment.COLOUR"],
        },
        Case {
            from: "memory = 128",
            to: "memory = 128\ntags = { team = \"a\" }",
            changes: &["log_group.api tags.team", "role.api tags.team", "function.api tags.team"],
        },
    ]);
}

#[test]
fn of_a_table() {
    there_and_back(&[
        Case {
            from: "[function.api]",
            to: "billing_mode = \"PROVISIONED\"\nread_capacity = 2\nwrite_capacity = 3\n\n[function.api]",
            changes: &["table.orders billing_mode", "table.orders read_capacity", "table.orders write_capacity"],
        },
        Case {
            from: "ttl_attribute = false",
            to: "ttl_attribute = \"gone_at\"",
            changes: &["table.orders ttl_attribute"],
        },
        Case {
            from: "point_in_time_recovery = false",
            to: "point_in_time_recovery = true",
            changes: &["table.orders point_in_time_recovery"],
        },
        Case {
            from: "protected = false",
            to: "deletion_protection = true",
            changes: &["table.orders deletion_protection"],
        },
        Case { from: "stream = false", to: "stream = \"NEW_IMAGE\"", changes: &["table.orders stream"] },
        Case {
            from: "[function.api]",
            to: "tags = { team = \"a\" }\n\n[function.api]",
            changes: &["table.orders tags.team"],
        },
        Case {
            from: "[function.api]",
            to: "[table.orders.index.by_status]\npartition_key = \"status\"\n\n[function.api]",
            changes: &["table.orders index.by_status", "role.api policies.deployer.Statement"],
        },
        Case {
            from: "[function.api]",
            to: "[table.orders.index.by_status]\npartition_key = \"status\"\n\
                 [table.orders.index.by_day]\npartition_key = \"day\"\nsort_key = { name = \"at\", type = \"N\" }\n\n[function.api]",
            changes: &[
                "table.orders index.by_day",
                "table.orders index.by_status",
                "role.api policies.deployer.Statement",
            ],
        },
    ]);
}

/// The keys of an index cannot be changed: it is replaced, and the table stays.
#[test]
fn of_an_index() {
    let sandbox = Sandbox::new(STACK);
    sandbox.edit("[function.api]", "[table.orders.index.by_owner]\npartition_key = \"status\"\n\n[function.api]");
    sandbox.up();
    let created = created_at(&sandbox);
    sandbox.edit("partition_key = \"status\"", "partition_key = \"customer\"");
    sandbox.converges(&["update table.orders"]);
    assert_eq!(created_at(&sandbox), created, "the table is the same");
}

fn created_at(sandbox: &Sandbox) -> Option<f64> {
    sandbox.cloud().sdk(async |aws| {
        let table = aws.dynamodb.describe_table().table_name("shop-dev-orders").send().await.expect("DescribeTable");
        Some(table.table?.creation_date_time?.as_secs_f64())
    })
}

/// Capacities of a provisioned table, changed in place.
#[test]
fn of_capacities() {
    let sandbox = Sandbox::new(STACK);
    sandbox.edit(
        "[function.api]",
        "billing_mode = \"PROVISIONED\"\nread_capacity = 2\nwrite_capacity = 3\n\
         [table.orders.index.by_status]\npartition_key = \"status\"\n\n[function.api]",
    );
    sandbox.up();
    sandbox.edit("read_capacity = 2", "read_capacity = 4");
    let up = sandbox.converges(&["update table.orders"]);
    assert_eq!(up.changes(), ["table.orders index.by_status.read_capacity", "table.orders read_capacity"], "{up}");
    sandbox.edit("billing_mode = \"PROVISIONED\"\nread_capacity = 4\nwrite_capacity = 3\n", "");
    sandbox.converges(&["update table.orders"]);
    let mode = sandbox.cloud().sdk(async |aws| {
        let table = aws.dynamodb.describe_table().table_name("shop-dev-orders").send().await.expect("DescribeTable");
        let mode = table.table?.billing_mode_summary?.billing_mode?;
        Some(mode.as_str().to_owned())
    });
    assert_eq!(mode.as_deref(), Some("PAY_PER_REQUEST"));
}

#[test]
fn of_an_api() {
    there_and_back(&[
        Case {
            from: "\"POST /orders\" = \"api\"",
            to: "\"POST /orders\" = \"api\"\n\"GET /orders/{order_id}\" = \"api\"",
            changes: &[
                "rest_api.api deployed",
                "rest_api.api routes.GET /orders/{order_id}",
                "grant.api statements.deployer-rest_api-api-[HASH]",
                "grant.api statements.deployer-rest_api-api-[HASH]",
            ],
        },
        Case {
            from: "[api.routes]",
            to: "[api]\ndescription = \"Shop\"\n\n[api.routes]",
            changes: &["rest_api.api description"],
        },
        Case { from: "[api.routes]", to: "[api]\ntracing = true\n\n[api.routes]", changes: &["rest_api.api tracing"] },
        Case {
            from: "[api.routes]",
            to: "[api]\ntags = { team = \"a\" }\n\n[api.routes]",
            changes: &["rest_api.api tags.team"],
        },
        Case {
            from: "[api.routes]",
            to: "[api]\nminimum_compression_size = 1000\n\n[api.routes]",
            changes: &["rest_api.api deployed", "rest_api.api minimum_compression_size"],
        },
        Case {
            from: "[api.routes]",
            to: "[api]\nbinary_media_types = [\"image/png\"]\n\n[api.routes]",
            changes: &["rest_api.api binary_media_types", "rest_api.api deployed"],
        },
    ]);
}

/// Another function behind a route: its grant is made, the other's goes.
#[test]
fn of_a_target() {
    let sandbox = Sandbox::new(STACK);
    sandbox.up();
    sandbox.edit("\"POST /orders\" = \"api\"", "\"POST /orders\" = \"report\"");
    sandbox.converges(&["update rest_api.api", "create grant.report"]);
    sandbox.describe(STACK);
    sandbox.converges(&["update rest_api.api", "delete grant.report"]);
}

/// Another name of the API's stage: the new one answers, the old one goes, the API keeps its id.
#[test]
fn of_an_api_stage() {
    let sandbox = Sandbox::new(STACK);
    let before = sandbox.up().finished();
    sandbox.edit("[api.routes]", "[api]\nstage = \"v2\"\n\n[api.routes]");
    let after = sandbox.converges(&["update rest_api.api", "update grant.api"]).finished();
    assert_eq!(after["outputs"]["rest_api.api.id"], before["outputs"]["rest_api.api.id"]);
    assert!(after["outputs"]["endpoint"].as_str().is_some_and(|url| url.ends_with("/v2")), "{after}");
    let stages = sandbox.cloud().sdk(async |aws| {
        let id = after["outputs"]["rest_api.api.id"].as_str().expect("the API has an id");
        let stages = aws.apigateway.get_stages().rest_api_id(id).send().await.expect("GetStages");
        stages.item().iter().filter_map(|stage| stage.stage_name().map(str::to_owned)).collect::<Vec<_>>()
    });
    assert_eq!(stages, ["v2"]);
}

#[test]
fn of_the_code() {
    let sandbox = Sandbox::new(STACK);
    sandbox.up();
    let cloud = sandbox.cloud();
    tests::function_code::write(&sandbox.path("code"), "second");
    cloud.forget_calls();
    let up = sandbox.converges(&["update function.api", "update function.report"]);
    assert_eq!(up.changes(), ["function.api code_sha256", "function.report code_sha256"], "{up}");
    assert_eq!(cloud.writes(), ["lambda:UpdateFunctionCode"; 2]);
}

/// One changed value costs one write.
#[test]
fn of_one_value() {
    let sandbox = Sandbox::new(STACK);
    sandbox.up();
    let cloud = sandbox.cloud();
    for (from, to, write) in [
        ("TABLE_NAME = \"${table.orders.name}\"", "TABLE_NAME = \"x\"", "lambda:UpdateFunctionConfiguration"),
        ("memory = 128", "memory = 512", "lambda:UpdateFunctionConfiguration"),
        ("memory = 512", "memory = 512\nlog_retention_days = 1", "logs:PutRetentionPolicy"),
        ("memory = 512", "memory = 512\nreserved_concurrency = 1", "lambda:PutFunctionConcurrency"),
        ("reserved_concurrency = 1", "", "lambda:DeleteFunctionConcurrency"),
        ("protected = false", "protected = true", "dynamodb:UpdateTable"),
        ("ttl_attribute = false", "ttl_attribute = \"gone_at\"", "dynamodb:UpdateTimeToLive"),
        ("tables.orders = \"read_write\"", "tables.orders = \"read\"", "iam:PutRolePolicy"),
        ("[api.routes]", "[api.throttle]\nrate = 1\nburst = 1\n\n[api.routes]", "apigateway:UpdateStage"),
    ] {
        sandbox.edit(from, to);
        cloud.forget_calls();
        let up = sandbox.up();
        assert_eq!(cloud.writes(), [write], "{to}\n{up}");
    }
    sandbox.is_converged();
}

/// Tags of the whole stack reach every resource.
#[test]
fn of_the_tags_of_a_stack() {
    let sandbox = Sandbox::new(STACK);
    sandbox.up();
    sandbox.edit("[table.orders]", "[tags]\nteam = \"a\"\n\n[table.orders]");
    let everywhere = [
        "table.orders tags.team",
        "log_group.api tags.team",
        "log_group.report tags.team",
        "role.api tags.team",
        "role.report tags.team",
        "function.api tags.team",
        "function.report tags.team",
        "rest_api.api tags.team",
    ];
    let up = sandbox.up();
    assert_eq!(up.changes(), everywhere, "{up}");
    sandbox.is_converged();
    sandbox.edit("team = \"a\"", "team = \"b\"");
    let up = sandbox.up();
    assert_eq!(up.changes(), everywhere, "{up}");
    sandbox.describe(STACK);
    let up = sandbox.up();
    assert_eq!(up.changes(), everywhere, "{up}");
    sandbox.is_converged();
}

/// What cannot be changed in place is refused with what to do, and nothing is touched.
#[test]
fn of_what_is_fixed() {
    let sandbox = Sandbox::new(STACK);
    sandbox.up();
    let cloud = sandbox.cloud();
    cloud.forget_calls();
    sandbox.edit("partition_key = \"order_id\"", "partition_key = \"id\"");
    sandbox.edit("memory = 128", "memory = 256");
    let up = sandbox.local(&["up", "--yes"]).exits(1);
    insta::assert_snapshot!("key_change_refused", up.transcript());
    assert_eq!(cloud.writes(), [""; 0], "the memory is not changed either");
    let plan = sandbox.local(&["plan"]).exits(1);
    insta::assert_snapshot!("key_change_refused_plan", plan.transcript());
    let json = sandbox.local(&["plan", "--output", "json"]).exits(1).json();
    assert_eq!(json["refusals"][0]["kind"], "refused", "{json}");

    sandbox.describe(STACK);
    sandbox.edit("partition_key = \"order_id\"", "partition_key = { name = \"order_id\", type = \"N\" }");
    sandbox.local(&["up", "--yes"]).exits(1);
    sandbox.describe(STACK);
    sandbox.edit("partition_key = \"order_id\"", "partition_key = \"order_id\"\nsort_key = \"at\"");
    sandbox.local(&["up", "--yes"]).exits(1);
    sandbox.describe(STACK);
    sandbox.edit("[function.api]", "[table.orders.local_index.by_day]\nsort_key = \"day\"\n\n[function.api]");
    sandbox.local(&["up", "--yes"]).exits(1);
    assert_eq!(cloud.writes(), [""; 0]);
}
