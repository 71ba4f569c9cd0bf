//! Accept, claim, finish, cancel, recover, delivered.

use super::end::{close_attempt, end_task, kind_name, requeue};
use super::read::{new_task, task_id};
use crate::effects;
use crate::entity::task::State;
use crate::entity::{attempt, outbox, task};
use crate::error::db;
use crate::json;
use crate::store::Store;
use betty_bus::journal::{AttemptEnd, Claim, Finished, NewTask};
use betty_bus::{JournalError, TaskError, TaskErrorKind, TaskId};
use betty_market::Timestamp;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DatabaseTransaction, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, Set,
};

/// The outcome of an attempt whose report was taken.
const OUTCOME_OK: &str = "ok";
/// The outcome of an attempt that has not ended.
pub(super) const OUTCOME_RUNNING: &str = "running";
/// The outcome of an attempt whose process died.
const OUTCOME_CRASHED: &str = "crashed";

pub(super) async fn accept(store: &Store, new: NewTask) -> Result<(TaskId, bool), JournalError> {
    let txn = store.begin_write().await.map_err(db)?;
    let accepted = accept_in(&txn, new).await?;
    if accepted.1 {
        txn.commit().await.map_err(db)?;
    }
    Ok(accepted)
}

/// Writes a task inside a transaction that is open already.
pub(crate) async fn accept_in(txn: &DatabaseTransaction, new: NewTask) -> Result<(TaskId, bool), JournalError> {
    if new.attempts_max == 0 {
        return Err(JournalError::Invariant("a task needs at least one attempt".to_owned()));
    }
    let row = task::ActiveModel {
        idempotency_key: Set(new.idempotency_key.clone()),
        parent_id: Set(new.parent.map(TaskId::get)),
        work: Set(json::text(&new.task, "the task")?),
        origin: Set(json::text(&new.origin, "the task's origin")?),
        door: Set(new.origin.door),
        asker: Set(new.origin.asker),
        attempts_max: Set(i64::from(new.attempts_max)),
        deadline_ms: Set(json::int(new.deadline_ms, "the task's deadline")?),
        accepted_at: Set(new.at.millis()),
        state: Set(State::Queued),
        attempts: Set(0),
        ..Default::default()
    };
    if let Some(key) = &new.idempotency_key {
        let seen = task::Entity::find()
            .select_only()
            .column(task::Column::Id)
            .filter(task::Column::IdempotencyKey.eq(key.as_str()))
            .into_tuple::<i64>()
            .one(txn)
            .await
            .map_err(db)?;
        if let Some(id) = seen {
            return Ok((task_id(id)?, false));
        }
    }
    if let Some(parent) = new.parent
        && task::Entity::find_by_id(parent.get()).count(txn).await.map_err(db)? == 0
    {
        return Err(JournalError::Invariant(format!("task #{parent}, which this one belongs to, does not exist")));
    }
    let id = row.insert(txn).await.map_err(db)?.id;
    Ok((task_id(id)?, true))
}

pub(super) async fn claim(
    store: &Store,
    id: TaskId,
    owner: &str,
    at: Timestamp,
) -> Result<Option<Claim>, JournalError> {
    let txn = store.begin_write().await.map_err(db)?;
    let claimed = task::Entity::update_many()
        .col_expr(task::Column::State, Expr::value(State::Running))
        .col_expr(task::Column::Attempts, Expr::col(task::Column::Attempts).add(1))
        .filter(task::Column::Id.eq(id.get()))
        .filter(task::Column::State.eq(State::Queued))
        .filter(Expr::col(task::Column::Attempts).lt(Expr::col(task::Column::AttemptsMax)))
        .exec_with_returning(&txn)
        .await
        .map_err(db)?;
    let Some(row) = claimed.into_iter().next() else { return Ok(None) };
    attempt::ActiveModel {
        task_id: Set(row.id),
        number: Set(row.attempts),
        owner: Set(owner.to_owned()),
        started_at: Set(at.millis()),
        ended_at: Set(None),
        outcome: Set(OUTCOME_RUNNING.to_owned()),
    }
    .insert(&txn)
    .await
    .map_err(db)?;
    let number =
        json::count(row.attempts, || format!("the attempt count of task #{id}")).map_err(JournalError::Database)?;
    // Read before the commit: a task that cannot be read is not handed out, and its attempt is not spent.
    let claim = Claim { id, attempt: number, new: new_task(&row)? };
    txn.commit().await.map_err(db)?;
    Ok(Some(claim))
}

