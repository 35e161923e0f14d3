//! Starts a DynamoDB in this process. The benchmark uses this file, too.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{BehaviorVersion, Config, Credentials, Region};
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection, ProjectionType,
    ScalarAttributeType,
};
use function::store::dynamodb::schema::{CREATED_KEY, ORDER_ID, STATUS_SHARD};
use tokio::net::TcpListener;

/// The name of the table.
pub const TABLE: &str = "Orders";
/// The name of the status index.
pub const INDEX: &str = "status-index";

/// Starts a DynamoDB that has the table of the orders, empty. Returns its URL and a client.
pub async fn start() -> (String, Client) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(dynoxide::server::serve_on(listener, dynoxide::Database::memory().unwrap()));
    let config = Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new("ap-south-1"))
        .endpoint_url(&endpoint)
        .credentials_provider(Credentials::new("local", "local", None, None, "test"))
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build();
    let client = Client::from_conf(config);
    create_table(&client).await;
    (endpoint, client)
}

/// Creates the table of the orders with its status index.
async fn create_table(client: &Client) {
    let attribute = |name| {
        AttributeDefinition::builder().attribute_name(name).attribute_type(ScalarAttributeType::S).build().unwrap()
    };
    let key = |name, kind| KeySchemaElement::builder().attribute_name(name).key_type(kind).build().unwrap();
    let index = GlobalSecondaryIndex::builder()
        .index_name(INDEX)
        .key_schema(key(STATUS_SHARD, KeyType::Hash))
        .key_schema(key(CREATED_KEY, KeyType::Range))
        .projection(Projection::builder().projection_type(ProjectionType::All).build())
        .build()
        .unwrap();
    client
        .create_table()
        .table_name(TABLE)
        .billing_mode(BillingMode::PayPerRequest)
        .attribute_definitions(attribute(ORDER_ID))
        .attribute_definitions(attribute(STATUS_SHARD))
        .attribute_definitions(attribute(CREATED_KEY))
        .key_schema(key(ORDER_ID, KeyType::Hash))
        .global_secondary_indexes(index)
        .send()
        .await
        .unwrap();
}
