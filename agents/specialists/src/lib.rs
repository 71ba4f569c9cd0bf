//! The eight specialists, one file each: thin shells that fetch what the logic crates need, call them, and return effects.
//!
//! * [`hedge`]: proves, prices, watches. [`paper`]: the paper account. [`auto`]: strategies and trading by rule.
//! * [`cost`], [`size`]: what a trade costs, how large it may be.
//! * [`researcher`], [`coder`], [`reviewer`]: need a language model, which this version asks about hedges only: they refuse and say so.
//! * [`model`]: the language model, every call through one meter.
//! * [`execution`]: orders on their way. [`account`], [`legs`]: what several of them share. [`gas`]: gas prices from a Polygon node.
//!
//! No actors, no database, no chat: an attempt is all they may reach.

pub mod account;
pub mod auto;
pub mod coder;
pub mod cost;
pub mod execution;
pub mod gas;
pub mod hedge;

pub mod legs;
pub mod model;
pub mod paper;
pub mod researcher;
pub mod reviewer;
pub mod size;
mod strategies;

pub use execution::Execution;
pub use model::{ModelLimits, ModelSetup};
pub use strategies::strategy_named;

use betty_bus::Specialist;
use betty_trading::{CostSettings, Limits};
use std::sync::Arc;

/// What specialists need of the configuration.
#[derive(Debug, Clone)]
pub struct Setup {
    /// The one set of trading limits.
    pub limits: Limits,
    /// The costs that do not depend on the book.
    pub costs: CostSettings,
    /// How orders travel.
    pub execution: Execution,
    /// The language model, when one is configured.
    pub model: Option<ModelSetup>,
}

/// All eight, in the order people see them.
#[must_use]
pub fn all(setup: &Setup) -> Vec<Arc<dyn Specialist>> {
    let setup = Arc::new(setup.clone());
    vec![
        Arc::new(hedge::HedgeSpecialist::new(setup.clone())),
        Arc::new(researcher::Researcher),
        Arc::new(reviewer::CodeReviewer),
        Arc::new(coder::Coder),
        Arc::new(auto::AutoTrader::new(setup.clone())),
        Arc::new(paper::PaperTrader::new(setup.clone())),
        Arc::new(cost::CostCalculator::new(setup.clone())),
        Arc::new(size::PositionSizer::new(setup)),
    ]
}

/// A task that reached the wrong specialist: a defect of the router.
fn misrouted(kind: betty_bus::SpecialistKind) -> betty_bus::TaskError {
    betty_bus::TaskError::new(
        betty_bus::TaskErrorKind::Internal,
        format!("a task for another specialist reached {kind}; this is a defect, nothing was done"),
    )
}
