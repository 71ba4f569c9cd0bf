//! Decisions of rules: appended with the result they belong to, counted and listed for people.

use crate::entity::decision::{Column, Entity, Model};
use crate::error::{db, port};
use crate::json;
use crate::store::Store;
use betty_bus::port::DecisionCount;
use betty_bus::{AccountName, DecisionRow, JournalError, PortError, Verdict};
use betty_market::Timestamp;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set,
};

/// Appends decisions and lets go of those beyond `keep`. A hold like the last decision about its subject (same strategy, same reason)
/// adds nothing, so a position that is simply kept does not push out the history.
pub(crate) async fn append(
    txn: &DatabaseTransaction,
    account: &AccountName,
    rows: Vec<DecisionRow>,
    keep: u32,
) -> Result<(), JournalError> {
    for row in rows {
        if row.verdict == Verdict::Hold {
            let last = Entity::find()
                .filter(Column::Account.eq(account.as_str()))
                .filter(Column::Subject.eq(row.subject.as_str()))
                .order_by_desc(Column::Id)
                .one(txn)
                .await
                .map_err(db)?;
            let unchanged = last
                .is_some_and(|l| l.verdict == Verdict::Hold.name() && l.kind == row.kind && l.strategy == row.strategy);
            if unchanged {
                continue;
            }
        }
        crate::entity::decision::ActiveModel {
            account: Set(account.as_str().to_owned()),
            at: Set(row.at.millis()),
            numbers: Set(json::text(&row.numbers, "a decision's numbers")?),
            subject: Set(row.subject),
            strategy: Set(row.strategy),
            verdict: Set(row.verdict.name().to_owned()),
            kind: Set(row.kind),
            words: Set(row.words),
            ..Default::default()
        }
        .insert(txn)
        .await
        .map_err(db)?;
    }
    let oldest_to_go = Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::Account.eq(account.as_str()))
        .order_by_desc(Column::Id)
        .offset(u64::from(keep))
        .limit(1)
        .into_tuple::<i64>()
        .one(txn)
        .await
        .map_err(db)?;
    if let Some(id) = oldest_to_go {
        Entity::delete_many()
            .filter(Column::Account.eq(account.as_str()))
            .filter(Column::Id.lte(id))
            .exec(txn)
            .await
            .map_err(db)?;
    }
    Ok(())
}

fn verdict(text: &str, row: impl FnOnce() -> String) -> Result<Verdict, String> {
    Verdict::ALL
        .into_iter()
        .find(|v| v.name() == text)
        .ok_or_else(|| format!("{} cannot be read: {text:?} is no verdict", row()))
}

fn decision(row: Model) -> Result<DecisionRow, String> {
    let name = || format!("decision #{}", row.id);
    Ok(DecisionRow {
        at: Timestamp::from_millis(row.at),
        verdict: verdict(&row.verdict, name)?,
        numbers: json::value(&row.numbers, name)?,
        subject: row.subject,
        strategy: row.strategy,
        kind: row.kind,
        words: row.words,
    })
}

/// The newest decisions of an account.
pub(crate) async fn newest(store: &Store, account: &AccountName, limit: u32) -> Result<Vec<DecisionRow>, PortError> {
    Entity::find()
        .filter(Column::Account.eq(account.as_str()))
        .order_by_desc(Column::Id)
        .limit(u64::from(limit))
        .all(&store.reader)
        .await
        .map_err(port)?
        .into_iter()
        .map(decision)
        .collect::<Result<_, _>>()
        .map_err(PortError)
}

/// All decisions of an account, counted by strategy, verdict and reason.
pub(crate) async fn counts(store: &Store, account: &AccountName) -> Result<Vec<DecisionCount>, PortError> {
    type Row = (Option<String>, String, String, i64, i64, i64);
    let rows: Vec<Row> = Entity::find()
        .select_only()
        .column(Column::Strategy)
        .column(Column::Verdict)
        .column(Column::Kind)
        .column_as(Column::Id.count(), "n")
        .column_as(Column::At.min(), "first_at")
        .column_as(Column::At.max(), "last_at")
        .filter(Column::Account.eq(account.as_str()))
        .group_by(Column::Strategy)
        .group_by(Column::Verdict)
        .group_by(Column::Kind)
        .into_tuple()
        .all(&store.reader)
        .await
        .map_err(port)?;
    let mut counts = rows
        .into_iter()
        .map(|(strategy, word, kind, n, first, last)| {
            let name = || format!("the decisions of {account}");
            Ok(DecisionCount {
                strategy,
                verdict: verdict(&word, name)?,
                kind,
                n: json::count(n, name)?,
                first_at: Timestamp::from_millis(first),
                last_at: Timestamp::from_millis(last),
            })
        })
        .collect::<Result<Vec<_>, String>>()
        .map_err(PortError)?;
    // Ordered here: databases disagree about the order of texts.
    counts.sort_by(|a, b| {
        let key = |c: &DecisionCount| (c.verdict, c.kind.clone(), c.strategy.clone());
        b.n.cmp(&a.n).then_with(|| key(a).cmp(&key(b)))
    });
    Ok(counts)
}
