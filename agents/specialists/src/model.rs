//! What the three specialists that need a language model say while there is none.

use betty_bus::{SpecialistKind, TaskError, TaskErrorKind};

/// The refusal of a specialist that needs a model.
pub(crate) fn needs_model(kind: SpecialistKind, what: &str) -> TaskError {
    TaskError::new(
        TaskErrorKind::NotConfigured,
        format!(
            "{kind} needs a language model to {what}, and none is in use. The settings for it are llm.base_url and llm.model (environment BETTY_LLM_BASE_URL, BETTY_LLM_MODEL), but this version of Betty has no model layer yet and would not call it. Nothing was done; scanning, proofs and paper trading work without it"
        ),
    )
}
