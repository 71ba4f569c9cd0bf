//! Starts Betty and her specialists under supervision, and is what the rest of the program holds.

use super::betty::{
    Accepted, AskLoad, AskRunning, BettyActor, CancelTask, Employ, Load, Reload, SetPaused, SpecialistDown,
};
use super::dispatcher::Dispatcher;
use super::roster::{ActorRow, Roster};
use super::shell::{Shell, ShellContext};
use super::supervisor::{RestartPolicy, supervise};
use crate::front::ProgressNote;
use actix::Addr;
use betty_bus::journal::{NewTask, TaskRow};
use betty_bus::{Desk, Envelope, Journal, JournalError, MessageKind, Specialist, SpecialistKind, Tap, TaskId};
use betty_market::MarketSource;
use betty_market::time::Clock;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast;

/// Progress notes a slow door may lag behind.
const PROGRESS_LAG_MAX: usize = 256;

/// Waiting tasks cancelled in one sweep.
const CANCEL_ALL_MAX: u32 = 100_000;

/// What Betty is made of.
pub struct Parts {
    /// Accepts, claims, ends.
    pub journal: Arc<dyn Journal>,
    /// What specialists may read.
    pub desk: Arc<dyn Desk>,
    /// Market data.
    pub market: Arc<dyn MarketSource>,
    /// Machine time.
    pub clock: Arc<dyn Clock>,
    /// All eight, or fewer in tests: a task for a missing one ends with that reason.
    pub specialists: Vec<Arc<dyn Specialist>>,
    /// This process, as the journal names it.
    pub owner: String,
}

/// A running Betty. Cheap to clone; usable from any thread.
#[derive(Clone)]
pub struct Betty {
    addr: Addr<BettyActor>,
    /// Accepts, claims, ends.
    pub journal: Arc<dyn Journal>,
    /// What is stored, to read.
    pub desk: Arc<dyn Desk>,
    /// Market data.
    pub market: Arc<dyn MarketSource>,
    /// Machine time.
    pub clock: Arc<dyn Clock>,
    /// Every message.
    pub tap: Tap,
    roster: Roster,
    progress: broadcast::Sender<ProgressNote>,
    outbox_changed: broadcast::Sender<()>,
}

impl Betty {
    /// Starts the actors. Must be called on an actix system whose runtime is tokio's multi-thread one.
    #[must_use]
    pub fn start(parts: Parts) -> Self {
        let Parts { journal, desk, market, clock, specialists, owner } = parts;
        let (tap, roster) = (Tap::default(), Roster::default());
        let (progress, _) = broadcast::channel(PROGRESS_LAG_MAX);
        let (outbox_changed, _) = broadcast::channel(1);
        let actor = BettyActor {
            journal: journal.clone(),
            desk: desk.clone(),
            clock: clock.clone(),
            tap: tap.clone(),
            roster: roster.clone(),
            owner,
            outbox_changed: outbox_changed.clone(),
            dispatcher: Dispatcher::default(),
            shells: BTreeMap::new(),
            running: BTreeMap::new(),
            tasks: BTreeMap::new(),
        };
        let addr = supervise("Betty", actor, RestartPolicy::default(), roster.clone(), |_, error| {
            tracing::error!(error, "Betty's own actor was given up; no task is taken any more until the next start");
        });
        let shared = ShellContext {
            market: market.clone(),
            desk: desk.clone(),
            clock: clock.clone(),
            tap: tap.clone(),
            roster: roster.clone(),
            progress: progress.clone(),
        };
        for specialist in specialists {
            let kind = specialist.kind();
            // An attempt's panic ends as a value and is judged by Betty's actor; this is about the shell's own handlers.
            let policy = match kind {
                SpecialistKind::AutoTrader => RestartPolicy::stop_at_first(),
                _ => RestartPolicy::default(),
            };
            let shell = Shell { specialist, shared: shared.clone(), betty: addr.clone().recipient() };
            let betty = addr.clone();
            let shell = supervise(&kind.to_string(), shell, policy, roster.clone(), move |_, _| {
                betty.do_send(SpecialistDown(kind));
            });
            addr.do_send(Employ { kind, shell });
        }
        Self { addr, journal, desk, market, clock, tap, roster, progress, outbox_changed }
    }

    /// Writes a task down and hands it to the dispatcher. Returns its number, and whether it is new.
    ///
    /// # Errors
    /// When it could not be written: then it was not accepted.
    pub async fn accept(&self, new: NewTask) -> Result<(TaskId, bool), JournalError> {
        let (id, is_new) = self.journal.accept(new.clone()).await?;
        if is_new {
            self.accepted(id, &new);
        }
        Ok((id, is_new))
    }

