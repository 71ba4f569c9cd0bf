//! What hedges have cost: one point a hedge and slot.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "price_history")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub hedge: i64,
    /// Five minutes of the market's time, counted from the Unix epoch.
    #[sea_orm(primary_key, auto_increment = false)]
    pub slot: i64,
    pub source: String,
    pub at: i64,
    /// All-in cost of one share of every leg, millionths of a dollar.
    pub cost_ppm: Option<i64>,
    pub net_edge_ppm: Option<i64>,
    /// Micro-shares.
    pub shares: Option<i64>,
    /// `pays`, `pays_not`, `waits` or `gone`.
    pub state: String,
    /// 1 for what stands for its whole day, 0 for what is still kept in detail.
    pub daily: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
