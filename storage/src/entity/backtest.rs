//! Backtests by run id, with their headline numbers beside the report.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "backtest")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub run_id: String,
    /// First stored.
    pub at: i64,
    pub source: String,
    pub strategy: String,
    pub data_hash: String,
    pub rules_hash: String,
    pub code: String,
    pub data_from: i64,
    pub data_to: i64,
    /// Micro-dollars, as the three after it.
    pub starting: i64,
    pub ending: i64,
    pub net: i64,
    pub roi_ppm: i64,
    pub opened: i64,
    pub ended: i64,
    pub wins: i64,
    pub max_drawdown_ppm: Option<i64>,
    pub trials: i64,
    /// Never makes room for others.
    pub pinned: bool,
    /// Length of the report.
    pub bytes: i64,
    /// The whole report as JSON.
    pub report: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
