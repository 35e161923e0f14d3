//! What operations need, row by row.

use crate::service::permission::tests::needs;
use crate::service::secretsmanager::SERVICE;
use serde_json::json;

#[test]
fn operations_need_what_the_reference_says() {
    for (operation, input, expected) in [(
        "GetSecretValue",
        json!({"SecretId": "s"}),
        vec!["secretsmanager:GetSecretValue arn:aws:secretsmanager:eu-west-1:000000000000:secret:s-??????".to_owned()],
    )] {
        assert_eq!(needs(&SERVICE, operation, input.clone()), expected, "{operation} {input}");
    }
}
