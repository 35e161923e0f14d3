//! Changes of the stack description: exactly what changed there changes in the account, there and back.

use crate::world::{World, differences};

struct Change {
    from: &'static str,
    to: &'static str,
    /// What the plan says.
    plan: &'static [&'static str],
    /// What another client sees.
    seen: &'static [&'static str],
}

/// Not here, because moto does not change them: encryption, table class, one
/// stream for another, and of functions the size of `/tmp` and tracing.
const TABLE: &[Change] = &[
    Change {
        from: "read_capacity = 3",
        to: "read_capacity = 6",
        plan: &["table.ledger read_capacity"],
        seen: &["tables.Ledger.units"],
    },
    Change {
        from: "read_capacity = 5\nwrite_capacity = 4",
        to: "read_capacity = 5\nwrite_capacity = 9",
        plan: &["table.ledger index.by-day.write_capacity"],
        seen: &["tables.Ledger.indexes.by-day.units"],
    },
    Change {
        from: "ttl_attribute = \"leaves_at\"\n",
        to: "ttl_attribute = false\n",
        plan: &["table.ledger ttl_attribute"],
        seen: &["tables.Ledger.ttl"],
    },
    Change {
        from: "ttl_attribute = \"leaves_at\"",
        to: "ttl_attribute = \"gone_at\"",
        plan: &["table.ledger ttl_attribute"],
        seen: &["tables.Ledger.ttl"],
    },
    Change {
        from: "point_in_time_recovery = true",
        to: "point_in_time_recovery = false",
        plan: &["table.ledger point_in_time_recovery"],
        seen: &["tables.Ledger.point_in_time_recovery"],
    },
    Change {
        from: "stream = false",
        to: "stream = \"KEYS_ONLY\"",
        plan: &["table.events stream"],
        seen: &["tables.rich-dev-events.stream"],
    },
    Change {
        from: "protected = false",
        to: "deletion_protection = true",
        plan: &["table.events deletion_protection"],
        seen: &["tables.rich-dev-events.deletion_protection"],
    },
    Change {
        from: "[table.events]\n",
        to: "[table.events]\nbilling_mode = \"PROVISIONED\"\nread_capacity = 1\nwrite_capacity = 2\n",
        plan: &["table.events billing_mode", "table.events read_capacity", "table.events write_capacity"],
        seen: &["tables.rich-dev-events.billing_mode", "tables.rich-dev-events.units"],
    },
    Change {
        from: "tags.data = \"money\"",
        to: "tags.data = \"coins\"\ntags.more = \"x\"",
        plan: &["table.ledger tags.data", "table.ledger tags.more"],
        seen: &["tables.Ledger.tags.data", "tables.Ledger.tags.more"],
    },
];

/// A new index changes the policies of the functions that may query it.
const INDEX: &[Change] = &[Change {
    from: "[table.ledger.local_index.by-amount]",
    to: "[table.ledger.index.by-currency]\npartition_key = \"currency\"\nprojection = \"KEYS_ONLY\"\n\n[table.ledger.local_index.by-amount]",
    plan: &[
        "table.ledger index.by-currency",
        "role.api policies.deployer.Statement",
        "role.worker policies.deployer.Statement",
    ],
    seen: &[
        "roles.rich-dev-api.inline.deployer.Statement",
        "roles.rich-dev-worker.inline.deployer.Statement",
        "tables.Ledger.indexes.by-currency",
    ],
}];

