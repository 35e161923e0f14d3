//! The HTTP layer: reads a request from an event, matches it to a route, calls its handler and returns the response.

pub mod cors;
pub mod cursor;
pub mod event;
pub mod handlers;
pub mod problem;
mod query;
mod request_log;
pub mod response;
pub mod route;

use self::cors::CorsPolicy;
use self::event::{ApiRequest, UnknownEvent};
use self::handlers::HandlerContext;
use self::problem::ProblemDetails;
use self::request_log::RequestLine;
use self::response::{ApiResponse, HandlerError};
use self::route::ApiRoute;
use crate::observe;
use crate::orders::{OrderId, Timestamp};
use crate::store::OrderStore;
use lambda_http::{Context, Error, LambdaEvent};
use serde::Serialize;
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// The time before the deadline of an invocation at which a request that is not done is answered with 503 and its id.
/// Without this, Lambda would end the function at the deadline, and the gateway would answer 502 without an id.
const DEADLINE_MARGIN: Duration = Duration::from_millis(300);

/// The order API on a store.
pub struct OrdersApi<S> {
    store: S,
    warm: AtomicBool,
    cors: CorsPolicy,
    log: Box<dyn Fn(&str)>,
}

/// A response in the format of Lambda's proxy integration (API Gateway Developer Guide, "Output format of a Lambda
/// function for proxy integration").
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ProxyResponse {
    /// The HTTP status code.
    pub status_code: u16,
    /// The headers.
    pub headers: BTreeMap<&'static str, String>,
    /// The body, as JSON text.
    pub body: String,
    /// Always false: the body is text.
    pub is_base64_encoded: bool,
}

impl<S: OrderStore> OrdersApi<S> {
    /// Makes the API on `store`. It allows no origin and writes its log to the standard output.
    pub fn new(store: S) -> Self {
        Self { store, warm: AtomicBool::new(false), cors: CorsPolicy::default(), log: Box::new(observe::write_line) }
    }

    /// Sets the policy for cross-origin requests.
    pub fn with_cors(self, cors: CorsPolicy) -> Self {
        Self { cors, ..self }
    }

    /// Sets the function that writes a line of the log.
    pub fn with_log(self, log: impl Fn(&str) + 'static) -> Self {
        Self { log: Box::new(log), ..self }
    }

    /// Answers an event. It never returns an error: an event that is not a request gets an error response.
    pub async fn invoke(&self, event: LambdaEvent<Box<RawValue>>) -> Result<ProxyResponse, Error> {
        let started = Instant::now();
        let cold_start = !self.warm.swap(true, Ordering::Relaxed);
        let LambdaEvent { payload, context } = event;
        let request = ApiRequest::from_event(&payload);
        let route = request.as_ref().ok().and_then(ApiRoute::match_request);
        let response =
            match tokio::time::timeout(time_left(&context), self.respond(&request, route.as_ref(), &context)).await {
                Ok(response) => response,
                Err(_) => ApiResponse {
                    cause: Some("the deadline of the invocation is near".to_owned()),
                    ..ProblemDetails::unavailable(&context.request_id).into()
                },
            };
        let response = match &request {
            Ok(request) => self.cors.add_headers(request, response),
            Err(_) => response,
        };
        let line = RequestLine {
            request: request.as_ref().ok(),
            route: route.as_ref(),
            response: &response,
            context: &context,
            latency: started.elapsed(),
            cold_start,
        };
        (self.log)(&line.to_json());
        let is_head = request.is_ok_and(|request| request.method.eq_ignore_ascii_case("HEAD"));
        Ok(ProxyResponse {
            status_code: response.status,
            headers: response.headers,
            body: if is_head { String::new() } else { response.body },
            is_base64_encoded: false,
        })
    }

    /// Answers a request, and turns every error into a response.
    async fn respond(
        &self,
        request: &Result<ApiRequest, UnknownEvent>,
        route: Option<&ApiRoute>,
        context: &Context,
    ) -> ApiResponse {
        let result = match request {
            Ok(request) => self.dispatch(request, route).await,
            Err(unknown) => Err(unknown.clone().into()),
        };
        match result {
            Ok(response) => response,
            Err(HandlerError::Problem(problem)) => (*problem).into(),
            Err(HandlerError::Store(error)) => ApiResponse {
                cause: Some(error.to_string()),
                ..ProblemDetails::from_store_error(&error, &context.request_id).into()
            },
        }
    }

    /// Calls the handler of a request.
    async fn dispatch(&self, request: &ApiRequest, route: Option<&ApiRoute>) -> Result<ApiResponse, HandlerError> {
        let context = HandlerContext { store: &self.store, request, now: Timestamp::now() };
        let method = request.method.to_ascii_uppercase();
        let route = route.ok_or_else(ProblemDetails::no_such_resource)?;
        if let Some(response) = self.cors.preflight(request, route) {
            return Ok(response);
        }
        match (route, method.as_str()) {
            (ApiRoute::Orders, "GET" | "HEAD") => handlers::list_orders(&context).await,
            (ApiRoute::Orders, "POST") => handlers::place_order(&context).await,
            (ApiRoute::Order(_), "GET" | "HEAD") => handlers::get_order(&context, order_id(route)?).await,
            (ApiRoute::Order(_), "PUT") => handlers::update_order(&context, order_id(route)?).await,
            (ApiRoute::Order(_), "DELETE") => handlers::delete_order(&context, order_id(route)?).await,
            (route, _) => {
                let allowed = route.allowed_methods();
                Ok(ApiResponse::from(ProblemDetails::method_not_allowed(allowed)).with_header("Allow", allowed))
            }
        }
    }
}

/// Returns the order id in a route. The error for a text that is not an id is the one for an order that does not exist.
fn order_id(route: &ApiRoute) -> Result<OrderId, HandlerError> {
    Ok(route.order_id().ok_or_else(ProblemDetails::no_such_order)?)
}

/// Returns how long the work on an invocation may take.
fn time_left(context: &Context) -> Duration {
    // Outside of Lambda there is no deadline.
    if context.deadline == 0 {
        return Duration::from_secs(60);
    }
    let now = u64::try_from(Timestamp::now().unix_millis()).unwrap_or_default();
    Duration::from_millis(context.deadline.saturating_sub(now)).saturating_sub(DEADLINE_MARGIN)
}
