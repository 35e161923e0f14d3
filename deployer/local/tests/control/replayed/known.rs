//! Where answers are not AWS's, and which recorded steps are not replayed, each with the reason.

/// A difference that is meant, or that cannot be helped.
#[derive(Debug)]
pub struct KnownDifference {
    /// The service of the recordings.
    pub service: &'static str,
    /// A part of the names of recording and step.
    pub step: &'static str,
    /// The beginning of the member's path.
    pub at: &'static str,
    /// Whether it shows each time.
    pub always: bool,
    /// Why it is so.
    pub reason: &'static str,
}

pub const KNOWN: &[KnownDifference] = &[
    KnownDifference {
        service: "apigateway",
        step: "test_list_and_delete_apis get-rest-api-before-delete",
        at: "item",
        always: false,
        reason: "AWS promises no order of APIs; here it is that of their ids, which are made up",
    },
    KnownDifference {
        service: "lambda",
        step: "failured_create_fn_result_multi_key",
        at: "message",
        always: true,
        reason: "the variables that are too much are shown in the order of their names: members of a JSON object have none",
    },
    KnownDifference {
        service: "lambda-runtime",
        step: "test_lambda_invoke_payload_encoding_error",
        at: "message",
        always: true,
        reason: "what is wrong with the JSON is said in the words of another parser; code and beginning are AWS's",
    },
    KnownDifference {
        service: "logs",
        step: "describe-log-groups-pattern",
        at: "nextToken",
        always: true,
        reason: "AWS gives a token while it has not looked at all groups, also where none follows; here it has",
    },
];

/// Steps that were recorded and are not replayed, with the reason.
pub const NOT_REPLAYED: &[(&str, &str)] = &[
    ("test_lambda_aws_proxy_integration", GATEWAY),
    ("test_lambda_aws_proxy_integration_request_data_mapping", GATEWAY),
    ("test_aws_proxy_response_payload_format_validation", GATEWAY),
    ("test_put_events_with_target_api_gateway", "rules with an API as their target are not modelled"),
    ("test_oversized_request_create_lambda", "its request has 70 MB; `front` tests the limit"),
    ("test_account_settings_total_code_size", "it compares sums of the code of other functions of the account"),
    ("test_assume_role[1]", PYTHON),
    ("test_runtime_introspection_x86", PYTHON),
    ("test_runtime_introspection_arm", PYTHON),
    ("test_runtime_ulimits", PYTHON),
    ("test_lambda_init_environment", PYTHON),
    ("test_lambda_host_prefix_api_operation", PYTHON),
    ("test_lambda_runtime_error", PYTHON),
    ("test_lambda_runtime_exit", PYTHON),
    ("test_lambda_handler_error", PYTHON),
    ("test_lambda_handler_exit", PYTHON),
    ("test_lambda_runtime_wrapper_not_found", PYTHON),
    ("test_request_id_invoke log_entries", PYTHON),
];

const GATEWAY: &str =
    "requests to an API whose function is written in Python; `tests/gateway.rs` sends such requests to the probe";
const PYTHON: &str = "what a function in Python does: it is kept here, and cannot be run";
