//! Betty's actor: feeds the dispatcher, hands attempts out, writes their ends. All waiting happens in tasks that report back.

use super::dispatcher::{Decision, Dispatcher};
use super::roster::Roster;
use super::shell::{AttemptEnded, RunAttempt, Shell};
use actix::{Actor, Addr, AsyncContext, Context, Handler, Message, Supervised};
use betty_bus::journal::{AttemptEnd, Finished, NewTask, TaskRow, TaskState};
use betty_bus::{
    Desk, Effect, Envelope, Journal, JournalError, MessageKind, SpecialistKind, Tap, Task, TaskError, TaskErrorKind,
    TaskId,
};
use betty_market::time::Clock;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;

/// Tries to write an end before it is left to recovery at the next start.
pub const FINISH_TRIES_MAX: u32 = 10;
/// Longest pause between those tries.
pub const FINISH_PAUSE_MAX: Duration = Duration::from_secs(5);
/// Pause before a claim is tried again after the journal did not answer.
pub const CLAIM_PAUSE: Duration = Duration::from_secs(2);
/// Pause before a failed task's next attempt; doubles with each attempt.
pub const RETRY_PAUSE_MIN: Duration = Duration::from_millis(200);

/// A task was written down.
#[derive(Message)]
#[rtype(result = "()")]
pub(super) struct Accepted {
    pub(super) id: TaskId,
    pub(super) task: Task,
}

/// A specialist's actor runs at this address.
#[derive(Message)]
#[rtype(result = "()")]
pub(super) struct Employ {
    pub(super) kind: SpecialistKind,
    pub(super) shell: Addr<Shell>,
}

/// A specialist was given up.
#[derive(Message)]
#[rtype(result = "()")]
pub(super) struct SpecialistDown(pub(super) SpecialistKind);

/// Cancel a task. Answers whether an attempt of it was running here.
#[derive(Message)]
#[rtype(result = "bool")]
pub(super) struct CancelTask(pub(super) TaskId);

/// Start or stop handing out attempts.
#[derive(Message)]
#[rtype(result = "()")]
pub(super) struct SetPaused(pub(super) bool);

/// What the dispatcher holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Load {
    /// Attempts running.
    pub running: usize,
    /// Tasks waiting.
    pub waiting: usize,
    /// Whether starting is stopped.
    pub paused: bool,
    /// Place of the asked task in the queue, from 1.
    pub place: Option<usize>,
}

/// Ask for [`Load`].
#[derive(Message)]
#[rtype(result = "Option<Load>")]
pub(super) struct AskLoad(pub(super) Option<TaskId>);

/// Ask for the tasks that were handed out and have not ended, those on their way to a specialist included.
#[derive(Message)]
#[rtype(result = "Vec<TaskId>")]
pub(super) struct AskRunning;

/// No attempt was claimed.
#[derive(Message)]
#[rtype(result = "()")]
struct NotClaimed {
    task: TaskId,
    /// The journal did not answer: ask again after a pause. Otherwise the task has ended, is at its cap, or belongs to another process.
    again: bool,
}

/// An end was written, or given up on.
#[derive(Message)]
#[rtype(result = "()")]
struct Written {
    task: TaskId,
    again: Option<(Task, u32)>,
}

/// Look into the journal again for tasks that wait.
#[derive(Message)]
#[rtype(result = "()")]
pub(super) struct Reload;

/// Betty.
pub(super) struct BettyActor {
    pub(super) journal: Arc<dyn Journal>,
    pub(super) desk: Arc<dyn Desk>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) tap: Tap,
    pub(super) roster: Roster,
    pub(super) owner: String,
    pub(super) outbox_changed: broadcast::Sender<()>,
    pub(super) dispatcher: Dispatcher,
    pub(super) shells: BTreeMap<SpecialistKind, Addr<Shell>>,
    pub(super) running: BTreeMap<TaskId, CancellationToken>,
    pub(super) tasks: BTreeMap<TaskId, Task>,
}

impl Actor for BettyActor {
    type Context = Context<Self>;

    fn started(&mut self, _: &mut Self::Context) {
        self.roster.started("Betty");
        self.tap.record(
            Envelope::new(self.clock.now(), "supervisor", "Betty", MessageKind::Supervision).payload("started"),
        );
    }
}

