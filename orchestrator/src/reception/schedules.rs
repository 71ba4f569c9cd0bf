//! What runs by the clock, for people: the list, the switches, and what a scheduled scan has to tell.

use super::Reception;
use crate::card::{Card, Table, Tone};
use crate::commands::ScheduleCommand;
use crate::front::{Line, Submitted};
use crate::render;
use crate::schedule::hand::{self, Run};
use crate::schedule::timetable::Timetable;
use crate::schedule::{ASKER, account, rows, stands_still};
use betty_bus::journal::OutboxRow;
use betty_bus::{Missed, Report, ScheduleRow, Schedules as _};
use betty_market::Timestamp;
use serde_json::{Value, json};

/// What an answer in the outbox is, seen as one of a scan by the clock.
pub(super) enum Digest {
    /// It is none.
    NotScheduled,
    /// Nothing in it is new.
    NothingNew,
    /// What is new, in short.
    Told(Box<Card>),
}

/// How a schedule stands, in one word or a few.
fn state(row: &ScheduleRow, table: &Timetable, still: bool, now: Timestamp) -> &'static str {
    match row {
        _ if matches!(table, Timetable::Off) => "off",
        r if r.paused => "paused",
        _ if still => "waits: a recording stands still",
        r if r.fired_for.is_some_and(|slot| slot > now) => "waits: the clock was ahead",
        r if r.skip.is_some_and(|until| table.next(r.after().max(now)).is_some_and(|next| next <= until)) => {
            "on, next one left out"
        }
        _ => "on",
    }
}

const fn missed_words(rule: Missed) -> &'static str {
    match rule {
        Missed::Skip => "skip",
        Missed::RunOnce => "run once",
    }
}

impl Reception {
    /// Everything but a run.
    pub(super) async fn schedule(&self, command: ScheduleCommand) -> Card {
        let done = match command {
            ScheduleCommand::List => self.schedule_list().await,
            ScheduleCommand::Pause(name) => self.schedule_switch(&name, true).await,
            ScheduleCommand::Resume(name) => self.schedule_switch(&name, false).await,
            ScheduleCommand::Skip(name) => self.schedule_skip(&name).await,
            ScheduleCommand::Run(name) => Err(format!("{name} is run by its own way")),
        };
        done.unwrap_or_else(|why| Card::refused("Not possible", why)).footer(self.footer())
    }

    /// Takes the latest slot.
    pub(super) async fn schedule_run(&self, name: &str, line: &Line) -> Submitted {
        match hand::run(&self.app, name, self.origin(line)).await {
            Ok(Run::Accepted(task)) => self.acknowledged(task).await,
            Ok(Run::Done(words)) => {
                let card = Card::new(format!("{name} is done")).tone(Tone::Good).text(words);
                Submitted::Answer(card.hint("!schedule list").footer(self.footer()).into())
            }
            Ok(Run::Nothing(why)) => {
                let card = Card::new(format!("Nothing to do for {name}")).text(why);
                let card = match name {
                    "scan" => card.hint("!hedge_scan"),
                    "monitor" => card.hint("!hedge_monitor"),
                    "backup" => card,
                    _ => card.hint("!paper_trade portfolio"),
                };
                Submitted::Answer(card.hint("!schedule list").footer(self.footer()).into())
            }
            Err(why) => self.refused("Not run", why),
        }
    }

    async fn schedule_switch(&self, name: &str, paused: bool) -> Result<Card, String> {
        let (row, table) = hand::named(&self.app, name).await?;
        let now = self.app.betty.clock.now();
        let set = self.app.store.set_paused(&account(&self.app)?, name, paused, now).await;
        set.map_err(|e| e.to_string())?;
        Ok(match (row.paused, paused) {
            (true, true) => Card::new(format!("{name} was paused already")),
            (false, true) => {
                Card::new(format!("{name} is paused")).text("No slot is taken, by no process, until it is resumed.")
            }
            (true, false) => Card::new(format!("{name} is resumed")).text(hand::until(&table, now)),
            (false, false) => Card::new(format!("{name} was not paused")).text(hand::until(&table, now)),
        }
        .hint("!schedule list"))
    }

