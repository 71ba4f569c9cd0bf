//! How strategies did: ended trades of one account, counted by strategy, scenario and exit reason.
//!
//! Every rate has the count it rests on and a 90% interval. What is not defined is `None` with its reason, never 0.
//!
//! Means have no interval yet: trades on one event are not independent, so theirs is a bootstrap over events, which is not here.

use crate::ledger::{Account, Position};
use crate::units::ratio_ppm;
use betty_market::Usdc;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Standard normal quantile of a two-sided 90% interval.
const Z_90: f64 = 1.644_853_626_951_472_2;

/// A share of cases with its interval, millionths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rate {
    /// Cases that count.
    pub hits: u64,
    /// Cases in all.
    pub n: u64,
    /// `hits / n`; `None` without cases.
    pub ppm: Option<i64>,
    /// Lower end of the 90% interval; `None` without cases.
    pub low_ppm: Option<i64>,
    /// Upper end of the 90% interval; `None` without cases.
    pub high_ppm: Option<i64>,
}

impl Rate {
    /// A rate with its score interval (Wilson 1927): with `p = hits / n`,
    /// `(p + z²/2n ± z √(p(1−p)/n + z²/4n²)) / (1 + z²/n)`, which stays inside 0 to 1 and is no point at none or all.
    #[must_use]
    pub fn of(hits: u64, n: u64) -> Self {
        if n == 0 {
            return Self { hits, n, ppm: None, low_ppm: None, high_ppm: None };
        }
        #[allow(clippy::cast_precision_loss)]
        let (cases, p) = (n as f64, hits as f64 / n as f64);
        let z2 = Z_90 * Z_90;
        let middle = p + z2 / (2.0 * cases);
        let half = Z_90 * (p * (1.0 - p) / cases + z2 / (4.0 * cases * cases)).sqrt();
        let scale = 1.0 + z2 / cases;
        #[allow(clippy::cast_possible_truncation)]
        let ppm = |x: f64| Some((x.clamp(0.0, 1.0) * 1e6).round() as i64);
        Self { hits, n, ppm: ppm(p), low_ppm: ppm((middle - half) / scale), high_ppm: ppm((middle + half) / scale) }
    }
}

/// Ended trades with something in common.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// What they have in common: `balanced v1`, `R4 date ladder`, `profit target`.
    pub name: String,
    /// Trades.
    pub n: u64,
    /// Distinct events they touch: what an interval of a mean would rest on.
    pub events: u64,
    /// Trades with a net profit above zero.
    pub wins: Rate,
    /// Net result, every cost in.
    pub net: Usdc,
    /// Everything put in.
    pub capital: Usdc,
    /// `net / capital`, millionths.
    pub roi_ppm: Option<i64>,
    /// Mean of the trades' own returns, millionths.
    pub mean_roi_ppm: Option<i64>,
    /// Mean holding time, milliseconds.
    pub held_ms_mean: Option<i64>,
    /// Median holding time, milliseconds: of an even count the lower of the two in the middle.
    pub held_ms_median: Option<i64>,
    /// Why what is `None` has no value; `None` when everything has one.
    pub undefined: Option<String>,
}

impl Group {
    fn of(name: &str, trades: &[&Position]) -> Self {
        let n = trades.len() as u64;
        let net: Usdc = trades.iter().filter_map(|p| p.real_pnl()).sum();
        let capital: Usdc = trades.iter().map(|p| p.capital()).sum();
        let wins = trades.iter().filter(|p| p.real_pnl().is_some_and(Usdc::is_positive)).count() as u64;
        let events: std::collections::BTreeSet<_> = trades
            .iter()
            .flat_map(|p| &p.opened.legs)
            .map(|l| l.event.as_ref().map_or(l.market.as_str(), |e| e.as_str()))
            .collect();
        let mut held: Vec<i64> = trades.iter().filter_map(|p| p.ended_at().map(|at| at.since(p.opened.at))).collect();
        held.sort_unstable();
        let mean =
            |sum: i128, of: usize| i64::try_from(sum.div_euclid(i128::try_from(of).ok().filter(|n| *n > 0)?)).ok();
        let returns: Vec<i64> = trades.iter().filter_map(|p| p.roi_ppm()).collect();
        Self {
            name: name.to_owned(),
            n,
            events: events.len() as u64,
            wins: Rate::of(wins, n),
            net,
            capital,
            roi_ppm: ratio_ppm(net, capital),
            mean_roi_ppm: mean(returns.iter().copied().map(i128::from).sum(), returns.len()),
            held_ms_mean: mean(held.iter().copied().map(i128::from).sum(), held.len()),
            held_ms_median: held.len().checked_sub(1).and_then(|last| held.get(last / 2)).copied(),
            undefined: (n == 0).then(|| "no trade has ended yet".to_owned()),
        }
    }
}

