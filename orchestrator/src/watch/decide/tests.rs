//! Tables of changes on the date ladder of the report fixtures: NO of 101 asked at 0.71, YES of 102 at 0.26, so 0.97 for a dollar.

use super::*;
use crate::render::fixtures::{NOW, Scene, hedge_id};
use betty_bus::AccountName;
use betty_market::{Depth, Level, Resolution};
use betty_trading::Strategy;

/// Cheap is a cost of at most 1 / 1.01.
const MIN_EDGE_PPM: i64 = 10_000;

fn moment(ms: i64) -> Moment {
    Moment { market: NOW, machine: NOW.plus_millis(ms) }
}

fn token(text: &str) -> TokenId {
    TokenId::new(text).unwrap()
}

fn book(of: &str, bid: Option<u16>, ask: Option<u16>) -> MarketEvent {
    let level = |e4| Level { price: Price::from_e4(e4).unwrap(), size: Shares::whole(500) };
    let old = NOW.plus_millis(-3_600_000);
    MarketEvent::Book(Book::from_levels(token(of), old, Depth::Full, bid.map(level), ask.map(level)))
}

fn trade(of: &str) -> MarketEvent {
    MarketEvent::Trade { token: token(of), price: Price::from_e4(5_000).unwrap(), at: NOW }
}

fn watch(interest: Interest) -> Watch {
    let scene = Scene::new();
    let mut watch = Watch::new(scene.limits.clone(), scene.costs.clone());
    watch.look(interest, moment(0));
    watch
}

fn interest() -> Interest {
    let name = AccountName::new("simulated-7").unwrap();
    Interest { name, account: None, held: Vec::new(), hedges: Vec::new(), min_edge_ppm: MIN_EDGE_PPM, entries: true }
}

fn hedges(priced_at: Timestamp) -> Interest {
    Interest { hedges: vec![StoredHedge { priced_at, ..Scene::new().stored() }], ..interest() }
}

fn events(of: BTreeSet<BookEvent>) -> Vec<BookEvent> {
    of.into_iter().collect()
}

#[test]
fn a_hedge_counts_when_it_becomes_cheap_or_cheaper_and_not_while_it_stays_so() {
    let mut watch = watch(hedges(NOW));
    assert_eq!(watch.tokens(), [token("101-no"), token("102-yes")]);
    assert!(watch.event(book("101-no", Some(7_000), Some(7_100)), moment(0)).is_empty(), "one leg is no hedge");
    let cheap = [BookEvent::Cheap { hedge: hedge_id() }];
    // (ask of the second leg, milliseconds, whether it could change a decision)
    let table = [
        (Some(2_600), 0, false),                // 0.97, as it was stored
        (Some(2_590), 1, true),                 // cheaper
        (Some(2_590), 2, false),                // the same again
        (Some(2_580), 3, true),                 // cheaper again
        (Some(2_700), 4, false),                // dearer, still cheap
        (Some(2_580), 5, false),                // decided about before
        (Some(2_801), 6, false),                // 0.9901: an edge of 0.9999%
        (Some(2_800), 7, true),                 // 0.99: an edge of 1.0101%
        (None, 8, false),                       // nothing to buy
        (Some(2_800), 9, true),                 // there again
        (Some(2_800), ASK_AGAIN_MS + 8, false), // not yet
        (Some(2_800), ASK_AGAIN_MS + 9, true),  // long ago
    ];
    for (ask, ms, could) in table {
        let got = events(watch.event(book("102-yes", Some(2_500), ask), moment(ms)));
        assert_eq!(got, if could { &cheap[..] } else { &[] }, "{ask:?} at {ms}");
    }
    // A trade alone moves no ask; nobody asked for other tokens.
    assert!(watch.event(trade("102-yes"), moment(ASK_AGAIN_MS + 10)).is_empty());
    assert!(watch.event(book("999-yes", Some(1), Some(2)), moment(ASK_AGAIN_MS + 10)).is_empty());
    // After a gap it is unknown until the next book, however cheap the other leg is.
    let later = moment(3 * ASK_AGAIN_MS);
    assert!(watch.event(MarketEvent::Gap { token: token("102-yes") }, later).is_empty());
    assert!(watch.event(book("101-no", Some(1_000), Some(1_100)), later).is_empty());
    assert_eq!(events(watch.event(book("102-yes", Some(2_500), Some(2_600)), later)), cheap);
    // Without a subscription nothing is known.
    watch.forget_books();
    assert!(watch.event(book("101-no", Some(100), Some(200)), later).is_empty());
}

