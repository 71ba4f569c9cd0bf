//! What a trade costs beyond the best price, line by line, each with its source and age.
//!
//! The walk through the book, its fee and its slippage come in with the legs; gas comes as a [`GasQuote`] that somebody else read or
//! a dated default; proxy and leg risk are settings. [`gas`] holds the gas arithmetic and the table of operations.

pub mod gas;

pub use gas::{GasOperation, GasPayer, GasPrice, GasQuote};

use crate::units::{PPM, part_ceil};
use betty_market::{BookSide, Price, Timestamp, Usdc, Walk};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Percent added to gas for spikes, when not configured.
pub const GAS_BUFFER_PCT_DEFAULT: u32 = 20;

/// Largest gas buffer accepted, percent: above it the setting is a typing mistake.
pub const GAS_BUFFER_PCT_MAX: u32 = 1_000;

/// Charge for the moment in which one leg stands alone, millionths of the dearest leg, when not configured.
pub const LEG_RISK_PPM_DEFAULT: u32 = 500;

/// Largest leg-risk charge accepted, millionths (10%).
pub const LEG_RISK_PPM_MAX: u32 = 100_000;

/// The costs that do not depend on the book.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CostSettings {
    /// Gas of the whole basket.
    pub gas: GasQuote,
    /// Percent added to gas for spikes.
    pub gas_buffer_pct: u32,
    /// Dollars per trade for a proxy, when one is paid for.
    pub proxy: Option<Usdc>,
    /// Millionths of the dearest leg's amount.
    pub leg_risk_ppm: u32,
}

/// Why cost settings cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("costs.{field} is {value}, allowed is {allowed}: correct the configuration")]
pub struct CostSettingsError {
    /// The setting.
    pub field: &'static str,
    /// What it is.
    pub value: String,
    /// What it may be.
    pub allowed: String,
}

impl CostSettings {
    /// Defaults around a gas quote: 20% buffer, no proxy, 500 ppm leg risk.
    #[must_use]
    pub const fn new(gas: GasQuote) -> Self {
        Self { gas, gas_buffer_pct: GAS_BUFFER_PCT_DEFAULT, proxy: None, leg_risk_ppm: LEG_RISK_PPM_DEFAULT }
    }

    /// Checks every setting.
    ///
    /// # Errors
    /// The first setting outside its range.
    pub fn validate(&self) -> Result<(), CostSettingsError> {
        let err = |field, value: String, allowed: String| Err(CostSettingsError { field, value, allowed });
        if self.gas.per_basket.is_negative() {
            return err("gas", self.gas.per_basket.to_string(), "0 or more".to_owned());
        }
        if self.gas_buffer_pct > GAS_BUFFER_PCT_MAX {
            return err("gas_buffer_pct", self.gas_buffer_pct.to_string(), format!("at most {GAS_BUFFER_PCT_MAX}"));
        }
        if let Some(proxy) = self.proxy.filter(|p| p.is_negative()) {
            return err("proxy", proxy.to_string(), "0 or more".to_owned());
        }
        if self.leg_risk_ppm > LEG_RISK_PPM_MAX {
            return err("leg_risk_ppm", self.leg_risk_ppm.to_string(), format!("at most {LEG_RISK_PPM_MAX}"));
        }
        Ok(())
    }
}

/// One leg as it was walked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CostLeg {
    /// The leg for people, such as `YES 553857`.
    pub label: String,
    /// [`BookSide::Ask`] for a buy, [`BookSide::Bid`] for a sell.
    pub side: BookSide,
    /// What was taken.
    pub walk: Walk,
    /// The best price of that side at that moment.
    pub best: Price,
    /// The best price of the other side, when there is one.
    pub opposite: Option<Price>,
    /// When the book was stamped.
    pub book_at: Timestamp,
}

/// Everything the calculation needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CostInputs {
    /// The legs.
    pub legs: Vec<CostLeg>,
    /// Gas, buffer, proxy, leg risk.
    pub settings: CostSettings,
    /// True when the prices were given by a person, so that slippage is not known.
    pub manual_prices: bool,
}

/// The kinds of cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CostKind {
    /// The venue's taker fee.
    Fee,
    /// What the walk paid beyond the best price.
    Slippage,
    /// Bid to ask at the touch; shown, not charged.
    Spread,
    /// Gas.
    Gas,
    /// The buffer on gas.
    GasBuffer,
    /// The proxy.
    Proxy,
    /// The moment between two legs.
    LegRisk,
}

impl CostKind {
    /// The kind in words.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Fee => "venue fee",
            Self::Slippage => "slippage",
            Self::Spread => "spread at the touch (not charged)",
            Self::Gas => "gas",
            Self::GasBuffer => "gas buffer",
            Self::Proxy => "proxy",
            Self::LegRisk => "leg risk",
        }
    }
}

impl fmt::Display for CostKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.title())
    }
}

