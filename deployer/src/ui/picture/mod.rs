//! The stack as a picture: its resources with how they are, and who calls or needs whom.

mod dot;
mod drawing;
mod mermaid;
mod plain;
mod svg;
#[cfg(test)]
mod tests;

pub use dot::dot;
pub use drawing::StackPicture;
pub use mermaid::{mermaid, mermaid_block};
pub use plain::render;
pub use svg::svg;
