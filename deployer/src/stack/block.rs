//! How a block of the description is declared: a struct whose fields are its keys, and an enum whose variants are words.

/// Declares a block: every field is a key, with its type, its meaning (the doc comment, in Markdown) and its
/// [`KeyRule`](super::KeyRule). Checks, defaults, reference and JSON Schema come from the constant `KEYS` that it adds.
///
/// ```text
/// toml_block! {
///     /// A DynamoDB table.
///     #[derive(Debug, Clone, Deserialize)]
///     pub struct TableBlock {
///         /// Continuous backups of the last 35 days.
///         pub point_in_time_recovery: bool = ValueShape::Boolean.or(DefaultValue::Boolean(false)),
///     }
/// }
/// ```
macro_rules! toml_block {
    (
        $(#[doc = $about:literal])+
        #[derive($($derive:ident),+)]
        pub struct $block:ident {
            $($(#[doc = $doc:literal])+ pub $key:ident: $type:ty = $rule:expr,)+
        }
    ) => {
        $(#[doc = $about])+
        #[derive($($derive),+)]
        pub struct $block {
            $($(#[doc = $doc])+ pub $key: $type,)+
        }

        impl $block {
            /// What the block describes.
            pub const ABOUT: &'static str = concat!($($about),+).trim_ascii();
            /// Keys of the block.
            pub const KEYS: &'static [$crate::stack::KeyDefinition] =
                &[$($crate::stack::KeyDefinition::new(stringify!($key), concat!($($doc),+), $rule)),+];
        }
    };
}

/// Declares an enum whose variants are words of the description; it may derive more than every such enum does.
///
/// ```text
/// toml_words! {
///     /// Storage class.
///     pub enum TableClass {
///         /// For frequent access.
///         Standard = "STANDARD",
///     }
/// }
/// ```
macro_rules! toml_words {
    (
        $(#[doc = $about:literal])+
        $(#[derive($($derive:ident),+)])?
        pub enum $words:ident {
            $($(#[doc = $doc:literal])+ $variant:ident = $word:literal,)+
        }
    ) => {
        $(#[doc = $about])+
        #[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
        $(#[derive($($derive),+)])?
        pub enum $words {
            $($(#[doc = $doc])+ #[serde(rename = $word)] $variant,)+
        }

        impl $words {
            /// All words.
            pub const ALL: &'static [&'static str] = &[$($word),+];

            /// Returns the word of a variant.
            pub const fn word(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }
        }
    };
}

pub(crate) use {toml_block, toml_words};