/// One line of a breakdown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CostLine {
    /// What it is.
    pub kind: CostKind,
    /// Dollars.
    pub amount: Usdc,
    /// Where the number comes from.
    pub source: String,
    /// When that source was read; `None` for a plain setting.
    pub as_of: Option<Timestamp>,
    /// Its age at the calculation, milliseconds; `None` for a plain setting.
    pub age_ms: Option<i64>,
}

/// What a trade costs beyond the best price.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CostBreakdown {
    /// The venue's fee of all fills.
    pub fee: Usdc,
    /// Dollars beyond the best price of each leg, already inside the fills' amounts.
    pub slippage: Usdc,
    /// Bid to ask at the touch over all shares: what an immediate round trip would lose. Not charged, not in the total.
    pub spread: Option<Usdc>,
    /// Gas.
    pub gas: Usdc,
    /// The buffer on gas.
    pub gas_buffer: Usdc,
    /// The proxy.
    pub proxy: Usdc,
    /// The moment between two legs.
    pub leg_risk: Usdc,
    /// Fee, slippage, gas, buffer, proxy and leg risk.
    pub total: Usdc,
    /// Line by line, with source and age.
    pub lines: Vec<CostLine>,
}

impl CostBreakdown {
    /// What is paid on top of the fills' amounts: everything but slippage, which the amounts contain.
    #[must_use]
    pub fn charged(&self) -> Usdc {
        self.fee + self.gas_all() + self.other()
    }

    /// Gas with its buffer.
    #[must_use]
    pub fn gas_all(&self) -> Usdc {
        self.gas + self.gas_buffer
    }

    /// Proxy and leg risk.
    #[must_use]
    pub fn other(&self) -> Usdc {
        self.proxy + self.leg_risk
    }
}

impl CostInputs {
    /// Adds everything up. `now` only serves to state ages.
    #[must_use]
    pub fn calculate(&self, now: Timestamp) -> CostBreakdown {
        let fee = self.legs.iter().map(|l| l.walk.fee).sum();
        let slippage = self.legs.iter().map(CostLeg::slippage).sum();
        let spread = self.legs.iter().map(CostLeg::spread).sum::<Option<Usdc>>().filter(|_| !self.legs.is_empty());
        let fixed = FixedCosts::of(&self.settings, self.legs.iter().map(|l| l.walk.amount));
        let oldest = self.legs.iter().map(|l| l.book_at).min();
        let proxy = self.settings.proxy.unwrap_or(Usdc::ZERO);
        let total = fee + slippage + fixed.gas + fixed.gas_buffer + proxy + fixed.leg_risk;
        let mut lines = Vec::new();
        let mut line = |kind, amount, source: String, as_of: Option<Timestamp>| {
            lines.push(CostLine { kind, amount, source, as_of, age_ms: as_of.map(|t| now.since(t)) });
        };
        line(CostKind::Fee, fee, "each market's own fee schedule, per fill".to_owned(), oldest);
        let walked =
            if self.manual_prices { "manual prices: not known, counted as 0" } else { "walk through each book" };
        line(CostKind::Slippage, slippage, walked.to_owned(), oldest);
        if let Some(spread) = spread {
            line(CostKind::Spread, spread, "best bid and best ask of each book".to_owned(), oldest);
        }
        line(CostKind::Gas, fixed.gas, self.settings.gas.source_text(), Some(self.settings.gas.as_of));
        let buffer = format!("setting: {}% of gas", self.settings.gas_buffer_pct);
        line(CostKind::GasBuffer, fixed.gas_buffer, buffer, None);
        let proxy_source = if self.settings.proxy.is_some() { "setting" } else { "setting: no proxy" };
        line(CostKind::Proxy, proxy, proxy_source.to_owned(), None);
        let risk = format!("setting: {} of the dearest leg", crate::units::pct(i64::from(self.settings.leg_risk_ppm)));
        line(CostKind::LegRisk, fixed.leg_risk, risk, None);
        CostBreakdown {
            fee,
            slippage,
            spread,
            gas: fixed.gas,
            gas_buffer: fixed.gas_buffer,
            proxy,
            leg_risk: fixed.leg_risk,
            total,
            lines,
        }
    }
}

impl CostLeg {
    /// Dollars the walk lost against the best price.
    #[must_use]
    pub fn slippage(&self) -> Usdc {
        match self.side {
            BookSide::Ask => self.walk.amount - self.best.cost_of(self.walk.shares),
            BookSide::Bid => self.best.proceeds_of(self.walk.shares) - self.walk.amount,
        }
    }

    /// Bid to ask at the touch over the shares walked; `None` on a one-sided book.
    #[must_use]
    pub fn spread(&self) -> Option<Usdc> {
        let (a, b) = (self.best, self.opposite?);
        Some(a.max(b).cost_of(self.walk.shares) - a.min(b).proceeds_of(self.walk.shares))
    }
}

