//! The order book service's answers, and the messages of its market channel.

use super::calendar::{HOUR_MS, MINUTE_MS};
use super::fault::{Fault, Faults};
use super::gamma::{HISTORY_WINDOW_MAX_MS, MIN_SIZE, Query, Refusal, tick_text};
use super::rng::mix;
use super::world::{MarketIx, Stage, World};
use crate::book::{Book, BookSide, Level};
use crate::market::Resolution;
use crate::money::{Price, Shares};
use serde_json::{Value, json};

/// Tokens in one `/books` request.
pub(crate) const BOOKS_MAX: usize = 500;
/// Points of one history answer: 15 days by the minute.
const HISTORY_POINTS_MAX: i64 = 21_600;
/// How old a book says it is under [`Fault::StaleBook`].
const STALE_MS: i64 = HOUR_MS;

/// A price as the venue writes it, without needless zeros.
pub(crate) fn price_text(price: Price) -> String {
    price.to_f64().to_string()
}

fn levels_json(levels: &[Level]) -> Value {
    // Best last, as the venue has it.
    levels.iter().rev().map(|l| json!({"price": price_text(l.price), "size": l.size.to_string()})).collect()
}

/// The best prices as text; an empty side is 0 or 1.
pub(crate) fn best_text(book: &Book) -> (String, String) {
    let bid = book.best_bid().map_or(Price::ZERO, |l| l.price);
    let ask = book.best_ask().map_or(Price::ONE, |l| l.price);
    (price_text(bid), price_text(ask))
}

/// Forty hexadecimal digits that change with the book.
pub(crate) fn book_hash(book: &Book) -> String {
    let mut hash = 0;
    for side in [BookSide::Bid, BookSide::Ask] {
        for l in book.levels(side) {
            hash = mix(hash, mix(u64::from(l.price.e4()), l.size.micros() as u64));
        }
    }
    format!("{hash:016x}{:016x}{:08x}", mix(hash, 1), mix(hash, 2) as u32)
}

/// The book with its bids lifted over the best ask, for [`Fault::CrossedBook`].
fn crossed(book: &Book) -> Book {
    let mut book = book.clone();
    if let (Some(bid), Some(ask)) = (book.best_bid(), book.best_ask()) {
        book.set(BookSide::Bid, ask.price, bid.size);
    }
    book
}

impl World {
    /// A token's market and side while it has a book.
    pub(crate) fn trading(&self, token: &str) -> Option<(MarketIx, usize)> {
        let (ix, side) = *self.by_token.get(token)?;
        (!matches!(self.stage(ix.at()), Stage::Unlisted | Stage::Resolved)).then_some((ix, side))
    }

    /// A book as REST and the websocket state it; `message` adds the event type.
    pub(crate) fn book_json(&self, ix: MarketIx, side: usize, faults: &Faults, message: bool) -> Option<Value> {
        let m = ix.at();
        let market = &self.markets[m];
        let mut book = self.book(m, side)?;
        if faults.has(Fault::CrossedBook) {
            book = crossed(&book);
        }
        let stamp = self.now - if faults.has(Fault::StaleBook) { STALE_MS } else { 0 };
        let q = self.quoted_at(m);
        let last = self.last_trade(m, q, &self.touch(m, q)).0.and_then(|e4| Price::from_e4(e4).ok());
        let last = last.map(|p| if side == 0 { p } else { p.complement() });
        let mut row = json!({
            "market": market.condition_id,
            "asset_id": market.tokens[side],
            "timestamp": stamp.to_string(),
            "hash": book_hash(&book),
            "bids": levels_json(book.levels(BookSide::Bid)),
            "asks": levels_json(book.levels(BookSide::Ask)),
            "tick_size": tick_text(self.tick_e4(m, self.now)),
            "last_trade_price": last.map(price_text).unwrap_or_default(),
        });
        if message {
            row["event_type"] = json!("book");
        } else {
            row["min_order_size"] = json!(MIN_SIZE.to_string());
            row["neg_risk"] = json!(self.events[market.event].neg_risk.is_some());
        }
        Some(row)
    }

