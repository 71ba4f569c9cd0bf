//! What specialists may read, and the one thing they may reserve: numbers for hedges.

use crate::entity::{hedge, hedge_key, ledger_entry, posting, scan, setting, strategy};
use crate::error::port;
use crate::json;
use crate::store::Store;
use async_trait::async_trait;
use betty_bus::effect::{LedgerRow, PostingRow, ScanRow};
use betty_bus::port::{DecisionCount, StoredStrategy};
use betty_bus::{
    AccountName, BacktestRow, CaseCount, CaseRow, DecisionRow, Desk, HedgeId, HedgePoint, PortError, StoredHedge,
    VerdictRow,
};
use betty_hedging::calibration::{CaseEnd, Class};
use betty_hedging::judge::VerdictKey;
use betty_market::{Timestamp, Usdc};
use betty_trading::backtest::RunReport;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, JoinType, QueryFilter, QueryOrder, QuerySelect,
    RelationTrait, Select, Set,
};
use std::collections::HashMap;

/// Keys looked up by one statement; databases bound the parameters of one.
const KEYS_PER_STATEMENT: usize = 500;

#[async_trait]
impl Desk for Store {
    async fn hedge_ids(&self, source: &AccountName, keys: &[String]) -> Result<Vec<HedgeId>, PortError> {
        // A scan mostly finds what it found before: only new keys need the writer.
        let mut ids = known(&self.reader, source, keys).await?;
        if keys.iter().any(|k| !ids.contains_key(k)) {
            let txn = self.begin_write().await.map_err(port)?;
            ids = known(&txn, source, keys).await?;
            for key in keys {
                if !ids.contains_key(key) {
                    let row = hedge_key::ActiveModel {
                        source: Set(source.as_str().to_owned()),
                        key: Set(key.clone()),
                        ..Default::default()
                    };
                    ids.insert(key.clone(), row.insert(&txn).await.map_err(port)?.id);
                }
            }
            txn.commit().await.map_err(port)?;
        }
        keys.iter()
            .map(|k| ids.get(k).copied().and_then(HedgeId::new))
            .collect::<Option<_>>()
            .ok_or_else(|| PortError("a hedge has a number below 1".to_owned()))
    }

    async fn hedge(&self, id: HedgeId) -> Result<Option<StoredHedge>, PortError> {
        hedge::Entity::find_by_id(id.get()).one(&self.reader).await.map_err(port)?.map(stored_hedge).transpose()
    }

    async fn hedges(&self, source: &AccountName, limit: u32) -> Result<Vec<StoredHedge>, PortError> {
        best(source, limit).all(&self.reader).await.map_err(port)?.into_iter().map(stored_hedge).collect()
    }

    async fn hedge_prices(&self, id: HedgeId, limit: u32) -> Result<Vec<HedgePoint>, PortError> {
        crate::prices::newest(self, id, limit).await
    }

    async fn verdicts(&self, keys: &[VerdictKey]) -> Result<Vec<VerdictRow>, PortError> {
        crate::knowledge::verdicts(self, keys).await
    }

    async fn due_cases(&self, source: &AccountName, now: Timestamp, limit: u32) -> Result<Vec<CaseRow>, PortError> {
        crate::knowledge::due_cases(self, source, now, limit).await
    }

    async fn case_counts(&self, source: &AccountName) -> Result<Vec<CaseCount>, PortError> {
        crate::knowledge::case_counts(self, source).await
    }

    async fn ended_cases(&self, source: &AccountName) -> Result<Vec<(Class, String, CaseEnd)>, PortError> {
        crate::knowledge::ended_cases(self, source).await
    }

    async fn last_scan(&self, source: &AccountName) -> Result<Option<ScanRow>, PortError> {
        let row = newest_scan(source).one(&self.reader).await.map_err(port)?;
        row.map(|row| {
            let name = || format!("scan #{}", row.id);
            Ok(ScanRow {
                source: source.clone(),
                at: Timestamp::from_millis(row.at),
                markets: json::count(row.markets, name)?,
                candidates: json::count(row.candidates, name)?,
                refused: json::value(&row.refused, name)?,
                hedges: json::count(row.hedges, name)?,
            })
        })
        .transpose()
        .map_err(PortError)
    }

    async fn ledger(&self, account: &AccountName) -> Result<Vec<LedgerRow>, PortError> {
        let txn = self.begin_read().await.map_err(port)?;
        let entries = ledger_entry::Entity::find()
            .filter(ledger_entry::Column::Account.eq(account.as_str()))
            .order_by_asc(ledger_entry::Column::Seq)
            .all(&txn)
            .await
            .map_err(port)?;
        let lines = posting::Entity::find()
            .join(JoinType::InnerJoin, posting::Relation::LedgerEntry.def())
            .filter(ledger_entry::Column::Account.eq(account.as_str()))
            .order_by_asc(posting::Column::EntryId)
            .order_by_asc(posting::Column::Line)
            .all(&txn)
            .await
            .map_err(port)?;
        let mut postings: HashMap<i64, Vec<PostingRow>> = HashMap::with_capacity(entries.len());
        for line in lines {
            let row = PostingRow { ledger: line.ledger, amount: Usdc::from_micros(line.amount) };
            postings.entry(line.entry_id).or_default().push(row);
        }
        entries
            .into_iter()
            .map(|e| {
                let name = || format!("entry {} of {account}", e.seq);
                Ok(LedgerRow {
                    at: Timestamp::from_millis(e.at),
                    position: e.position.map(|p| json::count(p, name)).transpose()?,
                    event: json::value(&e.event, name)?,
                    postings: postings.remove(&e.id).unwrap_or_default(),
                    kind: e.kind,
                })
            })
            .collect::<Result<_, String>>()
            .map_err(PortError)
    }