/// How an account's strategies did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Performance {
    /// All ended trades.
    pub total: Group,
    /// By strategy and version; trades without one are "no strategy".
    pub by_strategy: Vec<Group>,
    /// By scenario: the position's label without its tier.
    pub by_scenario: Vec<Group>,
    /// By exit reason.
    pub by_exit: Vec<Group>,
    /// Trades still open, which count nowhere above.
    pub open: u64,
}

/// What kind of hedge a trade was: its label without the tier, which is nothing without its numbers.
fn scenario(position: &Position) -> String {
    let label = position.opened.label.as_str();
    if label.starts_with("manual") {
        return "manual".to_owned();
    }
    let tier = format!(", {}", position.opened.tier);
    label.strip_suffix(tier.as_str()).unwrap_or(label).to_owned()
}

/// The name of trades entered without a strategy.
pub const NO_STRATEGY: &str = "no strategy";

impl Performance {
    /// Counts an account's trades: all of them, or those of one strategy whatever its version. Groups come with the most trades
    /// first, then by name.
    #[must_use]
    pub fn of(account: &Account, strategy: Option<&str>) -> Self {
        let wanted = |p: &&Position| {
            strategy.is_none_or(|name| p.opened.strategy.as_ref().is_some_and(|s| s.name.as_str() == name))
        };
        let (open, ended): (Vec<&Position>, Vec<&Position>) =
            account.positions().filter(wanted).partition(|p| p.is_open());
        let by = |key: &dyn Fn(&Position) -> String| {
            let mut groups: BTreeMap<String, Vec<&Position>> = BTreeMap::new();
            for position in &ended {
                groups.entry(key(position)).or_default().push(position);
            }
            let mut groups: Vec<Group> = groups.iter().map(|(name, trades)| Group::of(name, trades)).collect();
            groups.sort_by(|a, b| b.n.cmp(&a.n).then_with(|| a.name.cmp(&b.name)));
            groups
        };
        Self {
            total: Group::of("all", &ended),
            by_strategy: by(&|p| {
                p.opened.strategy.as_ref().map_or_else(|| NO_STRATEGY.to_owned(), ToString::to_string)
            }),
            by_scenario: by(&|p| scenario(p)),
            by_exit: by(&|p| p.exit_reason().map_or_else(|| "unknown".to_owned(), |r| r.title().to_owned())),
            open: open.len() as u64,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exit::ExitReason;
    use crate::ledger::PositionId;
    use crate::paper::fixtures::{NOW, Scene, level, request};
    use crate::paper::{OpenRequest, close, open};
    use crate::strategy::template;
    use proptest::prelude::{prop_assert, proptest};

    /// The ends of the score interval solve `(p − π)² = z² π (1 − π) / n`; these are its roots by bisection at z = 1.644853627.
    #[test]
    fn rates_have_the_score_interval() {
        let rate = Rate::of(7, 10);
        assert_eq!((rate.ppm, rate.low_ppm, rate.high_ppm), (Some(700_000), Some(441_700), Some(873_123)));
        // None of n: the upper end is z² / (n + z²).
        let none = Rate::of(0, 20);
        assert_eq!((none.ppm, none.low_ppm, none.high_ppm), (Some(0), Some(0), Some(119_158)));
        assert_eq!(Rate::of(20, 20).low_ppm, Some(1_000_000 - 119_158));
        assert_eq!(Rate::of(0, 0), Rate { hits: 0, n: 0, ppm: None, low_ppm: None, high_ppm: None });
    }

    proptest! {
        #[test]
        fn an_interval_holds_its_rate_and_narrows_with_cases(hits in 0_u64..200, more in 0_u64..200) {
            let n = hits + more;
            let (one, ten) = (Rate::of(hits, n), Rate::of(hits * 10, n * 10));
            if let (Some(p), Some(low), Some(high)) = (one.ppm, one.low_ppm, one.high_ppm) {
                prop_assert!((0..=1_000_000).contains(&low) && low <= p && p <= high && high <= 1_000_000);
                prop_assert!(ten.high_ppm.unwrap() - ten.low_ppm.unwrap() < high - low);
            } else {
                prop_assert!(n == 0);
            }
        }
    }

    #[test]
    fn trades_are_counted_by_what_they_have_in_common() {
        let mut scene = Scene::worked_example();
        assert_eq!(Performance::of(&scene.account, None).total.undefined.as_deref(), Some("no trade has ended yet"));
        assert_eq!(Performance::of(&scene.account, None).total.roi_ppm, None);
        let strategies = [template("balanced").unwrap(), template("swing").unwrap()];
        let plan = [
            (Some(&strategies[0]), ExitReason::TargetProfitPct, 9_000, 2),
            (Some(&strategies[0]), ExitReason::StopLoss, 6_000, 4),
            (Some(&strategies[1]), ExitReason::StopLoss, 6_500, 9),
            (None, ExitReason::Manual, 9_000, 1),
        ];
        for (n, (strategy, reason, bid, hours)) in plan.iter().enumerate() {
            scene.now = NOW;
            // Fresh levels, so that the same depth may be taken again.
            scene.set_asks(0, vec![level(7_100, 80 + n as i64)]);
            scene.set_asks(1, vec![level(2_600, 80 + n as i64)]);
            let wanted = OpenRequest { strategy: *strategy, ..request() };
            let opened = open(&scene.desk(), None, &scene.hedge, &scene.legs(), &wanted).unwrap();
            scene.account.apply(&opened.event).unwrap();
            scene.now = NOW.plus_millis(hours * 3_600_000);
            scene.set_asks(0, vec![level(9_500, 900)]);
            scene.set_bids(0, vec![level(*bid, 900 + n as i64)]);
            for book in scene.books.iter_mut().flatten() {
                book.at = scene.now;
            }
            let id = PositionId::new(n as u64 + 1);
            let closed = close(&scene.desk(), id, &scene.legs(), *reason, "").unwrap();
            scene.account.apply(&closed.event).unwrap();
            scene.set_bids(0, vec![level(6_000, 900)]);
        }
        let all = Performance::of(&scene.account, None);
        let names = |groups: &[Group]| groups.iter().map(|g| (g.name.clone(), g.n)).collect::<Vec<_>>();
        let named = |list: &[(&str, u64)]| list.iter().map(|(n, c)| ((*n).to_owned(), *c)).collect::<Vec<_>>();
        assert_eq!(names(&all.by_strategy), named(&[("balanced v1", 2), (NO_STRATEGY, 1), ("swing v1", 1)]));
        assert_eq!(names(&all.by_exit), named(&[("stop loss", 2), ("closed by hand", 1), ("profit target", 1)]));
        assert_eq!(all.by_scenario.len(), 1);
        for groups in [&all.by_strategy, &all.by_scenario, &all.by_exit] {
            assert_eq!(groups.iter().map(|g| g.n).sum::<u64>(), all.total.n, "each trade is in one group");
            assert_eq!(groups.iter().map(|g| g.net).sum::<Usdc>(), all.total.net);
            assert_eq!(groups.iter().map(|g| g.wins.hits).sum::<u64>(), all.total.wins.hits);
        }
        assert_eq!((all.total.n, all.total.wins.hits, all.total.events, all.open), (4, 2, 2, 0));
        assert_eq!(all.total.net, scene.account.realised_real());
        assert_eq!((all.total.held_ms_mean, all.total.held_ms_median), (Some(4 * 3_600_000), Some(2 * 3_600_000)));
        let one = Performance::of(&scene.account, Some("balanced"));
        assert_eq!((one.total.n, one.total.wins.hits), (2, 1));
        assert_eq!(Performance::of(&scene.account, Some("scalper")).total.n, 0);
        let rows: Vec<i64> = scene.account.positions().take(2).filter_map(Position::roi_ppm).collect();
        assert_eq!(one.total.mean_roi_ppm, Some((rows[0] + rows[1]).div_euclid(2)));
    }
}
