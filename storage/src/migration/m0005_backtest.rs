//! Stored backtests, and how many sets of rules were tried on which data.

use super::{id, index, int, int_null, text};
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        m.create_table(
            Table::create()
                .table("backtest")
                .col(id())
                .col(text("run_id"))
                .col(int("at"))
                .col(text("source"))
                .col(text("strategy"))
                .col(text("data_hash"))
                .col(text("rules_hash"))
                .col(text("code"))
                .col(int("data_from"))
                .col(int("data_to"))
                .col(int("starting"))
                .col(int("ending"))
                .col(int("net"))
                .col(int("roi_ppm"))
                .col(int("opened"))
                .col(int("ended"))
                .col(int("wins"))
                .col(int_null("max_drawdown_ppm"))
                .col(int("trials"))
                .col(ColumnDef::new("pinned").boolean().not_null())
                .col(int("bytes"))
                .col(text("report"))
                .take(),
        )
        .await?;
        index(m, "backtest", &["run_id"], true).await?;
        index(m, "backtest", &["pinned", "id"], false).await?;

        m.create_table(
            Table::create()
                .table("backtest_trial")
                .col(text("data_hash"))
                .col(text("experiment"))
                .col(int("sets"))
                .col(int("at"))
                .primary_key(Index::create().col("data_hash").col("experiment"))
                .take(),
        )
        .await
    }
}
