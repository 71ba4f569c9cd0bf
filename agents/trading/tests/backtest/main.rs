//! What every replay keeps, on histories made from seeds: no look at the future, the same bytes every time, money that adds up, and
//! hedges that lose only when their logic is wrong.

mod feed;
mod study;

use betty_market::{Book, BookSide, Depth, Ending, HistoryEvent, Level, Resolution, Shares, Timestamp, Usdc};
use betty_trading::ExitReason;
use betty_trading::backtest::report::TradeRow;
use betty_trading::backtest::{BacktestError, RunConfig, RunReport, run};
use betty_trading::strategy::template;
use feed::{Feed, START, book, ladders, rung};
use proptest::prelude::*;

fn config(strategy: &str) -> RunConfig {
    RunConfig::new(template(strategy).unwrap())
}

/// Held to resolution, any size the caps allow, no cost but the fee.
fn hold() -> RunConfig {
    let mut config = config("balanced");
    config.strategy.exits = vec![betty_trading::ExitCondition::HoldToResolution];
    config.strategy.entry.min_depth = Shares::ZERO;
    config.costs.leg_risk_ppm = 0;
    config
}

fn replayed(feed: &Feed, config: &RunConfig) -> RunReport {
    run(feed, config, &|_| true).unwrap()
}

/// What was decided and filled, without how it ended.
fn entries(report: &RunReport) -> Vec<(u64, String, Timestamp, Timestamp, Shares, Usdc, String)> {
    let row = |t: &TradeRow| {
        (t.position, t.label.clone(), t.decided_at, t.opened_at, t.shares, t.capital, t.entry_reason.clone())
    };
    report.cases[0].trades.iter().map(row).collect()
}

