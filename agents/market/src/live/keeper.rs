//! Books kept from messages: a plain state machine. Frames and snapshots go in; events and wishes come out.
//!
//! The venue can lose a removal. So after the changes of a message the book is compared with the best prices the message states;
//! where they disagree the book is unknown until a snapshot, and every consumer is told ([`MarketEvent::Gap`]).

use crate::book::Book;
use crate::clob::ws::{Best, Frame, LevelChange, Message};
use crate::ids::TokenId;
use crate::source::MarketEvent;
use crate::time::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// Messages held back for one token while its snapshot is fetched; older ones fall away, and the comparison of best prices
/// notices if they mattered.
const PENDING_MAX: usize = 1_000;

/// What is known of one token's book.
#[derive(Debug, Default)]
struct Kept {
    /// The last book; trusted only when `in_sync`.
    book: Option<Book>,
    /// A snapshot should be fetched.
    wanting: bool,
    /// Changes older than this are already in the fetched snapshot.
    floor: Option<Timestamp>,
    /// Changes received since trust was lost.
    pending: Vec<(Timestamp, Vec<LevelChange>)>,
}

impl Kept {
    fn in_sync(&self) -> bool {
        self.book.as_ref().is_some_and(|b| b.in_sync)
    }
}

/// The books of all followed tokens.
#[derive(Debug, Default)]
pub(crate) struct Keeper {
    kept: BTreeMap<TokenId, Kept>,
}

impl Keeper {
    /// Replaces the set of followed tokens; answers what came and what went.
    pub(crate) fn follow(&mut self, tokens: &[TokenId]) -> (Vec<TokenId>, Vec<TokenId>) {
        let wanted: BTreeSet<&TokenId> = tokens.iter().collect();
        let gone: Vec<TokenId> = self.kept.keys().filter(|t| !wanted.contains(t)).cloned().collect();
        for token in &gone {
            self.kept.remove(token);
        }
        let mut new = Vec::new();
        for token in wanted {
            if !self.kept.contains_key(token) {
                self.kept.insert(token.clone(), Kept::default());
                new.push(token.clone());
            }
        }
        (new, gone)
    }

    /// The followed tokens.
    pub(crate) fn tokens(&self) -> Vec<TokenId> {
        self.kept.keys().cloned().collect()
    }

    /// Takes in a frame.
    pub(crate) fn frame(&mut self, frame: Frame) -> Vec<MarketEvent> {
        let mut events = Vec::new();
        for message in frame.messages {
            match message {
                Message::Book(book) => self.streamed(book, &mut events),
                Message::Changes { at, changes } => self.changes(at, changes, &mut events),
                Message::Trade { token, price, at } if self.kept.contains_key(&token) => {
                    events.push(MarketEvent::Trade { token, price, at });
                }
                Message::Tick { token, tick } if self.kept.contains_key(&token) => {
                    events.push(MarketEvent::Tick { token, tick });
                }
                Message::Resolved { market, tokens, resolution }
                    if tokens.iter().any(|t| self.kept.contains_key(t)) =>
                {
                    events.push(MarketEvent::Resolved { market, resolution });
                }
                Message::Trade { .. } | Message::Tick { .. } | Message::Resolved { .. } => {}
            }
        }
        for token in frame.doubtful {
            self.distrust(&token, &mut events);
        }
        events
    }

    /// A book out of the stream: everything before it is in it.
    fn streamed(&mut self, book: Book, events: &mut Vec<MarketEvent>) {
        if let Some(kept) = self.kept.get_mut(&book.token) {
            *kept = Kept { book: Some(book.clone()), ..Kept::default() };
            events.push(MarketEvent::Book(book));
        }
    }

    /// A book that was asked for beside the stream: changes received meanwhile go on top of it.
    pub(crate) fn fetched(&mut self, book: Book) -> Vec<MarketEvent> {
        let mut events = Vec::new();
        let Some(kept) = self.kept.get_mut(&book.token) else { return events };
        if kept.in_sync() {
            return events; // The stream was faster.
        }
        let (token, floor) = (book.token.clone(), book.at);
        let pending = std::mem::take(&mut kept.pending);
        *kept = Kept { book: Some(book), floor: Some(floor), ..Kept::default() };
        for (at, changes) in pending {
            self.apply(&token, at, &changes);
        }
        self.report(&token, &mut events);
        events
    }

    fn changes(&mut self, at: Timestamp, changes: Vec<LevelChange>, events: &mut Vec<MarketEvent>) {
        let mut by_token: BTreeMap<TokenId, Vec<LevelChange>> = BTreeMap::new();
        for change in changes {
            by_token.entry(change.token.clone()).or_default().push(change);
        }
        for (token, changes) in by_token {
            let Some(kept) = self.kept.get_mut(&token) else { continue };
            if kept.in_sync() {
                self.apply(&token, at, &changes);
                self.report(&token, events);
            } else {
                if kept.pending.len() == PENDING_MAX {
                    kept.pending.remove(0);
                }
                kept.pending.push((at, changes));
            }
        }
    }

