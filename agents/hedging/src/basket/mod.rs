//! Baskets: any number of legs over markets that are tied together, bought where the worst world pays most.
//!
//! * [`mod@worlds`]: the joint outcomes that the proven relations allow, with and without void markets.
//! * `gate`: whether the best asks can pay at all, which spares most of the programmes.
//! * [`programme`]: the linear programme over the levels of the books, and its dual: the implied probabilities of the worlds.
//! * [`exact`]: the solution rounded down to lots and counted again in integers. Only that is ever reported as money.
//! * [`find`]: which sets are worth a look at the listed prices, and their baskets on the books. [`refusal`]: why there is none.
//!
//! Two legs have a walk of their own ([`crate::walk`]), which is faster; this is for what two legs cannot do.

pub mod exact;
pub mod find;
mod gate;
pub mod programme;
pub mod refusal;
pub mod worlds;

pub use exact::{Basket, BasketLeg, BasketWorld, solve};
pub use find::FoundBasket;
pub use programme::{Optimum, ProgrammeError};
pub use refusal::BasketRefusal;
pub use worlds::{Constraint, TooManyWorlds, void_worlds, worlds};

use betty_market::{FeeSchedule, Level, Shares, Usdc};

/// Most worlds of one basket. A ladder of n rungs has n + 1, a set of m that exclude each other m + 1: hundreds are much.
pub const WORLDS_MAX: usize = 4_096;

/// One market of a basket, as it can be bought now.
#[derive(Debug, Clone, Copy)]
pub struct BasketMarket<'a> {
    /// Asks of the YES token, best first.
    pub yes: &'a [Level],
    /// Asks of the NO token, best first.
    pub no: &'a [Level],
    /// What a taker pays.
    pub fee: FeeSchedule,
    /// The venue's smallest order.
    pub min_size: Shares,
}

/// Markets that are tied together, and what may be spent on them.
#[derive(Debug, Clone)]
pub struct BasketInput<'a> {
    /// The markets.
    pub markets: Vec<BasketMarket<'a>>,
    /// What holds between them, by their places in `markets`.
    pub constraints: Vec<Constraint>,
    /// Most dollars spent, fees included. No cap when absent.
    pub max_capital: Option<Usdc>,
    /// Dollars a basket costs beside the books.
    pub gas: Usdc,
    /// Least gain of the dearest level taken and of the whole, millionths of what it costs. 0 takes whatever gains anything.
    pub min_edge_ppm: i64,
}
