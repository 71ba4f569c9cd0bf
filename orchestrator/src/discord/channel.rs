//! One worker per channel: hands lines in, acknowledges, edits progress, shows answers; in the order they came.

use super::Door;
use super::acks::Ack;
use super::line::line_of;
use super::page::{Page, pages};
use super::permit::{Admission, Sender, admit};
use super::reply::ReplyTo;
use super::rest::{RestError, Show};
use super::session::unix_ms;
use super::text::{clean, cut};
use crate::front::{Asker, Delivery, Line, ProgressNote, Submitted};
use betty_bus::TaskId;
use betty_market::Timestamp;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, sleep_until, timeout};

/// Jobs that wait for one channel; beyond, lines are dropped and answers are delivered later.
pub(super) const JOBS_MAX: usize = 64;
/// Shortest time between two progress edits of one message.
const PROGRESS_GAP: Duration = Duration::from_secs(2);
/// How long a progress edit may take before it is given up; the next note replaces it.
const PROGRESS_TIMEOUT: Duration = Duration::from_secs(5);
/// After this time without an answer to a line Betty is shown as typing.
const TYPING_AFTER: Duration = Duration::from_millis(700);
/// Older messages are no longer edited: Discord limits such edits (error 30046). In milliseconds, a little under an hour.
const EDIT_AGE_MS_MAX: u64 = 55 * 60 * 1_000;
/// Longest acknowledgement and progress text together, in units. Discord allows 2,000.
const STATUS_UNITS_MAX: usize = 1_500;
/// How often a direct answer is begun anew when Discord does not answer.
const ANSWER_ROUNDS_MAX: u32 = 3;
/// The wait between two of those.
const ANSWER_ROUND_GAP: Duration = Duration::from_secs(2);
/// When Discord's message numbers begin, in milliseconds since 1970.
const DISCORD_EPOCH_MS: u64 = 1_420_070_400_000;

/// A message as it came.
#[derive(Debug, Clone)]
pub(super) struct Incoming {
    pub(super) message: u64,
    pub(super) content: String,
    pub(super) sender: Sender,
}

/// Work of a channel.
#[derive(Debug)]
pub(super) enum Job {
    Line(Incoming),
    Progress(ProgressNote),
    Answer(Delivery),
}

/// How a delivery went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Shown and marked.
    Shown,
    /// To be tried again.
    Later,
    /// Not to be tried again in this run; stays in the outbox.
    Parked,
}

/// A running task's message.
struct Status {
    ack: Ack,
    last_edit: Instant,
    shown: String,
    pending: Option<String>,
    running: Option<JoinHandle<()>>,
}

/// The worker.
pub(super) struct Worker {
    door: Arc<Door>,
    channel: u64,
    status: HashMap<TaskId, Status>,
    /// Discord answered 403: nothing is posted here any more.
    closed: bool,
}

impl Worker {
    pub(super) fn start(door: Arc<Door>, channel: u64) -> (mpsc::Sender<Job>, JoinHandle<()>) {
        let (sender, jobs) = mpsc::channel(JOBS_MAX);
        let worker = Self { door, channel, status: HashMap::new(), closed: false };
        (sender, tokio::spawn(worker.run(jobs)))
    }

    async fn run(mut self, mut jobs: mpsc::Receiver<Job>) {
        let stop = self.door.stop.clone();
        loop {
            let due = self.status.values().filter(|s| s.pending.is_some()).map(Status::due).min();
            let job = tokio::select! {
                () = stop.cancelled() => break,
                job = jobs.recv() => job,
                () = wait_until(due) => { self.edit_due(); continue }
            };
            let Some(job) = job else { break };
            self.work(job).await;
        }
        // Lines that arrived are handed in: the gateway will not send them again. Answers stay in the outbox.
        while let Ok(job) = jobs.try_recv() {
            if matches!(job, Job::Line(_)) {
                self.work(job).await;
            }
        }
    }

    async fn work(&mut self, job: Job) {
        match job {
            Job::Line(incoming) => self.line(incoming).await,
            Job::Progress(note) => self.progress(note).await,
            Job::Answer(delivery) => {
                let outcome = self.answer(&delivery).await;
                if outcome == Outcome::Shown {
                    self.door.front.delivered(delivery.id).await;
                    self.door.acks.remove(delivery.task).await;
                }
                _ = self.door.outcomes.send((delivery.id, outcome));
            }
        }
    }

