//! The seam between those who ask and whatever answers.

use crate::error::LlmError;
use crate::price::Price;
use crate::request::{Answer, Request};
use async_trait::async_trait;

/// Something that answers requests.
#[async_trait]
pub trait Model: Send + Sync {
    /// The model's name, as calls and verdicts record it.
    fn name(&self) -> &str;
    /// What its tokens cost.
    fn price(&self) -> Price;
    /// Answers a request within its deadline.
    ///
    /// # Errors
    /// [`LlmError`] with what went wrong and what it took all the same. An answer that is not of the form asked for is an error.
    async fn ask(&self, request: &Request) -> Result<Answer, LlmError>;
}
