//! How many sets of rules each experiment tried on which data.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "backtest_trial")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub data_hash: String,
    /// Equal settings, equal text.
    #[sea_orm(primary_key, auto_increment = false)]
    pub experiment: String,
    pub sets: i64,
    pub at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
