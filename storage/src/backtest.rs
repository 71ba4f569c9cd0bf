//! Stored backtests: written with the end of their task or by a command, listed without their reports, bounded in number and size.

use crate::entity::{backtest, backtest_trial};
use crate::error::{db, port};
use crate::json;
use crate::store::Store;
use betty_bus::effect::BacktestTrials;
use betty_bus::{BacktestRow, Effect, JournalError, PortError};
use betty_market::{Timestamp, Usdc};
use betty_trading::backtest::RunReport;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, FromQueryResult, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect, Set,
};

/// Most backtests kept; the oldest that are not pinned go first.
pub const BACKTESTS_KEPT_MAX: usize = 200;
/// Most bytes of reports kept, likewise: a report with thousands of trades is megabytes. The newest always stays.
pub const BACKTEST_BYTES_KEPT_MAX: i64 = 512 * 1024 * 1024;
/// Longest name of an experiment, in bytes: a digest, not a description.
pub const EXPERIMENT_BYTES_MAX: usize = 128;
/// Longest run id, in bytes.
const RUN_ID_BYTES_MAX: usize = 64;

/// Millionths in one.
const PPM: f64 = 1_000_000.0;

/// A row without its report.
#[derive(Debug, FromQueryResult)]
struct Head {
    run_id: String,
    at: i64,
    source: String,
    strategy: String,
    data_hash: String,
    rules_hash: String,
    code: String,
    data_from: i64,
    data_to: i64,
    starting: i64,
    ending: i64,
    net: i64,
    roi_ppm: i64,
    opened: i64,
    ended: i64,
    wins: i64,
    max_drawdown_ppm: Option<i64>,
    trials: i64,
    pinned: bool,
}

fn row(head: Head) -> Result<BacktestRow, String> {
    let name = || format!("backtest {}", head.run_id);
    Ok(BacktestRow {
        at: Timestamp::from_millis(head.at),
        from: Timestamp::from_millis(head.data_from),
        to: Timestamp::from_millis(head.data_to),
        starting: Usdc::from_micros(head.starting),
        ending: Usdc::from_micros(head.ending),
        net: Usdc::from_micros(head.net),
        roi_ppm: head.roi_ppm,
        opened: json::count(head.opened, name)?,
        ended: json::count(head.ended, name)?,
        wins: json::count(head.wins, name)?,
        trials: json::count(head.trials, name)?,
        max_drawdown_ppm: head.max_drawdown_ppm,
        pinned: head.pinned,
        source: head.source,
        strategy: head.strategy,
        data_hash: head.data_hash,
        rules_hash: head.rules_hash,
        code: head.code,
        run_id: head.run_id,
    })
}

/// Whether a text can be a run id or the beginning of one: digits and letters only, so that it is no pattern either.
fn may_be_run_id(text: &str) -> bool {
    text.len() <= RUN_ID_BYTES_MAX && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
}

/// A fraction as millionths; `None` when it is none.
#[allow(clippy::cast_possible_truncation)]
fn fraction_ppm(value: f64) -> Option<i64> {
    // The cast saturates; a drawdown lies between 0 and 1.
    value.is_finite().then(|| (value * PPM).round() as i64)
}

/// Stores a report, or the newer report of a run that is stored: its place in time and its pin stay.
pub(crate) async fn save(txn: &DatabaseTransaction, report: &RunReport, at: Timestamp) -> Result<(), JournalError> {
    if report.run_id.is_empty() || !may_be_run_id(&report.run_id) {
        return Err(JournalError::Invariant(format!("{:?} is no run id", report.run_id)));
    }
    let Some(case) = report.main_case() else {
        return Err(JournalError::Invariant(format!("backtest {} has no case", report.run_id)));
    };
    let s = &case.summary;
    let text = json::text(report, "a backtest's report")?;
    let count = |value| json::int(value, "a count of a backtest");
    let model = backtest::ActiveModel {
        run_id: Set(report.run_id.clone()),
        at: Set(at.millis()),
        source: Set(report.source.to_string()),
        strategy: Set(report.strategy.to_string()),
        data_hash: Set(report.data_hash.clone()),
        rules_hash: Set(report.rules_hash.clone()),
        code: Set(report.code.clone()),
        data_from: Set(report.coverage.from.millis()),
        data_to: Set(report.coverage.to.millis()),
        starting: Set(s.starting.micros()),
        ending: Set(s.ending.micros()),
        net: Set(s.net.micros()),
        roi_ppm: Set(s.roi_ppm),
        opened: Set(count(s.opened)?),
        ended: Set(count(s.ended)?),
        wins: Set(count(s.wins)?),
        max_drawdown_ppm: Set(s.max_drawdown.value.and_then(fraction_ppm)),
        trials: Set(count(report.trials)?),
        pinned: Set(false),
        bytes: Set(text.len() as i64),
        report: Set(text),
        ..Default::default()
    };
    use backtest::Column as C;
    let replaced = [
        C::Source,
        C::Strategy,
        C::DataHash,
        C::RulesHash,
        C::Code,
        C::DataFrom,
        C::DataTo,
        C::Starting,
        C::Ending,
        C::Net,
        C::RoiPpm,
        C::Opened,
        C::Ended,
        C::Wins,
        C::MaxDrawdownPpm,
        C::Trials,
        C::Bytes,
        C::Report,
    ];
    backtest::Entity::insert(model)
        .on_conflict(OnConflict::column(C::RunId).update_columns(replaced).to_owned())
        .exec_without_returning(txn)
        .await
        .map_err(db)?;
    make_room(txn).await.map_err(db)
}

