//! The HTTP side: event → request → route → handler → response.

pub mod cors;
pub mod cursor;
pub mod event;
pub mod handlers;
pub mod problem;
mod query;
pub mod response;
pub mod route;

use self::cors::CorsPolicy;
use self::event::{ApiRequest, UnknownEvent};
use self::handlers::HandlerContext;
use self::problem::ProblemDetails;
use self::response::{ApiResponse, HandlerError};
use self::route::ApiRoute;
use crate::observe;
use crate::observe::RequestLine;
use crate::orders::{OrderId, Timestamp};
use crate::store::OrderStore;
use lambda_http::{Context, Error, LambdaEvent};
use serde::Serialize;
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// What is left of the time of an invocation for the answer itself: a request that is not done by then gets a 503 with
/// its id, which tells more than the gateway's 502 after Lambda has killed the function.
const MARGIN: Duration = Duration::from_millis(300);

/// The API over a store.
pub struct OrdersApi<S> {
    store: S,
    warm: AtomicBool,
    cors: CorsPolicy,
    log: Box<dyn Fn(&str)>,
}

/// An answer as API Gateway and `aws lambda invoke` want it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LambdaReply {
    /// The HTTP status code.
    pub status_code: u16,
    /// The headers.
    pub headers: BTreeMap<&'static str, String>,
    /// The body, JSON text.
    pub body: String,
    /// Always false.
    pub is_base64_encoded: bool,
}

impl<S: OrderStore> OrdersApi<S> {
    /// The API over `store`, which writes its log to the standard output.
    pub fn new(store: S) -> Self {
        Self { store, warm: AtomicBool::new(false), cors: CorsPolicy::default(), log: Box::new(observe::to_stdout) }
    }

    /// The same, open to pages of other origins.
    pub fn open_to(self, cors: CorsPolicy) -> Self {
        Self { cors, ..self }
    }

    /// The same, with another place for the lines of the log.
    pub fn logging_to(self, log: impl Fn(&str) + 'static) -> Self {
        Self { log: Box::new(log), ..self }
    }

    /// Answers an event. There is an answer to every one: this never fails, whatever comes in.
    pub async fn invoke(&self, event: LambdaEvent<Box<RawValue>>) -> Result<LambdaReply, Error> {
        let started = Instant::now();
        let cold_start = !self.warm.swap(true, Ordering::Relaxed);
        let LambdaEvent { payload, context } = event;
        let request = ApiRequest::from_event(&payload);
        let route = request.as_ref().ok().and_then(ApiRoute::of);
        let response =
            match tokio::time::timeout(time_left(&context), self.answer(&request, route.as_ref(), &context)).await {
                Ok(response) => response,
                Err(_) => ApiResponse {
                    cause: Some("the deadline of the invocation is near".to_owned()),
                    ..ProblemDetails::unavailable(&context.request_id).into()
                },
            };
        let response = match &request {
            Ok(request) => self.cors.open(request, response),
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
        Ok(LambdaReply {
            status_code: response.status,
            headers: response.headers,
            body: if is_head { String::new() } else { response.body },
            is_base64_encoded: false,
        })
    }

    async fn answer(
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
                ..ProblemDetails::of_store(&error, &context.request_id).into()
            },
        }
    }

    async fn dispatch(&self, request: &ApiRequest, route: Option<&ApiRoute>) -> Result<ApiResponse, HandlerError> {
        let call = HandlerContext { store: &self.store, request, now: Timestamp::now() };
        let method = request.method.to_ascii_uppercase();
        let route = route.ok_or_else(ProblemDetails::no_such_resource)?;
        if let Some(answer) = self.cors.preflight(request, route) {
            return Ok(answer);
        }
        match (route, method.as_str()) {
            (ApiRoute::Orders, "GET" | "HEAD") => handlers::list_orders(&call).await,
            (ApiRoute::Orders, "POST") => handlers::place_order(&call).await,
            (ApiRoute::Order(_), "GET" | "HEAD") => handlers::get_order(&call, order_id(route)?).await,
            (ApiRoute::Order(_), "PUT") => handlers::update_order(&call, order_id(route)?).await,
            (ApiRoute::Order(_), "DELETE") => handlers::delete_order(&call, order_id(route)?).await,
            (route, _) => {
                let allowed = route.allowed();
                Ok(ApiResponse::from(ProblemDetails::method_not_allowed(allowed)).with("Allow", allowed))
            }
        }
    }
}

/// An id in a path. What cannot be one names no order.
fn order_id(route: &ApiRoute) -> Result<OrderId, HandlerError> {
    Ok(route.order_id().ok_or_else(ProblemDetails::no_such_order)?)
}

/// How long the work on an invocation may take.
fn time_left(context: &Context) -> Duration {
    // Outside of Lambda there is no deadline.
    if context.deadline == 0 {
        return Duration::from_secs(60);
    }
    let now = u64::try_from(Timestamp::now().unix_millis()).unwrap_or_default();
    Duration::from_millis(context.deadline.saturating_sub(now)).saturating_sub(MARGIN)
}
