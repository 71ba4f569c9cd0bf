//! Books: several levels each side around the latent probability, or around a mispricing while one lasts.

use super::rng::{mix, unit};
use super::world::{Announcement, World};
use crate::book::{Book, Depth, Level};
use crate::ids::TokenId;
use crate::money::{Price, Shares};
use crate::time::Timestamp;

/// Sides of the YES book, as hash keys.
const BIDS: u64 = 1;
const ASKS: u64 = 2;
/// Levels a side can have.
const LEVELS_MIN: u64 = 4;
const LEVELS_MAX: u64 = 8;
/// Shares at a level.
const SIZE_MIN: f64 = 20.0;
const SIZE_MAX: f64 = 800.0;
/// A level keeps its size for this many renewals of the quotes on average.
const SIZE_LIFE_PERIODS: i64 = 30;
/// The mid strays from the latent probability by at most this share of the spread.
const STRAY: f64 = 0.25;
/// Width of the empty range behind a mispriced level, in ten-thousandths: wider than the widest edge.
const VOID_BEHIND_E4: i32 = 400;
/// Share of renewals that come with a trade.
const TRADE_SHARE: f64 = 0.06;

/// The best prices of the YES book, in ten-thousandths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Touch {
    pub(crate) bid: Option<u16>,
    pub(crate) ask: Option<u16>,
    pub(crate) tick: u16,
    /// Hundredths of a share at the mispriced side, when there is one.
    bid_lots: Option<u32>,
    ask_lots: Option<u32>,
}

impl World {
    /// The touch of a market as quoted at `q`, a renewal of its family's quotes.
    #[allow(clippy::cast_possible_truncation)]
    pub(crate) fn touch(&self, m: usize, q: i64) -> Touch {
        let market = &self.markets[m];
        let tick = i64::from(self.tick_e4(m, q));
        let spread = tick * i64::from(market.spread_ticks) * if tick == 10 { 2 } else { 1 };
        let price = |e4: i64| u16::try_from(e4).ok().filter(|p| *p > 0 && *p < Price::SCALE);
        if let Some((spell, antecedent)) = self.spell_on(m, q) {
            let (bid, ask) = if antecedent {
                (i64::from(spell.bid_a), i64::from(spell.bid_a) + spread)
            } else {
                (i64::from(spell.ask_b) - spread, i64::from(spell.ask_b))
            };
            let lots = Some(spell.lots);
            let (bid_lots, ask_lots) = if antecedent { (lots, None) } else { (None, lots) };
            return Touch { bid: price(bid), ask: price(ask), tick: tick as u16, bid_lots, ask_lots };
        }
        let stray = (unit(mix(market.seed, q as u64)) - 0.5) * 2.0 * STRAY * spread as f64;
        let mid = self.probability(m, q) * f64::from(Price::SCALE) + stray;
        let mid = mid.clamp(tick as f64 / 2.0, f64::from(Price::SCALE) - tick as f64 / 2.0);
        let bid = ((mid - spread as f64 / 2.0) / tick as f64).floor() as i64 * tick;
        let ask = (bid + spread).max(tick);
        Touch { bid: price(bid), ask: price(ask), tick: tick as u16, bid_lots: None, ask_lots: None }
    }