impl Supervised for BettyActor {
    fn restarting(&mut self, ctx: &mut Context<Self>) {
        // The dispatcher survives in memory, but a message may have been lost in the panic: the journal is the truth.
        ctx.notify(Reload);
    }
}

impl BettyActor {
    fn dispatch(&mut self, ctx: &mut Context<Self>) {
        for decision in self.dispatcher.decide() {
            match decision {
                Decision::Start(id, kind) => self.start(id, kind, ctx),
                Decision::Refuse(id, kind) => self.refuse(id, kind, ctx),
            }
        }
    }

    fn start(&mut self, id: TaskId, kind: SpecialistKind, ctx: &mut Context<Self>) {
        let Some(shell) = self.shells.get(&kind).cloned() else {
            self.refuse(id, kind, ctx);
            return;
        };
        let cancel = CancellationToken::new();
        self.running.insert(id, cancel.clone());
        let (journal, owner, clock, tap, roster) =
            (self.journal.clone(), self.owner.clone(), self.clock.clone(), self.tap.clone(), self.roster.clone());
        let betty = ctx.address();
        tokio::spawn(async move {
            let claim = match journal.claim(id, &owner, clock.now()).await {
                Ok(Some(claim)) => claim,
                // Another process has it, it has ended, or its cap is reached.
                Ok(None) => return betty.do_send(NotClaimed { task: id, again: false }),
                Err(error) => {
                    tracing::error!(task = %id, %error, "an attempt could not be claimed; trying again");
                    return betty.do_send(NotClaimed { task: id, again: true });
                }
            };
            let attempt = claim.attempt;
            let text = serde_json::to_string(&claim.new.task).unwrap_or_default();
            let cause = tap.record(
                Envelope::new(clock.now(), "Betty", kind.to_string(), MessageKind::Run)
                    .task(id, Some(attempt))
                    .payload(&text),
            );
            roster.sent(&kind.to_string());
            if shell.send(RunAttempt { claim, cancel, cause }).await.is_err() {
                let error =
                    TaskError::new(TaskErrorKind::Internal, format!("{kind} is not running; start Betty again"));
                betty.do_send(AttemptEnded { task: id, attempt, result: Err(error) });
            }
        });
    }

    /// Ends a task whose specialist was given up. It takes an attempt, so that the end is written like any other.
    fn refuse(&self, id: TaskId, kind: SpecialistKind, ctx: &mut Context<Self>) {
        let (journal, owner, clock, betty) =
            (self.journal.clone(), self.owner.clone(), self.clock.clone(), ctx.address());
        tokio::spawn(async move {
            match journal.claim(id, &owner, clock.now()).await {
                Ok(Some(claim)) => {
                    let error = TaskError::new(
                        TaskErrorKind::Internal,
                        format!(
                            "{kind} failed too often and waits for a person: read `!inspect actors`, then start Betty again"
                        ),
                    );
                    betty.do_send(AttemptEnded { task: id, attempt: claim.attempt, result: Err(error) });
                }
                Ok(None) => betty.do_send(NotClaimed { task: id, again: false }),
                Err(_) => betty.do_send(NotClaimed { task: id, again: true }),
            }
        });
    }
}

/// The task that the good end of another one leads to, for the same person and door; `None` when there is none. It is accepted with that
/// end. When it cannot be found out now, the next scan leads to one.
async fn follow_up(
    journal: &dyn Journal,
    desk: &dyn Desk,
    clock: &dyn Clock,
    task: TaskId,
    work: &Task,
) -> Option<NewTask> {
    let next = match betty_specialists::auto::follow_up(desk, task, work).await {
        Ok(next) => next?,
        Err(error) => {
            tracing::error!(%task, %error, "what follows a task could not be found out");
            return None;
        }
    };
    let parent = match journal.task(task).await {
        Ok(row) => row?.new,
        Err(error) => {
            tracing::error!(%task, %error, "a task could not be read, so nothing follows it");
            return None;
        }
    };
    Some(NewTask {
        task: next,
        // One round for one end, however often the end is tried.
        idempotency_key: Some(format!("after-{task}")),
        parent: Some(task),
        at: clock.now(),
        ..parent
    })
}

