//! HedgeSpecialist. Proves, prices and watches hedges: fetches markets and books, hands them to the prover, stores what was found.

use crate::account::{Books, account_name};
use crate::legs::stored_hedge;
use crate::{Setup, misrouted};
use async_trait::async_trait;
use betty_bus::effect::ScanRow;
use betty_bus::report::{
    AnalysisReport, HedgesReport, MarketsReport, MonitorReport, MonitorRow, ScanReport, StatusReport, WhyReport,
};
use betty_bus::specialist::{Attempt, Done};
use betty_bus::task::HedgeTask;
use betty_bus::{Effect, HedgeId, Report, Specialist, SpecialistKind, StoredHedge, Task, TaskError, TaskErrorKind};
use betty_hedging::discover::{analyze, prove_all, tokens_to_price};
use betty_hedging::scan::{self, ScanConfig, ScanInput};
use betty_hedging::{Hedge, QuoteConfig};
use betty_market::book::BookFault;
use betty_market::{Book, BookSide, Market, MarketFilter, MarketId, Timestamp, TokenId, Usdc};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

/// Stored hedges read in one task.
pub const STORED_MAX: u32 = 1_000;

/// Proves, prices and watches hedges.
#[derive(Debug, Clone)]
pub struct HedgeSpecialist {
    setup: Arc<Setup>,
}

impl HedgeSpecialist {
    /// With the configured limits and costs.
    #[must_use]
    pub const fn new(setup: Arc<Setup>) -> Self {
        Self { setup }
    }

    fn scan_config(&self, min_edge_ppm: i64) -> ScanConfig {
        let (limits, costs) = (&self.setup.limits, &self.setup.costs);
        let gas = costs.gas.per_basket.micros();
        let buffered = gas + gas * i64::from(costs.gas_buffer_pct) / 100;
        ScanConfig {
            quote: QuoteConfig {
                max_age_ms: limits.book_age_ms_max,
                max_gap_ms: limits.leg_gap_ms_max,
                min_edge_ppm,
                gas: Usdc::from_micros(buffered),
                ..QuoteConfig::default()
            },
            ..ScanConfig::default()
        }
    }

    /// Proves and prices among the given markets; the prover runs off the I/O threads.
    async fn prove(&self, attempt: &Attempt, markets: Vec<Market>, min_edge_ppm: i64) -> Result<Proven, TaskError> {
        let (discovery, markets) = blocking(move || (prove_all(&markets), markets)).await?;
        attempt.check()?;
        let tokens = tokens_to_price(&discovery, &markets);
        (attempt.progress)(&format!("{} pairs proven, reading {} books", discovery.proofs.len(), tokens.len()));
        let books: HashMap<TokenId, Book> =
            attempt.market.books(&tokens).await?.into_iter().map(|b| (b.token.clone(), b)).collect();
        attempt.check()?;
        let (now, config) = (attempt.market.now(), self.scan_config(min_edge_ppm));
        blocking(move || {
            let input = ScanInput { markets: &markets, books: &books, now, config };
            let report = scan::scan_proofs(&discovery, &input);
            Proven { report, asked: tokens.into_iter().collect(), books, now }
        })
        .await
    }

    async fn scan(
        &self,
        attempt: &Attempt,
        query: Option<String>,
        limit: Option<u32>,
        min_edge_ppm: i64,
    ) -> Result<Done, TaskError> {
        // What pays less than the edge asked for is still there.
        let whole = query.is_none() && limit.is_none() && min_edge_ppm <= 0;
        (attempt.progress)("reading the markets");
        let markets = attempt.market.markets(&MarketFilter { query, limit }).await?;
        (attempt.progress)(&format!("{} markets read, looking for proofs", markets.len()));
        let proven = self.prove(attempt, markets, min_edge_ppm).await?;
        let source = account_name(attempt)?;
        let scanned = proven.report;
        let keys: Vec<String> = scanned.hedges.iter().map(|h| h.key.clone()).collect();
        let ids = attempt.desk.hedge_ids(&source, &keys).await?;
        let hedges: Vec<(HedgeId, Hedge)> = ids.into_iter().zip(scanned.hedges).collect();
        let (asked, books, now) = (proven.asked, proven.books, proven.now);
        let refused: BTreeMap<String, u64> = scanned.refused.iter().map(|(r, n)| (snake(*r), *n)).collect();
        let at = attempt.market.now();
        let mut effects = vec![
            Effect::Scan(ScanRow {
                source: source.clone(),
                at,
                markets: scanned.markets,
                candidates: scanned.scanned_pairs,
                refused: refused.clone(),
                hedges: hedges.len() as u64,
            }),
            Effect::Hedges { source: source.clone(), hedges: hedges.clone() },
        ];
        if whole {
            // Only a scan of everything can say that a hedge is not there any more.
            let gone: Vec<(HedgeId, String)> = attempt
                .desk
                .hedges(&source, STORED_MAX)
                .await?
                .into_iter()
                .filter(|s| !hedges.iter().any(|(id, _)| *id == s.id))
                .filter(|s| can_say(&s.hedge, &asked, &books, now, &self.scan_config(min_edge_ppm).quote))
                .map(|s| (s.id, format!("not found at a price that pays in the scan of {at}")))
                .collect();
            if !gone.is_empty() {
                effects.push(Effect::HedgesGone { gone });
            }
        }
        let report = ScanReport {
            source: attempt.market.label(),
            at,
            markets: scanned.markets,
            candidates: scanned.scanned_pairs,
            hedges,
            refused,
        };
        Ok(Done { report: Report::Scan(report), effects })
    }

