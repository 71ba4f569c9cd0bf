//! Limits and costs out of the configuration.

use crate::config::{Config, ConfigError};
use betty_market::{Timestamp, Usdc};
use betty_specialists::Execution;
use betty_specialists::gas::read_gas;
use betty_trading::cost::{CostSettings, GasPayer, GasPrice, GasQuote};
use betty_trading::entry::EntryPolicy;
use betty_trading::limits::Limits;

/// What trading needs of the configuration.
#[derive(Debug, Clone)]
pub struct TradingSetup {
    /// The one set of limits.
    pub limits: Limits,
    /// Costs that do not depend on the book.
    pub costs: CostSettings,
    /// How orders travel.
    pub execution: Execution,
    /// Why gas is a default although a node is configured.
    pub gas_warning: Option<String>,
}

/// Legs a gas quote is made for: two-legged hedges.
const LEGS: usize = 2;

fn dollars(config: &Config, key: &str) -> Result<Usdc, ConfigError> {
    // The table has checked the range; more decimals than a micro-dollar holds are refused here.
    config.get::<Usdc>(key)
}

/// Reads limits and costs; asks the Polygon node when an own key pays for gas and a node is configured.
///
/// # Errors
/// [`ConfigError`] naming the setting.
pub async fn trading_setup(config: &Config, now: Timestamp) -> Result<TradingSetup, ConfigError> {
    let limits = Limits {
        bankroll: dollars(config, "limits.bankroll_usd")?,
        hedge_cap_pct: config.get("limits.hedge_cap_pct")?,
        cash_reserve_pct: config.get("limits.cash_reserve_pct")?,
        open_positions_max: config.get("limits.open_positions_max")?,
        event_cap_pct: config.get("limits.event_cap_pct")?,
        date_cap_pct: config.get("limits.date_cap_pct")?,
        kelly_fraction_pct: config.get("limits.kelly_fraction_pct")?,
        logic_failure_ppm: config.get("limits.logic_failure_ppm")?,
        void_ppm: config.get("limits.void_ppm")?,
        depth_haircut_pct: config.get("limits.depth_haircut_pct")?,
        book_age_ms_max: config.get::<i64>("limits.book_age_s")? * 1_000,
        leg_gap_ms_max: config.get::<i64>("limits.leg_gap_s")? * 1_000,
        drawdown_pct: config.get("limits.drawdown_pct")?,
        stop_streak: config.get("limits.stop_streak")?,
        day_loss_pct: config.get("limits.day_loss_pct")?,
        breaker_cooldown_ms: config.get::<i64>("limits.breaker_cooldown_h")? * 3_600_000,
        reentry_cooldown_ms: config.get::<i64>("limits.reentry_cooldown_h")? * 3_600_000,
        ..Limits::default()
    };
    let pol_price = dollars(config, "costs.pol_usd")?;
    let payer = if config.text("costs.wallet") == Some("eoa") { GasPayer::Eoa } else { GasPayer::Relayer };
    let mut gas_warning = None;
    let mut price = GasPrice { pol_price, ..GasPrice::dated_default() };
    if let (GasPayer::Eoa, Some(rpc)) = (payer, config.text("costs.polygon_rpc")) {
        match read_gas(rpc, pol_price, now).await {
            Ok(read) => price = read,
            Err(error) => gas_warning = Some(format!("{error}; gas is the dated default")),
        }
    }
    let gas = GasQuote::for_hedge(payer, LEGS, &price).unwrap_or_else(GasQuote::relayer);
    let proxy = dollars(config, "costs.proxy_usd")?;
    let costs = CostSettings {
        gas,
        gas_buffer_pct: config.get("costs.gas_buffer_pct")?,
        proxy: proxy.is_positive().then_some(proxy),
        leg_risk_ppm: config.get("costs.leg_risk_ppm")?,
    };
    let execution = Execution {
        latency_ms: config.get("execution.latency_ms")?,
        jitter_ms: config.get("execution.jitter_ms")?,
        policy: EntryPolicy {
            deadline_ms: config.get::<i64>("execution.leg_deadline_s")? * 1_000,
            band_ppm: config.get("execution.leg_band_ppm")?,
        },
    };
    Ok(TradingSetup { limits, costs, execution, gas_warning })
}
