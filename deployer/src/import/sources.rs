//! What runs a function beside requests and schedules, as a description says it: `[[function.X.source]]`.

use super::graph::ResourceGraph;
use super::resource::{TerraformResource, integer, on};
use serde_json::{Map, Value};

/// Terraform's type of an event source mapping.
pub const KIND: &str = "aws_lambda_event_source_mapping";

/// Attributes of a mapping that the description has a key for.
const READ: &[&str] = &[
    "batch_size",
    "bisect_batch_on_function_error",
    "destination_config",
    "enabled",
    "filter_criteria",
    "function_response_types",
    "maximum_batching_window_in_seconds",
    "maximum_record_age_in_seconds",
    "maximum_retry_attempts",
    "scaling_config",
    "starting_position",
];

/// Attributes of a mapping that change what is run, and that the description has no key for.
const UNSAYABLE: &[&str] = &["parallelization_factor", "tumbling_window_in_seconds", "kms_key_arn"];

/// A mapping of a function.
#[derive(Debug)]
pub struct FormerSource<'a> {
    /// As Terraform has it.
    pub resource: &'a TerraformResource,
    /// An element of `source`, or why it cannot be described.
    pub block: Result<Value, String>,
}

/// Returns the mappings of a function. `described` gives the id under which the description has a queue or a table.
pub fn of_function<'a>(
    graph: &ResourceGraph<'a>,
    function: &TerraformResource,
    described: &dyn Fn(&TerraformResource) -> Option<String>,
) -> Vec<FormerSource<'a>> {
    let mappings = graph.parts(KIND, "function_name", function).into_iter();
    mappings.map(|resource| FormerSource { resource, block: block(graph, resource, described) }).collect()
}

/// Returns what a mapping reads: `queue` or `table`, and the resource.
pub fn read_by<'a>(
    graph: &ResourceGraph<'a>,
    mapping: &TerraformResource,
) -> Option<(&'static str, &'a TerraformResource)> {
    let text = mapping.raw("event_source_arn")?;
    let queue = graph.owner("aws_sqs_queue", text).map(|queue| ("queue", queue));
    queue.or_else(|| Some(("table", graph.owner("aws_dynamodb_table", text)?)))
}

/// Writes a mapping as the description has it; what is as it would be without a line is left out.
fn block(
    graph: &ResourceGraph<'_>,
    mapping: &TerraformResource,
    described: &dyn Fn(&TerraformResource) -> Option<String>,
) -> Result<Value, String> {
    let (sort, source) = read_by(graph, mapping).ok_or("what it reads is no queue and no table of this file")?;
    let id = described(source).ok_or_else(|| format!("{} is not described", source.address))?;
    for name in READ.iter().chain(UNSAYABLE).filter(|name| **name != "destination_config") {
        mapping.told(name).map_err(|why| format!("its {name} is not known from the file: {why}"))?;
    }
    // A window of 0 and a factor of 1 are Lambda's own.
    if let Some(name) = UNSAYABLE.iter().find(|name| match mapping.integer(name) {
        Some(number) => number > 1,
        None => mapping.raw(name).is_some(),
    }) {
        return Err(format!("a description cannot say `{name}`"));
    }
    let is_table = sort == "table";
    let mut block = Map::from_iter([(sort.to_owned(), Value::from(id))]);
    let mut put = |key: &str, value: Option<Value>| {
        if let Some(value) = value {
            block.insert(key.to_owned(), value);
        }
    };
    let beyond = |name: &str, least: i64, usual: i64| {
        mapping.integer(name).filter(|number| *number >= least && *number != usual).map(Value::from)
    };
    put("batch_size", beyond("batch_size", 1, if is_table { 100 } else { 10 }));
    put("window", beyond("maximum_batching_window_in_seconds", 1, 0));
    let patterns = mapping.block("filter_criteria").and_then(|criteria| criteria.get("filter")?.as_array());
    let patterns: Vec<Value> =
        patterns.into_iter().flatten().filter_map(|filter| filter.get("pattern")).cloned().collect();
    put("filter", (!patterns.is_empty()).then(|| patterns.into()));
    let reports = mapping.texts("function_response_types").iter().any(|one| one == "ReportBatchItemFailures");
    put("partial_failures", reports.then(|| true.into()));
    put(
        "enabled",
        mapping.attributes.get("enabled").filter(|value| !value.is_null() && !on(value)).map(|_| false.into()),
    );
    let most = mapping.block("scaling_config").and_then(|scaling| integer(scaling.get("maximum_concurrency")?));
    put("max_concurrency", most.filter(|_| !is_table).map(Value::from));
    if is_table {
        put("start", (mapping.text("starting_position") == Some("LATEST")).then(|| "latest".into()));
        put("retries", beyond("maximum_retry_attempts", 0, -1));
        put("max_age", beyond("maximum_record_age_in_seconds", 60, -1));
        put("bisect", mapping.on("bisect_batch_on_function_error").then(|| true.into()));
        let told = mapping.block("destination_config").and_then(|config| config.get("on_failure")?.get(0)?.as_object());
        let arn = told.and_then(|told| told.get("destination_arn")?.as_str()).filter(|arn| !arn.is_empty());
        if let Some(arn) = arn {
            let queue = graph.owner("aws_sqs_queue", arn).and_then(described);
            put("on_failure", Some(queue.ok_or("what it tells of failures is no queue that is described")?.into()));
        }
    }
    Ok(Value::Object(block))
}
