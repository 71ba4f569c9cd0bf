//! Hedges as last priced, under their reserved numbers.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "hedge")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    pub source: String,
    /// `Hedge` as JSON.
    pub body: String,
    /// The order of lists, millionths.
    pub net_edge_ppm: i64,
    pub found_at: i64,
    pub priced_at: i64,
    /// Why it is no longer found.
    pub gone: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
