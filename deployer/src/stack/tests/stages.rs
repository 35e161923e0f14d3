//! Stages: how they are chosen, what they change, and that none hides a mistake.

use super::super::TypedBlock;
use super::{SMALL, check, check_stage, messages};
use crate::aws::arn::ArnScope;
use crate::kinds::{ApiBlock, FunctionBlock, TableBlock};

#[test]
fn chooses_the_stage() {
    let two = format!("{SMALL}[stage.dev]\n[stage.prod]\n");
    let default = format!("default_stage = \"prod\"{two}");
    let one = format!("{SMALL}[stage.test]\n");
    for (text, given, stage) in [
        (SMALL, None, "dev"),
        (SMALL, Some("dev"), "dev"),
        (&one, None, "test"),
        (&one, Some("test"), "test"),
        (&default, None, "prod"),
        (&default, Some("dev"), "dev"),
        (&two, Some("dev"), "dev"),
    ] {
        assert_eq!(check_stage(text, given).map(|stack| stack.stage).map_err(|e| e.to_string()), Ok(stage.to_owned()));
    }
    for (text, given, message) in [
        (&two, None, "several stages are declared and none is chosen"),
        (&two, Some("prd"), "unknown stage `prd`"),
        (&SMALL.to_owned(), Some("prd"), "unknown stage `prd`: the file declares none and has one, `dev`"),
        (
            &format!("default_stage = \"prod\"{SMALL}"),
            Some("dev"),
            "unknown stage `dev`: the file declares none and has one, `prod`",
        ),
        (&SMALL.to_owned(), Some("Prod"), "`Prod` is not a stage name: 'P' is not allowed"),
        (&SMALL.to_owned(), Some(""), "`` is not a stage name: it is empty"),
    ] {
        assert_eq!(messages(check_stage(text, given)), format!("-:- : {message}"));
    }
    insta::assert_snapshot!(messages(check(&format!("default_stage = \"prd\"{two}"))), @r"1:17 default_stage: `default_stage` names an unknown stage `prd`");
}

#[test]
fn production_is_what_a_stage_says_of_itself() {
    let two = format!("default_stage = \"dev\"\n{SMALL}[stage.dev]\n[stage.prod]\nproduction = true\n");
    let all = format!("production = true\n{two}[stage.test]\nproduction = false\n");
    for (text, stage, production) in
        [(&two, "dev", false), (&two, "prod", true), (&all, "dev", true), (&all, "prod", true), (&all, "test", false)]
    {
        assert_eq!(
            check_stage(text, Some(stage)).map(|stack| stack.production).map_err(|e| e.to_string()),
            Ok(production)
        );
    }
    // A guard that is misspelt is none: it is refused, in whatever stage it is written.
    let misspelt = two.replace("production", "produktion");
    insta::assert_snapshot!(messages(check(&misspelt)), @"15:1 stage.prod.produktion: unknown key `produktion`");
}

