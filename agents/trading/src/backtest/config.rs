//! What a replay is run with.

use crate::backtest::error::BacktestError;
use crate::backtest::report::CaseName;
use crate::cost::{CostSettings, GasQuote};
use crate::entry::EntryPolicy;
use crate::limits::{Confidence, Limits};
use crate::strategy::Strategy;
use betty_hedging::Coverage;
use betty_market::{MarketId, Price, Shares, Timestamp};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Most threads of one run.
pub const THREADS_MAX: usize = 64;
/// Longest latency that can be asked for, milliseconds: an hour.
pub const LATENCY_MS_MAX: i64 = 3_600_000;
/// Version of the replay's rules: raised with every change that changes results.
pub const CODE: &str = concat!("betty-trading ", env!("CARGO_PKG_VERSION"), " replay 1");

/// Everything a run depends on beside the data.
#[derive(Debug, Clone, Serialize)]
pub struct RunConfig {
    /// What is entered, how much, when it is left.
    pub strategy: Strategy,
    /// The one set of limits.
    pub limits: Limits,
    /// The costs that do not depend on the book.
    pub costs: CostSettings,
    /// How sure the trader is.
    pub confidence: Confidence,
    /// First instant traded on; what came before only teaches what there is.
    pub from: Option<Timestamp>,
    /// Last instant.
    pub to: Option<Timestamp>,
    /// Words that must all occur in a market's question, label or event title.
    pub query: Option<String>,
    /// Only markets of this category, where the data tells one.
    pub category: Option<String>,
    /// Only these markets; all when absent. For windows that may not share a market.
    #[serde(serialize_with = "named_markets")]
    pub only: Option<Arc<BTreeSet<MarketId>>>,
    /// Milliseconds from a decision to the match of a leg.
    pub latency_ms: i64,
    /// At most this much more, drawn evenly.
    pub latency_jitter_ms: i64,
    /// What happens on one leg.
    pub entry: EntryPolicy,
    /// Milliseconds from the end of the last leg to its payout.
    pub payout_delay_ms: i64,
    /// Milliseconds between two scans.
    pub scan_every_ms: i64,
    /// Relations read from questions alone rest on this many cases without a failure. An ASSUMPTION, stated in the report.
    pub presumed_cases: u64,
    /// For the dice of the latency.
    pub seed: u64,
    /// Threads; the result does not depend on it.
    #[serde(skip)]
    pub threads: usize,
    /// Trials run on this data so far, this one included.
    #[serde(skip)]
    pub trials: u64,
}

impl RunConfig {
    /// Defaults around a strategy: the standard limits, gas paid by the relayer, 250 ms to the match and up to 250 more.
    #[must_use]
    pub fn new(strategy: Strategy) -> Self {
        Self {
            strategy,
            limits: Limits::default(),
            costs: CostSettings::new(GasQuote::relayer()),
            confidence: Confidence::High,
            from: None,
            to: None,
            query: None,
            category: None,
            only: None,
            latency_ms: 250,
            latency_jitter_ms: 250,
            entry: EntryPolicy::default(),
            payout_delay_ms: 2 * crate::units::HOUR_MS,
            scan_every_ms: 6 * crate::units::HOUR_MS,
            presumed_cases: 100,
            seed: 7,
            threads: 1,
            trials: 1,
        }
    }

    /// Checks every setting.
    ///
    /// # Errors
    /// The first that is outside its range.
    pub fn validate(&self) -> Result<(), BacktestError> {
        self.limits.validate()?;
        self.costs.validate()?;
        if let (Some(from), Some(to)) = (self.from, self.to)
            && from >= to
        {
            return Err(BacktestError::PeriodReversed { from, to });
        }
        let range = |setting, value: i64, low, high, allowed| {
            if (low..=high).contains(&value) {
                Ok(())
            } else {
                Err(BacktestError::Setting { setting, value: value.to_string(), allowed })
            }
        };
        range("latency_ms", self.latency_ms, 0, LATENCY_MS_MAX, "0 to 3,600,000")?;
        range("latency_jitter_ms", self.latency_jitter_ms, 0, LATENCY_MS_MAX, "0 to 3,600,000")?;
        range("leg_deadline_ms", self.entry.deadline_ms, 0, crate::units::DAY_MS, "0 to 86,400,000")?;
        range("leg_band_ppm", self.entry.band_ppm, 0, crate::units::PPM, "0 to 1,000,000")?;
        range("payout_delay_ms", self.payout_delay_ms, 0, 30 * crate::units::DAY_MS, "0 to 2,592,000,000")?;
        range("scan_every_ms", self.scan_every_ms, 60_000, 30 * crate::units::DAY_MS, "60,000 to 2,592,000,000")?;
        range("threads", i64::try_from(self.threads).unwrap_or(i64::MAX), 1, THREADS_MAX as i64, "1 to 64")
    }

