//! What rules decided, the newest of each account.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "decision")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub account: String,
    pub at: i64,
    pub subject: String,
    /// `name@version`.
    pub strategy: Option<String>,
    /// `take`, `refuse`, `exit` or `hold`.
    pub verdict: String,
    /// The reason's name.
    pub kind: String,
    pub words: String,
    /// JSON.
    pub numbers: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
