//! What a service declares of itself.

use super::operation::ServiceOperation;
use crate::context::ListTagged;
use crate::wire::ServiceSpec;

/// A service: everything that the cloud knows of it.
pub struct Service {
    /// Its name, protocol and error codes.
    pub spec: ServiceSpec,
    /// Its operations.
    pub operations: &'static [ServiceOperation],
    /// Lists its resources with their tags, for the tagging API.
    pub tagged: Option<ListTagged>,
}

impl Service {
    /// Finds an operation by its name.
    pub fn operation(&self, name: &str) -> Option<&'static ServiceOperation> {
        self.operations.iter().find(|operation| operation.spec.name == name)
    }
}
