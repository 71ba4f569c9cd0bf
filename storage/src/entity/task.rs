//! Tasks as accepted, where they are, and how they ended.

use betty_bus::journal::TaskState;
use sea_orm::entity::prelude::*;

/// Where a task is; the text is what the database holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum State {
    #[sea_orm(string_value = "queued")]
    Queued,
    #[sea_orm(string_value = "running")]
    Running,
    #[sea_orm(string_value = "done")]
    Done,
    #[sea_orm(string_value = "failed")]
    Failed,
    #[sea_orm(string_value = "cancelled")]
    Cancelled,
}

impl From<State> for TaskState {
    fn from(state: State) -> Self {
        match state {
            State::Queued => Self::Queued,
            State::Running => Self::Running,
            State::Done => Self::Done,
            State::Failed => Self::Failed,
            State::Cancelled => Self::Cancelled,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "task")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    #[sea_orm(unique)]
    pub idempotency_key: Option<String>,
    pub parent_id: Option<i64>,
    /// `Task` as JSON.
    pub work: String,
    /// `Origin` as JSON; `door` and `asker` repeat two of its fields for the indexes.
    pub origin: String,
    pub door: String,
    pub asker: String,
    pub attempts_max: i64,
    pub deadline_ms: i64,
    pub accepted_at: i64,
    pub state: State,
    /// Attempts counted so far; while running, the number of the current one, which is the fencing token.
    pub attempts: i64,
    /// The `TaskError` a cancelled running task ends with unless its attempt ends it first, as JSON.
    pub cancel: Option<String>,
    /// `Result<Report, TaskError>` as JSON.
    pub result: Option<String>,
    pub ended_at: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
