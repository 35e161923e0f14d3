//! Lambda ("Actions, resources, and condition keys for AWS Lambda").

use super::Demand;
use super::asked::Asked;
use crate::control::lambda::resolve;
use serde_json::{Value, json};

/// The service that functions' roles are handed to.
const SERVICE: &str = "lambda.amazonaws.com";

pub(super) fn demands(asked: &Asked<'_>) -> Option<Vec<Demand>> {
    let own = format!("lambda:{}", asked.operation);
    let function = || function(asked.region, asked.text("FunctionName"));
    Some(match asked.operation {
        "CreateFunction" => {
            let mut demands = asked.creation(&own, "lambda:TagResource", &function(), "Tags");
            demands.insert(1, asked.pass_role(asked.text("Role"), SERVICE));
            demands
        }
        "UpdateFunctionConfiguration" => {
            let role = asked.input["Role"].as_str().map(|role| asked.pass_role(role, SERVICE));
            std::iter::once(Demand::new(own, function())).chain(role).collect()
        }
        "GetFunction"
        | "GetFunctionConfiguration"
        | "UpdateFunctionCode"
        | "DeleteFunction"
        | "AddPermission"
        | "RemovePermission"
        | "GetPolicy"
        | "PutFunctionConcurrency"
        | "GetFunctionConcurrency"
        | "DeleteFunctionConcurrency" => vec![Demand::new(own, function())],
        "Invoke" => vec![Demand::new("lambda:InvokeFunction", function())],
        "TagResource" => vec![asked.with_tags(&own, asked.text("Resource"), "Tags")],
        "ListTags" | "UntagResource" => vec![Demand::new(own, asked.text("Resource"))],
        "ListFunctions" | "GetAccountSettings" => vec![Demand::new(own, "*")],
        _ => return None,
    })
}

fn function(region: &str, given: &str) -> String {
    // What is no name is refused by the operation itself.
    let name = resolve(region, given).unwrap_or_else(|_| given.to_owned());
    format!("arn:aws:lambda:{region}:{}:function:{name}", crate::ACCOUNT)
}

/// What it takes to see the tags in the answer of `GetFunction`: since 2024 `lambda:ListTags` as well ("GetFunction").
pub(super) fn to_see_tags(asked: &Asked<'_>) -> Option<Demand> {
    let resource = || function(asked.region, asked.text("FunctionName"));
    (asked.operation == "GetFunction").then(|| Demand::new("lambda:ListTags", resource()))
}

/// The answer of `GetFunction` to who may not see tags.
pub(super) fn hide_tags(answer: &mut Value, refusal: &str) {
    if let Some(members) = answer.as_object_mut() {
        members.remove("Tags");
        members.insert("TagsError".to_owned(), json!({"ErrorCode": "AccessDeniedException", "Message": refusal}));
    }
}