    async fn schedule_skip(&self, name: &str) -> Result<Card, String> {
        let (row, table) = hand::named(&self.app, name).await?;
        let next = table.next(row.after().max(self.app.betty.clock.now()));
        let next = next.ok_or_else(|| format!("{name} is never due, so there is no slot to leave out"))?;
        self.app.store.set_skip(&account(&self.app)?, name, next).await.map_err(|e| e.to_string())?;
        let card = Card::new(format!("The slot of {} is left out", table.local(next)));
        Ok(card.text(format!("The one after it runs. {}", hand::until(&table, next))).hint("!schedule list"))
    }

    async fn schedule_list(&self) -> Result<Card, String> {
        let now = self.app.betty.clock.now();
        let still = stands_still(&self.app);
        let mut lines = Vec::new();
        for row in rows(&self.app).await? {
            let d = &row.definition;
            let table = Timetable::parse(&d.timetable, &d.zone)?;
            let state = state(&row, &table, still, now);
            let next = table.next(row.after().max(now)).filter(|_| state.starts_with("on"));
            let last = row.fired_for.map_or_else(
                || "—".to_owned(),
                |slot| match (&row.passed, row.task) {
                    (None, Some(task)) => format!("{} · task {task}", table.local(slot)),
                    (Some(outcome), _) if d.job.task().is_none() => format!("{} · {outcome}", table.local(slot)),
                    (Some(why), _) => format!("{} · no run: {why}", table.local(slot)),
                    (None, None) => table.local(slot),
                },
            );
            lines.push(vec![
                d.name.clone(),
                state.to_owned(),
                next.map_or_else(|| "—".to_owned(), |t| table.local(t)),
                last,
                table.describe(),
                d.zone.clone(),
                missed_words(d.missed).to_owned(),
            ]);
        }
        let mut card = Card::new("Schedules");
        card.table = Some(Table {
            header: ["name", "state", "next", "last slot", "when", "zone", "missed"].map(str::to_owned).to_vec(),
            rows: lines,
            right: Vec::new(),
        });
        card.after.push(
            "A slot is worked once, whoever begins it: this Betty, another one on the same data, or `betty schedule run` in a timer of the system.".to_owned(),
        );
        Ok(card.hint("!schedule run scan").hint("!schedule skip scan"))
    }

    /// The list as data.
    ///
    /// # Errors
    /// In words, when the database did not answer or the configuration cannot be used.
    pub async fn schedules_json(&self) -> Result<Value, String> {
        let now = self.app.betty.clock.now();
        let still = stands_still(&self.app);
        let mut list = Vec::new();
        for row in rows(&self.app).await? {
            let d = &row.definition;
            let table = Timetable::parse(&d.timetable, &d.zone)?;
            let state = state(&row, &table, still, now);
            let next = table.next(row.after().max(now)).filter(|_| state.starts_with("on"));
            let text = |t: Timestamp| t.to_string();
            list.push(json!({
                "name": d.name,
                "job": d.job,
                "timetable": d.timetable,
                "words": table.describe(),
                "zone": d.zone,
                "missed": d.missed,
                "state": state,
                "paused": row.paused,
                "next": next.map(text),
                "skip_until": row.skip.map(text),
                "last": row.fired_for.map(|slot| json!({
                    "slot": slot.to_string(),
                    "at": row.fired_at.map(text),
                    "task": row.task.filter(|_| row.passed.is_none()),
                    "no_run": row.passed.as_ref().filter(|_| d.job.task().is_some()),
                    "outcome": row.passed.as_ref().filter(|_| d.job.task().is_none()),
                })),
            }));
        }
        Ok(json!({
            "schema_version": render::SCHEMA_VERSION,
            "kind": "schedules",
            "paper": true,
            "source": self.app.source.label().to_string(),
            "schedules": list,
        }))
    }

    /// What a scan by the clock found for the first time. A hedge that cannot be read counts as new: better told twice than never.
    pub(super) async fn digest(&self, row: &OutboxRow) -> Digest {
        let Ok(Report::Scan(report)) = &row.end else { return Digest::NotScheduled };
        if row.origin.asker != ASKER {
            return Digest::NotScheduled;
        }
        let mut new = Vec::new();
        for (id, hedge) in &report.hedges {
            let stored = self.app.betty.desk.hedge(*id).await.ok().flatten();
            if stored.is_none_or(|s| s.found_at == hedge.quote.at) {
                new.push((*id, hedge));
            }
        }
        if new.is_empty() && report.baskets.is_empty() {
            return Digest::NothingNew;
        }
        Digest::Told(Box::new(self.marked(render::scan_digest(row.task, report, &new))))
    }
}
