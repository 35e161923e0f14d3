//! Secrets Manager: secrets in their current version.

mod permissions;
mod secrets;

use super::declaration::OperationHandler::Immediate;
use super::declaration::{Service, read, write};
use crate::wire::{JsonVersion, ServiceSpec};
use permissions::{on_name, on_secret};

/// The service, as it is declared.
pub static SERVICE: Service = Service {
    spec: ServiceSpec::json("secretsmanager", JsonVersion::V1_1),
    operations: &[
        write("CreateSecret", on_name, Immediate(secrets::create_secret)),
        write("PutSecretValue", on_secret, Immediate(secrets::put_secret_value)),
        read("GetSecretValue", on_secret, Immediate(secrets::get_secret_value)),
        read("DescribeSecret", on_secret, Immediate(secrets::describe_secret)),
        write("DeleteSecret", on_secret, Immediate(secrets::delete_secret)),
    ],
    tagged: None,
};

#[cfg(test)]
mod tests;
