//! Values of `[api]` that are a choice between a few.

use crate::stack::toml_words;

toml_words! {
    /// Where the endpoint lives.
    pub enum EndpointType {
        /// In the stack's region.
        Regional = "REGIONAL",
        /// Behind AWS's CloudFront distribution. AWS allows one creation in 30 s.
        Edge = "EDGE",
    }
}

toml_words! {
    /// Who may call the API. A preflight request of a browser is answered to anybody.
    pub enum ApiAuth {
        /// Anybody.
        None = "none",
        /// Who signs with AWS credentials that may `execute-api:Invoke`.
        Iam = "iam",
        /// Who sends the stack's API key as `x-api-key`.
        ApiKey = "api_key",
    }
}
