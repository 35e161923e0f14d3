//! Systems Manager: its parameters, enough to keep secrets in.

mod parameters;
mod permissions;

use super::declaration::OperationHandler::Immediate;
use super::declaration::{Service, read, write};
use crate::wire::{JsonVersion, ServiceSpec};
use permissions::{on_parameter, on_parameters};

/// The service, as it is declared.
pub static SERVICE: Service = Service {
    spec: ServiceSpec::json("ssm", JsonVersion::V1_1),
    operations: &[
        write("PutParameter", on_parameter, Immediate(parameters::put_parameter)),
        read("GetParameter", on_parameter, Immediate(parameters::get_parameter)),
        read("GetParameters", on_parameters, Immediate(parameters::get_parameters)),
        write("DeleteParameter", on_parameter, Immediate(parameters::delete_parameter)),
    ],
    tagged: None,
};

#[cfg(test)]
mod tests;
