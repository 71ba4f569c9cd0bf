//! Relations written down before they ended, and how they ended.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "relation_case")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub source: String,
    pub key: String,
    /// `Class` as JSON.
    pub class: String,
    /// The event it counts under.
    pub cluster: String,
    pub at: i64,
    /// When its markets are looked at again; the largest number where no end is known.
    pub due: i64,
    /// `open`, `held`, `failed`, `untested` or `void`.
    pub outcome: String,
    /// `CaseRow` as JSON, as first written.
    pub body: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
