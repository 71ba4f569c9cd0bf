//! Betty put together: data directory, database, market data, specialists, actors.
//!
//! * [`start`]: everything in order, with one sentence for each thing that can be wrong.
//! * [`market`]: the market source the configuration names. [`trading`]: limits and costs out of the configuration.
//! * [`model`]: the language model and what it may cost.

pub mod market;
pub mod model;
pub mod start;
pub mod trading;

pub use start::{App, Mode, StartError};

/// One line per thing that is on or off, and why: market, Discord, model, orders.
#[must_use]
pub fn what_is_on(app: &App) -> Vec<(&'static str, String)> {
    let gas = &app.trading.costs.gas;
    let gas = match &app.trading.gas_warning {
        Some(warning) => warning.clone(),
        None => format!("${} a hedge, {}", gas.per_basket, gas.source_text()),
    };
    vec![
        ("Market", app.source.label().to_string()),
        ("Discord", app.discord.clone()),
        ("Model", app.model.words()),
        ("Gas", gas),
        ("Orders", "PAPER only: there are no real orders in this version".to_owned()),
    ]
}
