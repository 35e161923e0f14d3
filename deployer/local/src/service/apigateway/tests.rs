//! What operations need, row by row.

use crate::service::apigateway::SERVICE;
use crate::service::permission::tests::needs;
use serde_json::json;

#[test]
fn operations_need_what_the_reference_says() {
    const GW: &str = "arn:aws:apigateway:eu-west-1::";
    const TAGS: &str = "arn:aws:apigateway:eu-west-1::/tags/arn%3Aaws%3Aapigateway%3Aeu-west-1%3A%3A%2F";
    for (operation, input, expected) in [
        ("GetRestApis", json!({}), vec![format!("apigateway:GET {GW}/restapis")]),
        (
            "CreateRestApi",
            json!({"name": "x", "tags": {"Team": "red"}}),
            vec![
                format!("apigateway:POST {GW}/restapis aws:requesttag/team=red"),
                format!("apigateway:PUT {TAGS}restapis%2F* aws:requesttag/team=red"),
            ],
        ),
        (
            "UpdateStage",
            json!({"restApiId": "a", "stageName": "s"}),
            vec![format!("apigateway:PATCH {GW}/restapis/a/stages/s")],
        ),
        (
            "UpdateRestApi",
            json!({"restApiId": "a", "patchOperations": [{"path": "/policy"}]}),
            vec![
                format!("apigateway:PATCH {GW}/restapis/a"),
                format!("apigateway:UpdateRestApiPolicy {GW}/restapis/a"),
            ],
        ),
        (
            "TagResource",
            json!({"resourceArn": format!("{GW}/apikeys/k"), "tags": {"a": "b"}}),
            vec![
                format!("apigateway:PUT {TAGS}apikeys%2Fk aws:requesttag/a=b"),
                format!("apigateway:PATCH {GW}/apikeys/k"),
            ],
        ),
        (
            "UntagResource",
            json!({"resourceArn": format!("{GW}/apikeys/k")}),
            vec![format!("apigateway:DELETE {TAGS}apikeys%2Fk")],
        ),
    ] {
        assert_eq!(needs(&SERVICE, operation, input.clone()), expected, "{operation} {input}");
    }
}