    async fn line(&mut self, incoming: Incoming) {
        let own = self.door.own();
        // Decided here, at execution, out of the event itself.
        let admin = match admit(&self.door.config, own, &incoming.sender) {
            Admission::Heard { admin } => admin,
            Admission::Ignored(reason) => {
                tracing::debug!(channel = self.channel, user = incoming.sender.user, reason, "message ignored");
                return;
            }
        };
        let Some(text) = line_of(&incoming.content, own) else { return };
        if self.closed {
            tracing::debug!(channel = self.channel, "no permission to post here; the line is not handed in");
            return;
        }
        tracing::info!(channel = self.channel, user = incoming.sender.user, admin, message = incoming.message, "line");
        let reply_to = ReplyTo { channel: self.channel, message: Some(incoming.message) };
        let front = Arc::clone(&self.door.front);
        let submit = front.submit(Line {
            door: super::DOOR,
            text,
            asker: Asker { id: incoming.sender.user.to_string(), admin },
            reply_to: serde_json::to_value(reply_to).unwrap_or_default(),
            idempotency_key: Some(format!("discord:{}", incoming.message)),
            said_at: i64::try_from(written_ms(incoming.message)).ok().map(Timestamp::from_millis),
        });
        tokio::pin!(submit);
        let submitted = match timeout(TYPING_AFTER, &mut submit).await {
            Ok(submitted) => submitted,
            Err(_) => {
                let (door, channel) = (Arc::clone(&self.door), self.channel);
                tokio::spawn(async move { door.rest.typing(channel).await });
                submit.await
            }
        };
        match submitted {
            Submitted::Nothing | Submitted::Quit => {}
            Submitted::Answer(card) => {
                let pages = pages(&card);
                // Not in the outbox, so it is given more chances here. The nonces keep it single.
                for round in 1..=ANSWER_ROUNDS_MAX {
                    match self.post_all(&pages, 0, "a", incoming.message, Some(incoming.message)).await {
                        Err(RestError::Busy) if round < ANSWER_ROUNDS_MAX && !self.door.stop.is_cancelled() => {
                            sleep(ANSWER_ROUND_GAP).await;
                        }
                        Err(error) => {
                            self.failed("answer", &error);
                            break;
                        }
                        Ok(()) => break,
                    }
                }
            }
            Submitted::Accepted { task, ack } => self.acknowledge(incoming.message, task, &ack).await,
        }
    }

    async fn acknowledge(&mut self, message: u64, task: TaskId, ack: &str) {
        let number = task.to_string();
        let names_it = ack.split(|c: char| !c.is_ascii_digit()).any(|word| word == number);
        let text = if names_it { clean(ack) } else { clean(&format!("{ack} · task {number}")) };
        let text = cut(&text, STATUS_UNITS_MAX / 2);
        let nonce = format!("a{message}-0");
        match self.door.rest.create(self.channel, Show::Text(&text), Some(message), &nonce).await {
            Ok(posted) => {
                let ack = Ack { channel: self.channel, message: posted, text };
                self.door.acks.put(task, ack.clone()).await;
                self.watch(task, ack);
            }
            Err(error) => _ = self.failed("acknowledgement", &error),
        }
    }

    fn watch(&mut self, task: TaskId, ack: Ack) {
        let status = Status { shown: ack.text.clone(), ack, last_edit: Instant::now(), pending: None, running: None };
        self.status.entry(task).or_insert(status);
    }

    async fn progress(&mut self, note: ProgressNote) {
        if !self.status.contains_key(&note.task) {
            let Some(ack) = self.door.acks.get(note.task).await else { return };
            self.watch(note.task, ack);
        }
        let Some(status) = self.status.get_mut(&note.task) else { return };
        let text = cut(&clean(&format!("{}\n{}", status.ack.text, note.text)), STATUS_UNITS_MAX);
        // Only the latest is kept.
        status.pending = (text != status.shown).then_some(text);
        if status.pending.is_some() && status.due() <= Instant::now() {
            self.edit_due();
        }
    }

    /// Starts the edits whose time has come. They run beside the worker: a held-up edit must not delay an acknowledgement.
    fn edit_due(&mut self) {
        let now = Instant::now();
        for status in self.status.values_mut() {
            if status.due() > now {
                continue;
            }
            let Some(text) = status.pending.take() else { continue };
            status.last_edit = now;
            if self.closed || age_ms(status.ack.message) > EDIT_AGE_MS_MAX {
                continue;
            }
            if status.running.as_ref().is_some_and(|running| !running.is_finished()) {
                status.pending = Some(text);
                continue;
            }
            status.shown.clone_from(&text);
            let (door, channel, message) = (Arc::clone(&self.door), self.channel, status.ack.message);
            status.running = Some(tokio::spawn(async move {
                match timeout(PROGRESS_TIMEOUT, door.rest.edit(channel, message, Show::Text(&text), false)).await {
                    Ok(Err(RestError::Unauthorized)) => door.token_refused(),
                    Ok(Err(error)) => tracing::debug!(channel, ?error, "progress was not shown"),
                    Ok(Ok(_)) | Err(_) => {}
                }
            }));
        }
    }