    async fn find(attempt: &Attempt, coverage_ppm: u32, limit: u32) -> Result<Done, TaskError> {
        let all = attempt.desk.hedges(&account_name(attempt)?, STORED_MAX).await?;
        let stored = all.len() as u64;
        let least = f64::from(coverage_ppm) / 1e6;
        let hedges = all.into_iter().filter(|s| s.hedge.coverage.lower >= least).take(limit as usize).collect();
        let title = match coverage_ppm {
            0 => "stored hedges".to_owned(),
            ppm => format!("hedges with a coverage of at least {}%", f64::from(ppm) / 1e4),
        };
        Ok(Done::read(Report::Hedges(HedgesReport { source: attempt.market.label(), title, hedges, stored })))
    }

    async fn why(attempt: &Attempt, id: HedgeId) -> Result<Done, TaskError> {
        let hedge = stored_hedge(attempt, id).await?;
        let mut markets = Vec::new();
        for id in &hedge.hedge.certificate.markets {
            match attempt.market.market(id).await {
                Ok(market) => markets.push(market),
                Err(betty_market::SourceError::NotFound { .. }) => {}
                Err(e) => return Err(e.into()),
            }
        }
        let holds = hedge.hedge.certificate.still_holds(&markets.iter().collect::<Vec<_>>());
        Ok(Done::read(Report::Why(Box::new(WhyReport { source: attempt.market.label(), hedge, markets, holds }))))
    }

    async fn analyze(attempt: &Attempt, a: MarketId, b: MarketId) -> Result<Done, TaskError> {
        let (a, b) = (attempt.market.market(&a).await?, attempt.market.market(&b).await?);
        let analysis = analyze(&a, &b);
        let relation = analysis.relation.as_ref().map(|c| relation_words(c, &a, &b));
        let proofs = analysis
            .relation
            .iter()
            .map(|c| format!("{} {}, {:?}: {}", c.rule, c.rule.title(), c.evidence, c.sentence))
            .collect();
        let failed = analysis
            .failed
            .iter()
            .map(|f| format!("{} {}: {} ({})", f.rule, f.rule.title(), f.obligation, f.detail))
            .collect();
        Ok(Done::read(Report::Analysis(AnalysisReport {
            source: attempt.market.label(),
            markets: vec![(a.id, a.question), (b.id, b.question)],
            relation,
            proofs,
            failed,
        })))
    }