    /// Applies one message's changes of a token and compares with the best prices its last change states.
    fn apply(&mut self, token: &TokenId, at: Timestamp, changes: &[LevelChange]) {
        let Some(kept) = self.kept.get_mut(token) else { return };
        let Some(book) = &mut kept.book else { return };
        if kept.floor.is_some_and(|floor| at < floor) {
            return;
        }
        for change in changes {
            book.set(change.side, change.price, change.size);
        }
        book.at = book.at.max(at);
        let best: Option<Best> = changes.last().and_then(|c| c.best);
        if let Some(best) = best {
            book.in_sync = best.agrees(book);
        }
        kept.wanting = !book.in_sync;
    }

    /// Tells of a book after changes: itself, or that it is lost.
    fn report(&mut self, token: &TokenId, events: &mut Vec<MarketEvent>) {
        let Some(book) = self.kept.get(token).and_then(|k| k.book.as_ref()) else { return };
        events.push(if book.in_sync {
            MarketEvent::Book(book.clone())
        } else {
            MarketEvent::Gap { token: token.clone() }
        });
    }

    fn distrust(&mut self, token: &TokenId, events: &mut Vec<MarketEvent>) {
        let Some(kept) = self.kept.get_mut(token) else { return };
        kept.wanting = true;
        if let Some(book) = kept.book.as_mut().filter(|b| b.in_sync) {
            book.in_sync = false;
            events.push(MarketEvent::Gap { token: token.clone() });
        }
    }

    /// The connection is gone: no book can be trusted, and the snapshots come with the next connection.
    pub(crate) fn disconnected(&mut self) -> Vec<MarketEvent> {
        let mut events = Vec::new();
        for token in self.tokens() {
            self.distrust(&token, &mut events);
        }
        for kept in self.kept.values_mut() {
            kept.wanting = false;
            kept.pending.clear();
        }
        events
    }

    /// Tokens whose snapshot should be fetched now; they are not named again until they want it anew.
    pub(crate) fn take_wanting(&mut self) -> Vec<TokenId> {
        let wanting = self.kept.iter_mut().filter_map(|(token, k)| std::mem::take(&mut k.wanting).then_some(token));
        wanting.cloned().collect()
    }