const FUNCTION: &[Change] = &[
    Change {
        from: "memory = 512",
        to: "memory = 640",
        plan: &["function.api memory"],
        seen: &["functions.rich-dev-api.MemorySize"],
    },
    Change {
        from: "timeout = 29",
        to: "timeout = 28",
        plan: &["function.api timeout"],
        seen: &["functions.rich-dev-api.Timeout"],
    },
    Change {
        from: "description = \"answers\"",
        to: "description = \"asks\"",
        plan: &["function.api description"],
        seen: &["functions.rich-dev-api.Description"],
    },
    Change {
        from: "reserved_concurrency = 7",
        to: "reserved_concurrency = 8",
        plan: &["function.api reserved_concurrency"],
        seen: &["functions.rich-dev-api.concurrency"],
    },
    Change {
        from: "log_retention_days = 14",
        to: "log_retention_days = 0",
        plan: &["log_group.api retention_days"],
        seen: &["log_groups./aws/lambda/rich-dev-api.retention"],
    },
    Change {
        from: "REGION = \"${stack.region}\"",
        to: "REGION = \"elsewhere\"\nLEVEL = \"debug\"",
        plan: &["function.api environment.LEVEL", "function.api environment.REGION"],
        seen: &[
            "functions.rich-dev-api.Environment.Variables.LEVEL",
            "functions.rich-dev-api.Environment.Variables.REGION",
        ],
    },
    Change {
        from: "tables.events = [\"PutItem\"]",
        to: "tables.events = [\"PutItem\", \"GetItem\"]",
        plan: &["role.api policies.deployer.Statement"],
        seen: &["roles.rich-dev-api.inline.deployer.Statement"],
    },
];

const API: &[Change] = &[
    Change {
        from: "name = \"rich-api\"",
        to: "name = \"other\"",
        plan: &["rest_api.api name"],
        seen: &["apis.API0.name"],
    },
    Change {
        from: "description = \"in front\"",
        to: "description = \"at the door\"",
        plan: &["rest_api.api description"],
        seen: &["apis.API0.description"],
    },
    Change {
        from: "tracing = true\nminimum",
        to: "minimum",
        plan: &["rest_api.api tracing"],
        seen: &["apis.API0.stages.v1.tracing"],
    },
    Change {
        from: "rate = 12.5",
        to: "rate = 13",
        plan: &["rest_api.api throttle.rate"],
        seen: &["apis.API0.stages.v1.throttle"],
    },
    Change {
        from: "\"POST /ledger\" = \"api\"",
        to: "\"POST /ledger\" = \"api\"\n\"GET /ledger\" = \"api\"",
        plan: &["rest_api.api deployed", "rest_api.api routes.GET /ledger"],
        seen: &["apis.API0.methods.GET /ledger", "apis.API0.stages.v1.shows"],
    },
    Change {
        from: "\"POST /ledger\" = \"api\"",
        to: "\"POST /ledger\" = \"worker\"",
        plan: &["rest_api.api deployed", "rest_api.api routes.POST /ledger", "grant.worker statements"],
        seen: &[
            "apis.API0.methods.POST /ledger.uri",
            "apis.API0.stages.v1.shows",
            "functions.rich-dev-worker.policy.STATEMENT.Condition.ArnLike.AWS:SourceArn",
        ],
    },
];

const SCHEDULE: &[Change] = &[
    Change {
        from: "expression = \"cron(0 3 * * ? *)\"",
        to: "expression = \"rate(5 minutes)\"",
        plan: &["schedule.nightly expression"],
        seen: &["rules.rich-nightly.expression"],
    },
    Change {
        from: "enabled = false\n",
        to: "",
        plan: &["schedule.nightly enabled"],
        seen: &["rules.rich-nightly.state"],
    },
    Change {
        from: "description = \"closes the day\"",
        to: "description = \"opens the day\"",
        plan: &["schedule.nightly description"],
        seen: &["rules.rich-nightly.description"],
    },
    Change {
        from: "input = '{\"day\": \"yesterday\"}'\n",
        to: "",
        plan: &["schedule.nightly targets.function.input"],
        seen: &["rules.rich-nightly.targets.function"],
    },
    Change {
        from: "tags.tier = \"back\"",
        to: "tags.tier = \"side\"",
        plan: &["schedule.nightly tags.tier"],
        seen: &["rules.rich-nightly.tags.tier"],
    },
];