#[test]
fn while_entries_are_off_only_a_lower_price_counts_and_one_that_comes_and_goes_once() {
    let mut watch = watch(Interest { entries: false, ..hedges(NOW) });
    assert!(!watch.entries());
    watch.event(book("101-no", Some(7_000), Some(7_100)), moment(0));
    let table = [
        (Some(2_600), 0, false), // 0.97, as it was stored
        (None, 0, false),
        (Some(2_600), 0, true),                 // it was gone, and is there again
        (Some(2_590), 1, true),                 // cheaper
        (Some(2_590), ASK_AGAIN_MS + 9, false), // told already, however long ago
        (None, ASK_AGAIN_MS + 10, false),       // nothing to buy
        (Some(2_580), ASK_AGAIN_MS + 11, true), // there again, after a rest
        (None, ASK_AGAIN_MS + 12, false),
        (Some(2_500), ASK_AGAIN_MS + 13, false), // it comes and goes
        (Some(2_500), 2 * ASK_AGAIN_MS + 11, true),
    ];
    for (ask, ms, could) in table {
        let got = events(watch.event(book("102-yes", Some(2_400), ask), moment(ms)));
        assert_eq!(!got.is_empty(), could, "{ask:?} at {ms}");
    }
}

#[test]
fn a_hedge_that_was_priced_again_was_decided_about_at_that_price() {
    let mut watch = watch(hedges(NOW));
    assert!(watch.event(book("101-no", Some(7_000), Some(7_050)), moment(0)).is_empty());
    assert!(!watch.event(book("102-yes", Some(2_500), Some(2_600)), moment(0)).is_empty());
    watch.look(hedges(NOW), moment(1));
    assert!(watch.event(trade("102-yes"), moment(1)).is_empty(), "nothing was priced since");
    watch.look(hedges(NOW.plus_millis(1)), moment(2));
    assert!(!watch.event(trade("102-yes"), moment(2)).is_empty(), "0.965 is less than the 0.97 it was priced at");
    watch.look(interest(), moment(3));
    assert!(watch.tokens().is_empty());
    assert!(watch.event(book("102-yes", Some(100), Some(200)), moment(3)).is_empty());
}

/// One open position of the fixtures' hedge, with a stop at a loss of 5% and a target of 2%.
fn held(strategy: bool) -> Interest {
    let toml = r#"
name = "tight"
size_pct = 5
exits = [{ type = "target_profit_pct", pct = 2 }, { type = "stop_loss", pct = 5 }]

[entry]
max_tier = "T0"
min_coverage_pct = 0
min_net_edge_pct = 1
min_depth_shares = 1
"#;
    let mut scene = Scene::new();
    let event = scene.decide_open().event;
    scene.book(event);
    let position = scene.account.open_positions().next().unwrap().clone();
    let strategy = strategy.then(|| Strategy::from_toml(toml).unwrap());
    let held = vec![Held { position, strategy, peak: None }];
    Interest { held, account: Some(scene.account.clone()), ..interest() }
}

fn watch_position(strategy: bool) -> Watch {
    let mut watch = watch(held(strategy));
    let markets = Scene::new().markets;
    assert_eq!(watch.unread(false).len(), 2);
    for market in markets {
        assert!(watch.read(market).is_empty());
    }
    assert!(watch.unread(false).is_empty());
    assert_eq!(watch.unread(true).len(), 2, "no book has been heard of");
    watch
}

