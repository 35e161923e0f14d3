//! The two stores, and the API over them as a gateway calls it.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{BehaviorVersion, Config, Credentials, Region};
use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection,
    ProjectionType, ScalarAttributeType,
};
use function::http::{LambdaReply, OrdersApi};
use function::orders::{NewOrder, Order, OrderId, Timestamp};
use function::store::OrderStore;
use function::store::dynamodb::DynamoDb;
use function::store::dynamodb::schema::{CREATED_KEY, ORDER_ID, STATUS_SHARD};
use function::store::memory::MemoryStore;
use lambda_http::{Context, LambdaEvent};
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub const TABLE: &str = "Orders";
pub const INDEX: &str = "status-index";

/// A store, and a way to put an order of a former version into it.
pub trait Backend {
    type Store: OrderStore;
    fn store(&self) -> &Self::Store;
    fn into_store(self) -> Self::Store;
    /// Puts an order in as a former version would have: no version, no index.
    async fn seed(&self, order: &Order);
}

impl Backend for MemoryStore {
    type Store = Self;

    fn store(&self) -> &Self {
        self
    }

    fn into_store(self) -> Self {
        self
    }

    async fn seed(&self, order: &Order) {
        MemoryStore::seed(self, order.clone());
    }
}

/// A DynamoDB of this process.
pub struct Dynamo {
    pub client: Client,
    store: DynamoDb,
}

impl Dynamo {
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(dynoxide::server::serve_on(listener, dynoxide::Database::memory().unwrap()));
        let config = Config::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::new("ap-south-1"))
            .endpoint_url(endpoint)
            .credentials_provider(Credentials::new("local", "local", None, None, "test"))
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .build();
        let client = Client::from_conf(config);
        create_table(&client).await;
        Self { store: DynamoDb::new(client.clone(), TABLE, INDEX), client }
    }

    /// Puts any item in.
    pub async fn put(&self, attributes: &[(&str, AttributeValue)]) {
        let item = attributes.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        self.client.put_item().table_name(TABLE).set_item(Some(item)).send().await.unwrap();
    }
}

impl Backend for Dynamo {
    type Store = DynamoDb;

    fn store(&self) -> &DynamoDb {
        &self.store
    }

    fn into_store(self) -> DynamoDb {
        self.store
    }

    async fn seed(&self, order: &Order) {
        let text = |text: &str| AttributeValue::S(text.to_owned());
        self.put(&[
            (ORDER_ID, text(&order.order_id.to_string())),
            ("item", text(&order.item)),
            ("quantity", AttributeValue::N(order.quantity.to_string())),
            ("status", text(order.status.as_str())),
            ("customer_name", text(&order.customer_name)),
            ("customer_email", text(&order.customer_email)),
            ("created_at", text(&order.created_at)),
        ])
        .await;
    }
}

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

/// The API over a store, without a log.
pub fn api<S: OrderStore>(store: S) -> OrdersApi<S> {
    OrdersApi::new(store).logging_to(|_| {})
}

/// An order placed at `millis`.
pub fn order_at(millis: i64) -> Order {
    let new =
        NewOrder { item: "Laptop".into(), quantity: 2, customer_name: "Ada".into(), customer_email: "a@b.c".into() };
    Order::place(&new, OrderId::random(), Timestamp::from_unix_millis(millis))
}

/// An answer, read.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub headers: BTreeMap<&'static str, String>,
    pub body: Value,
}

impl From<LambdaReply> for Answer {
    fn from(reply: LambdaReply) -> Self {
        assert!(!reply.is_base64_encoded);
        let body = if reply.body.is_empty() { Value::Null } else { serde_json::from_str(&reply.body).unwrap() };
        let answer = Self { status: reply.status_code, headers: reply.headers, body };
        answer.check();
        answer
    }
}

impl Answer {
    /// What is true of every answer.
    fn check(&self) {
        assert_eq!(self.headers["Cache-Control"], "no-store");
        if self.status == 204 {
            assert!(self.body.is_null() && !self.headers.contains_key("Content-Type"), "{self:?}");
            return;
        }
        if self.status < 400 {
            assert_eq!(self.headers["Content-Type"], "application/json");
            return;
        }
        assert_eq!(self.headers["Content-Type"], "application/problem+json");
        if self.body.is_null() {
            return;
        }
        for member in ["type", "title", "detail", "error"] {
            assert!(self.body[member].as_str().is_some_and(|text| !text.is_empty()), "{member} in {self:?}");
        }
        assert_eq!(self.body["status"], self.status);
    }

    pub fn order_id(&self) -> String {
        self.body["order_id"].as_str().unwrap_or_else(|| panic!("no order_id: {self:?}")).to_owned()
    }
}

/// A request as a REST API sends it.
#[derive(Debug, Clone)]
pub struct Call {
    pub event: Value,
}

pub fn call(method: &str, path: &str) -> Call {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let pairs: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let mut single = serde_json::Map::new();
    let mut multi: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, value) in pairs {
        single.insert(name.clone(), json!(value));
        multi.entry(name).or_default().push(value);
    }
    Call {
        event: json!({
            "resource": "/{proxy+}",
            "path": path,
            "httpMethod": method,
            "headers": {"Host": "abc.execute-api.ap-south-1.amazonaws.com"},
            "multiValueHeaders": {"Host": ["abc.execute-api.ap-south-1.amazonaws.com"]},
            "queryStringParameters": if single.is_empty() { Value::Null } else { json!(single) },
            "multiValueQueryStringParameters": if multi.is_empty() { Value::Null } else { json!(multi) },
            "pathParameters": null,
            "stageVariables": null,
            "requestContext": {"stage": "prod", "path": format!("/prod{path}"), "requestId": "gateway-1"},
            "body": null,
            "isBase64Encoded": false,
        }),
    }
}

impl Call {
    pub fn body(mut self, body: impl Into<String>) -> Self {
        self.event["body"] = json!(body.into());
        self
    }

    pub fn json(self, body: &Value) -> Self {
        self.body(body.to_string())
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.event["headers"][name] = json!(value);
        self.event["multiValueHeaders"][name] = json!([value]);
        self
    }

    pub async fn send<S: OrderStore>(&self, api: &OrdersApi<S>) -> Answer {
        invoke(api, &self.event.to_string()).await
    }
}

/// Invokes the function with an event.
pub async fn invoke<S: OrderStore>(api: &OrdersApi<S>, event: &str) -> Answer {
    let mut context = Context::default();
    context.request_id = "request-1".into();
    let payload = serde_json::from_str(event).unwrap();
    api.invoke(LambdaEvent::new(payload, context)).await.unwrap().into()
}

/// Places an order through the API and gives its id.
pub async fn place<S: OrderStore>(api: &OrdersApi<S>, item: &str) -> String {
    let answer = call("POST", "/orders").json(&json!({"item": item, "quantity": 1})).send(api).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.order_id()
}

/// Makes each function a test of the memory store and one of the DynamoDB store.
#[macro_export]
macro_rules! on_both_stores {
    ($($name:ident),+ $(,)?) => {
        mod memory {
            $(#[tokio::test]
            async fn $name() {
                super::$name(function::store::memory::MemoryStore::default()).await;
            })+
        }

        mod dynamodb {
            $(#[tokio::test]
            async fn $name() {
                super::$name($crate::backend::Dynamo::start().await).await;
            })+
        }
    };
}