/// Gas, buffer and leg risk: the same whatever the fills, but for the leg risk.
pub(crate) struct FixedCosts {
    pub(crate) gas: Usdc,
    pub(crate) gas_buffer: Usdc,
    pub(crate) leg_risk: Usdc,
}

impl FixedCosts {
    pub(crate) fn of(settings: &CostSettings, amounts: impl Iterator<Item = Usdc>) -> Self {
        let dearest = amounts.max().unwrap_or(Usdc::ZERO);
        let gas = settings.gas.per_basket;
        Self {
            gas,
            gas_buffer: part_ceil(gas, i64::from(settings.gas_buffer_pct) * (PPM / 100)),
            leg_risk: part_ceil(dearest, i64::from(settings.leg_risk_ppm)),
        }
    }

    /// Everything that is charged beside amounts and fees.
    pub(crate) fn total(&self, settings: &CostSettings) -> Usdc {
        self.gas + self.gas_buffer + self.leg_risk + settings.proxy.unwrap_or(Usdc::ZERO)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use betty_market::{Fill, Shares};

    fn leg(side: BookSide, best: u16, opposite: Option<u16>, fills: &[(u16, i64)]) -> CostLeg {
        let price = |e4| Price::from_e4(e4).unwrap();
        let mut walk = Walk::default();
        for (e4, shares) in fills {
            let shares = Shares::whole(*shares);
            let fill =
                Fill { price: price(*e4), shares, amount: price(*e4).cost_of(shares), fee: Usdc::from_micros(70) };
            walk.shares += fill.shares;
            walk.amount += fill.amount;
            walk.fee += fill.fee;
            walk.fills.push(fill);
        }
        let book_at = Timestamp::from_secs(100);
        CostLeg { label: "x".to_owned(), side, walk, best: price(best), opposite: opposite.map(price), book_at }
    }

    #[test]
    fn every_line_has_its_source_and_age() {
        let gas = GasQuote {
            per_basket: Usdc::from_micros(1_001),
            source: "read from the chain".to_owned(),
            as_of: Timestamp::from_secs(90),
            is_default: false,
        };
        let settings =
            CostSettings { proxy: Some(Usdc::from_micros(5)), leg_risk_ppm: 1_000, ..CostSettings::new(gas) };
        let buy = leg(BookSide::Ask, 5_000, Some(4_800), &[(5_000, 10), (5_100, 10)]);
        let sell = leg(BookSide::Bid, 3_000, None, &[(3_000, 10), (2_900, 10)]);
        let costs = CostInputs { legs: vec![buy.clone(), sell], settings: settings.clone(), manual_prices: false }
            .calculate(Timestamp::from_secs(103));
        assert_eq!(costs.fee, Usdc::from_micros(280));
        // Ten shares a cent worse on each side.
        assert_eq!(costs.slippage, "0.20".parse().unwrap());
        // One leg has no other side, so the spread of the whole is not known.
        assert_eq!(costs.spread, None);
        // 1,001 × 20% = 200.2, rounded up; the dearest leg is 10.10.
        assert_eq!((costs.gas_buffer, costs.leg_risk), (Usdc::from_micros(201), Usdc::from_micros(10_100)));
        assert_eq!(costs.total, Usdc::from_micros(280 + 200_000 + 1_001 + 201 + 5 + 10_100));
        assert_eq!(costs.charged() + costs.slippage, costs.total);
        let line = |kind| costs.lines.iter().find(|l| l.kind == kind).unwrap();
        assert_eq!(line(CostKind::Fee).age_ms, Some(3_000));
        assert_eq!(
            (line(CostKind::Gas).age_ms, line(CostKind::Gas).source.as_str()),
            (Some(13_000), "read from the chain")
        );
        assert_eq!(line(CostKind::LegRisk).as_of, None);
        let shown: Usdc = costs.lines.iter().filter(|l| l.kind != CostKind::Spread).map(|l| l.amount).sum();
        assert_eq!(shown, costs.total);

        let one = CostInputs { legs: vec![buy], settings, manual_prices: true }.calculate(Timestamp::from_secs(103));
        assert_eq!(one.spread, Some("0.40".parse().unwrap()));
        assert!(one.lines.iter().any(|l| l.source.contains("manual prices")));
    }

    #[test]
    fn settings_are_checked_by_name() {
        let good = CostSettings::new(GasQuote::relayer());
        good.validate().unwrap();
        let field = |settings: CostSettings| settings.validate().unwrap_err().field;
        assert_eq!(field(CostSettings { gas_buffer_pct: 1_001, ..good.clone() }), "gas_buffer_pct");
        assert_eq!(field(CostSettings { proxy: Some(Usdc::from_micros(-1)), ..good.clone() }), "proxy");
        assert_eq!(field(CostSettings { leg_risk_ppm: 100_001, ..good.clone() }), "leg_risk_ppm");
        let mut gas = good;
        gas.gas.per_basket = Usdc::from_micros(-1);
        assert_eq!(field(gas), "gas");
    }
}
