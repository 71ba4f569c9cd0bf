//! One task, then exit: `betty scan`, `betty ask`.

use super::{EXIT_DONE, EXIT_FINDING, EXIT_USAGE, SCHEMA_VERSION, discord, fail, start_code, stop_on_signal};
use crate::app::{App, Mode};
use crate::card::{Card, Tone};
use crate::cli::ScheduleCommand;
use crate::config::Config;
use crate::console::door::local;
use crate::console::style_here;
use crate::console::text::{Style, render as text};
use crate::front::{Front, Line, Submitted};
use crate::reception::Reception;
use crate::render;
use betty_bus::{Report, Task, TaskId};
use serde_json::json;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// The door's name in the journal.
const DOOR: &str = "cli";

fn as_line(words: &str) -> Line {
    Line {
        door: DOOR,
        text: words.to_owned(),
        asker: local(),
        reply_to: serde_json::Value::Null,
        idempotency_key: None,
        said_at: None,
    }
}

async fn start(config: Config, data_dir: PathBuf, json: bool) -> Result<(Arc<App>, Reception), u8> {
    let plan = discord::plan(&config, false);
    match App::start(config, data_dir, plan.words(), Mode::OneShot).await {
        Ok(app) => {
            let app = Arc::new(app);
            Ok((app.clone(), Reception::new(app)))
        }
        Err(e) => Err(fail(json, start_code(&e), &e.to_string())),
    }
}

fn print_card(card: &Card, json: bool) -> u8 {
    if json {
        crate::say!("{}", json!({ "schema_version": SCHEMA_VERSION, "kind": "card", "paper": true, "card": card }));
    } else {
        crate::say!("{}", text(card, style_here()));
    }
    if card.tone == Tone::Refused { EXIT_USAGE } else { EXIT_DONE }
}

/// Answers left from a run that was killed come first, on standard error: they belong to an earlier command.
async fn earlier(reception: &Reception, now: TaskId) {
    for delivery in reception.waiting(DOOR).await {
        if delivery.task != now {
            eprintln!(
                "the answer to an earlier command, task {}:\n{}",
                delivery.task,
                text(&delivery.card, Style::PIPE)
            );
            reception.delivered(delivery.id).await;
        }
    }
}

async fn finish(app: &App, reception: &Reception, task: TaskId, json: bool) -> u8 {
    let stop = stop_on_signal();
    let ended = tokio::select! {
        ended = app.betty.wait(task) => ended,
        () = stop.cancelled() => {
            let _ = app.betty.cancel(task, "stopped at the keyboard").await;
            return 130;
        }
    };
    let row = match ended {
        Ok(Some(row)) => row,
        Ok(None) => return fail(json, EXIT_FINDING, "the task is not in the journal any more"),
        Err(e) => return fail(json, EXIT_FINDING, &e.to_string()),
    };
    earlier(reception, task).await;
    let Some(end) = row.end else { return EXIT_FINDING };
    if json {
        let mut value = render::json(task, &end);
        // Reports that do not carry their kind of data get that of this run: nothing is printed without it.
        if value["source"].is_null() {
            value["source"] = json!(app.source.label().to_string());
        }
        crate::say!("{value}");
    } else {
        crate::say!("{}", text(&reception.card(task, &end), style_here()));
    }
    if matches!(end, Ok(Report::Scan(_) | Report::Monitor(_))) {
        // While entries are on a round follows, and this process is the one that sees to it.
        let patience = Duration::from_secs(app.config.get::<u64>("betty.deadline_s").unwrap_or(60));
        tokio::select! {
            () = app.betty.idle(patience) => {}
            () = stop.cancelled() => {}
        }
    }
    for delivery in reception.waiting(DOOR).await {
        // Standard output holds one JSON value.
        match (delivery.task == task, json) {
            (true, _) => {}
            (false, true) => eprintln!("{}", text(&delivery.card, Style::PIPE)),
            (false, false) => crate::say!("\n{}", text(&delivery.card, style_here())),
        }
        reception.delivered(delivery.id).await;
    }
    render::exit_code(&end)
}

/// Runs one task.
pub(super) async fn task(config: Config, data_dir: PathBuf, json: bool, task: Task, words: &str) -> u8 {
    let (app, reception) = match start(config, data_dir, json).await {
        Ok(started) => started,
        Err(code) => return code,
    };
    let code = match reception.accept(task, &as_line(words)).await {
        Ok((id, _)) => finish(&app, &reception, id, json).await,
        Err(card) => print_card(&card, json),
    };
    app.stop().await;
    code
}

/// What runs by the clock. A run takes the slot that the service would take.
pub(super) async fn schedule(config: Config, data_dir: PathBuf, json: bool, command: &ScheduleCommand) -> u8 {
    let (sub, name) = match command {
        ScheduleCommand::List if json => return schedules_as_json(config, data_dir).await,
        ScheduleCommand::List => ("list", ""),
        ScheduleCommand::Run { name } => ("run", name.as_str()),
        ScheduleCommand::Pause { name } => ("pause", name.as_str()),
        ScheduleCommand::Resume { name } => ("resume", name.as_str()),
        ScheduleCommand::Skip { name } => ("skip", name.as_str()),
    };
    line(config, data_dir, json, &format!("!schedule {sub} {name}")).await
}

async fn schedules_as_json(config: Config, data_dir: PathBuf) -> u8 {
    let (app, reception) = match start(config, data_dir, true).await {
        Ok(started) => started,
        Err(code) => return code,
    };
    let code = match reception.schedules_json().await {
        Ok(value) => {
            crate::say!("{value}");
            EXIT_DONE
        }
        Err(why) => fail(true, EXIT_USAGE, &why),
    };
    app.stop().await;
    code
}

/// Runs one line.
pub(super) async fn line(config: Config, data_dir: PathBuf, json: bool, words: &str) -> u8 {
    let (app, reception) = match start(config, data_dir, json).await {
        Ok(started) => started,
        Err(code) => return code,
    };
    let code = match reception.submit(as_line(words)).await {
        Submitted::Answer(card) => print_card(&card, json),
        Submitted::Accepted { task, .. } => finish(&app, &reception, task, json).await,
        Submitted::Nothing | Submitted::Quit => EXIT_DONE,
    };
    app.stop().await;
    code
}
