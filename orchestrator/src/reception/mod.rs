//! Betty as doors see her: a line in, an answer or an accepted task out.
//!
//! * This file: [`Reception`], the one implementation of [`Front`]. `answers`: cards of the commands that need no specialist.
//! * `inspect`: actors, messages and tasks for admins. `stop`: the kill switch. `schedules`: what runs by the clock. `cooldown`: how often one person may ask.

mod answers;
mod cooldown;
mod inspect;
mod schedules;
mod stop;

use crate::app::App;
use crate::backtest::driver::{RECORDINGS, confine};
use crate::card::{Card, Picture};
use crate::clean::clean;
use crate::commands::help::{dashboard_card, help_card, usage_card};
use crate::commands::usage::UsageKind;
use crate::commands::{Command, ParseContext, Routed, ScheduleCommand, parse, route, row_of};
use crate::doctor;
use crate::front::{Asker, Delivery, Front, Line, ProgressNote, Submitted};
use crate::owner::is_dead;
use crate::render;
use crate::watch::is_quiet;
use async_trait::async_trait;
use betty_bus::journal::{NewTask, Origin};
use betty_bus::redact::redact;
use betty_bus::{Envelope, MessageKind, Report, Task, TaskId};
use cooldown::Cooldowns;
use schedules::Digest;
use std::sync::Arc;
use tokio::sync::broadcast;

/// Attempts a task may take in all, over every process.
pub const ATTEMPTS_MAX: u32 = 3;
/// Answers handed to a door at once.
pub const DELIVERIES_MAX: u32 = 500;

/// The one implementation of [`Front`].
pub struct Reception {
    app: Arc<App>,
    cooldowns: Cooldowns,
}

impl Reception {
    /// In front of a running Betty.
    #[must_use]
    pub fn new(app: Arc<App>) -> Self {
        Self { app, cooldowns: Cooldowns::default() }
    }

    fn name(&self) -> String {
        let name = self.app.config.text("betty.name").unwrap_or("Betty");
        match self.app.config.text("betty.emoji") {
            Some(emoji) => format!("{emoji} {name}"),
            None => name.to_owned(),
        }
    }

    /// The small print under every card that no specialist made.
    fn footer(&self) -> String {
        format!("PAPER · {} · {}", self.app.source.label(), self.app.source.now())
    }

    /// A card that says what kind of data this Betty runs on, whoever made it.
    #[must_use]
    pub fn marked(&self, mut card: Card) -> Card {
        let label = self.app.source.label().to_string();
        if !card.footer.contains(&label) {
            card.footer = match card.footer.strip_prefix("PAPER · ") {
                Some(rest) => format!("PAPER · {label} · {rest}"),
                None => format!("PAPER · {label} · {}", card.footer),
            };
        }
        card
    }

    /// The card of an end, marked with the kind of data this Betty runs on unless the report names its own: a backtest may have
    /// replayed other data.
    #[must_use]
    pub fn card(&self, task: TaskId, end: &render::End) -> Card {
        let card = render::card(task, end);
        if render::names_its_data(end) { card } else { self.marked(card) }
    }

    /// What the door gave; for doors of this machine the process, so that two consoles do not take each other's answers.
    fn reply_to(&self, line: &Line) -> serde_json::Value {
        match line.reply_to {
            serde_json::Value::Null => serde_json::json!({ "process": self.app.owner_name() }),
            ref given => given.clone(),
        }
    }

    fn origin(&self, line: &Line) -> Origin {
        Origin {
            door: line.door.to_owned(),
            asker: line.asker.id.clone(),
            reply_to: self.reply_to(line),
            line: redact(&line.text),
        }
    }

    /// Whether an answer is for this process: it asked, or the process that asked is gone.
    fn is_ours(&self, reply_to: &serde_json::Value) -> bool {
        match reply_to["process"].as_str() {
            Some(process) => process == self.app.owner_name() || is_dead(&self.app.data_dir, process),
            None => true,
        }
    }

    fn refused(&self, title: &str, sentence: impl Into<String>) -> Submitted {
        Submitted::Answer(Card::refused(title, sentence).footer(self.footer()).into())
    }

