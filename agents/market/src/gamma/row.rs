//! One market object of Gamma.

use crate::fee::{FEE_EXPONENT_MAX, FeeSchedule};
use crate::ids::{ConditionId, EventId, IdError, MarketId, NegRiskId, TokenId};
use crate::json::{self, Object};
use crate::market::{EventRef, Market, MarketStatus, NegRisk, Resolution};
use crate::money::{Price, Shares};
use serde_json::Value;

/// Price step assumed where a row states none or an impossible one, in ten-thousandths: one cent, the commonest and the
/// coarser of the two usual ones.
pub const TICK_FALLBACK_E4: u16 = 100;
/// Smallest order assumed where a row states none: 5 shares, true of 210,807 of 210,836 markets counted in September 2026.
pub const MIN_SIZE_FALLBACK: Shares = Shares::whole(5);

/// Why one row is not a market Betty can use.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RowError {
    /// The row is not a JSON object.
    #[error("the row is not an object")]
    NotAnObject,
    /// A field without which a market is nothing is absent, null or empty.
    #[error("{field} is missing")]
    Missing {
        /// The venue's name of the field.
        field: &'static str,
    },
    /// An identity field holds something else.
    #[error("{field} cannot be used: {reason}")]
    Invalid {
        /// The venue's name of the field.
        field: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// Not two outcomes, or not two tokens.
    #[error("{field} has {count} entries; only markets of two are understood")]
    NotBinary {
        /// `outcomes` or `clobTokenIds`.
        field: &'static str,
        /// How many there are.
        count: usize,
    },
    /// Both outcomes carry one token.
    #[error("both outcomes carry the same token")]
    SameToken,
    /// The outcomes are `No, Yes`: to which token the prices belong is not documented.
    #[error("the outcomes are listed as No, Yes: it is unknown to which token the prices belong")]
    ReversedOutcomes,
}

/// Parses one market object.
///
/// The first outcome is YES and the question speaks of it, also where outcomes are names ("Lakers", "Celtics").
///
/// # Errors
/// [`RowError`] when `id`, `conditionId`, `question`, `outcomes` or `clobTokenIds` is missing or unusable, or the market is not
/// binary. Nothing else is an error.
pub fn parse_market(value: &Value) -> Result<Market, RowError> {
    let row = value.as_object().ok_or(RowError::NotAnObject)?;
    let id = id(row, "id", MarketId::new)?;
    let condition = self::id(row, "conditionId", ConditionId::new)?;
    let question = json::text(row, "question").ok_or(RowError::Missing { field: "question" })?;
    check_outcomes(row)?;
    let (yes, no) = tokens(row)?;
    let event = event_object(row);
    let resolution = resolution(row);
    Ok(Market {
        id,
        condition,
        yes,
        no,
        question,
        description: json::text(row, "description"),
        resolution_source: json::text(row, "resolutionSource"),
        group_title: json::text(row, "groupItemTitle"),
        event: event.and_then(event_ref),
        neg_risk: neg_risk(row, event),
        start: json::instant(row, "startDate").or_else(|| json::instant(row, "startDateIso")),
        end: json::instant(row, "endDate").or_else(|| json::instant(row, "endDateIso")),
        status: status(row, resolution),
        resolution,
        fee: fee(row),
        tick: row
            .get("orderPriceMinTickSize")
            .and_then(json::open_price)
            .unwrap_or_else(|| Price::from_e4(TICK_FALLBACK_E4).expect("the fallback tick is a price")),
        min_size: row
            .get("orderMinSize")
            .and_then(json::shares)
            .filter(|s| s.is_positive())
            .unwrap_or(MIN_SIZE_FALLBACK),
        best_bid: row.get("bestBid").and_then(json::open_price),
        best_ask: row.get("bestAsk").and_then(json::open_price),
        volume_usd: json::whole_dollars(row, "volumeNum").or_else(|| json::whole_dollars(row, "volume")),
        liquidity_usd: json::whole_dollars(row, "liquidityNum").or_else(|| json::whole_dollars(row, "liquidity")),
        updated: json::instant(row, "updatedAt"),
    })
}

/// The event a market object or an event object names; `None` without an id.
pub(super) fn event_ref(event: &Object) -> Option<EventRef> {
    let series = json::text(event, "seriesSlug").or_else(|| {
        let first = event.get("series")?.as_array()?.first()?;
        json::text(first.as_object()?, "slug")
    });
    let listed = event.get("markets").and_then(Value::as_array).filter(|m| !m.is_empty());
    Some(EventRef {
        id: EventId::new(json::text(event, "id")?).ok()?,
        title: json::text(event, "title").unwrap_or_default(),
        slug: json::text(event, "slug").unwrap_or_default(),
        series,
        market_count: listed.and_then(|m| u32::try_from(m.len()).ok()),
    })
}

fn id<T>(row: &Object, field: &'static str, make: impl Fn(String) -> Result<T, IdError>) -> Result<T, RowError> {
    let text = json::text(row, field).ok_or(RowError::Missing { field })?;
    make(text).map_err(|e| RowError::Invalid { field, reason: e.to_string() })
}