    /// Hands a task to the dispatcher that was written down elsewhere, as with the slot of a schedule.
    pub fn accepted(&self, id: TaskId, new: &NewTask) {
        let (door, line) = (new.origin.door.clone(), &new.origin.line);
        self.tap
            .record(Envelope::new(self.clock.now(), door, "Betty", MessageKind::Accepted).task(id, None).payload(line));
        self.addr.do_send(Accepted { id, task: new.task.clone() });
    }

    /// Takes up tasks that wait in the journal.
    pub fn reload(&self) {
        self.addr.do_send(Reload);
    }

    /// Cancels a task that has not ended. False when it had.
    ///
    /// # Errors
    /// When the journal did not answer.
    pub async fn cancel(&self, id: TaskId, why: &str) -> Result<bool, JournalError> {
        let was_open = self.journal.cancel(id, why, self.clock.now()).await?;
        if was_open {
            self.tap.record(
                Envelope::new(self.clock.now(), "Betty", "dispatcher", MessageKind::Cancel).task(id, None).payload(why),
            );
            // A dead Betty actor runs nothing that could be cancelled.
            let _ = self.addr.send(CancelTask(id)).await;
            let _ = self.outbox_changed.send(());
        }
        Ok(was_open)
    }

    /// Stops or resumes starting attempts.
    pub fn set_paused(&self, paused: bool) {
        self.addr.do_send(SetPaused(paused));
    }

    /// Cancels everything that waits or runs; returns how many tasks that were.
    ///
    /// # Errors
    /// When the journal did not answer; what was cancelled until then stays cancelled.
    pub async fn cancel_all(&self, why: &str) -> Result<usize, JournalError> {
        let mut cancelled = 0;
        for id in self.journal.queued(CANCEL_ALL_MAX).await? {
            cancelled += usize::from(self.cancel(id, why).await?);
        }
        // A task between its claim and its specialist waits nowhere and runs nowhere: only Betty's actor knows it. A dead one runs nothing.
        for id in self.addr.send(AskRunning).await.unwrap_or_default() {
            cancelled += usize::from(self.cancel(id, why).await?);
        }
        Ok(cancelled)
    }

    /// What runs and waits, and the place of one task in the queue. `None` when Betty's actor was given up.
    pub async fn load(&self, id: Option<TaskId>) -> Option<Load> {
        self.addr.send(AskLoad(id)).await.ok().flatten()
    }

    /// Every actor.
    #[must_use]
    pub fn actors(&self) -> Vec<ActorRow> {
        self.roster.snapshot()
    }

    /// Follows progress.
    #[must_use]
    pub fn progress(&self) -> broadcast::Receiver<ProgressNote> {
        self.progress.subscribe()
    }

    /// Wakes when an answer was put into the outbox.
    #[must_use]
    pub fn outbox_changed(&self) -> broadcast::Receiver<()> {
        self.outbox_changed.subscribe()
    }

    /// Waits until a task has ended, then returns it. Used by one-shot commands and tests; doors use the outbox.
    ///
    /// # Errors
    /// When the journal did not answer.
    pub async fn wait(&self, id: TaskId) -> Result<Option<TaskRow>, JournalError> {
        let mut changed = self.outbox_changed();
        loop {
            match self.journal.task(id).await? {
                Some(row) if row.end.is_none() => {}
                ended => return Ok(ended),
            }
            // A signal may be missed when the receiver lags; the pause bounds the wait.
            let _ = tokio::time::timeout(Duration::from_secs(1), changed.recv()).await;
        }
    }

    /// Waits until nothing runs or waits here, at most `patience`: what a task led to has ended as well then.
    pub async fn idle(&self, patience: Duration) {
        let until = tokio::time::Instant::now() + patience;
        while let Some(load) = self.load(None).await {
            if load.running == 0 && (load.waiting == 0 || load.paused) || tokio::time::Instant::now() >= until {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Stops starting attempts and waits for running ones, at most `patience`. What still runs or waits then stays in the journal
    /// for the next start. Returns how many attempts still run.
    pub async fn drain(&self, patience: Duration) -> usize {
        self.set_paused(true);
        let until = tokio::time::Instant::now() + patience;
        while let Some(load) = self.load(None).await {
            if load.running == 0 || tokio::time::Instant::now() >= until {
                return load.running;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        0
    }
}