    /// Writes a task down. Public, so that the program can ask for a first scan by itself.
    ///
    /// # Errors
    /// The card to show when it could not be written.
    pub async fn accept(&self, task: Task, line: &Line) -> Result<(TaskId, bool), Card> {
        let (key, default_s) =
            if task.computes_long() { ("backtest.deadline_s", 3_600) } else { ("betty.deadline_s", 60) };
        let deadline_ms = self.app.config.get::<u64>(key).unwrap_or(default_s) * 1_000;
        let new = NewTask {
            task,
            origin: self.origin(line),
            idempotency_key: line.idempotency_key.clone(),
            parent: None,
            attempts_max: ATTEMPTS_MAX,
            deadline_ms,
            at: self.app.betty.clock.now(),
        };
        self.app.betty.accept(new).await.map_err(|e| Card::refused("Not accepted", e.to_string()).footer(self.footer()))
    }

    async fn submit_task(&self, task: Task, line: &Line) -> Submitted {
        match self.accept(task, line).await {
            Err(card) => Submitted::Answer(card.into()),
            Ok((_, false)) => Submitted::Nothing,
            Ok((task, true)) => self.acknowledged(task).await,
        }
    }

    async fn acknowledged(&self, task: TaskId) -> Submitted {
        let word = self.app.config.text("betty.acknowledgement").unwrap_or("on it");
        let place = self.app.betty.load(Some(task)).await.and_then(|l| l.place);
        let queue = place.map_or_else(String::new, |p| format!(" · place {p} in the queue"));
        Submitted::Accepted { task, ack: format!("{}: {word} · task {task}{queue}", self.name()) }
    }

    async fn run(&self, command: Command, line: &Line) -> Submitted {
        let ctx = context(line);
        let card = match command {
            Command::Task(mut task) => {
                if let (Task::Backtest(backtest), false) = (&mut task, context(line).console)
                    && let Err(why) = confine(backtest, &self.app.data_dir.join(RECORDINGS))
                {
                    return self.refused("Not from here", why);
                }
                return self.submit_task(task, line).await;
            }
            Command::Free(text) => {
                return match route(&text) {
                    Routed::Task(task) => self.submit_task(task, line).await,
                    // The grammar never routes to itself, so this ends here.
                    Routed::Command(Command::Free(_)) => {
                        self.refused("Not understood", "say it with a command; `!help` lists them")
                    }
                    Routed::Command(command) => Box::pin(self.run(command, line)).await,
                    Routed::Ask { question, options } => {
                        let card = Card::new(format!("{} asks", self.name())).text(question);
                        Submitted::Answer(options.into_iter().fold(card, Card::hint).footer(self.footer()).into())
                    }
                };
            }
            Command::Help(topic) => help_card(topic.as_deref(), ctx),
            Command::Dashboard => dashboard_card(),
            Command::Status => self.status().await,
            Command::Doctor => doctor::card(&doctor::examine(&self.app).await),
            Command::TaskList => self.task_list(&line.asker).await,
            Command::TaskShow(id) => self.task_show(id, &line.asker).await,
            Command::TaskCancel(id) => self.task_cancel(id, &line.asker).await,
            Command::InspectActors => self.actors(&line.asker),
            Command::InspectMessages { filter } => self.messages(&filter, &line.asker),
            Command::InspectTask(id) => self.inspect_task(id, &line.asker).await,
            Command::Schedule(ScheduleCommand::Run(name)) => return self.schedule_run(&name, line).await,
            Command::Schedule(command) => self.schedule(command).await,
            Command::Pause if line.door == "cli" => Card::refused(
                "Not from here",
                "This command ends with its answer, so there is nothing of its own to pause. Say it in the console or in the admin channel of the Betty that runs, or stop every entry with `!stop_all`.",
            ),
            // A one-shot command pauses nothing, but the kill switch is the same for every process.
            Command::Resume if line.door == "cli" => self.lift(Card::new("Resumed")).await,
            Command::Pause => {
                self.app.betty.set_paused(true);
                Card::new("Paused")
                    .text("No new work is started; what runs goes on, what comes in waits. `!resume` starts again.")
            }
            Command::Resume => self.resume().await,
            Command::StopAll => self.stop_all(&line.asker).await,
            Command::Quit => return Submitted::Quit,
        };
        let card = if card.footer.is_empty() { card.footer(self.footer()) } else { card };
        Submitted::Answer(card.into())
    }
}

