//! Tables: their indexes, and very many of them.

use super::{TABLE, compared, configuration, former_of, parse};
use crate::import::compare::compare;
use crate::import::describe;
use serde_json::json;

/// Keys in a projection, which AWS takes, are no mistake and no difference.
#[test]
fn keys_in_projections() {
    let index = |more: &str| {
        format!(
            "  global_secondary_index {{\n    name = \"by-title\"\n    hash_key = \"title\"\n    projection_type = \"INCLUDE\"\n    non_key_attributes = [\"order_id\"{more}]\n  }}\n  attribute {{\n    name = \"title\"\n    type = \"S\"\n  }}\n"
        )
    };
    for (more, projection) in [("", "\"KEYS_ONLY\""), (", \"price\"", "[\"price\"]")] {
        let source = configuration(&TABLE.replace("  attribute {", &format!("{}  attribute {{", index(more))));
        let text = describe(&source, "x").unwrap();
        assert!(text.contains(&format!("projection = {projection}")), "{text}");
        assert!(compared(&source, &text).resources[0].remarks.is_empty());
    }
}

/// A state of thousands of instances is a matter of seconds.
#[test]
fn many_instances_of_one_resource() {
    let instance = |n: usize| {
        json!({"index_key": n, "attributes": {
            "id": format!("table-{n}"), "name": format!("table-{n}"), "arn": format!("arn:aws:dynamodb:eu-west-1:123456789012:table/table-{n}"),
            "billing_mode": "PAY_PER_REQUEST", "hash_key": "id", "attribute": [{"name": "id", "type": "S"}],
        }})
    };
    let instances: Vec<_> = (0..20_000).map(instance).collect();
    let state = json!({"version": 4, "resources": [
        {"mode": "managed", "type": "aws_dynamodb_table", "name": "t", "instances": instances}]});
    let source = former_of(&state.to_string());
    let begun = std::time::Instant::now();
    let text = describe(&source, "x").unwrap();
    assert!(text.contains("[table.t-20000]"));
    let small = parse(&text[..text.match_indices("\n[").nth(200).unwrap().0]);
    let comparison = compare(&source, &small);
    assert_eq!(comparison.adopted.len(), 200);
    let took = begun.elapsed();
    assert!(took < std::time::Duration::from_secs(30), "{took:?}");
}
