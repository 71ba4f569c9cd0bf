//! Follows the books of interest and asks for rounds: the subscription, the clock and the journal around the plain parts.

use super::decide::{HEDGES_MAX, Moment, Watch};
use super::pace::Pace;
use super::{ASKER, NOWHERE, Tell};
use crate::reception::{ATTEMPTS_MAX, DELIVERIES_MAX};
use crate::runtime::handle::Betty;
use betty_bus::journal::{NewTask, Origin, TaskRow};
use betty_bus::task::{AutoTask, BookEvent, HedgeTask, RoundAfter};
use betty_bus::{JournalError, SpecialistKind, Task, TaskErrorKind, TaskId};
use betty_market::source::{MarketEvent, Subscription};
use betty_market::{SourceLabel, Timestamp, TokenId};
use betty_specialists::auto::interest::interest;
use betty_trading::{CostSettings, Limits};
use std::collections::BTreeSet;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

/// How often what is of interest is read again, at least.
pub const LOOK_EVERY: Duration = Duration::from_secs(60);
/// And at most, however many tasks end.
pub const LOOK_PAUSE: Duration = Duration::from_secs(1);
/// First wait before a new subscription; doubles, and starts anew once an event came.
pub const CONNECT_MIN: Duration = Duration::from_secs(1);
/// Longest such wait.
pub const CONNECT_MAX: Duration = Duration::from_secs(60);

/// What following needs.
pub struct Watcher {
    /// Source, journal, desk and clock.
    pub betty: Betty,
    /// As rounds have them.
    pub limits: Limits,
    /// As rounds have them.
    pub costs: CostSettings,
    /// At most one round in this time.
    pub interval: Duration,
    /// The net edge from which stored hedges are reported while entries by rule are off, millionths; `None` leaves them alone.
    pub report_ppm: Option<i64>,
    /// For one attempt of a round.
    pub deadline: Duration,
    /// Where answers go.
    pub tell: Tell,
}

/// A round on its way.
type Round = Pin<Box<dyn Future<Output = (TaskId, Result<Option<TaskRow>, JournalError>)> + Send>>;

/// Following, as far as it has come.
struct State {
    watch: Watch,
    pace: Pace,
    subscription: Option<Box<dyn Subscription>>,
    /// What it follows.
    followed: Vec<TokenId>,
    connect_at: Instant,
    connect_wait: Duration,
    /// When silent markets were last read.
    swept: Option<Instant>,
    round: Option<Round>,
}

impl State {
    /// There is no subscription any more, and no book is known. The next one waits.
    fn lost(&mut self, why: &str) {
        tracing::warn!(why, wait_s = self.connect_wait.as_secs(), "book events: the books are not followed now");
        self.subscription = None;
        self.watch.forget_books();
        self.connect_at = Instant::now() + self.connect_wait;
        self.connect_wait = (self.connect_wait * 2).min(CONNECT_MAX);
    }
}

/// The next event; only to be awaited while there is a subscription.
async fn next(subscription: &mut Option<Box<dyn Subscription>>) -> Option<MarketEvent> {
    match subscription {
        Some(subscription) => subscription.next().await,
        None => std::future::pending().await,
    }
}

/// The end of the round; only to be awaited while one is on its way.
async fn end_of(round: &mut Option<Round>) -> (TaskId, Result<Option<TaskRow>, JournalError>) {
    match round {
        Some(round) => round.await,
        None => std::future::pending().await,
    }
}

impl Watcher {
    /// Follows until `stop`. A subscription that ends, a source or a database that does not answer are tried again. A recording stands
    /// still, so there is nothing to follow and this returns at once.
    pub async fn run(self, stop: CancellationToken) {
        if matches!(self.betty.market.label(), SourceLabel::Recorded { .. }) {
            return;
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = self.follow() => {}
        }
    }

    fn now(&self) -> Moment {
        Moment { market: self.betty.market.now(), machine: self.betty.clock.now() }
    }

