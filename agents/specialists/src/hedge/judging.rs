//! What the rules cannot prove and a model may tell: pairs worth a question are judged, within caps; what withstands is priced like a proof.

use super::prove::blocking;
use crate::model::{Meter, ModelSetup, Unanswered};
use betty_bus::report::JudgedReport;
use betty_bus::specialist::Attempt;
use betty_bus::{AccountName, CaseRow, TaskError, TaskErrorKind, VerdictRow};
use betty_hedging::calibration::{Basis, Class};
use betty_hedging::judge::{
    Ask, AskKind, Candidates, Hunt, Judge, Side, Standing, Step, Verdict, VerdictKey, candidates, describe,
};
use betty_hedging::{Discovery, Proof, RuleId, proofs_of};
use betty_market::{Market, MarketId, Outcome};
use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

/// Conflicts told of one scan.
const CONFLICTS_MAX: usize = 5;
/// Failed pairs in a row after which an endpoint counts as down.
const FAILURES_MAX: u32 = 3;
/// The prompts a verdict comes from.
const PROMPTS: [&str; 3] = ["hedge_propose", "hedge_refute", "hedge_must"];

/// What a model added to a scan.
pub(super) struct Judged {
    pub(super) report: JudgedReport,
    /// Verdicts of this scan, to be kept.
    pub(super) verdicts: Vec<VerdictRow>,
    /// What withstood every question, to be priced.
    pub(super) proofs: Vec<Proof>,
    /// Claims, to be followed to their end.
    pub(super) cases: Vec<CaseRow>,
}

/// How the questions about one pair ended.
enum Ended {
    Verdict(Box<Verdict>),
    Failed,
    NotAsked,
}

