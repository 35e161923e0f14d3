//! What operations need, row by row.

use crate::service::permission::tests::needs;
use crate::service::secretsmanager::SERVICE;
use serde_json::json;

#[test]
fn operations_need_what_the_reference_says() {
    const SECRET: &str = "arn:aws:secretsmanager:eu-west-1:000000000000:secret";
    for (operation, input, expected) in [
        ("CreateSecret", json!({"Name": "s"}), format!("secretsmanager:CreateSecret {SECRET}:s-??????")),
        ("GetSecretValue", json!({"SecretId": "s"}), format!("secretsmanager:GetSecretValue {SECRET}:s-??????")),
        ("DeleteSecret", json!({"SecretId": SECRET}), format!("secretsmanager:DeleteSecret {SECRET}")),
    ] {
        assert_eq!(needs(&SERVICE, operation, input), [expected], "{operation}");
    }
}
