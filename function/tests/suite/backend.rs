//! The two stores for the tests, and a client of the API that sends the events of a gateway.

use crate::local_dynamodb;
use crate::local_dynamodb::{INDEX, TABLE};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use function::http::{OrdersApi, ProxyResponse};
use function::orders::{NewOrder, Order, OrderId, Timestamp};
use function::store::OrderStore;
use function::store::dynamodb::DynamoDb;
use function::store::dynamodb::schema::ORDER_ID;
use function::store::memory::MemoryStore;
use lambda_http::{Context, LambdaEvent};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A store, with a way to add an order of a former version of the system.
pub trait Backend {
    type Store: OrderStore;
    fn store(&self) -> &Self::Store;
    fn into_store(self) -> Self::Store;
    /// Stores an order as a former version of the system did: without a version and without an entry in the index.
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

/// The store on a DynamoDB in this process.
pub struct LocalDynamoDb {
    pub client: Client,
    store: DynamoDb,
}

impl LocalDynamoDb {
    pub async fn start() -> Self {
        let (_, client) = local_dynamodb::start().await;
        Self { store: DynamoDb::new(client.clone(), TABLE, INDEX), client }
    }

    /// Stores an item with any attributes.
    pub async fn put(&self, attributes: &[(&str, AttributeValue)]) {
        let item = attributes.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        self.client.put_item().table_name(TABLE).set_item(Some(item)).send().await.unwrap();
    }
}

impl Backend for LocalDynamoDb {
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

/// Makes the API on a store, without a log.
pub fn api<S: OrderStore>(store: S) -> OrdersApi<S> {
    OrdersApi::new(store).with_log(|_| {})
}

/// Makes an order that was placed at `millis`.
pub fn order_at(millis: i64) -> Order {
    let new =
        NewOrder { item: "Laptop".into(), quantity: 2, customer_name: "Ada".into(), customer_email: "a@b.c".into() };
    Order::place(&new, OrderId::random(), Timestamp::from_unix_millis(millis))
}

/// An answer of the API, with the body as JSON.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub headers: BTreeMap<&'static str, String>,
    pub body: Value,
}

impl From<ProxyResponse> for Answer {
    fn from(reply: ProxyResponse) -> Self {
        assert!(!reply.is_base64_encoded);
        let body = if reply.body.is_empty() { Value::Null } else { serde_json::from_str(&reply.body).unwrap() };
        let answer = Self { status: reply.status_code, headers: reply.headers, body };
        answer.check();
        answer
    }
}

impl Answer {
    /// Checks what is true of every answer.
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

/// A request in the form of a REST API's event.
#[derive(Debug, Clone)]
pub struct Call {
    pub event: Value,
}

/// Makes a request. `path` may have a query string.
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

/// Places an order through the API and returns its id.
pub async fn place<S: OrderStore>(api: &OrdersApi<S>, item: &str) -> String {
    let answer = call("POST", "/orders").json(&json!({"item": item, "quantity": 1})).send(api).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.order_id()
}

/// Makes of each function a test with the memory store and a test with the DynamoDB store.
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
                super::$name($crate::backend::LocalDynamoDb::start().await).await;
            })+
        }
    };
}
