//! The thin actor around each specialist: it takes an attempt, starts it as a task of its own and answers at once.

use super::attempt::run_attempt;
use super::roster::Roster;
use crate::front::ProgressNote;
use actix::{Actor, Context, Handler, Message, Recipient, Supervised};
use betty_bus::journal::Claim;
use betty_bus::specialist::{Attempt, Done, Progress, Specialist};
use betty_bus::{Desk, Envelope, MessageKind, Tap, TaskError, TaskId};
use betty_market::MarketSource;
use betty_market::time::Clock;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;

/// Run this attempt.
#[derive(Message)]
#[rtype(result = "()")]
pub(super) struct RunAttempt {
    pub(super) claim: Claim,
    pub(super) cancel: CancellationToken,
    pub(super) cause: u64,
}

/// An attempt is over.
#[derive(Message)]
#[rtype(result = "()")]
pub(super) struct AttemptEnded {
    pub(super) task: TaskId,
    pub(super) attempt: u32,
    pub(super) result: Result<Done, TaskError>,
}

/// What every shell shares.
#[derive(Clone)]
pub(super) struct ShellContext {
    pub(super) market: Arc<dyn MarketSource>,
    pub(super) desk: Arc<dyn Desk>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) tap: Tap,
    pub(super) roster: Roster,
    pub(super) progress: broadcast::Sender<ProgressNote>,
}

/// One specialist's actor.
pub(super) struct Shell {
    pub(super) specialist: Arc<dyn Specialist>,
    pub(super) shared: ShellContext,
    pub(super) betty: Recipient<AttemptEnded>,
}

impl Actor for Shell {
    type Context = Context<Self>;

    fn started(&mut self, _: &mut Self::Context) {
        let name = self.specialist.kind().to_string();
        self.shared.roster.started(&name);
        self.shared.tap.record(
            Envelope::new(self.shared.clock.now(), "supervisor", name, MessageKind::Supervision).payload("started"),
        );
    }
}

impl Supervised for Shell {}

impl Shell {
    fn progress(&self, task: TaskId, attempt: u32) -> Progress {
        let (shared, name) = (self.shared.clone(), self.specialist.kind().to_string());
        Arc::new(move |text: &str| {
            shared.tap.record(
                Envelope::new(shared.clock.now(), name.as_str(), "Betty", MessageKind::Progress)
                    .task(task, Some(attempt))
                    .payload(text),
            );
            // Nobody listening is not an error.
            let _ = shared.progress.send(ProgressNote { task, text: text.to_owned() });
        })
    }
}

impl Handler<RunAttempt> for Shell {
    type Result = ();

    fn handle(&mut self, run: RunAttempt, _: &mut Self::Context) {
        let Claim { id, attempt, new } = run.claim;
        let name = self.specialist.kind().to_string();
        self.shared.roster.began(&name, id);
        let work = Attempt {
            task: id,
            number: attempt,
            cancel: run.cancel,
            market: self.shared.market.clone(),
            desk: self.shared.desk.clone(),
            progress: self.progress(id, attempt),
        };
        let (specialist, shared, betty) = (self.specialist.clone(), self.shared.clone(), self.betty.clone());
        let began = std::time::Instant::now();
        tokio::spawn(async move {
            let deadline = Duration::from_millis(new.deadline_ms);
            let result = run_attempt(specialist, work, new.task, deadline).await;
            let error = result.as_ref().err();
            shared.roster.ended(&name, id, error.map(|e| e.message.as_str()));
            let outcome = error.map_or_else(|| "ok".to_owned(), |e| format!("{:?}", e.kind).to_lowercase());
            let latency_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
            let text = error.map_or("", |e| e.message.as_str());
            let mut end = Envelope::new(shared.clock.now(), name, "Betty", MessageKind::Ended)
                .task(id, Some(attempt))
                .payload(text)
                .outcome(outcome, latency_ms);
            end.cause = Some(run.cause);
            shared.tap.record(end);
            betty.do_send(AttemptEnded { task: id, attempt, result });
        });
    }
}
