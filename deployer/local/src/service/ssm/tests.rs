//! What operations need, row by row.

use crate::service::permission::tests::needs;
use crate::service::ssm::SERVICE;
use serde_json::json;

#[test]
fn operations_need_what_the_reference_says() {
    for (operation, input, expected) in [(
        "GetParameters",
        json!({"Names": ["/a/b", "c"]}),
        ["a/b", "c"]
            .map(|name| format!("ssm:GetParameters arn:aws:ssm:eu-west-1:000000000000:parameter/{name}"))
            .to_vec(),
    )] {
        assert_eq!(needs(&SERVICE, operation, input.clone()), expected, "{operation} {input}");
    }
}
