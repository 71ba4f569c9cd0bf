//! Why a set has no basket.

use super::programme::ProgrammeError;
use super::worlds::TooManyWorlds;
use betty_market::Usdc;

/// Why there is no basket.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum BasketRefusal {
    /// Fewer than two markets are not tied together.
    #[error("a basket needs at least two markets")]
    TooFew,
    /// A relation names a market that is not there.
    #[error("a relation names market {0} of a basket of {1}")]
    UnknownMember(usize, usize),
    /// Too many joint outcomes.
    #[error(transparent)]
    Worlds(#[from] TooManyWorlds),
    /// The programme.
    #[error(transparent)]
    Programme(#[from] ProgrammeError),
    /// The certificate does not stand on the markets as they are.
    #[error("the set is not proven: a text, date or flag changed, or a market is missing")]
    NotProven,
    /// A market takes no orders.
    #[error("a market of the set takes no orders")]
    NotOpen,
    /// A market's fee is not known.
    #[error("a market of the set carries no fee schedule")]
    NoFeeSchedule,
    /// The books are not of one moment.
    #[error("the books are too far apart in time to be one moment's prices")]
    Apart,
    /// Nothing pays at these asks.
    #[error("at these asks no basket pays more than it costs in every world")]
    NothingPays,
    /// What pays is smaller than the venue's smallest orders, is eaten up by rounding, fees and gas, or earns less than the minimum edge.
    #[error("what pays is too small: after rounding to lots and smallest orders the worst world gains {0}")]
    TooSmall(Usdc),
    /// Another set led to the same orders.
    #[error("the same tokens are bought for another set")]
    Same,
}

impl BasketRefusal {
    /// Its name in data, without the numbers.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::TooFew => "too_few",
            Self::UnknownMember(..) => "unknown_member",
            Self::Worlds(_) => "too_many_worlds",
            Self::Programme(_) => "not_solved",
            Self::NotProven => "not_proven",
            Self::NotOpen => "not_open",
            Self::NoFeeSchedule => "no_fee_schedule",
            Self::Apart => "books_apart",
            Self::NothingPays => "nothing_pays",
            Self::TooSmall(_) => "too_small",
            Self::Same => "same_orders",
        }
    }
}
