//! Schedules, with the slot each took last.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "schedule")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub source: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    /// Cron text, or the form for intervals; empty is never.
    pub timetable: String,
    pub zone: String,
    /// `skip` or `run_once`.
    pub missed: String,
    /// `Job` as JSON.
    pub job: String,
    /// 1 while a person has paused it, else 0.
    pub paused: i64,
    /// Slots up to this one are left out.
    pub skip_until: Option<i64>,
    /// Slots up to here do not count as missed.
    pub since: i64,
    /// The last slot taken, written before its work runs.
    pub fired_for: Option<i64>,
    pub fired_at: Option<i64>,
    /// The task of the last slot that led to one.
    pub fired_task: Option<i64>,
    /// Why the last slot led to no task.
    pub passed: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