/// Writes an end, again after a pause while the database does not answer.
async fn write_end(
    journal: &dyn Journal,
    clock: &dyn Clock,
    task: TaskId,
    attempt: u32,
    result: Result<betty_bus::specialist::Done, TaskError>,
) -> Finished {
    let mut end = match result {
        Ok(done) => AttemptEnd::Done(done.report, done.effects),
        Err(error) if error.kind.is_retryable() => AttemptEnd::Retry(error),
        Err(error) => AttemptEnd::Failed(error),
    };
    let mut pause = Duration::from_millis(100);
    for _ in 0..FINISH_TRIES_MAX {
        match journal.finish(task, attempt, end.clone(), clock.now()).await {
            Ok(finished) => return finished,
            Err(error @ JournalError::Conflict) => {
                end = AttemptEnd::Retry(TaskError::new(TaskErrorKind::Conflict, error.to_string()));
            }
            Err(JournalError::Database(error)) => {
                tracing::error!(%task, error, "the end of a task could not be written; trying again");
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(FINISH_PAUSE_MAX);
            }
            Err(error) => end = AttemptEnd::Failed(TaskError::new(TaskErrorKind::Internal, error.to_string())),
        }
    }
    tracing::error!(%task, "the end of a task could not be written; the next start takes it up again");
    Finished::Fenced
}

impl Handler<Accepted> for BettyActor {
    type Result = ();
    fn handle(&mut self, accepted: Accepted, ctx: &mut Self::Context) {
        self.dispatcher.enqueue(accepted.id, &accepted.task);
        self.tasks.insert(accepted.id, accepted.task);
        self.dispatch(ctx);
    }
}

impl Handler<Employ> for BettyActor {
    type Result = ();
    fn handle(&mut self, employ: Employ, ctx: &mut Self::Context) {
        self.shells.insert(employ.kind, employ.shell);
        self.dispatch(ctx);
    }
}

impl Handler<SpecialistDown> for BettyActor {
    type Result = ();
    fn handle(&mut self, down: SpecialistDown, ctx: &mut Self::Context) {
        self.dispatcher.specialist_down(down.0);
        self.dispatch(ctx);
    }
}

impl Handler<NotClaimed> for BettyActor {
    type Result = ();
    fn handle(&mut self, not: NotClaimed, ctx: &mut Self::Context) {
        self.running.remove(&not.task);
        self.dispatcher.ended(not.task);
        let task = self.tasks.remove(&not.task);
        if let (true, Some(task)) = (not.again, task) {
            ctx.notify_later(Accepted { id: not.task, task }, CLAIM_PAUSE);
        }
        self.dispatch(ctx);
    }
}

impl Handler<AttemptEnded> for BettyActor {
    type Result = ();
    fn handle(&mut self, ended: AttemptEnded, ctx: &mut Self::Context) {
        let AttemptEnded { task, attempt, result } = ended;
        let work = self.tasks.get(&task).cloned();
        let panicked = matches!(&result, Err(e) if e.kind == TaskErrorKind::Panic);
        if panicked && matches!(&work, Some(Task::Auto(_))) {
            // Money follows its rules without a person looking on: after a first panic a person decides.
            let name = SpecialistKind::AutoTrader.to_string();
            self.roster.gave_up(&name, "an attempt panicked; trading by rule waits for a person");
            self.dispatcher.specialist_down(SpecialistKind::AutoTrader);
        }
        let (journal, clock, outbox, betty, tap) =
            (self.journal.clone(), self.clock.clone(), self.outbox_changed.clone(), ctx.address(), self.tap.clone());
        let desk = self.desk.clone();
        tokio::spawn(async move {
            let mut result = result;
            let next = match (&mut result, &work) {
                (Ok(done), Some(work)) => {
                    let next = follow_up(journal.as_ref(), desk.as_ref(), clock.as_ref(), task, work).await;
                    done.effects.extend(next.iter().map(|n| Effect::FollowUp(Box::new(n.clone()))));
                    next
                }
                _ => None,
            };
            let finished = write_end(journal.as_ref(), clock.as_ref(), task, attempt, result).await;
            let again = match finished {
                Finished::Requeued => work.map(|w| (w, attempt)),
                Finished::Ended | Finished::Fenced => None,
            };
            // Read back, because an end can become another one: of a task that was cancelled meanwhile nothing follows.
            let well = |row: Option<TaskRow>| row.is_some_and(|r| r.state == TaskState::Done);
            if let (Finished::Ended, Some(next)) = (finished, next)
                && journal.task(task).await.is_ok_and(well)
            {
                // It was accepted with the end; the key gives its number.
                let (task, line, door) = (next.task.clone(), next.origin.line.clone(), next.origin.door.clone());
                match journal.accept(next).await {
                    Ok((id, _)) => {
                        let accepted = Envelope::new(clock.now(), door, "Betty", MessageKind::Accepted);
                        tap.record(accepted.task(id, None).payload(&line));
                        betty.do_send(Accepted { id, task });
                    }
                    Err(error) => tracing::error!(%error, "what follows a task waits until the queue is read again"),
                }
            }
            if finished == Finished::Ended {
                tap.record(
                    Envelope::new(clock.now(), "Betty", "outbox", MessageKind::Answer).task(task, Some(attempt)),
                );
            }
            betty.do_send(Written { task, again });
            // Nobody listening is not an error: the answer waits in the outbox.
            let _ = outbox.send(());
        });
    }
}