/// The picture of an end, drawn on a thread of its own.
async fn picture(end: render::End) -> Option<Box<Picture>> {
    let Ok(Report::Backtest(report)) = end else { return None };
    let png = tokio::task::spawn_blocking(move || crate::backtest::connect::png(&report.run));
    // A chart that cannot be drawn is missing; the card says everything by itself.
    png.await.ok().flatten().map(|png| Box::new(Picture { name: "equity.png", png }))
}

/// Whether the sentence about an unknown command names one that exists, or will.
fn names_one_of_ours(sentence: &str) -> bool {
    sentence.contains("the nearest is") || sentence.contains("not in this version")
}

const fn context(line: &Line) -> ParseContext {
    ParseContext { admin: line.asker.admin, console: !matches!(line.door.as_bytes(), b"discord") }
}

/// Whether somebody may see a task: its asker, or an admin.
fn may_see(row: &betty_bus::journal::TaskRow, asker: &Asker) -> bool {
    asker.admin || row.new.origin.asker == asker.id
}

#[async_trait]
impl Front for Reception {
    async fn submit(&self, mut line: Line) -> Submitted {
        // Secrets pasted into a line leave it here: before the journal, the tap, the parser and every specialist. Cleaned first, so
        // that an invisible character in the middle of one does not hide it.
        line.text = redact(&clean(&line.text));
        let betty = &self.app.betty;
        betty.tap.record(
            Envelope::new(betty.clock.now(), format!("{}:{}", line.door, line.asker.id), "Betty", MessageKind::Line)
                .payload(&line.text),
        );
        let command = match parse(&line.text, &context(&line)) {
            Ok(command) => command,
            // Other bots listen to `!` as well: in a chat, a word that is nowhere near one of ours is not for Betty.
            Err(e) if line.door == "discord" && e.kind == UsageKind::Unknown && !names_one_of_ours(&e.what) => {
                return Submitted::Nothing;
            }
            Err(e) => return Submitted::Answer(usage_card(&e).footer(self.footer()).into()),
        };
        if let Some(row) = row_of(&line.text).filter(|_| !line.asker.admin)
            && let Err(wait_s) =
                self.cooldowns.take(&line.asker.id, row, line.said_at.unwrap_or_else(|| betty.clock.now()))
        {
            return self.refused("Not so fast", format!("{} can be used again in {wait_s} s.", row.title()));
        }
        self.run(command, &line).await
    }

    fn progress(&self) -> broadcast::Receiver<ProgressNote> {
        self.app.betty.progress()
    }

    async fn waiting(&self, door: &str) -> Vec<Delivery> {
        match self.app.betty.journal.outbox(door, DELIVERIES_MAX).await {
            Ok(rows) => {
                let mut deliveries = Vec::new();
                for row in rows.into_iter().filter(|row| self.is_ours(&row.origin.reply_to)) {
                    if is_quiet(&row.origin, &row.end) {
                        self.delivered(row.id).await;
                        continue;
                    }
                    let mut card = match self.digest(&row).await {
                        Digest::NotScheduled => self.card(row.task, &row.end),
                        Digest::Told(card) => *card,
                        Digest::NothingNew => {
                            self.delivered(row.id).await;
                            continue;
                        }
                    };
                    if door == "discord" {
                        card.picture = picture(row.end).await;
                    }
                    deliveries.push(Delivery { id: row.id, task: row.task, card, reply_to: row.origin.reply_to });
                }
                deliveries
            }
            Err(error) => {
                tracing::error!(%error, door, "waiting answers could not be read");
                Vec::new()
            }
        }
    }

    async fn delivered(&self, id: i64) {
        if let Err(error) = self.app.betty.journal.delivered(id, self.app.betty.clock.now()).await {
            tracing::error!(%error, id, "an answer was delivered but could not be marked so; it may come twice");
        }
    }

    async fn paused(&self) -> bool {
        self.app.betty.load(None).await.is_none_or(|load| load.paused)
    }

    fn outbox_changed(&self) -> broadcast::Receiver<()> {
        self.app.betty.outbox_changed()
    }

    async fn load(&self, key: &str) -> Option<String> {
        self.app.betty.desk.setting(key).await.ok().flatten()
    }

    async fn store(&self, key: &str, value: &str) {
        if let Err(error) = self.app.betty.journal.set_setting(key, value).await {
            tracing::warn!(%error, key, "a setting could not be stored");
        }
    }
}