    async fn follow(&self) {
        let mut s = State {
            watch: Watch::new(self.limits.clone(), self.costs.clone()),
            pace: Pace::new(i64::try_from(self.interval.as_millis()).unwrap_or(i64::MAX)),
            subscription: None,
            followed: Vec::new(),
            connect_at: Instant::now(),
            connect_wait: CONNECT_MIN,
            swept: None,
            round: None,
        };
        let mut changed = self.betty.outbox_changed();
        let mut looked = Instant::now();
        let mut look_at = looked;
        loop {
            let due = s.pace.due().map(|at| Instant::now() + self.until(at));
            tokio::select! {
                () = sleep_until(look_at) => {
                    looked = Instant::now();
                    look_at = looked + LOOK_EVERY;
                    self.look(&mut s).await;
                }
                // Whatever ended may have changed what is of interest.
                change = changed.recv() => match change {
                    Ok(()) | Err(RecvError::Lagged(_)) => look_at = look_at.min(looked + LOOK_PAUSE),
                    Err(RecvError::Closed) => return,
                },
                () = sleep_until(s.connect_at), if s.subscription.is_none() && !s.followed.is_empty() => {
                    self.connect(&mut s).await;
                }
                event = next(&mut s.subscription), if s.subscription.is_some() => match event {
                    Some(event) => {
                        s.connect_wait = CONNECT_MIN;
                        let events = s.watch.event(event, self.now());
                        s.pace.note(events);
                    }
                    None => s.lost("the subscription ended"),
                },
                (task, row) = end_of(&mut s.round), if s.round.is_some() => {
                    s.round = None;
                    self.ended(&mut s, task, row).await;
                }
                () = sleep_until(due.unwrap_or(look_at)), if due.is_some() => self.ask(&mut s).await,
            }
        }
    }

    fn until(&self, at: Timestamp) -> Duration {
        Duration::from_millis(u64::try_from(at.since(self.betty.clock.now())).unwrap_or(0))
    }

    /// Reads what is of interest, and follows exactly that.
    async fn look(&self, s: &mut State) {
        let market = &self.betty.market;
        match interest(self.betty.desk.as_ref(), &market.label(), HEDGES_MAX, self.report_ppm).await {
            Ok(interest) => s.watch.look(interest, self.now()),
            Err(error) => tracing::warn!(%error, "book events: what is of interest could not be read"),
        }
        let sweep = s.swept.is_none_or(|at| at.elapsed() >= LOOK_EVERY);
        if sweep {
            s.swept = Some(Instant::now());
        }
        for id in s.watch.unread(sweep) {
            match market.market(&id).await {
                Ok(market) => {
                    let events = s.watch.read(market);
                    s.pace.note(events);
                }
                // Its position has no mark until the next look.
                Err(error) => tracing::debug!(%error, market = %id, "book events: a market could not be read"),
            }
        }
        let tokens = s.watch.tokens();
        if tokens == s.followed {
            return;
        }
        s.followed.clone_from(&tokens);
        if tokens.is_empty() {
            s.subscription = None;
            s.watch.forget_books();
        } else if let Some(subscription) = &mut s.subscription
            && let Err(error) = subscription.set_tokens(&tokens).await
        {
            s.lost(&error.to_string());
        }
    }

    async fn connect(&self, s: &mut State) {
        match self.betty.market.subscribe(&s.followed).await {
            Ok(subscription) => s.subscription = Some(subscription),
            Err(error) => s.lost(&error.to_string()),
        }
    }

    /// Accepts a round, unless none could run now.
    async fn ask(&self, s: &mut State) {
        let trader = SpecialistKind::AutoTrader.to_string();
        let given_up = self.betty.actors().iter().any(|a| a.name == trader && a.state != "running");
        let paused = self.betty.load(None).await.is_none_or(|load| load.paused);
        let now = self.betty.clock.now();
        if given_up || paused {
            s.pace.postponed(now);
            return;
        }
        let Some(events) = s.pace.ask(now) else { return };
        let (task, left) = self.work(events, s.watch.entries());
        s.pace.note(left);
        match self.betty.accept(self.new_task(task, now)).await {
            Ok((id, true)) => {
                let betty = self.betty.clone();
                s.round = Some(Box::pin(async move { (id, betty.wait(id).await) }));
            }
            // Another process has asked for a round in this interval, perhaps about something else.
            Ok((_, false)) => s.pace.postponed(now),
            Err(error) => {
                tracing::warn!(%error, "book events: a round could not be accepted");
                s.pace.failed(now);
            }
        }
    }

