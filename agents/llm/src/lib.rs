//! The model client: one question, one answer of the form asked for. Knows neither Discord nor trading nor storage.
//!
//! * [`model`]: the seam: anything that answers a [`Request`]. [`request`]: what is asked and what comes back.
//! * [`price`]: what tokens cost, and what a call may cost before it is made. [`secret`]: the key, which shows nowhere.
//! * [`error`]: why there is no answer, and what the attempt took. [`schema`]: whether an answer has the form asked for.
//! * [`openai`]: any OpenAI-compatible endpoint: one transport, one retry layer, one deadline, one attempt at repair.

pub mod error;
pub mod model;
pub mod openai;
pub mod price;
pub mod request;
pub mod schema;
pub mod secret;

pub use error::{LlmError, LlmErrorKind};
pub use model::Model;
pub use openai::{Endpoint, OpenAi};
pub use price::Price;
pub use request::{Answer, PromptId, Request, Usage};
pub use secret::ApiKey;