    /// Prices every stored hedge again from fresh markets and books.
    async fn monitor(&self, attempt: &Attempt, threshold_ppm: i64) -> Result<Done, TaskError> {
        let source = account_name(attempt)?;
        let mut stored = attempt.desk.hedges(&source, STORED_MAX).await?;
        // What is held is watched whether or not it still pays to open it.
        let books = Books::read(attempt, &self.setup.limits).await?;
        for id in books.account.open_positions().filter_map(|p| p.opened.hedge_id.and_then(HedgeId::new)) {
            if !stored.iter().any(|s| s.id == id) {
                stored.extend(attempt.desk.hedge(id).await?.filter(|s| s.source == source));
            }
        }
        let (mut rows, mut fresh_hedges, mut gone) = (Vec::new(), Vec::new(), Vec::new());
        for s in &stored {
            attempt.check()?;
            let row = |now_ppm, words: String| MonitorRow {
                id: s.id,
                legs: s.hedge.legs.iter().map(|l| format!("{} {}", l.outcome, l.question)).collect(),
                before_ppm: s.hedge.quote.net_edge_ppm,
                now_ppm,
                words,
            };
            match self.price_again(attempt, s).await? {
                Priced::Gone(word) => {
                    gone.push((s.id, word.clone()));
                    rows.push(row(None, word));
                }
                Priced::Waits(word) => rows.push(row(None, word)),
                Priced::Pays(hedge) => {
                    let now = hedge.quote.net_edge_ppm;
                    if now >= threshold_ppm {
                        rows.push(row(Some(now), "past the profit threshold".to_owned()));
                    } else if now > s.hedge.quote.net_edge_ppm {
                        rows.push(row(Some(now), "better than when it was stored".to_owned()));
                    }
                    fresh_hedges.push((s.id, *hedge));
                }
                Priced::PaysNot { near, word } => rows.push(row(near, word)),
            }
        }
        let mut effects = vec![Effect::Hedges { source, hedges: fresh_hedges }];
        if !gone.is_empty() {
            effects.push(Effect::HedgesGone { gone });
        }
        let report = MonitorReport {
            source: attempt.market.label(),
            at: attempt.market.now(),
            threshold_ppm,
            watched: stored.len() as u64,
            rows,
        };
        Ok(Done { report: Report::Monitor(report), effects })
    }

    /// Proves and prices one stored hedge again from fresh markets and books.
    pub(crate) async fn price_again(&self, attempt: &Attempt, stored: &StoredHedge) -> Result<Priced, TaskError> {
        let markets = match self.legs_of(attempt, stored).await? {
            Ok(markets) => markets,
            Err(missing) => return Ok(Priced::Gone(missing)),
        };
        if let Some(word) = resolved(&markets) {
            return Ok(Priced::Gone(word));
        }
        if !stored.hedge.certificate.still_holds(&markets.iter().collect::<Vec<_>>()) {
            let word = "a question, rule text, end date or flag changed: the proof no longer stands".to_owned();
            return Ok(Priced::Gone(word));
        }
        if let Some(word) = pending(&markets) {
            // Not the end yet: a dispute can send the market back to trading.
            return Ok(Priced::Waits(word));
        }
        let scanned = self.prove(attempt, markets, 0).await?.report;
        Ok(match scanned.hedges.into_iter().find(|h| h.key == stored.hedge.key) {
            Some(hedge) => Priced::Pays(Box::new(hedge)),
            None => {
                let near = scanned.watch.iter().find(|h| h.key == stored.hedge.key).map(|h| h.quote.net_edge_ppm);
                let reasons: Vec<String> = scanned.refused.keys().map(ToString::to_string).collect();
                Priced::PaysNot { near, word: format!("does not pay now: {}", reasons.join(", ")) }
            }
        })
    }

    /// The markets of a stored hedge as they are now, or which one is missing.
    async fn legs_of(&self, attempt: &Attempt, stored: &StoredHedge) -> Result<Result<Vec<Market>, String>, TaskError> {
        let mut markets = Vec::new();
        for leg in &stored.hedge.legs {
            match attempt.market.market(&leg.market).await {
                Ok(market) => markets.push(market),
                Err(betty_market::SourceError::NotFound { .. }) => {
                    return Ok(Err(format!("market {} is not in this source any more", leg.market)));
                }
                Err(e) => return Err(e.into()),
            }
        }
        Ok(Ok(markets))
    }

    async fn status(attempt: &Attempt, limit: u32) -> Result<Done, TaskError> {
        let source = account_name(attempt)?;
        let mut hedges = attempt.desk.hedges(&source, STORED_MAX).await?;
        let mut by_tier = BTreeMap::new();
        for s in &hedges {
            *by_tier.entry(s.hedge.tier.to_string()).or_insert(0) += 1;
        }
        hedges.truncate(limit as usize);
        let last_scan = attempt.desk.last_scan(&source).await?;
        Ok(Done::read(Report::Status(StatusReport { source: attempt.market.label(), last_scan, by_tier, hedges })))
    }

    async fn markets(attempt: &Attempt, query: Option<String>, limit: u32) -> Result<Done, TaskError> {
        let markets = attempt.market.markets(&MarketFilter { query, limit: Some(limit) }).await?;
        Ok(Done::read(Report::Markets(MarketsReport { source: attempt.market.label(), markets })))
    }
}

