//! A configuration: the `.tf` files of a directory, with the local modules that they call.
//!
//! Values are worked out as far as the files alone tell them: literals, variables with their defaults and `.tfvars`, locals, and
//! attributes of other resources. What only AWS, the environment or Terraform's functions know is left out and named.

mod evaluate;
mod files;
mod heredoc;
mod instances;
mod module;
mod policy_document;
mod providers;
mod repeated_key;
mod scope;

pub use module::read;
