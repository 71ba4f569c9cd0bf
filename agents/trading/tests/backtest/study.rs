//! What a history offered, on histories whose every moment is known.

use super::feed::{Feed, START, book, ladders, rung};
use betty_market::{
    Book, BookSide, Depth, Ending, HistoryEvent, Level, Market, MarketAsOf, Price, Resolution, Shares, Timestamp, Usdc,
};
use betty_trading::backtest::BacktestError;
use betty_trading::backtest::study::{HistoryStudy, StudyConfig, Verdict, study};
use std::collections::HashMap;

const MINUTE: i64 = 60_000;

fn at(minutes: i64) -> Timestamp {
    START.plus_millis(minutes * MINUTE)
}

fn looked(feed: &Feed) -> HistoryStudy {
    study(feed, &StudyConfig::default(), &|_| true).unwrap()
}

/// One ladder of two rungs: above $200 implies above $100.
fn two() -> (Feed, Market, Market) {
    let (high, low) = (rung(1, 200), rung(1, 100));
    let mut feed = Feed::empty();
    for market in [&high, &low] {
        feed.push(START, HistoryEvent::Market(Box::new(MarketAsOf::new(market.clone(), START))));
    }
    (feed, high, low)
}

fn quote(feed: &mut Feed, market: &Market, minutes: i64, bid: u64) {
    feed.push(at(minutes), HistoryEvent::Book(book(market, at(minutes), bid, 100)));
}

#[test]
fn a_gain_with_both_books_fresh_is_counted_with_its_fees() {
    let (mut feed, high, low) = two();
    // Bids 60 on the high rung, ask 51 on the low one: NO at 0.40 and YES at 0.51 pay a dollar for 0.91.
    quote(&mut feed, &high, 1, 60);
    quote(&mut feed, &low, 1, 50);
    let found = looked(&feed);
    let counts = found.relations["implies"];
    assert_eq!((counts.pairs, counts.proven, counts.looks, counts.together), (1, 0, 1, 1));
    assert_eq!((counts.before_fees, counts.after_fees, counts.apparent, counts.one_sided), (1, 1, 0, 0));
    let [offer] = &found.executable[..] else { panic!("{:?}", found.executable) };
    assert_eq!(offer.before_fees, "9".parse::<Usdc>().unwrap());
    // 4% on 100 shares: 100 × 0.04 × 0.40 × 0.60 = 0.96 and 100 × 0.04 × 0.51 × 0.49 = 0.9996, floored to 0.00001.
    assert_eq!(offer.after_fees, Some("7.0404".parse::<Usdc>().unwrap()));
    assert_eq!(offer.verdict, Verdict::Together);
    assert!(found.apparent.is_empty());
}

#[test]
fn fees_can_take_the_whole_gain() {
    let (mut feed, high, low) = two();
    // NO at 0.47 and YES at 0.52: one cent before fees, two cents of fees.
    quote(&mut feed, &high, 1, 53);
    quote(&mut feed, &low, 1, 51);
    let counts = looked(&feed).relations["implies"];
    assert_eq!((counts.before_fees, counts.pairs_before_fees, counts.after_fees, counts.todays_fees), (1, 1, 0, 0));
}

#[test]
fn a_gain_on_a_stale_quote_is_named_and_followed() {
    for (bid_when_fresh, verdict) in [(60, Verdict::Held), (30, Verdict::Gone)] {
        let (mut feed, high, low) = two();
        quote(&mut feed, &low, 1, 50);
        // Eighty minutes later the other leg alone: what it seems to pay rests on the old quote.
        quote(&mut feed, &high, 81, 60);
        quote(&mut feed, &low, 160, 50);
        quote(&mut feed, &high, 160, bid_when_fresh);
        let found = looked(&feed);
        let counts = found.relations["implies"];
        assert_eq!((counts.looks, counts.together, counts.apparent), (2, 1, 1), "{verdict:?}");
        assert_eq!(counts.before_fees, u64::from(verdict == Verdict::Held));
        assert_eq!(found.apparent[0].verdict, verdict);
        assert_eq!(found.apparent[0].ages_ms.iter().copied().max(), Some(80 * MINUTE));
        assert_eq!(found.apparent[0].after_fees, None);
    }
    let (mut feed, high, low) = two();
    quote(&mut feed, &low, 1, 50);
    quote(&mut feed, &high, 81, 60);
    feed.push(at(90), HistoryEvent::Ended { market: low.id.clone(), ending: Ending::new(Resolution::Yes, at(90)) });
    let found = looked(&feed);
    assert_eq!(found.relations["implies"].apparent_never_together, 1);
    assert_eq!(found.apparent[0].verdict, Verdict::NeverTogether);
}

#[test]
fn a_book_without_bids_pays_nothing() {
    let (mut feed, high, low) = two();
    quote(&mut feed, &high, 1, 60);
    let ask = Level { price: Price::from_e4(100).unwrap(), size: Shares::whole(100) };
    let dead = Book::from_levels(low.yes.clone(), at(1), Depth::Full, [], [ask]);
    feed.push(at(1), HistoryEvent::Book(dead));
    let found = looked(&feed);
    let counts = found.relations["implies"];
    assert_eq!((counts.together, counts.one_sided, counts.before_fees), (1, 1, 0));
    assert_eq!(found.apparent[0].verdict, Verdict::OneSided);
}

#[test]
fn counts_equal_a_slow_count_over_all_pairs() {
    for seed in 0..10 {
        let feed = ladders(seed, 3, 40, false);
        let found = looked(&feed).relations["implies"];
        // Every ladder's three books come at one instant: each later one is a look at all three of its pairs.
        let mut rounds: HashMap<(Timestamp, String), Vec<(u64, Book)>> = HashMap::new();
        for record in &feed.records {
            if let HistoryEvent::Book(book) = &record.event {
                let id = book.token.as_str().trim_end_matches("-yes");
                let (coin, threshold) = id.split_at(id.len() - 4);
                let key = (record.at, coin.to_owned());
                rounds.entry(key).or_default().push((threshold.parse().unwrap(), book.clone()));
            }
        }
        let (mut looks, mut paying) = (0, 0);
        for books in rounds.values() {
            for (a, high) in books {
                for (_, low) in books.iter().filter(|(b, _)| b < a) {
                    let best = |book: &Book, side| book.levels(side).first().map(|l| u64::from(l.price.e4()));
                    looks += 1;
                    // NO of the higher rung costs a dollar less its bid.
                    if best(high, BookSide::Bid).unwrap() > best(low, BookSide::Ask).unwrap() {
                        paying += 1;
                    }
                }
            }
        }
        assert_eq!(
            (found.looks, found.together, found.before_fees, found.apparent),
            (looks, looks, paying, 0),
            "{seed}"
        );
        assert!(found.after_fees <= found.before_fees && found.todays_fees <= found.before_fees);
    }
}

#[test]
fn a_period_without_data_and_one_turned_round_are_refused() {
    let feed = ladders(1, 1, 2, false);
    let asked = |from, to| study(&feed, &StudyConfig { from, to, ..StudyConfig::default() }, &|_| true).unwrap_err();
    let day = |text| Timestamp::parse(text);
    assert!(matches!(asked(day("2026-05-02"), day("2026-05-01")), BacktestError::PeriodReversed { .. }));
    assert!(matches!(asked(day("2027-01-01"), None), BacktestError::PeriodOutside { .. }));
}
