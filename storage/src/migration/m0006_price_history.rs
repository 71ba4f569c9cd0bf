//! What hedges have cost over time, and an index that gives the best hedges in the order they are listed.

use super::{index, int, int_null, text, to};
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        m.create_table(
            Table::create()
                .table("price_history")
                .col(int("hedge"))
                .col(int("slot"))
                .col(text("source"))
                .col(int("at"))
                .col(int_null("cost_ppm"))
                .col(int_null("net_edge_ppm"))
                .col(int_null("shares"))
                .col(text("state"))
                .col(int("daily"))
                .primary_key(Index::create().col("hedge").col("slot"))
                .foreign_key(&mut to("price_history", "hedge", "hedge_key"))
                .take(),
        )
        .await?;
        index(m, "price_history", &["source", "daily", "slot"], false).await?;

        // The list is best edge first and then by number: an index by edge alone leaves the second to a sort.
        m.create_index(
            Index::create()
                .name("hedge_best")
                .table("hedge")
                .col("source")
                .col("gone")
                .col(("net_edge_ppm", IndexOrder::Desc))
                .col("id")
                .take(),
        )
        .await?;
        m.drop_index(Index::drop().name("hedge_source_gone_net_edge_ppm").table("hedge").to_owned()).await
    }
}
