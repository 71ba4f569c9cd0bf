//! Schedules: which slot of time was taken, and by what task. A slot is taken by one conditional update, in the transaction that accepts
//! its work.

use crate::entity::schedule::{ActiveModel, Column, Entity, Model};
use crate::entity::task;
use crate::entity::task::State;
use crate::error::db;
use crate::journal::accept_in;
use crate::json;
use crate::store::Store;
use async_trait::async_trait;
use betty_bus::journal::NewTask;
use betty_bus::schedule::slot_key;
use betty_bus::{AccountName, Claimed, Definition, JournalError, Missed, ScheduleRow, Schedules, TaskId};
use betty_market::Timestamp;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, DatabaseTransaction, DbErr, EntityTrait, QueryFilter, QueryOrder, Set,
    UpdateMany,
};

/// Most characters of why a slot was passed.
const WHY_CHARS_MAX: usize = 300;

/// Why a slot was passed that a person wanted left out.
const LEFT_OUT: &str = "a person wanted it left out";

fn unreadable(what: String) -> JournalError {
    JournalError::Database(what)
}

fn row(m: Model) -> Result<ScheduleRow, JournalError> {
    let named = || format!("schedule {}", m.name);
    let missed = [Missed::Skip, Missed::RunOnce].into_iter().find(|r| r.name() == m.missed);
    let task = m.fired_task.map(|id| TaskId::new(id).ok_or_else(|| unreadable(format!("{} has task {id}", named()))));
    Ok(ScheduleRow {
        definition: Definition {
            missed: missed.ok_or_else(|| unreadable(format!("{} has the rule {:?}", named(), m.missed)))?,
            job: json::value(&m.job, named).map_err(unreadable)?,
            name: m.name,
            timetable: m.timetable,
            zone: m.zone,
        },
        paused: m.paused != 0,
        skip: m.skip_until.map(Timestamp::from_millis),
        since: Timestamp::from_millis(m.since),
        fired_for: m.fired_for.map(Timestamp::from_millis),
        fired_at: m.fired_at.map(Timestamp::from_millis),
        task: task.transpose()?,
        passed: m.passed,
    })
}

async fn find(txn: &DatabaseTransaction, source: &AccountName, name: &str) -> Result<Option<Model>, DbErr> {
    Entity::find_by_id((source.as_str().to_owned(), name.to_owned())).one(txn).await
}

fn update(source: &AccountName, name: &str) -> UpdateMany<Entity> {
    Entity::update_many().filter(Column::Source.eq(source.as_str())).filter(Column::Name.eq(name))
}

/// Marks a slot as taken unless it, or a later one, was, or the schedule is paused. The one place where slots are taken.
async fn take(
    txn: &DatabaseTransaction,
    source: &AccountName,
    name: &str,
    slot: Timestamp,
    at: Timestamp,
) -> Result<bool, DbErr> {
    let free = Condition::any().add(Column::FiredFor.is_null()).add(Column::FiredFor.lt(slot.millis()));
    let taken = update(source, name)
        .col_expr(Column::FiredFor, Expr::value(slot.millis()))
        .col_expr(Column::FiredAt, Expr::value(at.millis()))
        .filter(Column::Paused.eq(0))
        .filter(free)
        .exec(txn)
        .await?;
    Ok(taken.rows_affected == 1)
}

async fn keep_why(txn: &DatabaseTransaction, source: &AccountName, name: &str, why: &str) -> Result<(), DbErr> {
    let why: String = why.chars().take(WHY_CHARS_MAX).collect();
    update(source, name).col_expr(Column::Passed, Expr::value(why)).exec(txn).await.map(drop)
}

/// The task of an earlier slot, if it has not ended.
async fn still_at_work(txn: &DatabaseTransaction, earlier: Option<TaskId>) -> Result<Option<TaskId>, DbErr> {
    let Some(id) = earlier else { return Ok(None) };
    let row = task::Entity::find_by_id(id.get()).one(txn).await?;
    Ok(row.filter(|r| matches!(r.state, State::Queued | State::Running)).map(|_| id))
}

#[async_trait]
impl Schedules for Store {
    async fn define(
        &self,
        source: &AccountName,
        definitions: &[Definition],
        at: Timestamp,
    ) -> Result<(), JournalError> {
        // Most starts change nothing and need not wait for whoever writes.
        let stored = self.schedules(source).await?;
        if definitions.iter().all(|d| stored.iter().any(|s| s.definition == *d)) {
            return Ok(());
        }
        let txn = self.begin_write().await.map_err(db)?;
        for d in definitions {
            let known = find(&txn, source, &d.name).await.map_err(db)?;
            let job = json::text(&d.job, "a schedule's work")?;
            let Some(known) = known else {
                let new = ActiveModel {
                    source: Set(source.as_str().to_owned()),
                    name: Set(d.name.clone()),
                    timetable: Set(d.timetable.clone()),
                    zone: Set(d.zone.clone()),
                    missed: Set(d.missed.name().to_owned()),
                    job: Set(job),
                    paused: Set(0),
                    skip_until: Set(None),
                    since: Set(at.millis()),
                    fired_for: Set(None),
                    fired_at: Set(None),
                    fired_task: Set(None),
                    passed: Set(None),
                };
                new.insert(&txn).await.map_err(db)?;
                continue;
            };
            let moved = known.timetable != d.timetable || known.zone != d.zone;
            let mut change = update(source, &d.name)
                .col_expr(Column::Timetable, Expr::value(d.timetable.as_str()))
                .col_expr(Column::Zone, Expr::value(d.zone.as_str()))
                .col_expr(Column::Missed, Expr::value(d.missed.name()))
                .col_expr(Column::Job, Expr::value(job));
            if moved {
                // What was to be left out was a slot of the old timetable.
                change = change
                    .col_expr(Column::Since, Expr::value(at.millis()))
                    .col_expr(Column::SkipUntil, Expr::value(Option::<i64>::None));
            }
            change.exec(&txn).await.map_err(db)?;
        }
        txn.commit().await.map_err(db)
    }

