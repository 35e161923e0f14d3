//! Where a route of `[api.routes]` leads, and who may call it.

use super::choice::ApiAuth;
use crate::stack::{TextRule, TextSpan, TomlNode, ValueShape, toml_block};
use serde::Deserialize;

/// What a route leads to.
const FUNCTION: TextRule = TextRule::any_named("the id of a function", (1, 64), "the id of a function in this file");

/// A route's value: the id of a function, or a table that says who may call as well.
pub const TARGET: ValueShape = ValueShape::Either(&[ValueShape::Text(FUNCTION), ValueShape::Table(RouteBlock::KEYS)]);

toml_block! {
    /// A route with a guard of its own.
    #[derive(Debug, Clone, Deserialize)]
    pub struct RouteBlock {
        /// Id of the function that answers.
        pub function: String = ValueShape::Text(FUNCTION).required().aws("PutRestApi body"),
        /// Who may call this route, whatever the others ask for.
        pub auth: Option<ApiAuth> =
            ValueShape::OneOf(ApiAuth::ALL).derived("`auth` of `[api]`").aws("PutRestApi body, CreateApiKey"),
    }
}

/// A route's value as it is written.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum RouteTarget {
    /// The id of a function. The API's `auth` holds.
    Function(String),
    /// A table.
    Block(RouteBlock),
}

impl RouteTarget {
    /// Returns the id of the function that answers.
    pub fn function(&self) -> &str {
        match self {
            Self::Function(id) => id,
            Self::Block(block) => &block.function,
        }
    }

    /// Returns the guard that the route itself asks for.
    pub fn own_auth(&self) -> Option<ApiAuth> {
        match self {
            Self::Function(_) => None,
            Self::Block(block) => block.auth,
        }
    }
}

/// Returns the function's id in a route's value, with its place.
pub fn function_in(node: &TomlNode) -> Option<(&str, TextSpan)> {
    node.text().or_else(|| node.table()?.text("function"))
}

/// Returns the guard in a route's value.
pub fn auth_in(node: &TomlNode) -> Option<&str> {
    Some(node.table()?.text("auth")?.0)
}
