//! Gamma's answers: markets and events in the venue's own JSON, filters, order and paging.

use super::calendar::{DAY_MS, HOUR_MS, iso};
use super::world::{MarketIx, Stage, TICK_COARSE_E4, World};
use crate::market::Resolution;
use crate::money::Price;
use serde_json::{Map, Value, json};

/// Rows of an answer when `limit` is absent, and at most.
const LIMIT_DEFAULT: usize = 20;
const LIMIT_MAX: usize = 100;
/// Largest offset the plain listing takes.
const OFFSET_MAX: usize = 2_000;
/// Smallest order, in shares.
pub(crate) const MIN_SIZE: u32 = 5;

/// Why a listing is refused: status and message.
pub(crate) type Refusal = (u16, &'static str);

/// Parameters of a listing, as they came: repeated keys stay repeated.
#[derive(Debug, Default)]
pub(crate) struct Query(pub(crate) Vec<(String, String)>);

impl Query {
    pub(crate) fn get(&self, key: &str) -> Option<&str> {
        self.0.iter().rev().find(|(k, _)| k == key).map(|(_, v)| v.as_str())
    }

    /// All values of a key, under its name or its name with brackets, comma lists taken apart.
    fn all(&self, key: &str) -> Vec<&str> {
        let named = |k: &str| k == key || k.strip_suffix("[]") == Some(key);
        self.0.iter().filter(|(k, _)| named(k)).flat_map(|(_, v)| v.split(',')).filter(|v| !v.is_empty()).collect()
    }

    fn flag(&self, key: &str) -> Option<bool> {
        self.get(key).and_then(|v| v.parse().ok())
    }

    fn number(&self, key: &str) -> Result<Option<f64>, Refusal> {
        self.get(key).map(|v| v.parse().map_err(|_| (422, "invalid number"))).transpose()
    }

    fn count(&self, key: &str) -> Result<Option<usize>, Refusal> {
        self.get(key).map(|v| v.parse().map_err(|_| (422, "invalid number"))).transpose()
    }

    fn limit(&self) -> Result<usize, Refusal> {
        // Clamped in silence, as the venue does.
        Ok(self.count("limit")?.unwrap_or(LIMIT_DEFAULT).min(LIMIT_MAX))
    }
}

/// Dollars with the six decimals of the real answers, as a number.
fn dollars(amount: f64) -> f64 {
    (amount * 1e6).round() / 1e6
}

fn price_number(e4: u16) -> f64 {
    f64::from(e4) / f64::from(Price::SCALE)
}

fn price_text(e4: u16) -> String {
    price_number(e4).to_string()
}

/// A JSON list inside a string.
fn nested(items: &[&str]) -> String {
    Value::from(items.to_vec()).to_string()
}

impl World {
    /// Dollars traded so far; moves on the hour.
    #[allow(clippy::cast_precision_loss)]
    fn volume(&self, m: usize) -> f64 {
        let market = &self.markets[m];
        let hours = (self.now.min(market.fate.resolved_at) - self.families[market.family].listed).max(0) / HOUR_MS;
        dollars(market.volume_per_day * hours as f64 / 24.0)
    }

    fn is_visible(&self, m: usize) -> bool {
        self.stage(m) != Stage::Unlisted
    }

    fn event_closed(&self, e: usize) -> bool {
        self.events[e].markets.iter().all(|m| self.stage(*m) == Stage::Resolved)
    }

    /// One market as Gamma states it.
    pub(crate) fn market_json(&self, ix: MarketIx, with_event: bool) -> Value {
        let m = ix.at();
        let market = &self.markets[m];
        let event = &self.events[market.event];
        let family = &self.families[market.family];
        let stage = self.stage(m);
        let q = self.quoted_at(m);
        let touch = self.touch(m, q);
        let resolved = stage == Stage::Resolved;
        let yes = match market.fate.resolution {
            Resolution::Yes if resolved => Price::SCALE,
            Resolution::No if resolved => 0,
            Resolution::Void if resolved => Price::SCALE / 2,
            _ => self.shown_e4(m, q, &touch),
        };
        let (yes_text, no_text) = (price_text(yes), price_text(Price::SCALE - yes));
        let volume = self.volume(m);
        let per_day = if resolved { 0.0 } else { dollars(market.volume_per_day) };
        let liquidity = if resolved { 0.0 } else { dollars(market.volume_per_day * 0.4 + 350.0) };
        let statuses: Vec<&str> = match (stage, market.fate.disputed_at.is_some()) {
            (Stage::Proposed, _) => vec!["proposed"],
            (Stage::Disputed, _) => vec!["proposed", "disputed"],
            (Stage::Resolved, true) => vec!["proposed", "disputed", "proposed", "resolved"],
            (Stage::Resolved, false) => vec!["proposed", "resolved"],
            _ => Vec::new(),
        };
        let mut row = Map::new();
        let mut put = |key: &str, value: Value| {
            row.insert(key.to_owned(), value);
        };
        put("id", json!(market.id));
        put("question", json!(market.text.question));
        put("conditionId", json!(market.condition_id));
        put("questionID", json!(market.question_id));
        put("slug", json!(market.slug));
        put("resolutionSource", json!(market.text.source));
        put("description", json!(market.text.description));
        put("groupItemTitle", json!(market.text.group_title));
        put("groupItemThreshold", json!(market.position_in_event.to_string()));
        put("outcomes", json!(nested(&["Yes", "No"])));
        put("outcomePrices", json!(nested(&[&yes_text, &no_text])));
        put("clobTokenIds", json!(nested(&[&market.tokens[0], &market.tokens[1]])));
        put("umaResolutionStatuses", json!(nested(&statuses)));
        if let Some(last) = statuses.last() {
            put("umaResolutionStatus", json!(last));
        }
        put("startDate", json!(iso(family.listed)));
        put("startDateIso", json!(iso(family.listed)[..10]));
        put("createdAt", json!(iso(family.listed - HOUR_MS)));
        put("endDate", json!(iso(market.text.end)));
        put("endDateIso", json!(iso(market.text.end)[..10]));
        put("updatedAt", json!(iso(q)));
        put("active", json!(true));
        put("closed", json!(resolved));
        put("archived", json!(false));
        put("restricted", json!(true));
        put("approved", json!(true));
        put("enableOrderBook", json!(true));
        put("acceptingOrders", json!(!resolved));
        if resolved {
            put("closedTime", json!(iso(market.fate.resolved_at)));
        } else {
            // A missing side leaves its key out.
            for (key, price) in [("bestBid", touch.bid), ("bestAsk", touch.ask)] {
                if let Some(price) = price {
                    put(key, json!(price_number(price)));
                }
            }
            let spread = touch.ask.unwrap_or(Price::SCALE) - touch.bid.unwrap_or(0);
            put("spread", json!(price_number(spread)));
        }
        if let (Some(last), _) = self.last_trade(m, q, &touch) {
            put("lastTradePrice", json!(price_number(last)));
        }
        put("orderPriceMinTickSize", json!(price_number(touch.tick)));
        put("orderMinSize", json!(MIN_SIZE));
        put("volume", json!(volume.to_string()));
        put("volumeNum", json!(volume));
        put("volume24hr", json!(per_day));
        put("volume1wk", json!(dollars(per_day * 7.0).min(volume)));
        put("volume1mo", json!(dollars(per_day * 30.0).min(volume)));
        put("liquidity", json!(liquidity.to_string()));
        put("liquidityNum", json!(liquidity));
        match event.category.fee_type() {
            Some(kind) => {
                let rate = f64::from(event.category.fee().rate_ppm) / 1e6;
                let rebate = f64::from(event.category.rebate_percent()) / 100.0;
                put("feesEnabled", json!(true));
                put("feeType", json!(kind));
                put("feeSchedule", json!({"exponent": 1, "rate": rate, "takerOnly": true, "rebateRate": rebate}));
            }
            None => put("feesEnabled", json!(false)),
        }
        put("makerBaseFee", json!(1000));
        put("takerBaseFee", json!(1000));
        put("negRisk", json!(event.neg_risk.is_some()));
        put("negRiskOther", json!(event.neg_risk.is_some() && market.text.other));
        if let Some(group) = &event.neg_risk {
            put("negRiskMarketID", json!(group));
        }
        put("umaBond", json!("500"));
        put("umaReward", json!("5"));
        put("version", json!("v1"));
        if with_event {
            put("events", json!([self.event_json(market.event, false)]));
        }
        Value::Object(row)
    }

    /// One event as Gamma states it.
    pub(crate) fn event_json(&self, e: usize, with_markets: bool) -> Value {
        let event = &self.events[e];
        let first = &self.markets[event.markets[0]];
        let listed = self.families[first.family].listed;
        let end = event.markets.iter().map(|m| self.markets[*m].text.end).max().unwrap_or(listed);
        let volume = dollars(event.markets.iter().map(|m| self.volume(*m)).sum());
        let mut row = json!({
            "id": event.id,
            "ticker": event.slug,
            "slug": event.slug,
            "title": event.title,
            "description": first.text.description,
            "resolutionSource": first.text.source,
            "startDate": iso(listed),
            "creationDate": iso(listed),
            "endDate": iso(end),
            "active": true,
            "closed": self.event_closed(e),
            "archived": false,
            "restricted": true,
            "volume": volume,
            "negRisk": event.neg_risk.is_some(),
            "enableNegRisk": event.neg_risk.is_some(),
            "negRiskAugmented": event.augmented,
            "showAllOutcomes": true,
            "cumulativeMarkets": false,
            "tags": [{"id": event.category.tag_id().to_string(), "label": event.category.label(), "slug": event.category.label().to_lowercase()}],
        });
        if let Some(group) = &event.neg_risk {
            row["negRiskMarketID"] = json!(group);
        }
        if let Some(series) = &event.series {
            row["seriesSlug"] = json!(series);
            row["series"] =
                json!([{"ticker": series, "slug": series, "title": series, "active": true, "closed": false}]);
        }
        if with_markets {
            let markets = event.markets.iter().filter(|m| self.is_visible(**m));
            row["markets"] = markets.map(|m| self.market_json(MarketIx(*m as u32), false)).collect();
        }
        row
    }

    /// `/markets/{id}` and `/markets/slug/{slug}`.
    pub(crate) fn market_by(&self, matches: impl Fn(&super::world::SimMarket) -> bool) -> Option<Value> {
        let m = self.markets.iter().position(matches)?;
        self.is_visible(m).then(|| self.market_json(MarketIx(m as u32), true))
    }

    /// `/events/{id}` and `/events/slug/{slug}`.
    pub(crate) fn event_by(&self, matches: impl Fn(&super::world::SimEvent) -> bool) -> Option<Value> {
        let e = self.events.iter().position(matches)?;
        self.is_visible(self.events[e].markets[0]).then(|| self.event_json(e, true))
    }

    /// `/markets` (a list) and `/markets/keyset` (an object with `next_cursor`).
    pub(crate) fn list_markets(&self, query: &Query, keyset: bool) -> Result<Value, Refusal> {
        let mut rows: Vec<(f64, usize)> = Vec::new();
        let key = order(query)?;
        let (ids, slugs) = (query.all("id"), query.all("slug"));
        let (tokens, conditions) = (query.all("clob_token_ids"), query.all("condition_ids"));
        let number = |name| query.number(name);
        let (volume_min, volume_max) = (number("volume_num_min")?, number("volume_num_max")?);
        let (end_min, end_max) = (instant(query, "end_date_min")?, instant(query, "end_date_max")?);
        let closed = query.flag("closed").unwrap_or(false);
        let status = query.get("uma_resolution_status");
        for m in 0..self.markets.len() {
            let market = &self.markets[m];
            let stage = self.stage(m);
            let one_of = |list: &[&str], value: &str| list.is_empty() || list.contains(&value);
            let keep = stage != Stage::Unlisted
                && closed == (stage == Stage::Resolved)
                && one_of(&ids, &market.id)
                && one_of(&slugs, &market.slug)
                && one_of(&conditions, &market.condition_id)
                && (tokens.is_empty() || market.tokens.iter().any(|t| tokens.contains(&t.as_str())))
                && query.flag("active") != Some(false)
                && query.flag("archived") != Some(true)
                && query.get("tag_id").is_none_or(|t| t == self.events[market.event].category.tag_id().to_string())
                && volume_min.is_none_or(|v| self.volume(m) >= v)
                && volume_max.is_none_or(|v| self.volume(m) <= v)
                && end_min.is_none_or(|t| market.text.end >= t)
                && end_max.is_none_or(|t| market.text.end <= t)
                && status.is_none_or(|s| {
                    matches!(
                        (s, stage),
                        ("proposed", Stage::Proposed) | ("disputed", Stage::Disputed) | ("resolved", Stage::Resolved)
                    )
                });
            if keep {
                rows.push((self.sort_value(m, key), m));
            }
        }
        let json = |m: usize| self.market_json(MarketIx(m as u32), true);
        page(query, rows, keyset, "markets", json)
    }

    /// `/events` and `/events/keyset`.
    pub(crate) fn list_events(&self, query: &Query, keyset: bool) -> Result<Value, Refusal> {
        let key = order(query)?;
        let closed = query.flag("closed").unwrap_or(false);
        let with_markets = query.flag("include_markets").unwrap_or(true);
        let (ids, slugs) = (query.all("id"), query.all("slug"));
        let one_of = |list: &[&str], value: &str| list.is_empty() || list.contains(&value);
        let mut rows = Vec::new();
        for (e, event) in self.events.iter().enumerate() {
            let visible = self.is_visible(event.markets[0]);
            let tag = query.get("tag_id").is_none_or(|t| t == event.category.tag_id().to_string());
            if visible
                && tag
                && closed == self.event_closed(e)
                && one_of(&ids, &event.id)
                && one_of(&slugs, &event.slug)
            {
                let value = match key {
                    Order::Id => e as f64,
                    _ => event.markets.iter().map(|m| self.sort_value(*m, key)).sum(),
                };
                rows.push((value, e));
            }
        }
        page(query, rows, keyset, "events", |e| self.event_json(e, with_markets))
    }

    #[allow(clippy::cast_precision_loss)]
    fn sort_value(&self, m: usize, key: Order) -> f64 {
        let market = &self.markets[m];
        match key {
            Order::Id => m as f64,
            Order::Volume | Order::Liquidity => self.volume(m),
            Order::Volume24h => market.volume_per_day,
            Order::End => (market.text.end / 1_000) as f64,
            Order::Start => (self.families[market.family].listed / 1_000) as f64,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    Id,
    Volume,
    Volume24h,
    Liquidity,
    End,
    Start,
}

fn order(query: &Query) -> Result<Order, Refusal> {
    Ok(match query.get("order") {
        None | Some("id" | "createdAt") => Order::Id,
        Some("volume" | "volumeNum" | "volume_num") => Order::Volume,
        Some("volume24hr" | "volume_24hr") => Order::Volume24h,
        Some("liquidity" | "liquidityNum" | "liquidity_num") => Order::Liquidity,
        Some("endDate" | "end_date") => Order::End,
        Some("startDate" | "start_date") => Order::Start,
        Some(_) => return Err((422, "order fields are not valid")),
    })
}

fn instant(query: &Query, key: &str) -> Result<Option<i64>, Refusal> {
    let parse = |v: &str| crate::time::Timestamp::parse(v).map(crate::time::Timestamp::millis);
    query.get(key).map(|v| parse(v).ok_or((422, "invalid date"))).transpose()
}

/// Cuts one page out of the sorted rows. A cursor names the last row of the page before: the row itself, not its place, so
/// that rows that come or go in between shift nothing.
fn page(
    query: &Query,
    mut rows: Vec<(f64, usize)>,
    keyset: bool,
    name: &str,
    json: impl Fn(usize) -> Value,
) -> Result<Value, Refusal> {
    let limit = query.limit()?;
    // Newest rows last by default when ordered by id, largest first for everything else unless asked otherwise.
    let ascending = query.flag("ascending").unwrap_or(query.get("order").is_none());
    rows.sort_by(|a, b| {
        let ordered = a.0.total_cmp(&b.0).then(a.1.cmp(&b.1));
        if ascending { ordered } else { ordered.reverse() }
    });
    let start = match (keyset, query.get("offset"), query.get("after_cursor")) {
        (true, Some(_), _) => return Err((422, "offset is not supported on keyset endpoints")),
        (true, None, Some(cursor)) => {
            let (value, row) = decode_cursor(cursor).ok_or((422, "invalid cursor"))?;
            rows.partition_point(|r| {
                let ordered = r.0.total_cmp(&value).then(r.1.cmp(&row));
                if ascending { ordered.is_le() } else { ordered.is_ge() }
            })
        }
        (true, None, None) => 0,
        (false, _, _) => {
            let offset = query.count("offset")?.unwrap_or(0);
            if offset > OFFSET_MAX {
                return Err((422, "offset too large, use the keyset endpoint"));
            }
            offset.min(rows.len())
        }
    };
    let end = (start + limit).min(rows.len());
    let list: Vec<Value> = rows[start..end].iter().map(|r| json(r.1)).collect();
    if !keyset {
        return Ok(Value::Array(list));
    }
    let mut answer = json!({ name: list });
    if end < rows.len() && end > start {
        let (value, row) = rows[end - 1];
        answer["next_cursor"] = json!(format!("{:016x}{row:08x}", value.to_bits()));
    }
    Ok(answer)
}

fn decode_cursor(cursor: &str) -> Option<(f64, usize)> {
    let (value, row) = (cursor.get(..16)?, cursor.get(16..)?);
    Some((f64::from_bits(u64::from_str_radix(value, 16).ok()?), usize::from_str_radix(row, 16).ok()?))
}

/// The tick as the CLOB writes it.
pub(crate) const fn tick_text(e4: u16) -> &'static str {
    if e4 == TICK_COARSE_E4 { "0.01" } else { "0.001" }
}

/// How far back `/prices-history` reaches in one answer.
pub(crate) const HISTORY_WINDOW_MAX_MS: i64 = 15 * DAY_MS;
