//! Statistics of returns, with intervals, counts and reasons. Floating point lives here and nowhere near money.
//!
//! Conventions: daily returns of equity, 365 periods a year, sample deviation with n − 1, risk-free rate 0. The downside deviation of
//! Sortino runs over all observations. The starting equity counts as a peak. What is undefined has a reason instead of a number, never
//! infinity.
//!
//! * [`estimate`]: a number with its interval, its count and the reason when there is none.
//! * [`returns`]: the plain definitions. [`reported`]: the same for people: nothing annualised under 30 days, every figure with an interval.
//! * [`rates`]: Wilson and Jeffreys. [`bootstrap`]: resampling whole events. [`dice`]: where the resamples come from.
//! * [`sharpe`]: how sure one may be of a Sharpe ratio, after how many trials. [`overfit`]: the probability of backtest overfitting.
//! * [`enough`]: whether there is enough data for a verdict, and how much is missing. [`multiple`]: many findings at once.
//! * [`exact`]: numbers as text that reads back to the same bits.

pub mod bootstrap;
pub mod dice;
pub mod enough;
pub mod estimate;
pub mod exact;
pub mod multiple;
mod normal;
pub mod overfit;
pub mod rates;
pub mod reported;
pub mod returns;
pub mod sharpe;

pub use bootstrap::{Bootstrap, cluster_bootstrap, mean_by_event, ratio_by_event};
pub use dice::SplitMix64;
pub use enough::{EventVerdict, Verdict, mean_verdict, rate_verdict};
pub use estimate::{Estimate, Interval, Level, Undefined};
pub use multiple::{Adjusted, benjamini_hochberg};
pub use overfit::{Overfitting, probability_of_overfitting};
pub use rates::{jeffreys, wilson};
pub use reported::{DAYS_MIN, Reported};
pub use returns::{DAYS_PER_YEAR, ReturnStats, daily_returns};
pub use sharpe::{
    Moments, deflated_sharpe, expected_best_sharpe, min_track_record, probabilistic_sharpe, sharpe_interval,
};
