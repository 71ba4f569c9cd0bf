//! What the generators hand over: families of events and markets, before identifiers are given.

use super::calendar::{DAY_MS, eastern, month_end, plus_days};
use super::latent::{Condition, STATES_MAX, Variable, When};
use super::rng::{Rng, exp};
use crate::fee::FeeSchedule;
use chrono::NaiveDate;

/// A category with its fee, as the venue documents them (September-October 2026).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Category {
    Crypto,
    Sports,
    Finance,
    Politics,
    Tech,
    Economics,
    Culture,
    Weather,
    Geopolitics,
}

impl Category {
    /// Tag id, tag label, fee type, rate in millionths, share of the fee rebated to makers in percent.
    const fn row(self) -> (u32, &'static str, &'static str, u32, u32) {
        match self {
            Self::Crypto => (21, "Crypto", "crypto_fees_v2", 70_000, 20),
            Self::Sports => (1, "Sports", "sports_fees_v3", 50_000, 15),
            Self::Finance => (120, "Finance", "finance_prices_fees", 40_000, 25),
            Self::Politics => (2, "Politics", "politics_fees", 40_000, 25),
            Self::Tech => (1_401, "Tech", "tech_fees", 40_000, 25),
            Self::Economics => (100_328, "Economics", "economics_fees", 50_000, 25),
            Self::Culture => (596, "Culture", "culture_fees", 50_000, 25),
            Self::Weather => (84, "Weather", "weather_fees", 50_000, 25),
            Self::Geopolitics => (100_265, "Geopolitics", "", 0, 0),
        }
    }

    pub(crate) const fn tag_id(self) -> u32 {
        self.row().0
    }

    pub(crate) const fn label(self) -> &'static str {
        self.row().1
    }

    /// `None` where trading is free.
    pub(crate) const fn fee_type(self) -> Option<&'static str> {
        match self {
            Self::Geopolitics => None,
            _ => Some(self.row().2),
        }
    }

    pub(crate) const fn fee(self) -> FeeSchedule {
        FeeSchedule::linear(self.row().3)
    }

    pub(crate) const fn rebate_percent(self) -> u32 {
        self.row().4
    }
}

/// What kind of implication a pair is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum PairKind {
    /// By an earlier date ⇒ by a later one.
    DateLadder,
    /// Above a higher number ⇒ above a lower one.
    ThresholdLadder,
    /// Winning it all ⇒ winning a stage of it.
    NestedStage,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct MarketDraft {
    pub(crate) question: String,
    pub(crate) description: String,
    pub(crate) group_title: String,
    pub(crate) source: String,
    /// The end date the venue shows, milliseconds.
    pub(crate) end: i64,
    pub(crate) conditions: Vec<Condition>,
    /// The catch-all of a neg-risk event.
    pub(crate) other: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct EventDraft {
    pub(crate) title: String,
    pub(crate) category: Category,
    /// Slug of the recurring series.
    pub(crate) series: Option<String>,
    pub(crate) neg_risk: bool,
    pub(crate) augmented: bool,
    /// Prices move in steps of 0.001 from the start.
    pub(crate) fine_tick: bool,
    pub(crate) markets: Vec<MarketDraft>,
}

/// Events that hang on the same hidden variables.
#[derive(Debug, Clone)]
pub(crate) struct FamilyDraft {
    /// What it is about, whatever the dates and numbers: two families on one topic could contradict each other.
    pub(crate) topic: String,
    pub(crate) listed: i64,
    pub(crate) variables: Vec<Variable>,
    pub(crate) events: Vec<EventDraft>,
    /// (antecedent, consequent) as positions in the family's markets, event after event.
    pub(crate) pairs: Vec<(usize, usize, PairKind)>,
}

/// When a generator works, and with which dice.
pub(crate) struct Workshop<'a> {
    pub(crate) rng: &'a mut Rng,
    /// The day the markets are made for: dates in questions lie after it.
    pub(crate) today: NaiveDate,
    /// When trading starts, milliseconds.
    pub(crate) listed: i64,
}

impl Workshop<'_> {
    /// A variable answered all at once at `at`.
    pub(crate) fn instant(&mut self, prior: Vec<f64>, at: i64) -> Variable {
        self.variable(prior, at, |_, _| When::At(at))
    }

    /// A variable whose state k happens somewhere in span k, or never (the last state).
    pub(crate) fn during(&mut self, prior: Vec<f64>, spans: Vec<(i64, i64)>) -> Variable {
        let to = spans.last().map_or(self.listed + DAY_MS, |s| s.1);
        self.variable(prior, to, |rng, truth| {
            let event_at = spans.get(truth).map(|(a, b)| a + rng.below((b - a) as u64) as i64);
            When::During { spans, event_at }
        })
    }

    fn variable(&mut self, prior: Vec<f64>, to: i64, when: impl FnOnce(&mut Rng, usize) -> When) -> Variable {
        assert!(prior.len() <= STATES_MAX, "a variable has at most {STATES_MAX} states");
        let truth = self.rng.weighted(&prior);
        let when = when(self.rng, truth);
        let sum: f64 = prior.iter().sum();
        Variable {
            seed: self.rng.next(),
            from: self.listed,
            to,
            // Long-lived questions gather more evidence; none is settled by evidence alone.
            evidence: 0.5 + 2.5 * self.rng.unit(),
            prior: prior.into_iter().map(|p| p / sum).collect(),
            truth,
            when,
        }
    }

    /// `count` positive weights, a few of them much larger than the rest; `spread` is their standard deviation in logs.
    pub(crate) fn strengths(&mut self, count: usize, spread: f64) -> Vec<f64> {
        (0..count).map(|_| exp(spread * self.rng.normal())).collect()
    }

    /// Some future month ends, earliest first.
    pub(crate) fn month_ends(&mut self, count: usize) -> Vec<NaiveDate> {
        /// Months ahead that questions usually name.
        const AHEAD: [u32; 8] = [0, 1, 2, 3, 5, 8, 11, 14];
        let mut picks = AHEAD.to_vec();
        // A deadline within two weeks of the listing is no use to anyone.
        picks.retain(|m| month_end(self.today, *m) > plus_days(self.today, 14));
        while picks.len() > count {
            let at = self.rng.below(picks.len() as u64) as usize;
            picks.remove(at);
        }
        picks.into_iter().map(|m| month_end(self.today, m)).collect()
    }

    /// The instant from which an event of this family may happen.
    pub(crate) fn opens(&self) -> i64 {
        self.listed.max(eastern(self.today, 0, 0))
    }
}
