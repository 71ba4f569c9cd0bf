//! The lists, and rows as the bus knows them.

use super::write::OUTCOME_RUNNING;
use crate::entity::task::State;
use crate::entity::{attempt, dead_letter, outbox, task};
use crate::error::db;
use crate::json;
use crate::store::Store;
use betty_bus::journal::{AttemptRow, DeadLetter, NewTask, OutboxRow, TaskRow};
use betty_bus::{JournalError, Report, TaskError, TaskErrorKind, TaskId};
use betty_market::Timestamp;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use std::collections::HashMap;

/// Tasks whose attempts are read by one statement; databases bound the parameters of one.
const TASKS_PER_STATEMENT: usize = 500;

pub(super) async fn owners(store: &Store) -> Result<Vec<String>, JournalError> {
    attempt::Entity::find()
        .select_only()
        .column(attempt::Column::Owner)
        .distinct()
        .filter(attempt::Column::Outcome.eq(OUTCOME_RUNNING))
        .order_by_asc(attempt::Column::Owner)
        .into_tuple::<String>()
        .all(&store.reader)
        .await
        .map_err(db)
}

pub(super) async fn queued(store: &Store, limit: u32) -> Result<Vec<TaskId>, JournalError> {
    let ids = task::Entity::find()
        .select_only()
        .column(task::Column::Id)
        .filter(task::Column::State.eq(State::Queued))
        .order_by_asc(task::Column::Id)
        .limit(u64::from(limit))
        .into_tuple::<i64>()
        .all(&store.reader)
        .await
        .map_err(db)?;
    ids.into_iter().map(task_id).collect()
}

pub(super) async fn task(store: &Store, id: TaskId) -> Result<Option<TaskRow>, JournalError> {
    let txn = store.begin_read().await.map_err(db)?;
    let rows = task::Entity::find_by_id(id.get()).all(&txn).await.map_err(db)?;
    Ok(with_attempts(&txn, rows).await?.into_iter().next())
}

pub(super) async fn tasks(store: &Store, asker: Option<&str>, limit: u32) -> Result<Vec<TaskRow>, JournalError> {
    let txn = store.begin_read().await.map_err(db)?;
    let mut find = task::Entity::find().order_by_desc(task::Column::Id).limit(u64::from(limit));
    if let Some(asker) = asker {
        find = find.filter(task::Column::Asker.eq(asker));
    }
    let rows = find.all(&txn).await.map_err(db)?;
    with_attempts(&txn, rows).await
}

pub(super) async fn outbox(store: &Store, door: &str, limit: u32) -> Result<Vec<OutboxRow>, JournalError> {
    let rows = outbox::Entity::find()
        .find_also_related(task::Entity)
        .filter(outbox::Column::Door.eq(door))
        .filter(outbox::Column::DeliveredAt.is_null())
        .order_by_asc(outbox::Column::Id)
        .limit(u64::from(limit))
        .all(&store.reader)
        .await
        .map_err(db)?;
    rows.into_iter()
        .map(|(answer, row)| {
            let row = row.ok_or_else(|| missing_task(answer.task_id))?;
            let id = task_id(row.id)?;
            let end = end_of(&row).ok_or_else(|| {
                JournalError::Invariant(format!("task #{id} has an answer to deliver but has not ended"))
            })?;
            Ok(OutboxRow { id: answer.id, task: id, origin: read(&row.origin, "the origin", row.id)?, end })
        })
        .collect()
}

pub(super) async fn dead_letters(store: &Store, limit: u32) -> Result<Vec<DeadLetter>, JournalError> {
    let rows = dead_letter::Entity::find()
        .find_also_related(task::Entity)
        .order_by_desc(dead_letter::Column::Id)
        .limit(u64::from(limit))
        .all(&store.reader)
        .await
        .map_err(db)?;
    rows.into_iter()
        .map(|(letter, row)| {
            let row = row.ok_or_else(|| missing_task(letter.task_id))?;
            Ok(DeadLetter {
                id: letter.id,
                task: task_id(row.id)?,
                at: Timestamp::from_millis(letter.at),
                work: read(&row.work, "the work", row.id)?,
                error: read(&letter.error, "the error", row.id)?,
            })
        })
        .collect()
}

/// A task as it was accepted.
pub(super) fn new_task(row: &task::Model) -> Result<NewTask, JournalError> {
    let name = |what: &'static str| move || format!("the {what} of task #{}", row.id);
    Ok(NewTask {
        task: read(&row.work, "the work", row.id)?,
        origin: read(&row.origin, "the origin", row.id)?,
        idempotency_key: row.idempotency_key.clone(),
        parent: row.parent_id.map(task_id).transpose()?,
        attempts_max: json::count(row.attempts_max, name("attempt limit")).map_err(JournalError::Database)?,
        deadline_ms: json::count(row.deadline_ms, name("deadline")).map_err(JournalError::Database)?,
        at: Timestamp::from_millis(row.accepted_at),
    })
}

/// A row number as the bus knows it.
pub(super) fn task_id(id: i64) -> Result<TaskId, JournalError> {
    TaskId::new(id).ok_or_else(|| JournalError::Database(format!("a task is numbered {id}; numbers begin at 1")))
}

async fn with_attempts(db_: &impl ConnectionTrait, rows: Vec<task::Model>) -> Result<Vec<TaskRow>, JournalError> {
    let mut attempts: HashMap<i64, Vec<AttemptRow>> = HashMap::with_capacity(rows.len());
    for chunk in rows.chunks(TASKS_PER_STATEMENT) {
        let found = attempt::Entity::find()
            .filter(attempt::Column::TaskId.is_in(chunk.iter().map(|r| r.id)))
            .order_by_asc(attempt::Column::TaskId)
            .order_by_asc(attempt::Column::Number)
            .all(db_)
            .await
            .map_err(db)?;
        for row in found {
            let number = json::count(row.number, || format!("an attempt of task #{}", row.task_id))
                .map_err(JournalError::Database)?;
            attempts.entry(row.task_id).or_default().push(AttemptRow {
                number,
                owner: row.owner,
                started: Timestamp::from_millis(row.started_at),
                ended: row.ended_at.map(Timestamp::from_millis),
                outcome: row.outcome,
            });
        }
    }
    rows.into_iter()
        .map(|row| {
            Ok(TaskRow {
                id: task_id(row.id)?,
                new: new_task(&row)?,
                state: row.state.into(),
                attempts: attempts.remove(&row.id).unwrap_or_default(),
                end: end_of(&row),
            })
        })
        .collect()
}

/// The end of a task. One that this version cannot read is told as such: it must not hold up the answers behind it.
fn end_of(row: &task::Model) -> Option<Result<Report, TaskError>> {
    let text = row.result.as_deref()?;
    Some(json::value(text, || format!("the result of task #{}", row.id)).unwrap_or_else(|e| {
        Err(TaskError::new(
            TaskErrorKind::Internal,
            format!("{e}; it was probably written by another version of Betty"),
        ))
    }))
}

fn read<T: serde::de::DeserializeOwned>(text: &str, what: &str, task: i64) -> Result<T, JournalError> {
    json::value(text, || format!("{what} of task #{task}")).map_err(JournalError::Database)
}

fn missing_task(id: i64) -> JournalError {
    JournalError::Database(format!("task #{id} is missing although other rows refer to it"))
}
