//! The three things that happen to a task when an attempt is over. Always inside a write transaction.

use crate::entity::task::State;
use crate::entity::{attempt, dead_letter, outbox, task};
use crate::error::db;
use crate::json;
use betty_bus::{JournalError, Report, TaskError, TaskErrorKind};
use betty_market::Timestamp;
use sea_orm::{ActiveModelTrait, DatabaseTransaction, Set};

/// Ends a task: its state, its result, the answer in the outbox and, for defects, a dead letter.
pub(super) async fn end_task(
    txn: &DatabaseTransaction,
    row: task::Model,
    end: &Result<Report, TaskError>,
    at: Timestamp,
) -> Result<(), JournalError> {
    let (id, door) = (row.id, row.door.clone());
    let state = match end {
        Ok(_) => State::Done,
        Err(e) if e.kind == TaskErrorKind::Cancelled => State::Cancelled,
        Err(_) => State::Failed,
    };
    let mut change: task::ActiveModel = row.into();
    change.state = Set(state);
    change.result = Set(Some(json::text(end, "the result")?));
    change.ended_at = Set(Some(at.millis()));
    change.update(txn).await.map_err(db)?;
    outbox::ActiveModel { task_id: Set(id), door: Set(door), delivered_at: Set(None), ..Default::default() }
        .insert(txn)
        .await
        .map_err(db)?;
    if let Err(error) = end
        && error.kind.is_dead_letter()
    {
        dead_letter::ActiveModel {
            task_id: Set(id),
            at: Set(at.millis()),
            error: Set(json::text(error, "the error")?),
            ..Default::default()
        }
        .insert(txn)
        .await
        .map_err(db)?;
    }
    Ok(())
}

/// Lets a task wait for its next attempt.
pub(super) async fn requeue(txn: &DatabaseTransaction, row: task::Model) -> Result<(), JournalError> {
    let mut change: task::ActiveModel = row.into();
    change.state = Set(State::Queued);
    change.update(txn).await.map_err(db)?;
    Ok(())
}

/// Writes how an attempt ended.
pub(super) async fn close_attempt(
    txn: &DatabaseTransaction,
    task_id: i64,
    number: i64,
    outcome: String,
    at: Timestamp,
) -> Result<(), JournalError> {
    attempt::ActiveModel {
        task_id: Set(task_id),
        number: Set(number),
        ended_at: Set(Some(at.millis())),
        outcome: Set(outcome),
        ..Default::default()
    }
    .update(txn)
    .await
    .map_err(db)?;
    Ok(())
}

/// The kind's stored name, such as `not_configured`.
pub(super) fn kind_name(kind: TaskErrorKind) -> Result<String, JournalError> {
    match serde_json::to_value(kind) {
        Ok(serde_json::Value::String(name)) => Ok(name),
        _ => Err(JournalError::Invariant(format!("the error kind {kind:?} has no name"))),
    }
}
