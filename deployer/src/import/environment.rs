//! Environment variables of a function.

use super::resource::TerraformResource;
use serde_json::{Map, Value};

/// Returns the variables, as far as the file tells them. Values may be secrets: they are compared with names of tables, and
/// written nowhere.
pub fn variables(function: &TerraformResource) -> Option<&Map<String, Value>> {
    function.block("environment")?.get("variables")?.as_object()
}
