//! Calls of a model, each with what it cost.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "model_call")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub task: i64,
    /// Machine time.
    pub at: i64,
    pub prompt: String,
    pub prompt_hash: String,
    pub model: String,
    pub input_tokens: i64,
    pub output_tokens: i64,
    /// Micro-dollars.
    pub micros: i64,
    pub latency_ms: i64,
    /// `ok`, or the kind of failure.
    pub outcome: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