    /// `/prices-history`: the shown price, minute by minute or coarser, between two instants or over an interval.
    pub(crate) fn history_json(&self, query: &Query) -> Result<Value, Refusal> {
        let token = query.get("market").ok_or((400, "market is required"))?;
        let (ix, side) = *self.by_token.get(token).ok_or((404, "market not found"))?;
        let m = ix.at();
        let whole = |key: &str| -> Result<Option<i64>, Refusal> {
            query.get(key).map(|v| v.parse().map_err(|_| (400, "invalid number"))).transpose()
        };
        let fidelity = whole("fidelity")?.unwrap_or(1).clamp(1, 24 * 60) * MINUTE_MS;
        let listed = self.families[self.markets[m].family].listed;
        let until = self.now.min(self.markets[m].fate.resolved_at);
        let ms = |secs: i64| secs.saturating_mul(1_000);
        let (from, to) = match (whole("startTs")?, whole("endTs")?, query.get("interval")) {
            (Some(a), Some(b), _) if ms(b).saturating_sub(ms(a)) > HISTORY_WINDOW_MAX_MS => {
                return Err((400, "invalid filters: 'startTs' and 'endTs' interval is too long"));
            }
            (Some(a), b, _) => (ms(a), b.map_or(until, ms)),
            (None, _, Some(interval)) => {
                let hours = match interval {
                    "1h" => 1,
                    "6h" => 6,
                    "1d" => 24,
                    "1w" => 24 * 7,
                    "1m" => 24 * 30,
                    "max" | "all" => i64::MAX / HOUR_MS,
                    _ => return Err((400, "invalid interval")),
                };
                (until.saturating_sub(hours * HOUR_MS), until)
            }
            _ => return Err((400, "startTs or interval is required")),
        };
        let (from, to) = (from.max(listed), to.min(until));
        let first = from.div_euclid(fidelity) * fidelity;
        let first = if first < from { first + fidelity } else { first };
        let points = (0..HISTORY_POINTS_MAX).map(|i| first + i * fidelity).take_while(|t| *t <= to);
        let family = &self.families[self.markets[m].family];
        let history: Vec<Value> = points
            .map(|t| {
                let q = family.quoted_at(t);
                let yes = self.shown_e4(m, q, &self.touch(m, q));
                let e4 = if side == 0 { yes } else { Price::SCALE - yes };
                json!({"t": t / 1_000, "p": f64::from(e4) / f64::from(Price::SCALE)})
            })
            .collect();
        Ok(json!({ "history": history }))
    }

    /// `price_change` messages that turn one YES book into another: one message per level, removals first, so that the book
    /// is never crossed on the way and every `best_bid` and `best_ask` holds right after its change.
    pub(crate) fn changes_json(&self, ix: MarketIx, old: &Book, new: &Book, faults: &Faults) -> Vec<Value> {
        let market = &self.markets[ix.at()];
        let mut state = old.clone();
        let mut out = Vec::new();
        let mut changes: Vec<(BookSide, Price, Shares)> = Vec::new();
        for side in [BookSide::Bid, BookSide::Ask] {
            let gone = |l: &&Level| !new.levels(side).iter().any(|n| n.price == l.price);
            changes.extend(old.levels(side).iter().filter(gone).map(|l| (side, l.price, Shares::ZERO)));
        }
        for side in [BookSide::Bid, BookSide::Ask] {
            let fresh = |l: &&Level| !old.levels(side).contains(l);
            changes.extend(new.levels(side).iter().filter(fresh).map(|l| (side, l.price, l.size)));
        }
        for (side, price, size) in changes {
            state.set(side, price, size);
            if size == Shares::ZERO && faults.has(Fault::OmitRemovals) {
                continue;
            }
            let (bid, ask) = best_text(&state);
            let mirrored = state.mirrored(state.token.clone());
            let (no_bid, no_ask) = best_text(&mirrored);
            let sides = if side == BookSide::Bid { ["BUY", "SELL"] } else { ["SELL", "BUY"] };
            let size = size.to_string();
            out.push(json!({
                "event_type": "price_change",
                "market": market.condition_id,
                "timestamp": self.now.to_string(),
                "price_changes": [
                    {"asset_id": market.tokens[0], "price": price_text(price), "size": size, "side": sides[0],
                     "hash": book_hash(&state), "best_bid": bid, "best_ask": ask},
                    {"asset_id": market.tokens[1], "price": price_text(price.complement()), "size": size, "side": sides[1],
                     "hash": book_hash(&mirrored), "best_bid": no_bid, "best_ask": no_ask},
                ],
            }));
        }
        out
    }

