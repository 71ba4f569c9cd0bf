//! What the engine trades: one outcome token of a market, under a small number.

use super::error::EngineError;
use super::fees::FEE_RATE_PPM_MAX;
use super::time::TimeNs;
use betty_market::fee::FEE_EXPONENT_MAX;
use betty_market::{FeeSchedule, Outcome, Price, Resolution, Shares, TokenId, Usdc};

/// Most instruments of one engine.
pub const INSTRUMENTS_MAX: usize = 65_536;

/// The venue's least order, where an instrument does not say otherwise.
pub const MIN_SIZE_DEFAULT: Shares = Shares::whole(5);

/// An instrument's number inside one engine: dense from 0 in the order of registration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct InstrumentId(pub(super) u32);

impl InstrumentId {
    /// The number as stored in feeds; the engine refuses one it has not given out.
    #[must_use]
    pub const fn from_index(index: u32) -> Self {
        Self(index)
    }

    /// Its place among the engine's instruments.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// What is registered. Everything here was public when the market opened; what changes later arrives as events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instrument {
    /// The venue's id of the token.
    pub token: TokenId,
    /// Whether it pays on YES or on NO.
    pub outcome: Outcome,
    /// Order prices are multiples of this.
    pub tick: Price,
    /// Least size of an order.
    pub min_size: Shares,
    /// What takers pay.
    pub fees: FeeSchedule,
    /// The market takes no orders before this instant.
    pub opens: TimeNs,
    /// How long the venue holds back an order that would match on arrival, nanoseconds. It cannot be cancelled meanwhile.
    pub venue_delay_ns: i64,
    /// From the outcome to the money, nanoseconds.
    pub payout_delay_ns: i64,
}

impl Instrument {
    /// An instrument open since ever, without fee or delay, with the venue's usual minimum.
    #[must_use]
    pub const fn new(token: TokenId, outcome: Outcome, tick: Price) -> Self {
        Self {
            token,
            outcome,
            tick,
            min_size: MIN_SIZE_DEFAULT,
            fees: FeeSchedule::FREE,
            opens: TimeNs::MIN,
            venue_delay_ns: 0,
            payout_delay_ns: 0,
        }
    }

    /// The same under another fee schedule.
    #[must_use]
    pub const fn with_fees(mut self, fees: FeeSchedule) -> Self {
        self.fees = fees;
        self
    }

    pub(super) fn check(&self) -> Result<(), EngineError> {
        check_tick(self.tick)?;
        check_fees(self.fees)?;
        if !self.min_size.is_positive() || self.min_size.floor_to_lot() != self.min_size {
            return Err(EngineError::MinimumNotInLots { min_size: self.min_size });
        }
        Ok(())
    }
}

pub(super) fn check_tick(tick: Price) -> Result<(), EngineError> {
    let e4 = tick.e4();
    if e4 == 0 || e4 == Price::SCALE || !Price::SCALE.is_multiple_of(e4) {
        return Err(EngineError::TickUnusable { tick });
    }
    Ok(())
}

pub(super) fn check_fees(fees: FeeSchedule) -> Result<(), EngineError> {
    if fees.rate_ppm > FEE_RATE_PPM_MAX || !(1..=FEE_EXPONENT_MAX).contains(&fees.exponent) {
        return Err(EngineError::FeesUnusable { rate_ppm: fees.rate_ppm, exponent: fees.exponent });
    }
    Ok(())
}

/// Where an instrument stands between opening and payout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Orders are taken, from its opening instant on.
    Open,
    /// Trading is over, the outcome not yet public. Capital is locked.
    Ended,
    /// The outcome is contested. Capital stays locked.
    Disputed,
    /// The outcome is public; the money comes at `pays_at`.
    Resolved {
        /// How it ended.
        resolution: Resolution,
        /// When the money is released.
        pays_at: TimeNs,
    },
    /// Settled and paid.
    Paid {
        /// How it ended.
        resolution: Resolution,
    },
}

/// What a share of the token pays: a dollar, nothing, or fifty cents when the market is void.
#[must_use]
pub fn payout_of(outcome: Outcome, resolution: Resolution, shares: Shares) -> Usdc {
    match (outcome, resolution) {
        (_, Resolution::Void) => shares.at_half(),
        (Outcome::Yes, Resolution::Yes) | (Outcome::No, Resolution::No) => shares.at_par(),
        (Outcome::Yes, Resolution::No) | (Outcome::No, Resolution::Yes) => Usdc::ZERO,
    }
}
