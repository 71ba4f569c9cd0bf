//! Every version of every strategy ever saved.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "strategy")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub name: String,
    /// From 1; a name that is saved again after its deletion begins the next one, with versions from 1.
    pub generation: i64,
    /// From 1 in its generation.
    pub version: i64,
    pub toml: String,
    pub saved_at: i64,
    /// The latest version of a strategy that is not deleted.
    pub is_current: bool,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