/// What became of a stored hedge that was proven and priced again.
pub(crate) enum Priced {
    /// It is none any more, for this reason.
    Gone(String),
    /// A market of it is between trading and its end.
    Waits(String),
    /// It pays, at this price.
    Pays(Box<Hedge>),
    /// It does not pay now.
    PaysNot {
        /// Its net edge at the smallest order, millionths, where it could be priced.
        near: Option<i64>,
        /// Why, in words.
        word: String,
    },
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, TaskError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(value) => Ok(value),
        // A panic in the prover is the attempt's panic: it ends as one.
        Err(join) => match join.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => Err(TaskError::new(TaskErrorKind::Cancelled, "the work was dropped because Betty stops")),
        },
    }
}

/// The reason as it stands in data.
fn snake(reason: betty_hedging::RefusalReason) -> String {
    match serde_json::to_value(reason) {
        Ok(serde_json::Value::String(text)) => text,
        _ => reason.title().replace(' ', "_"),
    }
}

/// A scan with what it was made from.
struct Proven {
    report: scan::ScanReport,
    /// The tokens of every proven pair: their books were asked for.
    asked: HashSet<TokenId>,
    books: HashMap<TokenId, Book>,
    now: Timestamp,
}

/// Whether a scan that did not find a stored hedge can say that it is not there: it can when the pair is not proven any more, and
/// when it was priced on books that could be believed. A book that was missing, old, crossed or in a gap says nothing.
fn can_say(
    hedge: &Hedge,
    asked: &HashSet<TokenId>,
    books: &HashMap<TokenId, Book>,
    now: Timestamp,
    config: &QuoteConfig,
) -> bool {
    if !hedge.legs.iter().all(|l| asked.contains(&l.token)) {
        return true;
    }
    let mut stamps = Vec::with_capacity(hedge.legs.len());
    for leg in &hedge.legs {
        let Some(book) = books.get(&leg.token) else { return false };
        match book.check(now, config.max_age_ms, BookSide::Ask) {
            // No asks is an answer: nothing can be bought there.
            Ok(()) | Err(BookFault::OneSided { .. }) => stamps.push(book.at),
            Err(_) => return false,
        }
    }
    let span = stamps.iter().max().zip(stamps.iter().min());
    span.is_none_or(|(last, first)| last.since(*first) <= config.max_gap_ms)
}

/// Whether a market has ended.
fn resolved(markets: &[Market]) -> Option<String> {
    let ended = markets.iter().find(|m| m.status == betty_market::MarketStatus::Resolved);
    ended.map(|m| format!("market {} has resolved", m.id))
}

/// What a trader should know of markets that are about to end.
fn pending(markets: &[Market]) -> Option<String> {
    use betty_market::MarketStatus as S;
    markets.iter().find_map(|m| match m.status {
        S::Disputed => Some(format!("market {} is disputed: capital would stay locked until the vote", m.id)),
        S::Proposed => Some(format!("market {} is in its challenge window", m.id)),
        S::Open | S::Halted | S::Resolved => None,
    })
}

fn relation_words(certificate: &betty_hedging::Certificate, a: &Market, b: &Market) -> String {
    use betty_hedging::Relation as R;
    let first = certificate.markets.first();
    match certificate.relation {
        R::Implies if first == Some(&a.id) => "a_implies_b".to_owned(),
        R::Implies if first == Some(&b.id) => "b_implies_a".to_owned(),
        R::Implies => "none".to_owned(),
        R::Excludes => "mutually_exclusive".to_owned(),
        R::Exhausts | R::Partition => "exhaustive".to_owned(),
        R::Equivalent | R::Union => "equivalent".to_owned(),
    }
}

#[async_trait]
impl Specialist for HedgeSpecialist {
    fn kind(&self) -> SpecialistKind {
        SpecialistKind::HedgeSpecialist
    }

    async fn run(&self, attempt: &Attempt, task: Task) -> Result<Done, TaskError> {
        let Task::Hedge(task) = task else { return Err(misrouted(self.kind())) };
        match task {
            HedgeTask::Scan { query, limit, min_edge_ppm } => self.scan(attempt, query, limit, min_edge_ppm).await,
            HedgeTask::Find { coverage_ppm, limit } => Self::find(attempt, coverage_ppm, limit).await,
            HedgeTask::Analyze { a, b } => Self::analyze(attempt, a, b).await,
            HedgeTask::Monitor { threshold_ppm } => self.monitor(attempt, threshold_ppm).await,
            HedgeTask::Status { limit } => Self::status(attempt, limit).await,
            HedgeTask::Why { hedge } => Self::why(attempt, hedge).await,
            HedgeTask::Markets { query, limit } => Self::markets(attempt, query, limit).await,
        }
    }
}