    /// `last_trade_price` of the YES token.
    pub(crate) fn trade_json(&self, ix: MarketIx, at: i64, price: Price, lots: u32, buy: bool) -> Value {
        let market = &self.markets[ix.at()];
        let hash = mix(market.seed, at as u64);
        json!({
            "event_type": "last_trade_price",
            "market": market.condition_id,
            "asset_id": market.tokens[0],
            "price": price_text(price),
            "side": if buy { "BUY" } else { "SELL" },
            "size": Shares::from_micros(i64::from(lots) * 10_000).to_string(),
            "fee_rate_bps": "0",
            "timestamp": at.to_string(),
            "transaction_hash": format!("0x{:016x}{:016x}{:016x}{:016x}", hash, mix(hash, 1), mix(hash, 2), mix(hash, 3)),
        })
    }

    /// `tick_size_change` of one token.
    pub(crate) fn tick_json(&self, ix: MarketIx, side: usize, at: i64) -> Value {
        let market = &self.markets[ix.at()];
        json!({
            "event_type": "tick_size_change",
            "market": market.condition_id,
            "asset_id": market.tokens[side],
            "old_tick_size": "0.01",
            "new_tick_size": "0.001",
            "timestamp": at.to_string(),
        })
    }

    /// `best_bid_ask` of one token.
    pub(crate) fn touch_json(&self, ix: MarketIx, side: usize, book: &Book) -> Value {
        let market = &self.markets[ix.at()];
        let (bid, ask) = best_text(book);
        let e4 = |l: Option<Level>, empty: u16| l.map_or(empty, |l| l.price.e4());
        let spread = e4(book.best_ask(), Price::SCALE) - e4(book.best_bid(), 0);
        json!({
            "event_type": "best_bid_ask",
            "market": market.condition_id,
            "asset_id": market.tokens[side],
            "best_bid": bid,
            "best_ask": ask,
            "spread": (f64::from(spread) / f64::from(Price::SCALE)).to_string(),
            "timestamp": self.now.to_string(),
        })
    }

    /// `market_resolved`. A void names no winner.
    pub(crate) fn resolved_json(&self, ix: MarketIx, at: i64, resolution: Resolution) -> Value {
        let market = &self.markets[ix.at()];
        let (token, outcome) = match resolution {
            Resolution::Yes => (market.tokens[0].as_str(), "Yes"),
            Resolution::No => (market.tokens[1].as_str(), "No"),
            Resolution::Void => ("", ""),
        };
        json!({
            "event_type": "market_resolved",
            "id": market.id,
            "market": market.condition_id,
            "assets_ids": market.tokens,
            "winning_asset_id": token,
            "winning_outcome": outcome,
            "timestamp": at.to_string(),
            "tags": [self.events[market.event].category.label().to_lowercase()],
        })
    }

    /// `new_market`.
    pub(crate) fn listed_json(&self, ix: MarketIx, at: i64) -> Value {
        let market = &self.markets[ix.at()];
        let event = &self.events[market.event];
        let mut row = json!({
            "event_type": "new_market",
            "id": market.id,
            "question": market.text.question,
            "market": market.condition_id,
            "slug": market.slug,
            "description": market.text.description,
            "assets_ids": market.tokens,
            "outcomes": ["Yes", "No"],
            "event_message": {"id": event.id, "ticker": event.slug, "slug": event.slug, "title": event.title, "description": ""},
            "timestamp": at.to_string(),
            "tags": [event.category.label().to_lowercase()],
            "condition_id": market.condition_id,
            "active": true,
            "clob_token_ids": market.tokens,
            "order_price_min_tick_size": tick_text(self.tick_e4(ix.at(), at)),
            "group_item_title": market.text.group_title,
            "taker_base_fee": "1000",
            "fees_enabled": event.category.fee_type().is_some(),
        });
        if event.category.fee_type().is_some() {
            let rebate = f64::from(event.category.rebate_percent()) / 100.0;
            row["fee_schedule"] = json!({
                "exponent": "1",
                "rate": event.category.fee().rate_text(),
                "taker_only": true,
                "rebate_rate": rebate.to_string(),
            });
        }
        row
    }
}