/// Judges what is worth a question among markets whose proofs are known.
pub(super) async fn judged(
    setup: &ModelSetup,
    attempt: &Attempt,
    source: &AccountName,
    (markets, known): (&Arc<Vec<Market>>, &Arc<Discovery>),
    min_edge_ppm: i64,
) -> Result<Judged, TaskError> {
    let limits = &setup.limits;
    let least = Hunt::default().min_edge_ppm;
    let hunt = Hunt {
        min_edge_ppm: min_edge_ppm.max(least),
        pairs_max: limits.scan_pairs_max,
        sample: limits.scan_sample,
        // Another sample each day of the market's time, and the same one within it.
        seed: attempt.market.now().millis().unsigned_abs() / 86_400_000,
        ..Hunt::default()
    };
    let (pool, proven) = (markets.clone(), known.clone());
    let found: Candidates = blocking(move || candidates(&pool, &proven, &hunt)).await?;
    attempt.check()?;
    let by_id: HashMap<&MarketId, &Market> = markets.iter().map(|m| (&m.id, m)).collect();
    let hashes = prompt_hashes()?;
    let hashes: Vec<&str> = hashes.iter().map(String::as_str).collect();
    let name = setup.model.name().to_owned();
    let pairs: Vec<(VerdictKey, [&Market; 2])> = found
        .pairs
        .iter()
        .filter_map(|c| {
            let pair = [*by_id.get(&c.markets[0])?, *by_id.get(&c.markets[1])?];
            Some((VerdictKey::of(pair[0], pair[1], &hashes, &name), pair))
        })
        .collect();
    let keys: Vec<VerdictKey> = pairs.iter().map(|(key, _)| key.clone()).collect();
    let stored: HashMap<VerdictKey, Verdict> =
        attempt.desk.verdicts(&keys).await?.into_iter().map(|row| (row.key, row.verdict)).collect();
    let mut report = JudgedReport {
        model: name.clone(),
        weighed: found.weighed,
        paying: found.paying,
        gated: found.gated,
        screened: found.screened,
        pairs: pairs.len() as u64,
        ..JudgedReport::default()
    };

    let meter = Meter::new(setup, attempt, limits.scan);
    let asking = Asking {
        meter: &meter,
        stop: AtomicBool::new(false),
        failures: AtomicU32::new(0),
        why: std::sync::Mutex::new(None),
    };
    let open: Vec<&(VerdictKey, [&Market; 2])> = pairs.iter().filter(|(key, _)| !stored.contains_key(key)).collect();
    let total = open.len();
    let mut verdicts: HashMap<&VerdictKey, Verdict> = HashMap::new();
    let mut unanswered = 0_u64;
    {
        // Boxed one by one: a stream of closures over borrowed pairs is not general enough for the compiler.
        let mut waiting = open.iter().map(|(key, pair)| asking.about(key, *pair)).collect::<Vec<_>>().into_iter();
        let mut questions: FuturesUnordered<_> = waiting.by_ref().take(limits.calls_at_a_time.max(1)).collect();
        let until = tokio::time::Instant::now() + limits.scan_time_max;
        let mut done = 0_usize;
        loop {
            let next = tokio::select! {
                () = attempt.cancel.cancelled() => return Err(attempt.check().err().unwrap_or_else(cancelled)),
                next = tokio::time::timeout_at(until, questions.next()) => next,
            };
            let Ok(next) = next else {
                // Calls under way are dropped; what they had set aside stays spent.
                asking.halt(format!("{} s are all that a scan gives to questions", limits.scan_time_max.as_secs_f64()));
                break;
            };
            let Some((key, ended)) = next else { break };
            done += 1;
            questions.extend(waiting.next());
            match ended {
                Ended::Verdict(verdict) => {
                    verdicts.insert(key, *verdict);
                }
                Ended::Failed => report.failed += 1,
                Ended::NotAsked => unanswered += 1,
            }
            (attempt.progress)(&format!("{done} of {total} pairs judged by {name}"));
        }
        report.left_out = unanswered + total.saturating_sub(done) as u64;
    }
    report.stopped = asking.why.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
    report.known = stored.len() as u64;
    report.judged = verdicts.len() as u64;
    (report.spent, report.calls) = meter.used();
    report.left_scan = meter.left();
    report.left_day = setup.purse.left().await?;

    let at = attempt.market.now();
    let mut out = Judged { report, verdicts: Vec::new(), proofs: Vec::new(), cases: Vec::new() };
    // In the order of the pairs, whichever answered first.
    for (key, [a, b]) in &pairs {
        let verdict = match (stored.get(key), verdicts.remove(key)) {
            (Some(verdict), _) => verdict.clone(),
            (None, Some(verdict)) => {
                let row = VerdictRow { key: key.clone(), model: name.clone(), at, verdict: verdict.clone() };
                out.verdicts.push(row);
                verdict
            }
            (None, None) => continue,
        };
        out.count(&verdict);
        out.follow(&verdict, [a, b], &by_id, source, at);
        if verdict.standing == Standing::Verified
            && let Some(certificate) = verdict.certificate([a, b], &name)
        {
            out.proofs.extend(proofs_of(certificate, a, b));
        }
    }
    Ok(out)
}

fn cancelled() -> TaskError {
    TaskError::new(TaskErrorKind::Cancelled, "cancelled before it was done; nothing was written")
}

/// The hashes of the prompts, in a fixed order: a changed prompt asks everything anew.
fn prompt_hashes() -> Result<Vec<String>, TaskError> {
    PROMPTS
        .into_iter()
        .map(|name| betty_prompts::get(name).map(|p| p.hash))
        .collect::<Result<_, _>>()
        .map_err(|e| TaskError::new(TaskErrorKind::Internal, e.to_string()))
}

impl Judged {
    fn count(&mut self, verdict: &Verdict) {
        let r = &mut self.report;
        *match verdict.standing {
            Standing::Verified => &mut r.verified,
            Standing::Hypothesis => &mut r.hypotheses,
            Standing::Rejected => &mut r.rejected,
            Standing::None => &mut r.unrelated,
        } += 1;
        if let Some(conflict) = verdict.conflict.as_ref().filter(|_| r.conflicts.len() < CONFLICTS_MAX) {
            r.conflicts.push(conflict.clone());
        }
    }