#[test]
fn lays_a_stage_over_the_base() -> Result<(), super::InvalidStack> {
    let text = r#"
name = "shop"
region = "ap-south-1"
tags = { team = "a", service = "shop" }

[table.orders]
name = "Orders"
partition_key = "order_id"

[function.api]
package = "function"
features = ["a", "b"]
environment = { LEVEL = "info", TABLE = "${table.orders.name}" }
tables = { orders = "read" }

[api.routes]
"GET /orders" = "api"

[stage.prod]

[stage.dev]
region = "eu-west-1"
tags.team = "b"
table.orders.partition_key = { name = "id", type = "N" }
table.orders.name = "Orders-dev"
table.extra.partition_key = "x"
function.api.features = ["c"]
function.api.environment.LEVEL = "debug"
function.api.tables.orders = ["GetItem"]
"#;
    let prod = check_stage(text, Some("prod"))?;
    let dev = check_stage(text, Some("dev"))?;
    assert_eq!((prod.region.as_deref(), dev.region.as_deref()), (Some("ap-south-1"), Some("eu-west-1")));
    assert_eq!(
        format!("{:?} {:?}", prod.tags, dev.tags),
        r#"{"service": "shop", "team": "a"} {"service": "shop", "team": "b"}"#
    );
    let ids = |stack: &super::Stack| stack.all::<TableBlock>().into_iter().map(|(id, _)| id).collect::<Vec<_>>();
    assert_eq!((ids(&prod), ids(&dev)), (vec!["orders".to_owned()], vec!["extra".to_owned(), "orders".to_owned()]));
    insta::assert_debug_snapshot!(dev.get::<TableBlock>("orders").map(|table| (table.name, table.partition_key)), @r#"
        Some(
            (
                Some(
                    "Orders-dev",
                ),
                KeyAttribute {
                    name: "id",
                    kind: N,
                },
            ),
        )
    "#);
    insta::assert_debug_snapshot!(dev.get::<FunctionBlock>("api").map(|f| (f.features, f.environment, f.tables)), @r#"
        Some(
            (
                [
                    "c",
                ],
                {
                    "LEVEL": Text(
                        "debug",
                    ),
                    "TABLE": Text(
                        "${table.orders.name}",
                    ),
                },
                {
                    "orders": Actions(
                        [
                            "GetItem",
                        ],
                    ),
                },
            ),
        )
    "#);
    assert_eq!(prod.get::<FunctionBlock>("api").map(|f| f.features), Some(vec!["a".to_owned(), "b".to_owned()]));
    assert_eq!(dev.all::<ApiBlock>().into_iter().map(|(id, _)| id).collect::<Vec<_>>(), [ApiBlock::SECTION]);
    Ok(())
}

#[test]
fn names_and_references_are_resolved_for_the_stage() -> Result<(), super::InvalidStack> {
    let stack = check_stage(&format!("region = \"ap-south-1\"{SMALL}[stage.prod]\n"), Some("prod"))?;
    assert_eq!(stack.physical_name("orders", None), "shop-prod-orders");
    assert_eq!(stack.physical_name("orders", Some("Orders")), "Orders");
    let text =
        "${stack.name}/${stack.stage}/${stack.region}/${table.orders.name}/${table.orders.arn}/${stack.account}/$${x}";
    let unknown = "shop/prod/ap-south-1/shop-prod-orders/${table.orders.arn}/${stack.account}/${x}";
    assert_eq!(stack.resolve(text, None), unknown);
    let known = "shop/prod/eu-west-1/shop-prod-orders/arn:aws:dynamodb:eu-west-1:123456789012:table/shop-prod-orders/123456789012/${x}";
    assert_eq!(stack.resolve(text, Some(&ArnScope::new("123456789012", "eu-west-1"))), known);
    Ok(())
}

#[test]
fn reports_the_mistakes_of_every_stage_once() {
    let text = r#"
name = "shop"

[table.orders]
partition_key = "order_id"
biling_mode = "PROVISIONED"

[function.api]
package = "function"
memory = 64

[api]
name = 7
routes."GET /orders" = "api"

[stage.prod]
api.name = "shop"
function.api.memory = 256

[stage.dev]
api.name = "shop-dev"
name = "other"
stage.x = 1
function.api.memory = "512"
function.api.tables.order = "read"
table.order.sort_key = "x"
table.orders = false

[stage]
Test = 3
"#;
    insta::assert_snapshot!(messages(check_stage(text, Some("prod"))), @r#"
        6:1 table.orders.biling_mode: unknown key `biling_mode`
        10:10 function.api.memory: `memory` must be 128 to 10240 MB, is 64
        13:8 api.name: expected a string for `name`, found the integer 7
        22:1 stage.dev.name: `name` cannot differ between stages
        23:1 stage.dev.stage: `stage` cannot differ between stages
        24:23 stage.dev.function.api.memory: expected an integer for `memory`, found the string "512"
        26:7 stage.dev.table.order.partition_key: `[stage.dev]` changes the table `order`, which the file does not have
        27:16 stage.dev.table.orders: expected a table for `orders`, found the boolean false
        30:1 stage.Test: "Test" is not a stage name: 'T' is not allowed
        30:8 stage.Test: expected a table for the stage `Test`, found the integer 3
    "#);
}

#[test]
fn a_stage_may_complete_the_base() {
    let text = "name = \"shop\"\n[table.orders]\n[stage.dev.table.orders]\npartition_key = \"id\"\n";
    assert_eq!(messages(check(text)), "accepted");
    let text = format!("{text}[stage.prod]\n");
    assert_eq!(
        messages(check_stage(&text, Some("dev"))),
        "2:8 table.orders.partition_key: `orders` has no `partition_key`"
    );
}

#[test]
fn warns_of_a_name_that_two_stages_share() -> Result<(), super::InvalidStack> {
    let warnings = |stages: &str| -> Result<String, super::InvalidStack> {
        let text = format!("name = \"shop\"\n[table.orders]\nname = \"Orders\"\npartition_key = \"id\"\n{stages}");
        let warnings = check_stage(&text, Some("dev"))?.warnings;
        Ok(warnings.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
    };
    insta::assert_snapshot!(warnings("[stage.dev]\n[stage.prod]\n")?, @r#"deployer.toml:3:8: the table name "Orders" is the same in two stages; they cannot be deployed side by side to one account and region; give `[stage.prod.table.orders]` a `name` of its own"#);
    assert_eq!(warnings("[stage.dev]\n[stage.prod]\nregion = \"eu-west-1\"\n")?, "");
    assert_eq!(warnings("[stage.dev]\n[stage.prod]\ntable.orders.name = \"Orders-prod\"\n")?, "");
    Ok(())
}
