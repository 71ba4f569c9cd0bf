//! The writes of a result, applied inside the transaction that ends its task: all of them or none.

use crate::entity::{hedge, hedge_key, ledger_entry, posting, scan, setting, strategy};
use crate::error::db;
use crate::json;
use betty_bus::effect::{LedgerRow, ScanRow};
use betty_bus::{AccountName, Effect, HedgeId, JournalError};
use betty_hedging::Hedge;
use betty_market::Timestamp;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DatabaseTransaction, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, Set,
};
use std::collections::{BTreeSet, HashMap};

/// Rows written by one statement; databases bound the parameters of one.
const ROWS_PER_STATEMENT: usize = 200;

/// Applies effects in order. `at` is the machine's time of the end.
///
/// An error means that the transaction must not be committed.
pub(crate) async fn apply(txn: &DatabaseTransaction, effects: Vec<Effect>, at: Timestamp) -> Result<(), JournalError> {
    for effect in effects {
        match effect {
            Effect::Scan(row) => store_scan(txn, row).await?,
            Effect::Hedges { source, hedges } => store_hedges(txn, &source, &hedges).await?,
            Effect::Prices { source, points } => crate::prices::append(txn, &source, &points).await?,
            Effect::Verdicts { rows } => crate::knowledge::keep_verdicts(txn, &rows).await?,
            Effect::CaseEnds { source, ends } => crate::knowledge::end_cases(txn, &source, &ends).await?,
            Effect::Cases { rows } => crate::knowledge::write_cases(txn, &rows).await?,
            Effect::HedgesGone { gone } => mark_gone(txn, gone).await?,
            Effect::Ledger { account, expected_seq, rows } => append(txn, &account, expected_seq, &rows).await?,
            Effect::Decisions { account, rows, keep } => {
                crate::decisions::append(txn, &account, rows, keep).await?;
            }
            Effect::FollowUp(new) => drop(crate::journal::accept_in(txn, *new).await?),
            Effect::SaveStrategy { name, version, toml } => save_strategy(txn, name, version, toml, at).await?,
            Effect::DeleteStrategy { name } => delete_strategy(txn, &name).await?,
            Effect::Setting { key, value } => set(txn, key, value).await?,
            Effect::Backtest(report) => crate::backtest::save(txn, &report, at).await?,
            Effect::BacktestTrials(trials) => crate::backtest::count_trials(txn, trials, at).await?,
        }
    }
    Ok(())
}

async fn store_scan(txn: &DatabaseTransaction, row: ScanRow) -> Result<(), JournalError> {
    scan::ActiveModel {
        source: Set(row.source.as_str().to_owned()),
        at: Set(row.at.millis()),
        markets: Set(json::int(row.markets, "a scan's number of markets")?),
        candidates: Set(json::int(row.candidates, "a scan's number of candidates")?),
        refused: Set(json::text(&row.refused, "a scan's refusals")?),
        hedges: Set(json::int(row.hedges, "a scan's number of hedges")?),
        ..Default::default()
    }
    .insert(txn)
    .await
    .map_err(db)?;
    Ok(())
}

/// Stores or refreshes hedges. The number must be the one reserved for the source and key; the time first found is kept.
async fn store_hedges(
    txn: &DatabaseTransaction,
    source: &AccountName,
    hedges: &[(HedgeId, Hedge)],
) -> Result<(), JournalError> {
    let mut seen = BTreeSet::new();
    if let Some((id, _)) = hedges.iter().find(|(id, _)| !seen.insert(*id)) {
        return Err(JournalError::Invariant(format!("hedge #{id} occurs twice in one result")));
    }
    for chunk in hedges.chunks(ROWS_PER_STATEMENT) {
        let reserved: HashMap<i64, hedge_key::Model> = hedge_key::Entity::find()
            .filter(hedge_key::Column::Id.is_in(chunk.iter().map(|(id, _)| id.get())))
            .all(txn)
            .await
            .map_err(db)?
            .into_iter()
            .map(|k| (k.id, k))
            .collect();
        let mut rows = Vec::with_capacity(chunk.len());
        for (id, body) in chunk {
            if !reserved.get(&id.get()).is_some_and(|k| k.source == source.as_str() && k.key == body.key) {
                return Err(JournalError::Invariant(format!(
                    "number {id} was not reserved for hedge {:?} of {source}",
                    body.key
                )));
            }
            rows.push(hedge::ActiveModel {
                id: Set(id.get()),
                source: Set(source.as_str().to_owned()),
                body: Set(json::text(body, "a hedge")?),
                net_edge_ppm: Set(body.quote.net_edge_ppm),
                found_at: Set(body.quote.at.millis()),
                priced_at: Set(body.quote.at.millis()),
                gone: Set(None),
            });
        }
        hedge::Entity::insert_many(rows)
            .on_conflict(
                OnConflict::column(hedge::Column::Id)
                    .update_columns([
                        hedge::Column::Body,
                        hedge::Column::NetEdgePpm,
                        hedge::Column::PricedAt,
                        hedge::Column::Gone,
                    ])
                    .to_owned(),
            )
            .exec_without_returning(txn)
            .await
            .map_err(db)?;
    }
    Ok(())
}

