//! Attempts of tasks. Written by the claim, before anything runs.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "attempt")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub task_id: i64,
    /// From 1.
    #[sea_orm(primary_key, auto_increment = false)]
    pub number: i64,
    pub owner: String,
    pub started_at: i64,
    pub ended_at: Option<i64>,
    /// `running`, `ok`, `crashed`, or the kind of the error.
    pub outcome: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