#[test]
fn the_histories_hold_something_to_trade() {
    let traded: usize = (0..20).map(|seed| replayed(&ladders(seed, 3, 40, false), &hold()).cases[0].trades.len()).sum();
    assert!(traded >= 20, "{traded} trades over twenty histories");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    /// Property 1: whatever the outcomes are, what was decided before they were public is the same.
    #[test]
    fn shuffled_outcomes_change_no_decision(seed in any::<u64>(), other in any::<u64>()) {
        let feed = ladders(seed, 2, 30, false);
        let mut dice = feed::Dice(other);
        let all = [Resolution::Yes, Resolution::No, Resolution::Void];
        let shuffled = feed.with_endings(|_, e| Ending::new(all[dice.below(3) as usize], e.public_at()));
        for strategy in ["balanced", "scalper", "aggressive"] {
            let (a, b) = (replayed(&feed, &config(strategy)), replayed(&shuffled, &config(strategy)));
            prop_assert_eq!(entries(&a), entries(&b));
            prop_assert_eq!(&a.cases[0].refused, &b.cases[0].refused);
        }
    }

    /// Property 3: the same records give the same ledger, byte for byte, and the same report with one thread or two.
    #[test]
    fn a_session_replays_to_the_same_bytes(seed in any::<u64>(), price_only in any::<bool>()) {
        let mut feed = ladders(seed, 2, 30, false);
        if price_only {
            feed.depth = Depth::Unknown;
            feed = feed.with_books(|b| {
                let mut blind = b.clone();
                blind.depth = Depth::Unknown;
                blind
            });
        }
        let one = replayed(&feed, &config("aggressive"));
        let two = replayed(&feed, &RunConfig { threads: 2, ..config("aggressive") });
        prop_assert_eq!(serde_json::to_vec(&one).unwrap(), serde_json::to_vec(&two).unwrap());
        prop_assert_eq!(one.cases.len(), if price_only { 3 } else { 1 });
        prop_assert!(one.cases.iter().all(|c| c.ledger_hash.len() == 64));
    }

    /// Property 4: with one pair and prices that only move away, less depth, more latency or a higher fee never pays.
    #[test]
    fn thinner_slower_dearer_is_never_better(seed in any::<u64>()) {
        let feed = drifting(seed);
        let net = |feed: &Feed, config: &RunConfig| {
            let case = &replayed(feed, config).cases[0];
            case.trades.iter().map(|t| t.net.unwrap()).sum::<Usdc>() - case.naked.loss
        };
        let base = hold();
        let plain = net(&feed, &base);
        let halved = |b: &Book| {
            let half = |side: BookSide| {
                let level = |l: &Level| Level { price: l.price, size: Shares::from_micros(l.size.micros() / 2).floor_to_lot() };
                b.levels(side).iter().map(level).collect::<Vec<_>>()
            };
            Book::from_levels(b.token.clone(), b.at, b.depth, half(BookSide::Bid), half(BookSide::Ask))
        };
        prop_assert!(net(&feed.with_books(halved), &base) <= plain);
        let slow = RunConfig { latency_ms: 12_000, ..base.clone() };
        prop_assert!(net(&feed, &slow) <= plain);
        prop_assert!(net(&feed.with_fee(70_000), &base) <= plain);
    }

    /// Property 5: a hedge whose worlds all pay at least its cost loses only when its logic was wrong or a market was void.
    #[test]
    fn a_covered_hedge_loses_by_wrong_logic_alone(seed in any::<u64>(), broken in any::<bool>()) {
        let report = replayed(&ladders(seed, 3, 40, broken), &hold());
        for trade in &report.cases[0].trades {
            prop_assert!(trade.worst_case.unwrap() >= -Usdc::from_micros(1_000_000), "the band is two percent");
            if trade.worst_case.unwrap() >= Usdc::ZERO && trade.net.unwrap().is_negative() {
                prop_assert_eq!(trade.exit, Some(ExitReason::LogicWrong));
            }
            if !broken {
                prop_assert_eq!(trade.exit, Some(ExitReason::HoldToResolution));
            }
        }
    }

    /// The report's own sums: from gross to net, and from start to end.
    #[test]
    fn the_sums_add_up(seed in any::<u64>(), strategy in 0_usize..5) {
        let name = betty_trading::strategy::TEMPLATES[strategy];
        let report = replayed(&ladders(seed, 3, 40, false), &config(name));
        for case in &report.cases {
            let w = &case.waterfall;
            prop_assert_eq!(w.at_mid + w.spread + w.slippage + w.fee + w.gas + w.leg_risk + w.other, w.net);
            let net: Usdc = case.trades.iter().filter_map(|t| t.net).sum();
            prop_assert_eq!(net - case.naked.loss, w.net);
            prop_assert_eq!(case.summary.net, w.net);
            prop_assert_eq!(case.summary.opened, case.summary.ended + case.summary.open);
            // Everything is paid out within the data, so the end is the start and the net.
            prop_assert_eq!(case.summary.open, 0);
            prop_assert_eq!(case.summary.ending, case.summary.starting + w.net);
            prop_assert_eq!(case.exits.values().map(|g| g.n).sum::<u64>(), case.summary.ended);
            prop_assert_eq!(case.scenarios.values().map(|g| g.net).sum::<Usdc>(), net);
            let observed = report.coverage.observations;
            prop_assert!(case.naked.entries <= observed);
        }
    }
}

/// One pair, bought at a discount that only shrinks: the rung above starts too dear and comes down in steps.
fn drifting(seed: u64) -> Feed {
    let mut dice = feed::Dice(seed);
    let (low, high) = (rung(1, 100), rung(1, 200));
    let mut feed = Feed::empty();
    for market in [&low, &high] {
        feed.push(START, HistoryEvent::Market(Box::new(betty_market::MarketAsOf::new(market.clone(), START))));
    }
    let begin = START.plus_millis(6 * 3_600_000);
    let (mut bid_low, mut bid_high) = (30 + dice.below(10), 60 + dice.below(10));
    // The same depth throughout: a hedge is entered once, so a later, larger offer would pay the slower one.
    let shares = 10 + dice.below(90);
    for step in 0..40_i64 {
        let at = begin.plus_millis(step * 5_000);
        feed.push(at, HistoryEvent::Book(book(&high, at, bid_high, shares)));
        feed.push(at, HistoryEvent::Book(book(&low, at, bid_low, shares)));
        // NO of the rung above and YES of the one below only get dearer.
        bid_high -= dice.below(2);
        bid_low = (bid_low + dice.below(2)).min(95);
    }
    let end = begin.plus_millis(86_400_000);
    for market in [&low, &high] {
        let ending = Ending::new(Resolution::Yes, end);
        feed.push(end, HistoryEvent::Ended { market: market.id.clone(), ending });
    }
    let after = end.plus_millis(86_400_000);
    feed.push(after, HistoryEvent::Market(Box::new(betty_market::MarketAsOf::new(rung(9, 100), after))));
    feed
}

