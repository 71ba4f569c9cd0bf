//! Verdicts of a model under the key of everything they rest on, and relations written down and followed to their end.

use crate::entity::{relation_case, verdict};
use crate::error::{db, port};
use crate::json;
use crate::store::Store;
use betty_bus::{AccountName, CaseCount, CaseEnded, CaseRow, JournalError, PortError, VerdictRow};
use betty_hedging::calibration::{CaseEnd, Class};
use betty_hedging::judge::VerdictKey;
use betty_market::Timestamp;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select, Set};

/// Rows written by one statement; databases bound the parameters of one.
const ROWS_PER_STATEMENT: usize = 100;
/// Keys looked up by one statement.
const KEYS_PER_STATEMENT: usize = 500;

/// Keeps verdicts; a key that is known keeps its first.
pub(crate) async fn keep_verdicts(txn: &DatabaseTransaction, rows: &[VerdictRow]) -> Result<(), JournalError> {
    for chunk in rows.chunks(ROWS_PER_STATEMENT) {
        let mut models = Vec::with_capacity(chunk.len());
        for row in chunk {
            models.push(verdict::ActiveModel {
                key: Set(row.key.as_str().to_owned()),
                model: Set(row.model.clone()),
                at: Set(row.at.millis()),
                standing: Set(row.verdict.standing.name().to_owned()),
                body: Set(json::text(row, "a verdict")?),
            });
        }
        verdict::Entity::insert_many(models)
            .on_conflict(OnConflict::column(verdict::Column::Key).do_nothing().to_owned())
            .exec_without_returning(txn)
            .await
            .map_err(db)?;
    }
    Ok(())
}

/// Kept verdicts by key.
pub(crate) async fn verdicts(store: &Store, keys: &[VerdictKey]) -> Result<Vec<VerdictRow>, PortError> {
    let mut out = Vec::with_capacity(keys.len());
    for chunk in keys.chunks(KEYS_PER_STATEMENT) {
        let rows = verdict::Entity::find()
            .filter(verdict::Column::Key.is_in(chunk.iter().map(VerdictKey::as_str)))
            .all(&store.reader)
            .await
            .map_err(port)?;
        for row in rows {
            out.push(json::value(&row.body, || format!("verdict {}", row.key)).map_err(PortError)?);
        }
    }
    Ok(out)
}

/// Writes relations down; the first writing of a key is kept.
pub(crate) async fn write_cases(txn: &DatabaseTransaction, rows: &[CaseRow]) -> Result<(), JournalError> {
    for chunk in rows.chunks(ROWS_PER_STATEMENT) {
        let mut models = Vec::with_capacity(chunk.len());
        for row in chunk {
            models.push(relation_case::ActiveModel {
                source: Set(row.source.as_str().to_owned()),
                key: Set(row.key.clone()),
                class: Set(json::text(&row.class, "a relation's class")?),
                cluster: Set(row.cluster.clone()),
                at: Set(row.at.millis()),
                due: Set(row.due.map_or(i64::MAX, Timestamp::millis)),
                outcome: Set(CaseEnd::Open.name().to_owned()),
                body: Set(json::text(row, "a relation")?),
                ..Default::default()
            });
        }
        let known = [relation_case::Column::Source, relation_case::Column::Key];
        relation_case::Entity::insert_many(models)
            .on_conflict(OnConflict::columns(known).do_nothing().to_owned())
            .exec_without_returning(txn)
            .await
            .map_err(db)?;
    }
    Ok(())
}

/// Writes how relations ended, or when to look again. One that has ended stays as it ended.
pub(crate) async fn end_cases(
    txn: &DatabaseTransaction,
    source: &AccountName,
    ends: &[CaseEnded],
) -> Result<(), JournalError> {
    for end in ends {
        relation_case::Entity::update_many()
            .col_expr(relation_case::Column::Outcome, Expr::value(end.end.name()))
            .col_expr(relation_case::Column::Due, Expr::value(end.due.millis()))
            .filter(relation_case::Column::Source.eq(source.as_str()))
            .filter(relation_case::Column::Key.eq(end.key.as_str()))
            .filter(relation_case::Column::Outcome.eq(CaseEnd::Open.name()))
            .exec(txn)
            .await
            .map_err(db)?;
    }
    Ok(())
}

fn due_of(source: &AccountName, now: Timestamp, limit: u32) -> Select<relation_case::Entity> {
    relation_case::Entity::find()
        .filter(relation_case::Column::Source.eq(source.as_str()))
        .filter(relation_case::Column::Outcome.eq(CaseEnd::Open.name()))
        .filter(relation_case::Column::Due.lte(now.millis()))
        .order_by_asc(relation_case::Column::Due)
        .limit(u64::from(limit))
}

/// Relations that have not ended and are due, the longest due first.
pub(crate) async fn due_cases(
    store: &Store,
    source: &AccountName,
    now: Timestamp,
    limit: u32,
) -> Result<Vec<CaseRow>, PortError> {
    let rows = due_of(source, now, limit).all(&store.reader).await.map_err(port)?;
    rows.into_iter()
        .map(|row| json::value(&row.body, || format!("relation #{}", row.id)))
        .collect::<Result<_, String>>()
        .map_err(PortError)
}

/// How many relations of each class stand where.
pub(crate) async fn case_counts(store: &Store, source: &AccountName) -> Result<Vec<CaseCount>, PortError> {
    let rows = relation_case::Entity::find()
        .select_only()
        .columns([relation_case::Column::Class, relation_case::Column::Outcome])
        .column_as(relation_case::Column::Id.count(), "pairs")
        .filter(relation_case::Column::Source.eq(source.as_str()))
        .group_by(relation_case::Column::Class)
        .group_by(relation_case::Column::Outcome)
        .into_tuple::<(String, String, i64)>()
        .all(&store.reader)
        .await
        .map_err(port)?;
    rows.into_iter()
        .map(|(class, outcome, pairs)| {
            let name = || format!("the count of relations {outcome:?}");
            Ok(CaseCount { class: json::value(&class, name)?, end: end(&outcome)?, pairs: json::count(pairs, name)? })
        })
        .collect::<Result<_, String>>()
        .map_err(PortError)
}

fn end(outcome: &str) -> Result<CaseEnd, String> {
    let found = CaseEnd::ALL.into_iter().find(|e| e.name() == outcome);
    found.ok_or_else(|| format!("a relation cannot be read: {outcome:?} is no end"))
}

/// How relations ended, each class, event and end once.
pub(crate) async fn ended_cases(
    store: &Store,
    source: &AccountName,
) -> Result<Vec<(Class, String, CaseEnd)>, PortError> {
    let rows = relation_case::Entity::find()
        .select_only()
        .columns([relation_case::Column::Class, relation_case::Column::Cluster, relation_case::Column::Outcome])
        .distinct()
        .filter(relation_case::Column::Source.eq(source.as_str()))
        .filter(relation_case::Column::Outcome.is_not_in([CaseEnd::Open.name()]))
        .into_tuple::<(String, String, String)>()
        .all(&store.reader)
        .await
        .map_err(port)?;
    rows.into_iter()
        .map(|(class, cluster, outcome)| {
            let name = || format!("a relation of {cluster}");
            Ok((json::value(&class, name)?, cluster.clone(), end(&outcome)?))
        })
        .collect::<Result<_, String>>()
        .map_err(PortError)
}
