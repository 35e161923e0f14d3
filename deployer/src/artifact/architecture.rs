//! Processors that Lambda runs functions on.

use crate::stack::toml_words;
use serde::Serialize;
use std::fmt;

toml_words! {
    /// The instruction set that a function runs on, named as Lambda names it.
    #[derive(PartialOrd, Ord, Hash, Serialize)]
    pub enum FunctionArchitecture {
        /// 64-bit x86.
        X86_64 = "x86_64",
        /// 64-bit ARM (Graviton).
        Arm64 = "arm64",
    }
}

impl FunctionArchitecture {
    /// Returns the architecture of this machine, or `None` when Lambda has no name for it.
    pub fn of_host() -> Option<Self> {
        match std::env::consts::ARCH {
            "x86_64" => Some(Self::X86_64),
            "aarch64" => Some(Self::Arm64),
            _ => None,
        }
    }
}

impl fmt::Display for FunctionArchitecture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}
