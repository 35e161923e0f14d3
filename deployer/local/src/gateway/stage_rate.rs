//! The request rate that a stage sets for a method.

use crate::state::RequestRate;
use crate::store::rest_api::{ApiStage, MethodSettings};

/// The account's defaults of API Gateway, for a setting with only one of the two numbers.
const DEFAULT_RATE: f64 = 10_000.0;
const DEFAULT_BURST: u32 = 5_000;

/// Returns the rate that a stage sets for a method of a resource; without one the account's applies.
pub(super) fn stage_rate(stage: &ApiStage, resource: &str, method: &str) -> Option<RequestRate> {
    let wanted = format!("{}/{method}", resource.trim_start_matches('/'));
    let named = |key: &str| key.trim_start_matches('/').replace("~1", "/").trim_start_matches('/') == wanted;
    let set = |settings: &&MethodSettings| settings.throttling_rate.is_some() || settings.throttling_burst.is_some();
    let own = stage.method_settings.iter().find(|(key, _)| named(key)).map(|(_, settings)| settings).filter(set);
    let settings = own.or_else(|| stage.method_settings.get("*/*").filter(set))?;
    Some(RequestRate {
        per_second: settings.throttling_rate.unwrap_or(DEFAULT_RATE),
        burst: settings.throttling_burst.unwrap_or(DEFAULT_BURST),
    })
}
