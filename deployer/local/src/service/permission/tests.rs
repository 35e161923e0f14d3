//! Says what a call needs, for the tests of the services.

use super::*;
use crate::service::Service;
use crate::store::role::RoleRecord;
use serde_json::json;

/// Returns what a call needs: `action resource`, with condition keys behind it. There is one role, `/deployer/there`.
pub fn needs(service: &Service, operation: &str, input: Value) -> Vec<String> {
    let role = json!({
        "name": "there", "id": "AROA", "path": "/deployer/", "arn": arn::role_arn("eu-west-1", "/deployer/", "there"), "trust": "{}",
        "description": null, "max_session_s": 3600, "attached": [], "tags": {}, "created": "2026-01-01T00:00:00Z",
        "inline": {},
    });
    let mut document = CloudDocument::default();
    document.iam.roles.insert("there".to_owned(), serde_json::from_value::<RoleRecord>(role).unwrap());
    let operation = service.operation(operation).unwrap();
    let view = RequestView {
        service: &service.spec,
        operation: &operation.spec,
        region: "eu-west-1",
        input: &input,
        document: &document,
    };
    let keys =
        |need: &RequiredPermission| need.keys.iter().map(|(key, value)| format!(" {key}={value}")).collect::<String>();
    let needs = (operation.needs)(&view);
    needs.iter().map(|need| format!("{} {}{}", need.action, need.resource, keys(need))).collect()
}
