//! The services: each declares its operations once, in its `SERVICE`.
//!
//! A handler takes a decoded [`Call`](crate::wire::Call) and answers the members of the output. It validates first, then
//! changes the document in one write: an answer is sent only after the change is saved.

pub(crate) mod apigateway;
pub(crate) mod cloudwatch;
mod declaration;
pub(crate) mod dynamodb;
pub(crate) mod events;
pub(crate) mod iam;
pub(crate) mod lambda;
pub(crate) mod logs;
mod permission;
pub(crate) mod secretsmanager;
pub(crate) mod sqs;
pub(crate) mod ssm;
pub(crate) mod sts;
pub(crate) mod tagging;
mod tags;

pub use declaration::{AnswerRedaction, OperationHandler, Service, ServiceOperation};
pub use permission::{RequestView, RequiredPermission};

/// Every service of the cloud: what is not here does not exist.
pub static SERVICES: &[&Service] = &[
    &sts::SERVICE,
    &iam::SERVICE,
    &lambda::SERVICE,
    &apigateway::SERVICE,
    &dynamodb::SERVICE,
    &logs::SERVICE,
    &cloudwatch::SERVICE,
    &events::SERVICE,
    &tagging::SERVICE,
    &ssm::SERVICE,
    &secretsmanager::SERVICE,
    &sqs::SERVICE,
];

/// Finds a service by its signing name.
pub fn find_service(name: &str) -> Option<&'static Service> {
    SERVICES.iter().copied().find(|service| service.spec.name == name)
}

/// Returns the names of all services.
pub fn service_names() -> Vec<&'static str> {
    SERVICES.iter().map(|service| service.spec.name).collect()
}