    async fn answer(&mut self, delivery: &Delivery) -> Outcome {
        if self.closed {
            return Outcome::Parked;
        }
        let message = serde_json::from_value::<ReplyTo>(delivery.reply_to.clone()).ok().and_then(|to| to.message);
        let ack = match self.status.remove(&delivery.task) {
            Some(status) => {
                if let Some(running) = status.running {
                    _ = running.await; // an edit on its way must not overwrite the answer
                }
                Some(status.ack)
            }
            None => self.door.acks.get(delivery.task).await,
        };
        let ack = ack.filter(|ack| ack.channel == self.channel && age_ms(ack.message) <= EDIT_AGE_MS_MAX);
        match self.show(&pages(&delivery.card), ack.as_ref(), message, delivery).await {
            Ok(()) => Outcome::Shown,
            Err(RestError::Rejected(status, code)) => {
                tracing::error!(task = %delivery.task, status, code, "Discord refuses the answer as it is");
                let text = format!(
                    "The answer of task {} could not be shown here (Discord: {status}/{code}). Ask for it at the console.",
                    delivery.task
                );
                match self
                    .door
                    .rest
                    .create(self.channel, Show::Text(&text), message, &format!("x{}", delivery.id))
                    .await
                {
                    Ok(_) => Outcome::Shown,
                    Err(error) => self.failed("answer", &error),
                }
            }
            Err(error) => {
                let outcome = self.failed("answer", &error);
                if let (Outcome::Later, Some(ack)) = (outcome, ack) {
                    self.watch(delivery.task, ack);
                }
                outcome
            }
        }
    }

    /// The first page replaces the acknowledgement, the others follow.
    async fn show(
        &self,
        pages: &[Page],
        ack: Option<&Ack>,
        message: Option<u64>,
        delivery: &Delivery,
    ) -> Result<(), RestError> {
        let number = message.unwrap_or(delivery.id.unsigned_abs());
        let prefix = if message.is_some() { "o" } else { "d" };
        let mut first = 0;
        if let (Some(ack), Some(page)) = (ack, pages.first()) {
            match self.door.rest.edit(self.channel, ack.message, Show::Page(page), true).await {
                Ok(_) => first = 1,
                // Deleted, or too old to edit: a new message then.
                Err(RestError::NotFound | RestError::Rejected(..)) => {}
                Err(error) => return Err(error),
            }
        }
        self.post_all(pages, first, prefix, number, message).await
    }

    /// Posts pages from `first` on; the very first one is a reply. `number` makes the nonces, of at most 25 characters.
    async fn post_all(
        &self,
        pages: &[Page],
        first: usize,
        prefix: &str,
        number: u64,
        reply: Option<u64>,
    ) -> Result<(), RestError> {
        for (i, page) in pages.iter().enumerate().skip(first) {
            let reply = reply.filter(|_| i == 0);
            self.door.rest.create(self.channel, Show::Page(page), reply, &format!("{prefix}{number}-{i}")).await?;
        }
        Ok(())
    }

    fn failed(&mut self, what: &str, error: &RestError) -> Outcome {
        match error {
            RestError::Unauthorized => {
                self.door.token_refused();
                Outcome::Parked
            }
            RestError::Forbidden => {
                tracing::error!(
                    channel = self.channel,
                    "Discord: no permission to post in this channel; nothing is posted there until the next start. Betty needs View Channel, Send Messages, Embed Links, Attach Files and Read Message History"
                );
                self.closed = true;
                Outcome::Parked
            }
            RestError::NotFound => {
                tracing::error!(channel = self.channel, what, "Discord: the channel does not exist");
                Outcome::Parked
            }
            RestError::Rejected(status, code) => {
                tracing::error!(channel = self.channel, what, status, code, "Discord refuses a message as it is");
                Outcome::Parked
            }
            RestError::Busy => {
                tracing::warn!(channel = self.channel, what, "Discord does not answer");
                Outcome::Later
            }
        }
    }
}

impl Status {
    fn due(&self) -> Instant {
        self.last_edit + PROGRESS_GAP
    }
}

async fn wait_until(due: Option<Instant>) {
    match due {
        Some(due) => sleep_until(due).await,
        None => std::future::pending().await,
    }
}

/// How old a message is, told by its number.
fn age_ms(message: u64) -> u64 {
    unix_ms().saturating_sub(written_ms(message))
}

/// When a message was written, in milliseconds since 1970: the upper 42 bits of its number count from Discord's epoch.
const fn written_ms(message: u64) -> u64 {
    (message >> 22) + DISCORD_EPOCH_MS
}
