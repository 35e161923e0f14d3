//! What operations need, row by row.

use crate::service::permission::tests::needs;
use crate::service::ssm::SERVICE;
use serde_json::json;

#[test]
fn operations_need_what_the_reference_says() {
    const PARAMETER: &str = "arn:aws:ssm:eu-west-1:000000000000:parameter";
    let several = ["a/b", "c"].map(|name| format!("ssm:GetParameters {PARAMETER}/{name}"));
    for (operation, input, expected) in [
        ("GetParameters", json!({"Names": ["/a/b", "c"]}), several.to_vec()),
        ("PutParameter", json!({"Name": "/a/b"}), vec![format!("ssm:PutParameter {PARAMETER}/a/b")]),
    ] {
        assert_eq!(needs(&SERVICE, operation, input), expected, "{operation}");
    }
}