    /// The task for these events, and what of them is left for the next one. While entries are off, a hedge that has become cheap is
    /// priced and reported, which a round would not do.
    fn work(&self, events: BTreeSet<BookEvent>, entries: bool) -> (Task, BTreeSet<BookEvent>) {
        let (cheap, others): (BTreeSet<BookEvent>, BTreeSet<BookEvent>) = events
            .into_iter()
            .partition(|e| !entries && self.report_ppm.is_some() && matches!(e, BookEvent::Cheap { .. }));
        let hedges = cheap.iter().filter_map(|e| match e {
            BookEvent::Cheap { hedge } => Some(*hedge),
            _ => None,
        });
        match self.report_ppm {
            Some(threshold_ppm) if others.is_empty() => {
                (Task::Hedge(HedgeTask::Reprice { hedges: hedges.collect(), threshold_ppm }), BTreeSet::new())
            }
            _ => (Task::Auto(AutoTask::Round { after: RoundAfter::Events { events: others } }), cheap),
        }
    }

    fn new_task(&self, task: Task, now: Timestamp) -> NewTask {
        let interval_ms = i64::try_from(self.interval.as_millis()).unwrap_or(i64::MAX).max(1);
        let slot = now.millis().div_euclid(interval_ms);
        let (line, kind) = match &task {
            Task::Auto(AutoTask::Round { after: after @ RoundAfter::Events { events } }) => {
                let ended = events.iter().find_map(|e| match e {
                    BookEvent::Resolved { market } => Some(format!("-resolved-{market}")),
                    _ => None,
                });
                (after.to_string(), ended.unwrap_or_default())
            }
            _ => ("stored hedges have become cheap".to_owned(), "-report".to_owned()),
        };
        let account = self.betty.market.label().account();
        NewTask {
            origin: Origin {
                door: self.tell.door.to_owned(),
                asker: ASKER.to_owned(),
                reply_to: self.tell.reply_to.clone(),
                line,
            },
            task,
            // One of a kind an interval, over all processes that share the database.
            idempotency_key: Some(format!("book-events-{account}-{slot}{kind}")),
            parent: None,
            attempts_max: ATTEMPTS_MAX,
            deadline_ms: u64::try_from(self.deadline.as_millis()).unwrap_or(u64::MAX),
            at: now,
        }
    }

    async fn ended(&self, s: &mut State, task: TaskId, row: Result<Option<TaskRow>, JournalError>) {
        let now = self.betty.clock.now();
        match row {
            Ok(Some(TaskRow { end: Some(Err(error)), .. })) if error.kind != TaskErrorKind::Cancelled => {
                tracing::warn!(%task, %error, "book events: a round ended in an error and is tried again later");
                s.pace.failed(now);
            }
            Ok(Some(_)) => s.pace.ended(),
            Ok(None) => s.pace.failed(now),
            Err(error) => {
                tracing::warn!(%task, %error, "book events: the end of a round could not be read");
                s.pace.failed(now);
            }
        }
        if self.tell.is_nobody() {
            nobody_told(&self.betty).await;
        }
    }
}

/// Answers that nobody can be told of do not wait for anybody.
pub(crate) async fn nobody_told(betty: &Betty) {
    let journal = &betty.journal;
    let rows = match journal.outbox(NOWHERE, DELIVERIES_MAX).await {
        Ok(rows) => rows,
        Err(error) => return tracing::warn!(%error, "book events: answers could not be read"),
    };
    for row in rows {
        if let Err(error) = journal.delivered(row.id, betty.clock.now()).await {
            tracing::warn!(%error, id = row.id, "book events: an answer could not be marked");
        }
    }
}
