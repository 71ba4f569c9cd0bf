//! The schema's history. A released migration is never edited: a change is a new file at the end of the list.

use sea_orm_migration::prelude::*;

mod m0001_journal;
mod m0002_desk;
mod m0003_ledger;
mod m0004_decisions;
mod m0005_backtest;
mod m0006_price_history;
mod m0007_knowledge;
mod m0008_schedule;

/// All migrations, oldest first. Their names sort in this order.
pub(crate) struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_journal::Migration),
            Box::new(m0002_desk::Migration),
            Box::new(m0003_ledger::Migration),
            Box::new(m0004_decisions::Migration),
            Box::new(m0005_backtest::Migration),
            Box::new(m0006_price_history::Migration),
            Box::new(m0007_knowledge::Migration),
            Box::new(m0008_schedule::Migration),
        ]
    }
}

/// Names known here, oldest first.
pub(crate) fn known() -> Vec<String> {
    Migrator::migrations().iter().map(|m| m.name().to_owned()).collect()
}

/// A row number that the database assigns. Numbers are never given twice.
fn id() -> ColumnDef {
    ColumnDef::new("id").big_integer().not_null().auto_increment().primary_key().take()
}

/// A whole number.
fn int(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).big_integer().not_null().take()
}

/// A whole number that may be absent.
fn int_null(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).big_integer().null().take()
}

/// A text.
fn text(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).text().not_null().take()
}

/// A text that may be absent.
fn text_null(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).text().null().take()
}

/// A reference to the `id` of another table.
fn to(table: &'static str, column: &'static str, other: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create().from(table, column).to(other, "id").take()
}

/// An index by its columns, in order.
async fn index(
    manager: &SchemaManager<'_>,
    table: &'static str,
    columns: &[&'static str],
    unique: bool,
) -> Result<(), DbErr> {
    let mut create = Index::create();
    create.name(format!("{table}_{}", columns.join("_"))).table(table);
    for column in columns {
        create.col(*column);
    }
    if unique {
        create.unique();
    }
    manager.create_index(create).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_sorted() {
        let names = known();
        let mut sorted = names.clone();
        sorted.sort();
        sorted.dedup();
        assert_eq!(names, sorted);
    }
}