impl Handler<Written> for BettyActor {
    type Result = ();
    fn handle(&mut self, written: Written, ctx: &mut Self::Context) {
        self.running.remove(&written.task);
        self.dispatcher.ended(written.task);
        match written.again {
            Some((task, attempt)) => {
                let pause = RETRY_PAUSE_MIN.saturating_mul(1 << attempt.min(6));
                ctx.notify_later(Accepted { id: written.task, task }, pause);
            }
            None => {
                self.tasks.remove(&written.task);
            }
        }
        self.dispatch(ctx);
    }
}

impl Handler<CancelTask> for BettyActor {
    type Result = bool;
    fn handle(&mut self, cancel: CancelTask, _: &mut Self::Context) -> bool {
        if self.dispatcher.forget(cancel.0) {
            self.tasks.remove(&cancel.0);
        }
        let token = self.running.get(&cancel.0);
        if let Some(token) = token {
            token.cancel();
        }
        token.is_some()
    }
}

impl Handler<SetPaused> for BettyActor {
    type Result = ();
    fn handle(&mut self, set: SetPaused, ctx: &mut Self::Context) {
        self.dispatcher.set_paused(set.0);
        self.dispatch(ctx);
    }
}

impl Handler<AskLoad> for BettyActor {
    type Result = Option<Load>;
    fn handle(&mut self, ask: AskLoad, _: &mut Self::Context) -> Option<Load> {
        Some(Load {
            running: self.dispatcher.running(),
            waiting: self.dispatcher.waiting(),
            paused: self.dispatcher.is_paused(),
            place: ask.0.and_then(|id| self.dispatcher.place(id)),
        })
    }
}

impl Handler<AskRunning> for BettyActor {
    type Result = Vec<TaskId>;
    fn handle(&mut self, _: AskRunning, _: &mut Self::Context) -> Vec<TaskId> {
        self.running.keys().copied().collect()
    }
}

impl Handler<Reload> for BettyActor {
    type Result = ();
    fn handle(&mut self, _: Reload, ctx: &mut Self::Context) {
        let (journal, betty) = (self.journal.clone(), ctx.address());
        tokio::spawn(async move {
            // Each start takes up at most this many; the rest follow as these end and Reload is sent again.
            const RELOAD_MAX: u32 = 10_000;
            let ids = match journal.queued(RELOAD_MAX).await {
                Ok(ids) => ids,
                Err(error) => return tracing::error!(%error, "waiting tasks could not be read"),
            };
            for id in ids {
                match journal.task(id).await {
                    Ok(Some(row)) => betty.do_send(Accepted { id, task: row.new.task }),
                    Ok(None) => {}
                    Err(error) => tracing::error!(task = %id, %error, "a waiting task could not be read"),
                }
            }
        });
    }
}
