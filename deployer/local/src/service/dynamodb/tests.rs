//! What operations need, row by row.

use crate::service::dynamodb::SERVICE;
use crate::service::permission::tests::needs;
use serde_json::json;

#[test]
fn operations_need_what_the_reference_says() {
    const DB: &str = "arn:aws:dynamodb:eu-west-1:000000000000:table";
    let tag = json!([{"Key": "Team", "Value": "red"}]);
    for (operation, input, expected) in [
        ("CreateTable", json!({"TableName": "t"}), vec![format!("dynamodb:CreateTable {DB}/t")]),
        (
            "CreateTable",
            json!({"TableName": "t", "Tags": tag}),
            vec![
                format!("dynamodb:CreateTable {DB}/t aws:requesttag/team=red"),
                format!("dynamodb:TagResource {DB}/t aws:requesttag/team=red"),
            ],
        ),
        ("GetItem", json!({"TableName": format!("{DB}/t")}), vec![format!("dynamodb:GetItem {DB}/t")]),
        ("Query", json!({"TableName": "t"}), vec![format!("dynamodb:Query {DB}/t")]),
        ("Query", json!({"TableName": "t", "IndexName": "i"}), vec![format!("dynamodb:Query {DB}/t/index/i")]),
        ("ListTables", json!({}), vec!["dynamodb:ListTables *".to_owned()]),
        (
            "BatchWriteItem",
            json!({"RequestItems": {"t": [], "u": []}}),
            vec![format!("dynamodb:BatchWriteItem {DB}/t"), format!("dynamodb:BatchWriteItem {DB}/u")],
        ),
        (
            "TransactWriteItems",
            json!({"TransactItems": [{"Put": {"TableName": "t"}}, {"ConditionCheck": {"TableName": "u"}}]}),
            vec![format!("dynamodb:PutItem {DB}/t"), format!("dynamodb:ConditionCheckItem {DB}/u")],
        ),
        (
            "ExecuteStatement",
            json!({"Statement": "select * from \"t\".\"i\" where a = 1"}),
            vec![format!("dynamodb:PartiQLSelect {DB}/t/index/i")],
        ),
        (
            "BatchExecuteStatement",
            json!({"Statements": [{"Statement": "INSERT INTO t VALUE {}"}, {"Statement": "UPDATE \"t\" SET a=1"}, {"Statement": ""}]}),
            vec![
                format!("dynamodb:PartiQLInsert {DB}/t"),
                format!("dynamodb:PartiQLUpdate {DB}/t"),
                "dynamodb:PartiQLSelect *".to_owned(),
            ],
        ),
    ] {
        assert_eq!(needs(&SERVICE, operation, input.clone()), expected, "{operation} {input}");
    }
}