    async fn schedules(&self, source: &AccountName) -> Result<Vec<ScheduleRow>, JournalError> {
        let rows = Entity::find().filter(Column::Source.eq(source.as_str())).order_by_asc(Column::Name);
        rows.all(&self.reader).await.map_err(db)?.into_iter().map(row).collect()
    }

    async fn claim_slot(
        &self,
        source: &AccountName,
        name: &str,
        slot: Timestamp,
        mut work: NewTask,
    ) -> Result<Claimed, JournalError> {
        let txn = self.begin_write().await.map_err(db)?;
        let Some(found) = find(&txn, source, name).await.map_err(db)? else { return Ok(Claimed::Unknown) };
        let before = row(found)?;
        if !take(&txn, source, name, slot, work.at).await.map_err(db)? {
            return Ok(if before.paused { Claimed::Paused } else { Claimed::Taken(Box::new(before)) });
        }
        let claimed = if before.skip.is_some_and(|until| slot <= until) {
            keep_why(&txn, source, name, LEFT_OUT).await.map_err(db)?;
            Claimed::Skipped
        } else if let Some(task) = still_at_work(&txn, before.task).await.map_err(db)? {
            let why = format!("task {task} of an earlier slot had not ended");
            keep_why(&txn, source, name, &why).await.map_err(db)?;
            Claimed::Overlap(task)
        } else {
            work.idempotency_key = Some(slot_key(source, name, slot));
            // Seen before only where a slot was forgotten because the clock had been ahead: its task did the work.
            let (task, _) = accept_in(&txn, work).await?;
            update(source, name)
                .col_expr(Column::FiredTask, Expr::value(task.get()))
                .col_expr(Column::Passed, Expr::value(Option::<String>::None))
                .exec(&txn)
                .await
                .map_err(db)?;
            Claimed::Accepted(task)
        };
        txn.commit().await.map_err(db)?;
        Ok(claimed)
    }

    async fn begin_slot(
        &self,
        source: &AccountName,
        name: &str,
        slot: Timestamp,
        at: Timestamp,
    ) -> Result<Claimed, JournalError> {
        let txn = self.begin_write().await.map_err(db)?;
        let Some(found) = find(&txn, source, name).await.map_err(db)? else { return Ok(Claimed::Unknown) };
        let before = row(found)?;
        if !take(&txn, source, name, slot, at).await.map_err(db)? {
            return Ok(if before.paused { Claimed::Paused } else { Claimed::Taken(Box::new(before)) });
        }
        let (why, claimed) = match before.skip {
            Some(until) if slot <= until => (LEFT_OUT, Claimed::Skipped),
            _ => ("begun, and not ended", Claimed::Begun),
        };
        keep_why(&txn, source, name, why).await.map_err(db)?;
        txn.commit().await.map_err(db)?;
        Ok(claimed)
    }

    async fn end_slot(
        &self,
        source: &AccountName,
        name: &str,
        slot: Timestamp,
        outcome: &str,
    ) -> Result<(), JournalError> {
        let txn = self.begin_write().await.map_err(db)?;
        let outcome: String = outcome.chars().take(WHY_CHARS_MAX).collect();
        let change = update(source, name).col_expr(Column::Passed, Expr::value(outcome));
        change.filter(Column::FiredFor.eq(slot.millis())).exec(&txn).await.map_err(db)?;
        txn.commit().await.map_err(db)
    }

    async fn pass_slot(
        &self,
        source: &AccountName,
        name: &str,
        slot: Timestamp,
        why: &str,
        at: Timestamp,
    ) -> Result<bool, JournalError> {
        let txn = self.begin_write().await.map_err(db)?;
        if !take(&txn, source, name, slot, at).await.map_err(db)? {
            return Ok(false);
        }
        keep_why(&txn, source, name, why).await.map_err(db)?;
        txn.commit().await.map_err(db)?;
        Ok(true)
    }

    async fn set_paused(
        &self,
        source: &AccountName,
        name: &str,
        paused: bool,
        at: Timestamp,
    ) -> Result<bool, JournalError> {
        let txn = self.begin_write().await.map_err(db)?;
        let Some(found) = find(&txn, source, name).await.map_err(db)? else { return Ok(false) };
        let mut change = update(source, name).col_expr(Column::Paused, Expr::value(i64::from(paused)));
        if !paused && found.paused != 0 {
            change = change.col_expr(Column::Since, Expr::value(at.millis()));
        }
        if !paused && found.fired_for.is_some_and(|slot| slot > at.millis()) {
            change = change.col_expr(Column::FiredFor, Expr::value(Option::<i64>::None));
        }
        change.exec(&txn).await.map_err(db)?;
        txn.commit().await.map_err(db)?;
        Ok(true)
    }

    async fn set_skip(&self, source: &AccountName, name: &str, slot: Timestamp) -> Result<bool, JournalError> {
        let txn = self.begin_write().await.map_err(db)?;
        let change = update(source, name).col_expr(Column::SkipUntil, Expr::value(slot.millis()));
        let changed = change.exec(&txn).await.map_err(db)?.rows_affected == 1;
        txn.commit().await.map_err(db)?;
        Ok(changed)
    }
}