    async fn strategies(&self) -> Result<Vec<StoredStrategy>, PortError> {
        strategy::Entity::find()
            .filter(strategy::Column::IsCurrent.eq(true))
            .order_by_asc(strategy::Column::Name)
            .all(&self.reader)
            .await
            .map_err(port)?
            .into_iter()
            .map(|s| {
                let version = json::count(s.version, || format!("strategy {:?}", s.name)).map_err(PortError)?;
                Ok(StoredStrategy { name: s.name, version, toml: s.toml })
            })
            .collect()
    }

    async fn strategy_version(&self, name: &str, version: u32) -> Result<Option<StoredStrategy>, PortError> {
        let newest = strategy::Entity::find()
            .filter(strategy::Column::Name.eq(name))
            .order_by_desc(strategy::Column::Generation)
            .one(&self.reader)
            .await
            .map_err(port)?;
        let Some(newest) = newest else { return Ok(None) };
        let found = strategy::Entity::find()
            .filter(strategy::Column::Name.eq(name))
            .filter(strategy::Column::Generation.eq(newest.generation))
            .filter(strategy::Column::Version.eq(i64::from(version)))
            .one(&self.reader)
            .await
            .map_err(port)?;
        Ok(found.map(|s| StoredStrategy { name: s.name, version, toml: s.toml }))
    }

    async fn decisions(&self, account: &AccountName, limit: u32) -> Result<Vec<DecisionRow>, PortError> {
        crate::decisions::newest(self, account, limit).await
    }

    async fn decision_counts(&self, account: &AccountName) -> Result<Vec<DecisionCount>, PortError> {
        crate::decisions::counts(self, account).await
    }

    async fn setting(&self, key: &str) -> Result<Option<String>, PortError> {
        let row = setting::Entity::find_by_id(key.to_owned()).one(&self.reader).await.map_err(port)?;
        Ok(row.map(|s| s.value))
    }

    async fn backtests(&self, run: &str, limit: u32) -> Result<Vec<BacktestRow>, PortError> {
        self.backtest_rows(run, limit).await
    }

    async fn backtest_report(&self, run_id: &str) -> Result<Option<RunReport>, PortError> {
        self.backtest_text(run_id).await
    }

    async fn backtest_count(&self) -> Result<u64, PortError> {
        self.backtests_stored().await
    }

    async fn backtest_trials(&self, data_hash: &str, except: &str) -> Result<u64, PortError> {
        self.trials_of(data_hash, except).await
    }
}

/// Active hedges of a source, best net edge first.
fn best(source: &AccountName, limit: u32) -> Select<hedge::Entity> {
    hedge::Entity::find()
        .filter(hedge::Column::Source.eq(source.as_str()))
        .filter(hedge::Column::Gone.is_null())
        .order_by_desc(hedge::Column::NetEdgePpm)
        .order_by_asc(hedge::Column::Id)
        .limit(u64::from(limit))
}

/// The scans of a source, newest first.
fn newest_scan(source: &AccountName) -> Select<scan::Entity> {
    scan::Entity::find().filter(scan::Column::Source.eq(source.as_str())).order_by_desc(scan::Column::Id)
}

/// The numbers that some of the keys have already.
async fn known(
    db: &impl ConnectionTrait,
    source: &AccountName,
    keys: &[String],
) -> Result<HashMap<String, i64>, PortError> {
    let mut ids = HashMap::with_capacity(keys.len());
    for chunk in keys.chunks(KEYS_PER_STATEMENT) {
        let rows = hedge_key::Entity::find()
            .filter(hedge_key::Column::Source.eq(source.as_str()))
            .filter(hedge_key::Column::Key.is_in(chunk.iter().map(String::as_str)))
            .all(db)
            .await
            .map_err(port)?;
        ids.extend(rows.into_iter().map(|r| (r.key, r.id)));
    }
    Ok(ids)
}

fn stored_hedge(row: hedge::Model) -> Result<StoredHedge, PortError> {
    let name = || format!("hedge #{}", row.id);
    let id = HedgeId::new(row.id).ok_or_else(|| PortError(format!("{} has a number below 1", name())))?;
    Ok(StoredHedge {
        id,
        source: AccountName::new(row.source.as_str())
            .map_err(|e| PortError(format!("{} cannot be read: {e}", name())))?,
        hedge: json::value(&row.body, name).map_err(PortError)?,
        found_at: Timestamp::from_millis(row.found_at),
        priced_at: Timestamp::from_millis(row.priced_at),
        gone: row.gone,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{fresh, plan};

    #[tokio::test]
    async fn lists_of_hedges_and_scans_are_read_from_an_index_in_its_order() {
        let (store, _dir) = fresh().await;
        let live = AccountName::new("live").unwrap();
        for (statement, index) in [
            (plan(&store, &best(&live, 50)).await, "hedge_best"),
            (plan(&store, &newest_scan(&live)).await, "scan_source_id"),
            (plan(&store, &hedge::Entity::find_by_id(3_i64)).await, "INTEGER PRIMARY KEY"),
        ] {
            statement.uses(index);
        }
    }
}