#[test]
fn a_position_counts_when_its_mark_moves_or_an_exit_begins_to_hold() {
    let mut watch = watch_position(true);
    assert!(watch.event(book("102-yes", Some(2_500), Some(2_600)), moment(0)).is_empty());
    let moved = [BookEvent::MarkMoved { position: 1 }];
    let exit = [BookEvent::ExitHolds { position: 1 }];
    // (bid of the first leg, milliseconds, what could change a decision). A cent of both is 1.03% of the price of 0.97.
    let table: [(Option<u16>, i64, &[BookEvent]); 10] = [
        (Some(7_000), 0, &[]),                  // the first mark: a loss of 3.7%
        (Some(6_950), 1, &[]),                  // half a percent
        (Some(6_890), 2, &moved),               // 1.1% from the first
        (Some(6_890), 3, &[]),                  // the same again
        (Some(6_840), 4, &exit),                // a loss of more than 5%
        (Some(6_830), 5, &[]),                  // holds as before
        (None, 6, &[]),                         // nobody buys: nothing can be done
        (Some(6_960), 7, &moved),               // no exit holds any more
        (Some(6_840), 8, &exit),                // and again
        (Some(6_840), ASK_AGAIN_MS + 8, &exit), // it could not be sold, it seems
    ];
    for (bid, ms, could) in table {
        let got = events(watch.event(book("101-no", bid, Some(7_100)), moment(ms)));
        assert_eq!(got, could, "{bid:?} at {ms}");
    }
    let later = moment(2 * ASK_AGAIN_MS);
    assert!(watch.event(MarketEvent::Gap { token: token("102-yes") }, later).is_empty());
    assert!(watch.event(book("101-no", Some(9_000), Some(9_100)), later).is_empty(), "half of it is unknown");
    assert_eq!(events(watch.event(book("102-yes", Some(2_500), Some(2_600)), later)), exit, "the target");
}

#[test]
fn a_position_held_to_resolution_counts_when_a_market_resolves_and_once() {
    let mut watch = watch_position(false);
    for (bid, ms) in [(7_000, 0), (1_000, 1), (9_900, 2)] {
        assert!(watch.event(book("102-yes", Some(2_500), None), moment(ms)).is_empty());
        assert!(watch.event(book("101-no", Some(bid), None), moment(ms)).is_empty());
    }
    let id = |id| MarketId::new(id).unwrap();
    let ended = |market| MarketEvent::Resolved { market, resolution: Resolution::Yes };
    assert!(watch.event(ended(id("999")), moment(3)).is_empty());
    let resolved = |market| [BookEvent::Resolved { market: id(market) }];
    assert_eq!(events(watch.event(ended(id("101")), moment(3))), resolved("101"));
    assert!(watch.event(ended(id("101")), moment(4)).is_empty());
    assert_eq!(watch.unread(true), [id("101")].into(), "its book is gone with it");
    // What was missed on the channel is found when the market is read.
    let market = Scene::new().markets.into_iter().find(|m| m.id == id("102")).unwrap();
    let market = Market { resolution: Some(Resolution::Yes), ..market };
    watch.look(held(false), moment(5));
    assert_eq!(events(watch.read(market.clone())), resolved("102"));
    assert!(watch.read(market).is_empty());
}

#[test]
fn no_more_tokens_are_followed_than_allowed_and_never_half_a_hedge() {
    let mut many = held(true);
    let stored = Scene::new().stored();
    for n in 0..60 {
        let mut more = stored.clone();
        more.id = HedgeId::new(10 + n).unwrap();
        for leg in &mut more.hedge.legs {
            leg.token = token(&format!("{n}-{}", leg.token));
        }
        many.hedges.push(more);
    }
    let watch = watch(many);
    let tokens = watch.tokens();
    assert_eq!(tokens.len(), TOKENS_MAX);
    assert!(tokens.contains(&token("101-no")) && tokens.contains(&token("48-101-no")));
    assert!(!tokens.contains(&token("49-101-no")), "the best come first");
}