/// Deletes the oldest that are not pinned, beyond the number and the bytes kept.
async fn make_room(txn: &DatabaseTransaction) -> Result<(), sea_orm::DbErr> {
    let kept: Vec<(i64, i64)> = backtest::Entity::find()
        .filter(backtest::Column::Pinned.eq(false))
        .order_by_desc(backtest::Column::Id)
        .select_only()
        .columns([backtest::Column::Id, backtest::Column::Bytes])
        .into_tuple()
        .all(txn)
        .await?;
    let mut bytes = 0_i64;
    let too_much = kept.iter().enumerate().find(|(n, (_, long))| {
        bytes = bytes.saturating_add(*long);
        *n > 0 && (*n >= BACKTESTS_KEPT_MAX || bytes > BACKTEST_BYTES_KEPT_MAX)
    });
    if let Some((_, (last, _))) = too_much {
        backtest::Entity::delete_many()
            .filter(backtest::Column::Pinned.eq(false))
            .filter(backtest::Column::Id.lte(*last))
            .exec(txn)
            .await?;
    }
    Ok(())
}

/// Counts what an experiment tried; less than before changes nothing.
pub(crate) async fn count_trials(
    txn: &DatabaseTransaction,
    trials: BacktestTrials,
    at: Timestamp,
) -> Result<(), JournalError> {
    if trials.experiment.len() > EXPERIMENT_BYTES_MAX {
        return Err(JournalError::Invariant(format!(
            "the name of an experiment is {} bytes long, at most {EXPERIMENT_BYTES_MAX} are stored",
            trials.experiment.len()
        )));
    }
    let sets = json::int(trials.sets, "an experiment's number of sets")?;
    let key = (trials.data_hash.clone(), trials.experiment.clone());
    let known = backtest_trial::Entity::find_by_id(key).one(txn).await.map_err(db)?;
    if known.is_some_and(|k| k.sets >= sets) {
        return Ok(());
    }
    let model = backtest_trial::ActiveModel {
        data_hash: Set(trials.data_hash),
        experiment: Set(trials.experiment),
        sets: Set(sets),
        at: Set(at.millis()),
    };
    use backtest_trial::Column as C;
    backtest_trial::Entity::insert(model)
        .on_conflict(OnConflict::columns([C::DataHash, C::Experiment]).update_columns([C::Sets, C::At]).to_owned())
        .exec_without_returning(txn)
        .await
        .map_err(db)?;
    Ok(())
}

impl Store {
    /// Writes what a backtest leaves behind outside any task: for a command that runs it itself. One transaction.
    ///
    /// # Errors
    /// [`JournalError`] as for the effects of a task; an effect that is none of a backtest's is an [`JournalError::Invariant`].
    pub async fn write_backtest(&self, effects: Vec<Effect>, at: Timestamp) -> Result<(), JournalError> {
        if effects.iter().any(|e| !matches!(e, Effect::Backtest(_) | Effect::BacktestTrials(_))) {
            return Err(JournalError::Invariant("only a backtest's effects are written without a task".to_owned()));
        }
        let txn = self.begin_write().await.map_err(db)?;
        crate::effects::apply(&txn, effects, at).await?;
        txn.commit().await.map_err(db)
    }

    pub(crate) async fn backtest_rows(&self, run: &str, limit: u32) -> Result<Vec<BacktestRow>, PortError> {
        if !may_be_run_id(run) {
            return Ok(Vec::new());
        }
        use backtest::Column as C;
        let heads: Vec<Head> = backtest::Entity::find()
            .filter(C::RunId.starts_with(run))
            .order_by_desc(C::Id)
            .limit(u64::from(limit))
            .select_only()
            .columns([
                C::RunId,
                C::At,
                C::Source,
                C::Strategy,
                C::DataHash,
                C::RulesHash,
                C::Code,
                C::DataFrom,
                C::DataTo,
            ])
            .columns([C::Starting, C::Ending, C::Net, C::RoiPpm, C::Opened, C::Ended, C::Wins])
            .columns([C::MaxDrawdownPpm, C::Trials, C::Pinned])
            .into_model()
            .all(&self.reader)
            .await
            .map_err(port)?;
        heads.into_iter().map(row).collect::<Result<_, _>>().map_err(PortError)
    }

    pub(crate) async fn backtest_text(&self, run_id: &str) -> Result<Option<RunReport>, PortError> {
        let text: Option<String> = backtest::Entity::find()
            .filter(backtest::Column::RunId.eq(run_id))
            .select_only()
            .column(backtest::Column::Report)
            .into_tuple()
            .one(&self.reader)
            .await
            .map_err(port)?;
        text.map(|t| json::value(&t, || format!("backtest {run_id}"))).transpose().map_err(PortError)
    }

    pub(crate) async fn backtests_stored(&self) -> Result<u64, PortError> {
        backtest::Entity::find().count(&self.reader).await.map_err(port)
    }

    pub(crate) async fn trials_of(&self, data_hash: &str, except: &str) -> Result<u64, PortError> {
        trials(&self.reader, data_hash, except).await
    }
}

async fn trials(db: &impl ConnectionTrait, data_hash: &str, except: &str) -> Result<u64, PortError> {
    use backtest_trial::Column as C;
    // Summed here: the sum of 64-bit integers is a decimal on PostgreSQL and an integer on SQLite.
    let sets: Vec<i64> = backtest_trial::Entity::find()
        .filter(C::DataHash.eq(data_hash))
        .filter(Expr::col(C::Experiment).ne(except))
        .select_only()
        .column(C::Sets)
        .into_tuple()
        .all(db)
        .await
        .map_err(port)?;
    Ok(sets.into_iter().map(|n| u64::try_from(n).unwrap_or(0)).fold(0, u64::saturating_add))
}
