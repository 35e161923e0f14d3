//! IAM ("Actions, resources, and condition keys for AWS Identity and Access Management").

use super::Demand;
use super::asked::Asked;
use crate::ACCOUNT;

pub(super) fn demands(asked: &Asked<'_>) -> Option<Vec<Demand>> {
    let own = format!("iam:{}", asked.operation);
    let role = || asked.role(asked.text("RoleName"));
    Some(match asked.operation {
        "CreateRole" => {
            let path = asked.input["Path"].as_str().unwrap_or("/");
            let role = format!("arn:aws:iam::{ACCOUNT}:role{path}{}", asked.text("RoleName"));
            asked.creation(&own, "iam:TagRole", &role, "Tags")
        }
        "GetRole"
        | "UpdateRole"
        | "UpdateAssumeRolePolicy"
        | "DeleteRole"
        | "PutRolePolicy"
        | "GetRolePolicy"
        | "DeleteRolePolicy"
        | "ListRolePolicies"
        | "ListAttachedRolePolicies"
        | "UntagRole"
        | "ListRoleTags" => vec![Demand::new(own, role())],
        "TagRole" => vec![asked.with_tags(&own, &role(), "Tags")],
        "AttachRolePolicy" | "DetachRolePolicy" => {
            vec![Demand::new(own, role()).key("iam:policyarn", asked.text("PolicyArn"))]
        }
        "ListRoles" => vec![Demand::new(own, "*")],
        _ => return None,
    })
}