/// Marks hedges as gone. One that is gone already keeps its first reason; a number without a hedge has nothing to mark.
async fn mark_gone(txn: &DatabaseTransaction, gone: Vec<(HedgeId, String)>) -> Result<(), JournalError> {
    for (id, why) in gone {
        hedge::Entity::update_many()
            .col_expr(hedge::Column::Gone, Expr::value(why))
            .filter(hedge::Column::Id.eq(id.get()))
            .filter(hedge::Column::Gone.is_null())
            .exec(txn)
            .await
            .map_err(db)?;
    }
    Ok(())
}

async fn append(
    txn: &DatabaseTransaction,
    account: &AccountName,
    expected_seq: u64,
    rows: &[LedgerRow],
) -> Result<(), JournalError> {
    let last = ledger_entry::Entity::find()
        .filter(ledger_entry::Column::Account.eq(account.as_str()))
        .order_by_desc(ledger_entry::Column::Seq)
        .one(txn)
        .await
        .map_err(db)?
        .map_or(0, |e| e.seq);
    if json::int(expected_seq, "the expected length of a ledger")? != last {
        return Err(JournalError::Conflict);
    }
    for (row, seq) in rows.iter().zip(last.saturating_add(1)..) {
        // The sum of 64-bit amounts cannot leave 128 bits before memory does.
        let sum: i128 = row.postings.iter().map(|p| i128::from(p.amount.micros())).sum();
        if sum != 0 {
            return Err(JournalError::Invariant(format!(
                "the postings of {:?} in {account} sum to {sum} millionths of a dollar, not to zero",
                row.kind
            )));
        }
        let entry = ledger_entry::ActiveModel {
            account: Set(account.as_str().to_owned()),
            seq: Set(seq),
            at: Set(row.at.millis()),
            kind: Set(row.kind.clone()),
            position: Set(row.position.map(|p| json::int(p, "a position's number")).transpose()?),
            event: Set(json::text(&row.event, "a ledger event")?),
            ..Default::default()
        }
        .insert(txn)
        .await
        .map_err(db)?;
        let lines = row.postings.iter().zip(0_i64..).map(|(p, line)| posting::ActiveModel {
            entry_id: Set(entry.id),
            line: Set(line),
            ledger: Set(p.ledger.clone()),
            amount: Set(p.amount.micros()),
        });
        let lines: Vec<_> = lines.collect();
        for chunk in lines.chunks(ROWS_PER_STATEMENT) {
            posting::Entity::insert_many(chunk.iter().cloned()).exec_without_returning(txn).await.map_err(db)?;
        }
    }
    Ok(())
}

/// Saves the next version. After a deletion a name begins anew at version 1; the old versions stay in an older generation.
async fn save_strategy(
    txn: &DatabaseTransaction,
    name: String,
    version: u32,
    toml: String,
    at: Timestamp,
) -> Result<(), JournalError> {
    let last = strategy::Entity::find()
        .filter(strategy::Column::Name.eq(name.as_str()))
        .order_by_desc(strategy::Column::Generation)
        .order_by_desc(strategy::Column::Version)
        .one(txn)
        .await
        .map_err(db)?;
    let (generation, next) = match last {
        None => (1, 1),
        Some(l) if l.is_current => (l.generation, l.version.saturating_add(1)),
        Some(l) => (l.generation.saturating_add(1), 1),
    };
    if i64::from(version) != next {
        return Err(JournalError::Conflict);
    }
    retire(txn, &name).await?;
    strategy::ActiveModel {
        name: Set(name),
        generation: Set(generation),
        version: Set(next),
        toml: Set(toml),
        saved_at: Set(at.millis()),
        is_current: Set(true),
        ..Default::default()
    }
    .insert(txn)
    .await
    .map_err(db)?;
    Ok(())
}

async fn delete_strategy(txn: &DatabaseTransaction, name: &str) -> Result<(), JournalError> {
    let saved = strategy::Entity::find()
        .filter(strategy::Column::Name.eq(name))
        .filter(strategy::Column::IsCurrent.eq(true))
        .count(txn)
        .await
        .map_err(db)?;
    if saved == 0 {
        return Err(JournalError::Conflict);
    }
    retire(txn, name).await
}

/// Leaves no version of a strategy current.
async fn retire(txn: &DatabaseTransaction, name: &str) -> Result<(), JournalError> {
    strategy::Entity::update_many()
        .col_expr(strategy::Column::IsCurrent, Expr::value(false))
        .filter(strategy::Column::Name.eq(name))
        .filter(strategy::Column::IsCurrent.eq(true))
        .exec(txn)
        .await
        .map_err(db)?;
    Ok(())
}

pub(crate) async fn set(txn: &DatabaseTransaction, key: String, value: String) -> Result<(), JournalError> {
    setting::Entity::insert(setting::ActiveModel { key: Set(key), value: Set(value) })
        .on_conflict(OnConflict::column(setting::Column::Key).update_column(setting::Column::Value).to_owned())
        .exec_without_returning(txn)
        .await
        .map_err(db)?;
    Ok(())
}
