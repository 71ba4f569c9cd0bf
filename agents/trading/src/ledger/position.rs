//! One hedge held or ended.

use crate::exit::ExitReason;
use crate::ledger::event::{HedgeClosed, HedgeOpened, HedgeSettled, PositionId, PriceMark};
use crate::units::ratio_ppm;
use betty_market::{Timestamp, Usdc};
use serde::{Deserialize, Serialize};

/// How a position ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "how", rename_all = "snake_case")]
pub enum PositionEnd {
    /// Sold before its end.
    Closed(Box<HedgeClosed>),
    /// Every leg resolved and paid.
    Settled(Box<HedgeSettled>),
}

/// Where a position is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PositionStatus {
    /// Held.
    Open,
    /// Sold before its end.
    Closed,
    /// Resolved and paid.
    Settled,
}

/// A position: what was bought and, once over, how it ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// How it was bought.
    pub opened: HedgeOpened,
    /// How it ended.
    pub end: Option<PositionEnd>,
}

impl Position {
    /// Its number.
    #[must_use]
    pub const fn id(&self) -> PositionId {
        self.opened.position
    }

    /// Where it is in its life.
    #[must_use]
    pub const fn status(&self) -> PositionStatus {
        match self.end {
            None => PositionStatus::Open,
            Some(PositionEnd::Closed(_)) => PositionStatus::Closed,
            Some(PositionEnd::Settled(_)) => PositionStatus::Settled,
        }
    }

    /// Whether it is held.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.end.is_none()
    }

    /// What its shares have cost, without costs of trading.
    #[must_use]
    pub fn at_cost(&self) -> Usdc {
        self.opened.at_cost()
    }

    /// Everything put in, entry costs included.
    #[must_use]
    pub fn capital(&self) -> Usdc {
        self.opened.capital()
    }

    /// Costs of trading so far: of entry, and of exit once sold.
    #[must_use]
    pub fn costs(&self) -> Usdc {
        let exit = match &self.end {
            Some(PositionEnd::Closed(e)) => e.costs.charged(),
            Some(PositionEnd::Settled(_)) | None => Usdc::ZERO,
        };
        self.opened.costs.charged() + exit
    }

    /// The least a resolution without voids can leave, after everything put in; `None` without worlds.
    #[must_use]
    pub fn worst_case(&self) -> Option<Usdc> {
        self.payoffs(false).min().map(|p| p - self.capital())
    }

    /// The most a resolution without voids can leave, after everything put in; `None` without worlds.
    #[must_use]
    pub fn best_case(&self) -> Option<Usdc> {
        self.payoffs(false).max().map(|p| p - self.capital())
    }

    /// The least any resolution can leave, void markets included; `None` without worlds.
    #[must_use]
    pub fn worst_case_void(&self) -> Option<Usdc> {
        self.payoffs(true).min().map(|p| p - self.capital())
    }

    fn payoffs(&self, with_void: bool) -> impl Iterator<Item = Usdc> + '_ {
        let worlds = self.opened.worlds.iter().filter(move |w| with_void || !w.void);
        worlds.map(|w| times(w.payoff, self.opened.shares.micros()))
    }

    /// When it ended.
    #[must_use]
    pub fn ended_at(&self) -> Option<Timestamp> {
        match &self.end {
            Some(PositionEnd::Closed(e)) => Some(e.at),
            Some(PositionEnd::Settled(e)) => Some(e.at),
            None => None,
        }
    }

    /// Why it ended.
    #[must_use]
    pub fn exit_reason(&self) -> Option<ExitReason> {
        match &self.end {
            Some(PositionEnd::Closed(e)) => Some(e.reason),
            Some(PositionEnd::Settled(e)) => Some(e.reason),
            None => None,
        }
    }

    /// How it ended in words: the rule that fired, or what the resolution paid.
    #[must_use]
    pub fn exit_words(&self) -> Option<&str> {
        match &self.end {
            Some(PositionEnd::Closed(e)) => Some(&e.rule),
            Some(PositionEnd::Settled(e)) => Some(&e.words),
            None => None,
        }
    }

    /// What came back before costs: proceeds or payout.
    #[must_use]
    pub fn returned(&self) -> Option<Usdc> {
        match &self.end {
            Some(PositionEnd::Closed(e)) => Some(e.proceeds()),
            Some(PositionEnd::Settled(e)) => Some(e.payout),
            None => None,
        }
    }

    /// Profit before costs: what came back less what the shares had cost.
    #[must_use]
    pub fn gross_pnl(&self) -> Option<Usdc> {
        self.returned().map(|r| r - self.at_cost())
    }

    /// Profit after every cost of entry and exit.
    #[must_use]
    pub fn real_pnl(&self) -> Option<Usdc> {
        self.gross_pnl().map(|g| g - self.costs())
    }

    /// Real profit over everything put in, millionths.
    #[must_use]
    pub fn roi_ppm(&self) -> Option<i64> {
        ratio_ppm(self.real_pnl()?, self.capital())
    }

    /// Milliseconds held: until the end, or until `now` while open.
    #[must_use]
    pub fn held_ms(&self, now: Timestamp) -> i64 {
        self.ended_at().unwrap_or(now).since(self.opened.at)
    }

    /// Whether a price of entry or exit was typed in by a person.
    #[must_use]
    pub fn has_manual_price(&self) -> bool {
        let exit = matches!(&self.end, Some(PositionEnd::Closed(e)) if e.prices == PriceMark::Manual);
        exit || self.opened.prices == PriceMark::Manual
    }
}

/// `payoff per share × shares`, rounded down.
pub(crate) fn times(payoff: Usdc, share_micros: i64) -> Usdc {
    crate::units::part_floor(payoff, share_micros)
}