    /// SHA-256 of everything that can change the result, in hexadecimal.
    #[must_use]
    pub fn rules_hash(&self) -> String {
        // Plain values with text keys always serialise.
        let json = serde_json::to_vec(self).unwrap_or_default();
        hex(&Sha256::digest(json))
    }

    /// Whether two runs look at the same markets at the same moments, so that one pass of the data can serve both.
    pub(crate) fn shares_pass_with(&self, other: &Self) -> bool {
        let view = |c: &Self| (c.from, c.to, c.scan_every_ms, c.limits.book_age_ms_max, c.limits.leg_gap_ms_max);
        view(self) == view(other)
            && self.query == other.query
            && self.category == other.category
            && self.only == other.only
    }

    /// What is known of relations that are only presumed: `presumed_cases` clean ones. The 95% one-sided lower bound without a failure
    /// in n cases is `0.05^(1/n)`; the point is the mean of the posterior under an even prior.
    #[must_use]
    pub fn presumed_coverage(&self) -> Option<Coverage> {
        let n = u32::try_from(self.presumed_cases).ok().filter(|n| *n > 0)?;
        let cases = f64::from(n);
        Some(Coverage { point: (cases + 1.0) / (cases + 2.0), lower: 0.05_f64.powf(1.0 / cases), n })
    }

    /// What a report shows of the settings, by name.
    #[must_use]
    pub fn described(&self) -> BTreeMap<String, String> {
        let text = |t: Option<Timestamp>| t.map_or_else(|| "—".to_owned(), |t| t.to_string());
        let word = |w: &Option<String>| w.clone().unwrap_or_else(|| "—".to_owned());
        [
            ("bankroll", self.limits.bankroll.to_string()),
            ("confidence", self.confidence.to_string()),
            ("from", text(self.from)),
            ("to", text(self.to)),
            ("query", word(&self.query)),
            ("category", word(&self.category)),
            ("latency_ms", format!("{} + up to {}", self.latency_ms, self.latency_jitter_ms)),
            ("leg_deadline_ms", self.entry.deadline_ms.to_string()),
            ("leg_band", crate::units::pct(self.entry.band_ppm)),
            ("payout_delay", crate::units::hours(self.payout_delay_ms)),
            ("scan_every", crate::units::hours(self.scan_every_ms)),
            ("presumed_cases", self.presumed_cases.to_string()),
            ("seed", self.seed.to_string()),
        ]
        .map(|(k, v)| (k.to_owned(), v))
        .into()
    }
}

fn named_markets<S: serde::Serializer>(only: &Option<Arc<BTreeSet<MarketId>>>, s: S) -> Result<S::Ok, S::Error> {
    only.as_deref().serialize(s)
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, b| {
        // Writing to a String cannot fail.
        let _ = write!(out, "{b:02x}");
        out
    })
}

/// What is assumed where the data has prices without sizes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Assumption {
    /// Shares at the best price.
    pub(crate) size: Shares,
    /// How many ticks worse than quoted, both ways.
    pub(crate) ticks: u16,
    /// Whether orders meet the next quote instead of the one that was seen.
    pub(crate) next_quote: bool,
}

impl Assumption {
    /// Of a case; `None` where sizes are real.
    pub(crate) fn of(case: CaseName) -> Option<Self> {
        let whole = Shares::whole;
        match case {
            CaseName::Exact => None,
            // Five times the usual smallest order: what is left behind a quote that others saw too.
            CaseName::Pessimistic => Some(Self { size: whole(25), ticks: 1, next_quote: true }),
            CaseName::Expected => Some(Self { size: whole(100), ticks: 0, next_quote: false }),
            CaseName::Optimistic => Some(Self { size: whole(10_000), ticks: 0, next_quote: false }),
        }
    }

    /// A price so many ticks up (asks) or down (bids); `None` beyond what can be traded.
    pub(crate) fn worse(self, price: Price, tick: Price, up: bool) -> Option<Price> {
        let step = tick.e4().saturating_mul(self.ticks);
        let e4 = if up { price.e4().checked_add(step)? } else { price.e4().checked_sub(step)? };
        Price::from_e4(e4).ok().filter(|p| *p > Price::ZERO && *p < Price::ONE)
    }
}
