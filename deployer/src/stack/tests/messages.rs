//! What is said of mistakes that people make: the message, and what to do.

use super::{SMALL, check_stage};
use crate::kinds::TableBlock;

/// Returns `message → help` of each mistake, or else of each warning.
fn said(text: &str, stage: Option<&str>) -> String {
    let diagnostics = match check_stage(text, stage) {
        Ok(stack) => stack.warnings,
        Err(invalid) => invalid.diagnostics().to_vec(),
    };
    let line = |said: &super::super::Diagnostic| {
        let help = said.help.as_deref().unwrap_or_default();
        // What is allowed in the end is the reference's and tested there.
        let help = help.split("; allowed here:").next().unwrap_or_default();
        format!("{} → {help}", said.message)
    };
    diagnostics.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_mistake_that_people_make_is_answered_with_what_to_write() {
    let function = |line: &str| format!("{SMALL}\n[function.api2]\npackage = \"x\"\n{line}\n");
    let top = |line: &str| format!("{line}\n{SMALL}");
    let stages = |lines: &str| format!("{SMALL}\n[stage.dev]\n{lines}\n");
    let cases: Vec<(&str, String)> = vec![
        ("a number with a unit", function("memory = 256MB")),
        ("a number with a unit in a list", top("tags = { a = 5s }")),
        ("no closing quote", top("region = \"ap-south-1")),
        ("no quotes", top("region = ap-south-1 # mine")),
        ("a region by its place", top("region = \"Mumbai\"")),
        ("a crontab", format!("{SMALL}\n[schedule.a]\nfunction = \"api\"\nexpression = \"0 12 * * *\"\n")),
        ("seconds", format!("{SMALL}\n[schedule.a]\nfunction = \"api\"\nexpression = \"rate(30 seconds)\"\n")),
        ("a variable of Lambda", function("environment.AWS_REGION = \"eu-west-1\"")),
        ("a parameter of another router", format!("{SMALL}\"GET /orders/:id\" = \"api\"\n")),
        ("a wildcard of another router", format!("{SMALL}\"GET /files/*rest\" = \"api\"\n")),
        ("a misspelt block of a stage", stages("table.order.name = \"Orders\"")),
        ("a block of a stage alone", stages("function.jobs.memory = 256")),
        ("the compiler's name of a processor", function("architecture = \"aarch64\"")),
        (
            "the console's word for a billing mode",
            format!("{SMALL}\n[table.a]\npartition_key = \"id\"\nbilling_mode = \"ON_DEMAND\"\n"),
        ),
        ("runtime", function("runtime = \"provided.al2023\"")),
        ("vpc", function("vpc = {}")),
        ("layers", function("layers = []")),
        ("policies", function("policies = []")),
        ("hash_key", format!("{SMALL}\n[table.a]\nhash_key = \"id\"\npartition_key = \"id\"\n")),
        ("beyond a limit", function("memory = 20480")),
    ];
    let text: String = cases.iter().map(|(what, text)| format!("{what}:\n{}\n\n", said(text, None))).collect();
    insta::assert_snapshot!(text);
}

#[test]
fn a_stage_that_a_file_without_stages_does_not_have_is_refused() {
    insta::assert_snapshot!(said(SMALL, Some("prd")), @"unknown stage `prd`: the file declares none and has one, `dev` → to have a second copy of the stack, add `[stage.prd]` to the file; it may be empty");
}

/// Two mistakes of one kind are shown in full, seven are one with places.
#[test]
fn many_mistakes_of_one_kind_are_told_once_with_all_places() {
    let many: String = (1..=7).map(|n| format!("[function.f{n}]\npackage = \"p\"\nmemry = {n}\n")).collect();
    let text = format!(
        "{SMALL}[function.a]\npackage = \"p\"\ntimeout = 901\n{many}[function.z]\npackage = \"p\"\ntimeout = 0\n"
    );
    let Err(invalid) = check_stage(&text, None) else { panic!("accepted") };
    assert_eq!(invalid.diagnostics().len(), 9);
    insta::assert_snapshot!(invalid.render(false, 80));
}

/// What somebody names on the command line: the id, with its section or without, or the name in AWS.
#[test]
fn a_block_is_named_by_its_id_or_by_its_name() -> Result<(), super::super::InvalidStack> {
    let stack = check_stage(SMALL, None)?;
    for named in ["orders", "table.orders", "shop-dev-orders"] {
        assert_eq!(stack.pick::<TableBlock>(named).map(|table| table.id), Ok("orders".to_owned()), "{named}");
    }
    for (named, hint) in [
        ("function.nothing", "It has: orders (shop-dev-orders)."),
        ("ordres", "Did you mean `orders`? It has: orders (shop-dev-orders)."),
        ("shop-dev-order", "Did you mean `shop-dev-orders`? It has: orders (shop-dev-orders)."),
    ] {
        let refused = stack.pick::<TableBlock>(named).map(|table| table.id).map_err(|error| error.hints);
        assert_eq!(refused, Err(vec![hint.to_owned()]), "{named}");
    }
    Ok(())
}