    /// Levels of one side from the touch outwards, best first.
    fn side(&self, m: usize, q: i64, side: u64, touch: &Touch) -> Vec<Level> {
        let market = &self.markets[m];
        let (top, lots) = if side == BIDS { (touch.bid, touch.bid_lots) } else { (touch.ask, touch.ask_lots) };
        let Some(top) = top else { return Vec::new() };
        let key = mix(market.seed, side);
        let count = (LEVELS_MIN + key % (LEVELS_MAX - LEVELS_MIN + 1)) as usize;
        let life = self.families[market.family].period * SIZE_LIFE_PERIODS;
        let mut out = Vec::with_capacity(count);
        let mut at = i32::from(top);
        while out.len() < count && at > 0 && at < i32::from(Price::SCALE) {
            let hash = mix(key, at as u64);
            // A quarter of the prices is empty, never the touch.
            if at == i32::from(top) || !hash.is_multiple_of(4) {
                let lots = match lots {
                    Some(lots) if out.is_empty() => lots,
                    _ => lots_of(mix(hash, (q + (hash >> 8) as i64 % life).div_euclid(life) as u64)),
                };
                // In range by the loop's condition.
                if let Ok(price) = Price::from_e4(at as u16) {
                    out.push(Level { price, size: Shares::from_micros(i64::from(lots) * 10_000) });
                }
            }
            // Nothing stands right behind a mispricing: it is one order, not a wall.
            let jump = if lots.is_some() && at == i32::from(top) { VOID_BEHIND_E4 } else { i32::from(touch.tick) };
            at += if side == BIDS { -jump } else { jump };
        }
        out
    }

    /// The instant a market's quotes were last renewed as of now.
    pub(crate) fn quoted_at(&self, m: usize) -> i64 {
        self.families[self.markets[m].family].quoted_at(self.now)
    }

    /// The book of one token as of now; `side` 0 is YES. YES and NO mirror each other.
    pub(crate) fn book(&self, m: usize, side: usize) -> Option<Book> {
        let market = &self.markets[m];
        let q = self.quoted_at(m);
        let touch = self.touch(m, q);
        let (bids, asks) = (self.side(m, q, BIDS, &touch), self.side(m, q, ASKS, &touch));
        let token = |side: usize| TokenId::new(market.tokens[side].as_str()).ok();
        let yes = Book::from_levels(token(0)?, Timestamp::from_millis(q), Depth::Full, bids, asks);
        if side == 0 { Some(yes) } else { Some(yes.mirrored(token(1)?)) }
    }

    /// The trade that goes with a renewal, if any.
    pub(crate) fn trade(&self, m: usize, q: i64) -> Option<Announcement> {
        let hash = mix(self.markets[m].seed ^ 0x7ade, q as u64);
        if unit(hash) >= TRADE_SHARE {
            return None;
        }
        let (price, buy) = self.last_trade(m, q, &self.touch(m, q));
        let lots = lots_of(mix(hash, 1)) / 2;
        Some(Announcement::Traded { price: Price::from_e4(price?).ok()?, lots, buy })
    }

    /// The price last traded at, and whether a buyer took it: one side of the touch.
    pub(crate) fn last_trade(&self, m: usize, q: i64, touch: &Touch) -> (Option<u16>, bool) {
        let buy = mix(self.markets[m].seed, q as u64 ^ 0x1a57) & 1 == 1;
        let (first, second) = if buy { (touch.ask, touch.bid) } else { (touch.bid, touch.ask) };
        (first.or(second), buy)
    }

    /// What the venue shows as the price of YES: the midpoint, or the last trade beyond ten cents of spread.
    pub(crate) fn shown_e4(&self, m: usize, q: i64, touch: &Touch) -> u16 {
        /// Beyond this spread the venue shows the last trade.
        const SPREAD_SHOWN_MAX_E4: u16 = 1_000;
        match (touch.bid, touch.ask) {
            (Some(bid), Some(ask)) if ask - bid <= SPREAD_SHOWN_MAX_E4 => bid.midpoint(ask),
            (None, Some(ask)) if ask <= SPREAD_SHOWN_MAX_E4 => ask / 2,
            (Some(bid), None) if bid >= Price::SCALE - SPREAD_SHOWN_MAX_E4 => bid.midpoint(Price::SCALE),
            _ => self.last_trade(m, q, touch).0.unwrap_or(Price::SCALE / 2),
        }
    }
}

/// A size from a hash, in hundredths of a share: mostly small, now and then large, mostly whole.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn lots_of(hash: u64) -> u32 {
    let u = unit(hash);
    let shares = SIZE_MIN + u * u * (SIZE_MAX - SIZE_MIN);
    let odd = if hash.is_multiple_of(3) { (hash >> 4) % 100 } else { 0 };
    shares as u32 * 100 + odd as u32
}