fn check_outcomes(row: &Object) -> Result<(), RowError> {
    let outcomes = json::list(row, "outcomes").ok_or(RowError::Missing { field: "outcomes" })?;
    if outcomes.len() != 2 {
        return Err(RowError::NotBinary { field: "outcomes", count: outcomes.len() });
    }
    let is = |i: usize, name: &str| outcomes[i].as_str().is_some_and(|o| o.trim().eq_ignore_ascii_case(name));
    if is(0, "no") && is(1, "yes") { Err(RowError::ReversedOutcomes) } else { Ok(()) }
}

fn tokens(row: &Object) -> Result<(TokenId, TokenId), RowError> {
    const FIELD: &str = "clobTokenIds";
    let tokens = json::list(row, FIELD).ok_or(RowError::Missing { field: FIELD })?;
    let [yes, no] = &tokens[..] else {
        return Err(RowError::NotBinary { field: FIELD, count: tokens.len() });
    };
    let token = |v: &Value| {
        // A token id is 78 digits: as a JSON number it would already have lost most of them.
        let text = v.as_str().map(str::trim).filter(|t| !t.is_empty()).ok_or(RowError::Missing { field: FIELD })?;
        TokenId::new(text).map_err(|e| RowError::Invalid { field: FIELD, reason: e.to_string() })
    };
    let (yes, no) = (token(yes)?, token(no)?);
    if yes == no { Err(RowError::SameToken) } else { Ok((yes, no)) }
}

fn event_object(row: &Object) -> Option<&Object> {
    row.get("events")?.as_array()?.first()?.as_object()
}

fn neg_risk(row: &Object, event: Option<&Object>) -> Option<NegRisk> {
    let of_event = |key| event.and_then(|e| json::boolean(e, key));
    let member = json::boolean(row, "negRisk").or_else(|| of_event("negRisk")).unwrap_or(false);
    let group =
        json::text(row, "negRiskMarketID").or_else(|| json::text(event?, "negRiskMarketID")).filter(|_| member)?;
    Some(NegRisk {
        group: NegRiskId::new(group).ok()?,
        augmented: of_event("negRiskAugmented").or_else(|| json::boolean(row, "negRiskAugmented")).unwrap_or(false),
        other: json::boolean(row, "negRiskOther").unwrap_or(false),
    })
}

/// What a taker pays, from the market's own words only. `takerBaseFee` is legacy and never read.
fn fee(row: &Object) -> Option<FeeSchedule> {
    if json::boolean(row, "feesEnabled") == Some(false) {
        return Some(FeeSchedule::FREE);
    }
    let schedule = row.get("feeSchedule")?.as_object()?;
    fee_schedule(schedule)
}

/// A fee schedule object; `None` when its numbers are absent or outside what the formula is known for.
pub(crate) fn fee_schedule(schedule: &Object) -> Option<FeeSchedule> {
    let rate = json::number(schedule, "rate").filter(|r| (0.0..=1.0).contains(r))?;
    let exponent = json::number(schedule, "exponent").unwrap_or(1.0);
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let schedule = FeeSchedule { rate_ppm: (rate * 1e6).round() as u32, exponent: exponent as u8 };
    let whole = exponent.fract() == 0.0 && (0.0..=f64::from(FEE_EXPONENT_MAX)).contains(&exponent);
    whole.then_some(schedule)
}

/// The oracle's last word on the market, lower case.
fn oracle_status(row: &Object) -> Option<String> {
    json::text(row, "umaResolutionStatus")
        .or_else(|| json::scalar_text(json::list(row, "umaResolutionStatuses")?.last()?))
        .map(|s| s.to_ascii_lowercase())
}

/// Final only when closed, with payout prices, and the oracle says nothing to the contrary.
fn resolution(row: &Object) -> Option<Resolution> {
    if json::boolean(row, "closed") != Some(true) {
        return None;
    }
    if oracle_status(row).is_some_and(|s| s != "resolved") {
        return None;
    }
    let prices = json::list(row, "outcomePrices")?;
    let [yes, no] = &prices[..] else { return None };
    match (json::scalar_number(yes)?, json::scalar_number(no)?) {
        (1.0, 0.0) => Some(Resolution::Yes),
        (0.0, 1.0) => Some(Resolution::No),
        (0.5, 0.5) => Some(Resolution::Void),
        _ => None,
    }
}

fn status(row: &Object, resolution: Option<Resolution>) -> MarketStatus {
    if resolution.is_some() {
        return MarketStatus::Resolved;
    }
    let flag = |key| json::boolean(row, key);
    match oracle_status(row).as_deref() {
        Some("proposed") => return MarketStatus::Proposed,
        Some("disputed" | "challenged") => return MarketStatus::Disputed,
        Some("resolved") => return MarketStatus::Halted,
        _ => {}
    }
    // Only a stated `acceptingOrders` opens a market; the other flags can close it.
    let open = flag("acceptingOrders") == Some(true)
        && flag("active") != Some(false)
        && flag("enableOrderBook") != Some(false)
        && flag("closed") != Some(true)
        && flag("archived") != Some(true);
    if open { MarketStatus::Open } else { MarketStatus::Halted }
}
