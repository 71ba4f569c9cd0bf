//! Verdicts of a model under the key of everything they rest on, and relations written down and followed to their end.

use crate::entity::{relation_case, verdict};
use crate::error::{db, port};
use crate::json;
use crate::store::Store;
use betty_bus::{AccountName, CaseRow, JournalError, PortError, VerdictRow};
use betty_hedging::calibration::{CaseEnd, Class};
use betty_hedging::judge::VerdictKey;
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

/// Writes relations down, and how they ended: the first of each counts.
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
                // Written down open, whatever is known of it now: an end is a second writing.
                outcome: Set(CaseEnd::Open.name().to_owned()),
                body: Set(json::text(row, "a relation")?),
                ..Default::default()
            });
        }
        relation_case::Entity::insert_many(models)
            .on_conflict(
                OnConflict::columns([relation_case::Column::Source, relation_case::Column::Key])
                    .do_nothing()
                    .to_owned(),
            )
            .exec_without_returning(txn)
            .await
            .map_err(db)?;
    }
    for row in rows.iter().filter(|r| r.end != CaseEnd::Open) {
        relation_case::Entity::update_many()
            .col_expr(relation_case::Column::Outcome, Expr::value(row.end.name()))
            .filter(relation_case::Column::Source.eq(row.source.as_str()))
            .filter(relation_case::Column::Key.eq(row.key.as_str()))
            .filter(relation_case::Column::Outcome.eq(CaseEnd::Open.name()))
            .exec(txn)
            .await
            .map_err(db)?;
    }
    Ok(())
}

fn open_of(source: &AccountName, limit: u32) -> Select<relation_case::Entity> {
    relation_case::Entity::find()
        .filter(relation_case::Column::Source.eq(source.as_str()))
        .filter(relation_case::Column::Outcome.eq(CaseEnd::Open.name()))
        .order_by_asc(relation_case::Column::Id)
        .limit(u64::from(limit))
}

/// Relations that have not ended, oldest first.
pub(crate) async fn open_cases(store: &Store, source: &AccountName, limit: u32) -> Result<Vec<CaseRow>, PortError> {
    let rows = open_of(source, limit).all(&store.reader).await.map_err(port)?;
    rows.into_iter()
        .map(|row| json::value(&row.body, || format!("relation #{}", row.id)))
        .collect::<Result<_, String>>()
        .map_err(PortError)
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
            let end = CaseEnd::ALL.into_iter().find(|e| e.name() == outcome);
            let end = end.ok_or_else(|| format!("{} cannot be read: {outcome:?} is no end", name()))?;
            Ok((json::value(&class, name)?, cluster.clone(), end))
        })
        .collect::<Result<_, String>>()
        .map_err(PortError)
}
