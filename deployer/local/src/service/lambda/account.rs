//! The account's limits and what is used of them.

use super::concurrency::ACCOUNT_LIMIT;
use crate::context::Context;
use crate::wire::{Call, ServiceResult};
use serde_json::json;

/// Bytes of a zip unpacked, of one that is uploaded directly, and of all code of an account ("Lambda quotas").
const UNZIPPED: u64 = 262_144_000;
const ZIPPED: u64 = 52_428_800;
const TOTAL: u64 = 80_530_636_800;

pub(super) fn get_account_settings(cx: &Context, call: &Call) -> ServiceResult {
    cx.store.read(|document| {
        let functions = &document.region(&call.region).functions;
        let reserved =
            functions.values().filter_map(|function| function.reserved_concurrency).fold(0, u32::saturating_add);
        let used = functions.values().map(|function| function.code_size).fold(0, u64::saturating_add);
        Ok(json!({
            "AccountLimit": {
                "TotalCodeSize": TOTAL,
                "CodeSizeUnzipped": UNZIPPED,
                "CodeSizeZipped": ZIPPED,
                "ConcurrentExecutions": ACCOUNT_LIMIT,
                "UnreservedConcurrentExecutions": ACCOUNT_LIMIT.saturating_sub(reserved),
            },
            "AccountUsage": {"TotalCodeSize": used, "FunctionCount": functions.len()},
        }))
    })
}
