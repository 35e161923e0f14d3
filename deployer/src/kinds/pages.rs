//! Lists of AWS that a step reads.

use super::StepContext;
use crate::aws::op::AwsOperation;
use crate::aws::{AwsError, PageReader};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use std::future::Future;

impl StepContext<'_> {
    /// Reads a list page by page. `send` asks for the page that a token names, `next` finds the token of the following page.
    pub fn pages<T, P, E, F, N>(
        &self,
        op: &'static AwsOperation,
        send: impl Fn(Option<T>) -> F,
        next: N,
    ) -> PageReader<T, impl AsyncFnMut(Option<T>) -> Result<P, AwsError>, N>
    where
        T: Clone,
        E: ProvideErrorMetadata + std::error::Error + 'static,
        F: Future<Output = Result<P, SdkError<E, HttpResponse>>>,
        N: Fn(&P) -> Option<T>,
    {
        PageReader::new(async move |token: Option<T>| self.call(op, || send(token.clone())).await, next)
    }
}
