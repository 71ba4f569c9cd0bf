//! Messages of the websocket market channel.
//!
//! A frame is one message or an array of them. Kinds that are unknown, or known and of no use here, are counted and passed over: the
//! venue adds kinds without notice. A known kind that cannot be read is counted apart, and names its tokens where it can, because
//! a lost change makes a book wrong.

use super::books::{exact_price, level_size, parse_book};
use crate::book::{Book, BookSide};
use crate::ids::{MarketId, TokenId};
use crate::json::{self, Object};
use crate::market::Resolution;
use crate::money::{Price, Shares};
use crate::time::Timestamp;
use serde_json::Value;

/// One change of one level.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LevelChange {
    /// The token.
    pub token: TokenId,
    /// The side it rests on.
    pub side: BookSide,
    /// The level.
    pub price: Price,
    /// Its new total; zero removes it.
    pub size: Shares,
    /// What the venue says is best after the whole message; compared to find lost changes.
    pub best: Option<Best>,
}

/// The venue's own word on the best prices. `None` inside is an empty side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Best {
    /// Best bid.
    pub bid: Option<Price>,
    /// Best ask.
    pub ask: Option<Price>,
}

impl Best {
    /// Whether a book shows the same best prices.
    #[must_use]
    pub fn agrees(&self, book: &Book) -> bool {
        self.bid == book.best_bid().map(|l| l.price) && self.ask == book.best_ask().map(|l| l.price)
    }
}

/// A message that matters to a reader of books.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// A whole book.
    Book(Book),
    /// Levels changed.
    Changes {
        /// When.
        at: Timestamp,
        /// In the order they happened.
        changes: Vec<LevelChange>,
    },
    /// A trade was printed.
    Trade {
        /// The token.
        token: TokenId,
        /// Its price.
        price: Price,
        /// When.
        at: Timestamp,
    },
    /// The tick changed.
    Tick {
        /// The token.
        token: TokenId,
        /// From here on.
        tick: Price,
    },
    /// A market ended.
    Resolved {
        /// The market.
        market: MarketId,
        /// Its tokens, YES first.
        tokens: Vec<TokenId>,
        /// How.
        resolution: Resolution,
    },
}

/// A frame, read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Frame {
    /// In the order of the frame.
    pub messages: Vec<Message>,
    /// Kinds passed over: `best_bid_ask`, `new_market` and whatever is not known.
    pub ignored: u32,
    /// Messages of a known kind that could not be read.
    pub malformed: u32,
    /// Tokens whose book may have missed a change because of a malformed message.
    pub doubtful: Vec<TokenId>,
}

/// Reads a text frame. Never fails: what cannot be read is counted.
#[must_use]
pub fn parse_frame(text: &str) -> Frame {
    let mut frame = Frame::default();
    match serde_json::from_str::<Value>(text) {
        Ok(Value::Array(items)) => items.iter().for_each(|m| frame.message(m)),
        Ok(value) => frame.message(&value),
        Err(_) => frame.malformed += 1,
    }
    frame
}

impl Frame {
    fn message(&mut self, value: &Value) {
        let Some(object) = value.as_object() else {
            self.malformed += 1;
            return;
        };
        let message = match object.get("event_type").and_then(Value::as_str) {
            Some("book") => parse_book(value).ok().map(Message::Book),
            Some("price_change") => changes(object),
            Some("last_trade_price") => trade(object),
            Some("tick_size_change") => tick(object),
            Some("market_resolved") => resolved(object),
            _ => {
                self.ignored += 1;
                return;
            }
        };
        match message {
            Some(message) => self.messages.push(message),
            None => {
                self.malformed += 1;
                self.doubt(object);
            }
        }
    }

    fn doubt(&mut self, object: &Object) {
        let rows = object.get("price_changes").and_then(Value::as_array).into_iter().flatten();
        let named = rows.filter_map(Value::as_object).chain([object]).filter_map(token);
        self.doubtful.extend(named);
    }
}

fn token(object: &Object) -> Option<TokenId> {
    TokenId::new(object.get("asset_id")?.as_str()?.trim()).ok()
}

/// One unreadable change spoils the message: applying the rest would leave a book that only looks whole.
fn changes(object: &Object) -> Option<Message> {
    let at = json::millis(object, "timestamp")?;
    let rows = object.get("price_changes")?.as_array()?;
    let changes = rows.iter().map(change).collect::<Option<Vec<_>>>()?;
    Some(Message::Changes { at, changes })
}

fn change(row: &Value) -> Option<LevelChange> {
    let row = row.as_object()?;
    let side = match row.get("side")?.as_str()? {
        "BUY" => BookSide::Bid,
        "SELL" => BookSide::Ask,
        _ => return None,
    };
    let best = match (row.get("best_bid"), row.get("best_ask")) {
        (Some(bid), Some(ask)) => Some(Best { bid: json::open_price(bid), ask: json::open_price(ask) }),
        _ => None,
    };
    Some(LevelChange {
        token: token(row)?,
        side,
        price: exact_price(row.get("price")?)?,
        size: level_size(row.get("size")?)?,
        best,
    })
}

fn trade(object: &Object) -> Option<Message> {
    let price = json::price(object.get("price")?)?;
    Some(Message::Trade { token: token(object)?, price, at: json::millis(object, "timestamp")? })
}

fn tick(object: &Object) -> Option<Message> {
    Some(Message::Tick { token: token(object)?, tick: exact_price(object.get("new_tick_size")?)? })
}

/// The winner's place among the tokens decides; a market without a winning token is void only where the payouts say so, which
/// this message does not carry, so such a message counts as unreadable.
fn resolved(object: &Object) -> Option<Message> {
    let market = MarketId::new(json::text(object, "id")?).ok()?;
    let tokens = json::list(object, "assets_ids")?
        .iter()
        .map(|t| TokenId::new(t.as_str()?).ok())
        .collect::<Option<Vec<_>>>()
        .filter(|t| t.len() == 2)?;
    let winner = json::text(object, "winning_asset_id")?;
    let resolution = match tokens.iter().position(|t| t.as_str() == winner)? {
        0 => Resolution::Yes,
        _ => Resolution::No,
    };
    Some(Message::Resolved { market, tokens, resolution })
}