/// Property 7.
#[test]
fn a_void_pays_half_on_both_legs_and_says_so() {
    let mut traded = 0;
    for seed in 0..10 {
        let feed = ladders(seed, 2, 40, false).with_endings(|_, e| Ending::new(Resolution::Void, e.public_at()));
        for trade in &replayed(&feed, &hold()).cases[0].trades {
            traded += 1;
            assert_eq!(trade.exit, Some(ExitReason::Void));
            // Two legs at fifty cents are a dollar a share.
            assert_eq!(trade.net.unwrap(), trade.shares.at_par() - trade.capital);
            assert!(trade.exit_words.contains("VOID: 0.50 a share"), "{}", trade.exit_words);
        }
    }
    assert!(traded > 5);
}

#[test]
fn capital_comes_back_at_payout_and_not_before() {
    let feed = ladders(3, 2, 40, false);
    let report = replayed(&feed, &RunConfig { payout_delay_ms: 5 * 3_600_000, ..hold() });
    let end = START.plus_millis(6 * 3_600_000 + 86_400_000);
    assert!(!report.cases[0].trades.is_empty());
    for trade in &report.cases[0].trades {
        assert_eq!(trade.ended_at, Some(end.plus_millis(5 * 3_600_000)));
    }
}

#[test]
fn what_contradicts_itself_is_refused_by_name() {
    let good = ladders(1, 1, 5, false);
    let error = |feed: &Feed, config: &RunConfig| run(feed, config, &|_| true).unwrap_err();
    let mut swapped = good.clone();
    let last = swapped.records.len() - 1;
    swapped.records.swap(last - 1, last - 6);
    assert!(matches!(error(&swapped, &hold()), BacktestError::OutOfOrder { .. }));
    let mut headless = good.clone();
    headless.records.remove(0);
    let e = error(&headless, &hold());
    assert!(matches!(e, BacktestError::EndingWithoutMarket { .. }), "{e}");
    assert!(e.to_string().contains("misses its beginning"));
    let reversed = RunConfig { from: Some(START.plus_millis(1)), to: Some(START), ..hold() };
    assert!(matches!(error(&good, &reversed), BacktestError::PeriodReversed { .. }));
    let outside = RunConfig { from: Timestamp::parse("2030-01-01"), ..hold() };
    assert!(matches!(error(&good, &outside), BacktestError::PeriodOutside { .. }));
    assert!(matches!(error(&Feed::empty(), &hold()), BacktestError::Empty));
    let slow = RunConfig { latency_ms: -1, ..hold() };
    assert!(matches!(error(&good, &slow), BacktestError::Setting { setting: "latency_ms", .. }));
    assert!(matches!(run(&ladders(1, 3, 2_000, false), &hold(), &|_| false), Err(BacktestError::Stopped)));
}

#[test]
fn a_changed_question_voids_what_was_proven_on_the_old_one() {
    // The rung above changes its wording before any of its books is cheap enough: the pair is gone with it.
    let feed = drifting(4);
    let traded = replayed(&feed, &hold()).cases[0].trades.len();
    assert_eq!(traded, 1);
    let mut changed = feed.clone();
    let at = START.plus_millis(3_600_000);
    let mut market = rung(1, 200);
    market.question = "Will the price of Coin1 ever have been above $200?".to_owned();
    let event = HistoryEvent::Market(Box::new(betty_market::MarketAsOf::new(market, at)));
    let place = changed.records.iter().position(|r| r.at > at).unwrap();
    changed.records.insert(place, betty_market::HistoryRecord { at, source: 0, seq: place as u64, event });
    for (seq, record) in changed.records.iter_mut().enumerate() {
        record.seq = seq as u64;
    }
    assert_eq!(replayed(&changed, &hold()).cases[0].trades.len(), 0);
}
