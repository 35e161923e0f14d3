//! CloudWatch: what was counted of functions and APIs. What others would put there is not kept.

mod metric_data;

use super::declaration::OperationHandler::Immediate;
use super::declaration::{Service, read};
use super::permission::on_anything;
use crate::wire::{ErrorCodes, JsonVersion, ServiceSpec};

/// The service, as it is declared. Of its three protocols (`protocols` of botocore's `cloudwatch/2010-08-01`) it speaks awsJson.
pub static SERVICE: Service = Service {
    spec: ServiceSpec {
        action_prefix: "cloudwatch",
        errors: ErrorCodes { denied: (403, "AccessDenied"), ..ErrorCodes::JSON },
        ..ServiceSpec::json("monitoring", JsonVersion::V1_0)
    },
    operations: &[read("GetMetricData", on_anything, Immediate(metric_data::get_metric_data)).rate(50.0, 50.0)],
    tagged: None,
};
