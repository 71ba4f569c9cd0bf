//! What hedges have cost: points kept with the result they belong to. They grow with hedges and not with how often one looks:
//! one point a hedge and slot, after a week one a day, after a year and a quarter none.

use crate::entity::price_history::{ActiveModel, Column, Entity, Model};
use crate::error::{db, port};
use crate::store::Store;
use betty_bus::{AccountName, HedgeId, HedgePoint, JournalError, PortError, PriceState};
use betty_market::{Shares, Timestamp};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ColumnTrait, DatabaseTransaction, DeleteMany, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select, Set,
    UpdateMany,
};
use std::collections::BTreeMap;

/// Milliseconds of one slot: five minutes.
const SLOT_MS: i64 = 300_000;
/// Slots of a day.
const SLOTS_PER_DAY: i64 = 288;
/// Days kept in detail: at most 2,016 points a hedge.
const DETAIL_DAYS: i64 = 7;
/// Days kept at all.
const KEPT_DAYS: i64 = 450;
/// Rows written by one statement; databases bound the parameters of one.
const ROWS_PER_STATEMENT: usize = 100;

/// Keeps points, the last one of a hedge and slot, and lets go of what is too old or too fine for its age. Age is counted from the newest
/// point at hand, in the market's time.
pub(crate) async fn append(
    txn: &DatabaseTransaction,
    source: &AccountName,
    points: &[HedgePoint],
) -> Result<(), JournalError> {
    let mut last: BTreeMap<(i64, i64), &HedgePoint> = BTreeMap::new();
    for point in points {
        let at = last.entry((point.hedge.get(), slot(point.at))).or_insert(point);
        if point.at >= at.at {
            *at = point;
        }
    }
    let Some(newest) = last.keys().map(|(_, slot)| *slot).max() else { return Ok(()) };
    let rows: Vec<ActiveModel> = last
        .into_iter()
        .map(|((hedge, slot), p)| ActiveModel {
            hedge: Set(hedge),
            slot: Set(slot),
            source: Set(source.as_str().to_owned()),
            at: Set(p.at.millis()),
            cost_ppm: Set(p.cost_ppm),
            net_edge_ppm: Set(p.net_edge_ppm),
            shares: Set(p.shares.map(Shares::micros)),
            state: Set(p.state.name().to_owned()),
            daily: Set(0),
        })
        .collect();
    for chunk in rows.chunks(ROWS_PER_STATEMENT) {
        let replace = OnConflict::columns([Column::Hedge, Column::Slot])
            .update_columns([Column::At, Column::CostPpm, Column::NetEdgePpm, Column::Shares, Column::State])
            .to_owned();
        let insert = Entity::insert_many(chunk.iter().cloned()).on_conflict(replace);
        insert.exec_without_returning(txn).await.map_err(db)?;
    }
    // Whole days only, so that what is thinned is thinned once.
    let today = newest.div_euclid(SLOTS_PER_DAY) * SLOTS_PER_DAY;
    let detail = today - DETAIL_DAYS * SLOTS_PER_DAY;
    thinned(source, detail).exec(txn).await.map_err(db)?;
    settled(source, detail).exec(txn).await.map_err(db)?;
    too_old(source, today - KEPT_DAYS * SLOTS_PER_DAY).exec(txn).await.map_err(db)?;
    Ok(())
}

const fn slot(at: Timestamp) -> i64 {
    at.millis().div_euclid(SLOT_MS)
}

/// Removes, of the days before `detail`, every point that has a later one on its day.
fn thinned(source: &AccountName, detail: i64) -> DeleteMany<Entity> {
    let later = format!(
        "EXISTS (SELECT 1 FROM price_history AS later WHERE later.hedge = price_history.hedge AND later.slot > price_history.slot \
         AND later.slot < (price_history.slot / {SLOTS_PER_DAY} + 1) * {SLOTS_PER_DAY})"
    );
    Entity::delete_many()
        .filter(Column::Source.eq(source.as_str()))
        .filter(Column::Daily.eq(0))
        .filter(Column::Slot.lt(detail))
        .filter(Expr::cust(later))
}

/// Marks what is left of those days.
fn settled(source: &AccountName, detail: i64) -> UpdateMany<Entity> {
    Entity::update_many()
        .col_expr(Column::Daily, Expr::value(1))
        .filter(Column::Source.eq(source.as_str()))
        .filter(Column::Daily.eq(0))
        .filter(Column::Slot.lt(detail))
}

/// Removes the days before `kept`.
fn too_old(source: &AccountName, kept: i64) -> DeleteMany<Entity> {
    Entity::delete_many()
        .filter(Column::Source.eq(source.as_str()))
        .filter(Column::Daily.eq(1))
        .filter(Column::Slot.lt(kept))
}

/// The points of a hedge, newest first.
fn of(id: HedgeId, limit: u32) -> Select<Entity> {
    Entity::find().filter(Column::Hedge.eq(id.get())).order_by_desc(Column::Slot).limit(u64::from(limit))
}

/// The newest points of a hedge, oldest of them first.
pub(crate) async fn newest(store: &Store, id: HedgeId, limit: u32) -> Result<Vec<HedgePoint>, PortError> {
    let rows = of(id, limit).all(&store.reader).await.map_err(port)?;
    rows.into_iter().rev().map(point).collect::<Result<_, String>>().map_err(PortError)
}

fn point(row: Model) -> Result<HedgePoint, String> {
    let name = || format!("the price of hedge #{} at slot {}", row.hedge, row.slot);
    let unknown = || format!("{} cannot be read: {:?} is no state", name(), row.state);
    Ok(HedgePoint {
        hedge: HedgeId::new(row.hedge).ok_or_else(|| format!("{} has no number", name()))?,
        at: Timestamp::from_millis(row.at),
        cost_ppm: row.cost_ppm,
        net_edge_ppm: row.net_edge_ppm,
        shares: row.shares.map(Shares::from_micros),
        state: PriceState::ALL.into_iter().find(|s| s.name() == row.state).ok_or_else(unknown)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{fresh, plan};

    #[tokio::test]
    async fn reading_and_thinning_search_an_index_and_sort_nothing() {
        let (store, _dir) = fresh().await;
        let live = AccountName::new("live").unwrap();
        plan(&store, &of(HedgeId::new(3).unwrap(), 48)).await.uses("sqlite_autoindex_price_history_1");
        let by_age = "price_history_source_daily_slot";
        plan(&store, &thinned(&live, 1_000)).await.uses(by_age);
        plan(&store, &thinned(&live, 1_000)).await.uses("sqlite_autoindex_price_history_1");
        plan(&store, &settled(&live, 1_000)).await.uses(by_age);
        plan(&store, &too_old(&live, 1_000)).await.uses(by_age);
    }
}