    /// Writes a claim down, rejected ones too: whether rejecting was right is found out the same way.
    fn follow(
        &mut self,
        verdict: &Verdict,
        [a, b]: [&Market; 2],
        by_id: &HashMap<&MarketId, &Market>,
        source: &AccountName,
        at: betty_market::Timestamp,
    ) {
        let basis = match verdict.standing {
            Standing::Verified => Basis::Verified,
            Standing::Hypothesis => Basis::Hypothesis,
            Standing::Rejected => Basis::Rejected,
            Standing::None => return,
        };
        let Some((relation, exchanged)) = verdict.claim.map(betty_hedging::judge::Claim::relation) else { return };
        let [first, second] = if exchanged { [b, a] } else { [a, b] };
        let class = Class { rule: RuleId::Model, basis };
        let pair = [first.id.clone(), second.id.clone()];
        self.cases.extend(super::calibration::row(class, relation, pair, by_id, source, at));
    }
}

/// The questions of one scan.
struct Asking<'a> {
    meter: &'a Meter<'a>,
    stop: AtomicBool,
    failures: AtomicU32,
    why: std::sync::Mutex<Option<String>>,
}

impl Asking<'_> {
    fn halt(&self, why: String) {
        self.stop.store(true, Ordering::Relaxed);
        self.why.lock().unwrap_or_else(std::sync::PoisonError::into_inner).get_or_insert(why);
    }

    fn about<'s>(&'s self, key: &'s VerdictKey, pair: [&'s Market; 2]) -> BoxFuture<'s, (&'s VerdictKey, Ended)> {
        Box::pin(async move { (key, self.pair(pair).await) })
    }

    /// Every question about one pair.
    async fn pair(&self, [a, b]: [&Market; 2]) -> Ended {
        let mut judge = Judge::new(a, b);
        loop {
            let ask = match judge.step() {
                Step::Done(verdict) => return Ended::Verdict(verdict),
                Step::Ask(ask) => ask,
            };
            if self.stop.load(Ordering::Relaxed) {
                return Ended::NotAsked;
            }
            let failed = match self.question(ask, judge.shown(ask)).await {
                Ok(value) => match judge.answer(&value) {
                    Ok(()) => {
                        self.failures.store(0, Ordering::Relaxed);
                        continue;
                    }
                    Err(wrong) => wrong.to_string(),
                },
                Err(Unanswered::Cap(why) | Unanswered::Hopeless(why)) => {
                    self.halt(why);
                    return Ended::NotAsked;
                }
                Err(Unanswered::Failed(why)) => why,
            };
            // A failure leaves no verdict: the pair is asked about again next time.
            if self.failures.fetch_add(1, Ordering::Relaxed) + 1 >= FAILURES_MAX {
                self.halt(format!("{FAILURES_MAX} questions in a row failed, the last because {failed}"));
            }
            return Ended::Failed;
        }
    }

    async fn question(&self, ask: Ask, [a, b]: [&Market; 2]) -> Result<serde_json::Value, Unanswered> {
        let (market_a, market_b) = (describe(a), describe(b));
        let mut variables = BTreeMap::from([("market_a", market_a.as_str()), ("market_b", market_b.as_str())]);
        const fn said(outcome: Outcome) -> &'static str {
            match outcome {
                Outcome::Yes => "YES",
                Outcome::No => "NO",
            }
        }
        match ask.kind {
            AskKind::Propose => {}
            AskKind::Refute { world } => {
                variables.extend([("outcome_a", said(world.a)), ("outcome_b", said(world.b))]);
            }
            AskKind::Must { given: (side, outcome), then, .. } => {
                let (given, other) = match side {
                    Side::A => ("A", "B"),
                    Side::B => ("B", "A"),
                };
                variables.extend([
                    ("given", given),
                    ("given_outcome", said(outcome)),
                    ("other", other),
                    ("other_outcome", said(then)),
                ]);
            }
        }
        self.meter.ask(ask.kind.prompt(), &variables, ask.kind.schema()).await
    }
}