/// Applies each change and takes it back.
fn there_and_back(changes: &[Change]) {
    let world = World::up(include_str!("rich.toml"));
    let mut wrong = Vec::new();
    for change in changes {
        let before = world.inspect();
        world.project.edit(change.from, change.to);
        let plan = world.run(&["plan", "--output", "json"]).ok();
        world.run(&["up"]).ok();
        let seen: Vec<_> =
            differences(&before, &world.inspect()).into_iter().filter(|path| !is_history(path)).collect();
        let mut planned: Vec<_> = plan.changes().iter().map(|path| unhashed(path)).collect();
        planned.dedup();
        if planned != change.plan || seen != change.seen {
            wrong.push(format!("{:?} → {:?}\n  planned {planned:?}\n  seen {seen:?}", change.from, change.to));
        }
        world.plans_nothing();

        world.project.describe(include_str!("rich.toml"));
        world.run(&["up"]).ok();
        world.plans_nothing();
        let left: Vec<_> =
            differences(&before, &world.inspect()).into_iter().filter(|path| !is_history(path)).collect();
        if !left.is_empty() {
            wrong.push(format!("{:?} ← {:?}\n  left {left:?}", change.from, change.to));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Earlier deployments stay for a while.
fn is_history(path: &str) -> bool {
    path == "apis.API0.deployments"
}

/// A statement's id has a hash over the API's id.
fn unhashed(path: &str) -> String {
    path.split_once(".deployer-rest_api").map_or(path, |(start, _)| start).to_owned()
}

#[test]
fn of_a_table() {
    there_and_back(TABLE);
}

#[test]
fn of_an_index() {
    there_and_back(INDEX);
}

#[test]
fn of_a_function() {
    there_and_back(FUNCTION);
}

#[test]
fn of_an_api() {
    there_and_back(API);
}

#[test]
fn of_a_schedule() {
    there_and_back(SCHEDULE);
}

#[test]
fn of_code() {
    let world = World::up(include_str!("rich.toml"));
    let before = world.inspect();
    world.recode("second");
    world.run(&["up"]).ok();
    assert_eq!(
        differences(&before, &world.inspect()),
        [
            "functions.rich-dev-api.CodeSha256",
            "functions.rich-dev-api.CodeSize",
            "functions.rich-dev-worker.CodeSha256",
            "functions.rich-dev-worker.CodeSize",
        ]
    );
    world.plans_nothing();
}

/// A function that is described no more goes with its role, its log group, its grant and its routes; nothing else is touched.
#[test]
fn of_a_function_to_nothing() {
    let world = World::up(include_str!("rich.toml"));
    let before = world.inspect();
    world.project.edit("[function.worker]\nartifact = \"code\"\narchitecture = \"arm64\"\nlog_retention_days = 0\ntables.ledger = \"read\"\n", "");
    world.project.edit("\"ANY /work/{proxy+}\" = \"worker\"\n", "");
    let up = world.run(&["up"]).ok();
    assert!(up.stderr.contains("3 deleted"), "{}", *up);
    let seen: Vec<_> = differences(&before, &world.inspect()).into_iter().filter(|path| !is_history(path)).collect();
    assert_eq!(
        seen,
        [
            "apis.API0.methods.X-AMAZON-APIGATEWAY-ANY-METHOD /work/{proxy+}",
            "apis.API0.stages.v1.shows",
            "functions.rich-dev-worker",
            "log_groups./aws/lambda/rich-dev-worker",
            "roles.rich-dev-worker",
            "tagged",
        ]
    );
    world.plans_nothing();
}

/// An API that is described no more goes, and the grants with it.
#[test]
fn of_an_api_to_nothing() {
    let world = World::up(include_str!("rich.toml"));
    let stack = include_str!("rich.toml");
    let api = stack.find("[api]").expect("it has an API");
    world.project.describe(&stack[..api]);
    world.run(&["up"]).ok();
    let after = world.inspect();
    assert_eq!(after["apis"], serde_json::json!({}));
    assert_eq!(after["functions"]["rich-dev-api"]["policy"], serde_json::json!({}));
    world.plans_nothing();
}