pub(super) async fn finish(
    store: &Store,
    id: TaskId,
    number: u32,
    end: AttemptEnd,
    at: Timestamp,
) -> Result<Finished, JournalError> {
    let txn = store.begin_write().await.map_err(db)?;
    let found = task::Entity::find_by_id(id.get()).one(&txn).await.map_err(db)?;
    let Some(row) = found.filter(|r| r.state == State::Running && r.attempts == i64::from(number)) else {
        return Ok(Finished::Fenced);
    };
    let (outcome, end) = match (end, cancelled(&row)?) {
        // Whoever cancelled was told that nothing will be written: a result that comes after that is not used.
        (AttemptEnd::Done(..), Some(cancel)) => (kind_name(cancel.kind)?, Some(Err(cancel))),
        (AttemptEnd::Retry(e), Some(cancel)) => (kind_name(e.kind)?, Some(Err(cancel))),
        (AttemptEnd::Done(report, writes), None) => {
            effects::apply(&txn, writes, at).await?;
            (OUTCOME_OK.to_owned(), Some(Ok(report)))
        }
        (AttemptEnd::Failed(e), _) => (kind_name(e.kind)?, Some(Err(e))),
        (AttemptEnd::Retry(e), None) => (kind_name(e.kind)?, (row.attempts >= row.attempts_max).then_some(Err(e))),
    };
    close_attempt(&txn, row.id, row.attempts, outcome, at).await?;
    let finished = match end {
        Some(end) => {
            end_task(&txn, row, &end, at).await?;
            Finished::Ended
        }
        None => {
            requeue(&txn, row).await?;
            Finished::Requeued
        }
    };
    txn.commit().await.map_err(db)?;
    Ok(finished)
}

pub(super) async fn cancel(store: &Store, id: TaskId, why: &str, at: Timestamp) -> Result<bool, JournalError> {
    let error = TaskError::new(TaskErrorKind::Cancelled, why);
    let txn = store.begin_write().await.map_err(db)?;
    let Some(row) = task::Entity::find_by_id(id.get()).one(&txn).await.map_err(db)? else { return Ok(false) };
    match row.state {
        State::Queued => end_task(&txn, row, &Err(error), at).await?,
        // The first reason stays: it is the one the driver acts on.
        State::Running if row.cancel.is_some() => return Ok(true),
        State::Running => {
            let mut change: task::ActiveModel = row.into();
            change.cancel = Set(Some(json::text(&error, "the cancellation")?));
            change.update(&txn).await.map_err(db)?;
        }
        State::Done | State::Failed | State::Cancelled => return Ok(false),
    }
    txn.commit().await.map_err(db)?;
    Ok(true)
}

pub(super) async fn recover(store: &Store, owner: &str, at: Timestamp) -> Result<Vec<TaskId>, JournalError> {
    let txn = store.begin_write().await.map_err(db)?;
    let running = attempt::Entity::find()
        .filter(attempt::Column::Outcome.eq(OUTCOME_RUNNING))
        .filter(attempt::Column::Owner.eq(owner))
        .order_by_asc(attempt::Column::TaskId)
        .all(&txn)
        .await
        .map_err(db)?;
    let mut tasks = Vec::with_capacity(running.len());
    for lost in running {
        let id = task_id(lost.task_id)?;
        close_attempt(&txn, lost.task_id, lost.number, OUTCOME_CRASHED.to_owned(), at).await?;
        let row = task::Entity::find_by_id(lost.task_id)
            .filter(task::Column::State.eq(State::Running))
            .filter(task::Column::Attempts.eq(lost.number))
            .one(&txn)
            .await
            .map_err(db)?
            .ok_or_else(|| {
                JournalError::Invariant(format!("attempt {} of task #{id} runs, but the task does not", lost.number))
            })?;
        if let Some(cancel) = cancelled(&row)? {
            end_task(&txn, row, &Err(cancel), at).await?;
        } else if row.attempts < row.attempts_max {
            requeue(&txn, row).await?;
        } else {
            let text = format!(
                "the process died while attempt {} of {} ran, and no attempt is left: look at its last log lines, then retry the task",
                row.attempts, row.attempts_max
            );
            end_task(&txn, row, &Err(TaskError::new(TaskErrorKind::Crashed, text)), at).await?;
        }
        tasks.push(id);
    }
    if !tasks.is_empty() {
        txn.commit().await.map_err(db)?;
    }
    Ok(tasks)
}

pub(super) async fn delivered(store: &Store, outbox_id: i64, at: Timestamp) -> Result<(), JournalError> {
    let txn = store.begin_write().await.map_err(db)?;
    outbox::Entity::update_many()
        .col_expr(outbox::Column::DeliveredAt, Expr::value(at.millis()))
        .filter(outbox::Column::Id.eq(outbox_id))
        .filter(outbox::Column::DeliveredAt.is_null())
        .exec(&txn)
        .await
        .map_err(db)?;
    txn.commit().await.map_err(db)
}

pub(super) async fn set_setting(store: &Store, key: &str, value: &str) -> Result<(), JournalError> {
    let txn = store.begin_write().await.map_err(db)?;
    effects::set(&txn, key.to_owned(), value.to_owned()).await?;
    txn.commit().await.map_err(db)
}

/// The error a running task was marked to end with.
fn cancelled(row: &task::Model) -> Result<Option<TaskError>, JournalError> {
    row.cancel
        .as_deref()
        .map(|text| json::value(text, || format!("the cancellation of task #{}", row.id)))
        .transpose()
        .map_err(JournalError::Database)
}