    /// Makes every token without a trusted book want a snapshot: for those the stream or an earlier fetch left without one.
    pub(crate) fn want_missing(&mut self) {
        for kept in self.kept.values_mut().filter(|k| !k.in_sync()) {
            kept.wanting = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::book::{BookSide, Depth};
    use crate::clob::parse_book;
    use crate::clob::ws::parse_frame;
    use crate::test_data;
    use serde_json::{Value, json};

    fn token() -> TokenId {
        TokenId::new("7").unwrap()
    }

    fn keeper() -> Keeper {
        let mut keeper = Keeper::default();
        keeper.follow(&[token()]);
        keeper
    }

    fn snapshot(at: i64, bid: &str, ask: &str) -> Value {
        json!({"event_type": "book", "asset_id": "7", "timestamp": at.to_string(),
            "bids": [{"price": "0.1", "size": "9"}, {"price": bid, "size": "5"}], "asks": [{"price": ask, "size": "5"}]})
    }

    fn change(at: i64, side: &str, price: &str, size: &str, bid: &str, ask: &str) -> Value {
        json!({"event_type": "price_change", "timestamp": at.to_string(), "price_changes": [
            {"asset_id": "7", "side": side, "price": price, "size": size, "best_bid": bid, "best_ask": ask},
            {"asset_id": "8", "side": "SELL", "price": "0.5", "size": "1", "best_bid": "0.1", "best_ask": "0.5"}]})
    }

    fn feed(keeper: &mut Keeper, message: &Value) -> Vec<MarketEvent> {
        keeper.frame(parse_frame(&message.to_string()))
    }

    fn gap() -> Vec<MarketEvent> {
        vec![MarketEvent::Gap { token: token() }]
    }

    fn best(events: &[MarketEvent]) -> (u16, u16) {
        let [MarketEvent::Book(book)] = events else { panic!("{events:?}") };
        assert!(book.in_sync);
        (book.best_bid().unwrap().price.e4(), book.best_ask().unwrap().price.e4())
    }

    #[test]
    fn keeps_a_book_through_changes() {
        let mut keeper = keeper();
        assert_eq!(best(&feed(&mut keeper, &snapshot(1, "0.4", "0.6"))), (4_000, 6_000));
        assert_eq!(best(&feed(&mut keeper, &change(2, "BUY", "0.45", "3", "0.45", "0.6"))), (4_500, 6_000));
        assert_eq!(best(&feed(&mut keeper, &change(3, "BUY", "0.45", "0", "0.4", "0.6"))), (4_000, 6_000));
        assert!(keeper.take_wanting().is_empty());
    }

    #[test]
    fn a_lost_removal_is_a_gap_until_the_fetched_book() {
        let mut keeper = keeper();
        feed(&mut keeper, &snapshot(1, "0.4", "0.6"));
        // The bid at 0.4 went away unseen: the venue now says 0.1 is best.
        assert_eq!(feed(&mut keeper, &change(5, "SELL", "0.7", "1", "0.1", "0.6")), gap());
        assert_eq!(keeper.take_wanting(), [token()]);
        assert!(keeper.take_wanting().is_empty(), "one fetch is enough");
        // What arrives meanwhile is held back: the first is in the snapshot already, the second is not.
        assert!(feed(&mut keeper, &change(6, "BUY", "0.2", "1", "0.2", "0.6")).is_empty());
        assert!(feed(&mut keeper, &change(8, "BUY", "0.3", "1", "0.3", "0.6")).is_empty());
        let mut fresh = parse_book(&snapshot(7, "0.2", "0.6")).unwrap();
        fresh.set(BookSide::Ask, "0.7".parse().unwrap(), "1".parse().unwrap());
        let events = keeper.fetched(fresh);
        assert_eq!(best(&events), (3_000, 6_000));
        let MarketEvent::Book(book) = &events[0] else { unreachable!() };
        assert_eq!((book.at.millis(), book.levels(BookSide::Bid).len()), (8, 3));
    }

    #[test]
    fn a_fetched_book_that_disagrees_with_held_back_changes_is_fetched_again() {
        let mut keeper = keeper();
        feed(&mut keeper, &snapshot(1, "0.4", "0.6"));
        feed(&mut keeper, &change(2, "BUY", "0.2", "1", "0.2", "0.6"));
        keeper.take_wanting();
        feed(&mut keeper, &change(9, "BUY", "0.3", "1", "0.3", "0.6"));
        assert_eq!(keeper.fetched(parse_book(&snapshot(7, "0.4", "0.6")).unwrap()), gap());
        assert_eq!(keeper.take_wanting(), [token()]);
    }

    #[test]
    fn the_stream_beats_a_late_fetch() {
        let mut keeper = keeper();
        keeper.want_missing();
        assert_eq!(keeper.take_wanting(), [token()]);
        feed(&mut keeper, &snapshot(9, "0.4", "0.6"));
        assert!(keeper.fetched(parse_book(&snapshot(7, "0.2", "0.6")).unwrap()).is_empty());
    }

    #[test]
    fn an_unreadable_change_and_a_lost_connection_are_gaps() {
        let mut keeper = keeper();
        feed(&mut keeper, &snapshot(1, "0.4", "0.6"));
        assert_eq!(feed(&mut keeper, &change(2, "BUY", "7", "1", "0.4", "0.6")), gap());
        assert_eq!(keeper.take_wanting(), [token()]);
        assert_eq!(best(&feed(&mut keeper, &snapshot(3, "0.4", "0.6"))), (4_000, 6_000));
        assert_eq!(keeper.disconnected(), gap());
        assert!(keeper.take_wanting().is_empty(), "the next connection brings snapshots");
        assert!(keeper.disconnected().is_empty(), "told once");
        keeper.want_missing();
        assert_eq!(keeper.take_wanting(), [token()]);
    }

    #[test]
    fn empty_sides_agree_however_the_venue_writes_them() {
        for (bid, ask) in [("0", "1"), ("", ""), ("0", "0")] {
            let mut keeper = keeper();
            feed(
                &mut keeper,
                &json!({"event_type": "book", "asset_id": "7", "timestamp": "1", "asks": [],
                "bids": [{"price": "0.4", "size": "5"}]}),
            );
            let events = feed(&mut keeper, &change(2, "BUY", "0.4", "0", bid, ask));
            assert!(matches!(&events[..], [MarketEvent::Book(b)] if b.best_bid().is_none()), "{events:?}");
        }
    }

    #[test]
    fn only_followed_tokens_are_told_of() {
        let mut keeper = keeper();
        let (new, gone) = keeper.follow(&[TokenId::new("9").unwrap(), TokenId::new("9").unwrap()]);
        assert_eq!((new.len(), gone), (1, vec![token()]));
        assert!(feed(&mut keeper, &snapshot(1, "0.4", "0.6")).is_empty());
        assert!(
            feed(
                &mut keeper,
                &json!({"event_type": "last_trade_price", "asset_id": "7", "price": "0.5", "timestamp": "1"})
            )
            .is_empty()
        );
        assert!(keeper.fetched(Book::from_levels(token(), Timestamp::from_millis(1), Depth::Full, [], [])).is_empty());
    }

    /// The recorded burst: a snapshot, the changes, and the venue's own book after them.
    #[test]
    fn the_recorded_burst_ends_in_the_venues_own_book() {
        let Some(path) = test_data::find("ws-2026-09/ws_market_book_burst.json", "recorded burst") else { return };
        let burst: Value = serde_json::from_slice(&test_data::read(&path)).unwrap();
        let oracle = parse_book(&burst["oracle_snapshot"]).unwrap();
        let mut keeper = Keeper::default();
        keeper.follow(std::slice::from_ref(&oracle.token));
        let mut last = feed(&mut keeper, &burst["snapshot"]);
        for update in burst["updates"].as_array().unwrap() {
            last = feed(&mut keeper, update);
        }
        let [MarketEvent::Book(book)] = &last[..] else { panic!("{last:?}") };
        assert_eq!(book.levels(BookSide::Ask), oracle.levels(BookSide::Ask));
        // One bid below the touch grew in the venue's book without any recorded message: comparing best prices cannot see that.
        let sizes = |b: &Book| b.levels(BookSide::Bid).iter().map(|l| (l.price, l.size)).collect::<BTreeSet<_>>();
        let unseen: Vec<_> = sizes(&oracle).difference(&sizes(book)).copied().collect();
        assert_eq!(unseen.len(), 1, "{unseen:?}");
        assert!(unseen[0].0 < book.best_bid().unwrap().price);
        assert_eq!(book.best_bid(), oracle.best_bid());
    }

    /// The recorded crossing burst. An independent replay over plain maps decides where the stated best prices disagree.
    #[test]
    fn the_recorded_crossing_burst_is_a_gap_exactly_where_the_best_prices_disagree() {
        let Some(path) = test_data::find("ws-2026-09/ws_market_price_change_crossing_burst.json", "crossing burst")
        else {
            return;
        };
        let messages: Vec<Value> = serde_json::from_slice(&test_data::read(&path)).unwrap();
        let named = messages.iter().filter(|m| m["event_type"] == "book").map(|m| m["asset_id"].as_str().unwrap());
        let tokens: Vec<TokenId> =
            named.collect::<BTreeSet<_>>().into_iter().map(|t| TokenId::new(t).unwrap()).collect();
        let mut gaps = 0;
        for token in &tokens {
            let mut keeper = Keeper::default();
            keeper.follow(std::slice::from_ref(token));
            // Levels in ten-thousandths of each side, kept by hand.
            let mut sides: BTreeMap<&str, BTreeMap<i64, String>> = BTreeMap::new();
            let e4 = |v: &Value| (v.as_str().unwrap().parse::<f64>().unwrap() * 1e4).round() as i64;
            let mut lost = false;
            for m in &messages {
                let events = feed(&mut keeper, m);
                if m["event_type"] == "book" && m["asset_id"] == token.as_str() {
                    lost = false;
                    for (side, key) in [("BUY", "bids"), ("SELL", "asks")] {
                        let levels = m[key].as_array().unwrap().iter();
                        sides.insert(side, levels.map(|l| (e4(&l["price"]), l["size"].to_string())).collect());
                    }
                    assert_eq!(events.len(), 1);
                    continue;
                }
                let rows = m["price_changes"].as_array().map_or(&[][..], Vec::as_slice);
                let Some(last) = rows.iter().rfind(|c| c["asset_id"] == token.as_str()) else { continue };
                if lost || sides.is_empty() {
                    assert!(events.is_empty());
                    continue;
                }
                for c in rows.iter().filter(|c| c["asset_id"] == token.as_str()) {
                    let side = sides.get_mut(c["side"].as_str().unwrap()).unwrap();
                    if c["size"] == "0" {
                        side.remove(&e4(&c["price"]))
                    } else {
                        side.insert(e4(&c["price"]), c["size"].to_string())
                    };
                }
                let bid = sides["BUY"].keys().next_back().copied().unwrap_or(0);
                let ask = sides["SELL"].keys().next().copied().unwrap_or(10_000);
                lost = (bid, ask) != (e4(&last["best_bid"]), e4(&last["best_ask"]));
                gaps += u32::from(lost);
                assert_eq!(matches!(events[..], [MarketEvent::Gap { .. }]), lost, "{m}");
            }
        }
        eprintln!("{} tokens, {gaps} gaps in the recorded crossing burst", tokens.len());
        assert!(!tokens.is_empty());
    }
}
