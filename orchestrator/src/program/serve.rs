//! The long-running program: the console, Discord, or both.

use super::discord::{Plan, plan};
use super::{EXIT_DONE, EXIT_USAGE, fail, start_code, stop_on_signal};
use crate::app::{App, Mode, what_is_on};
use crate::config::{Config, ConfigError};
use crate::console::width::wrap;
use crate::console::{door, style_here};
use crate::front::Front;
use crate::reception::Reception;
use crate::render::num::counted;
use crate::schedule;
use crate::watch::{self, Tell};
use betty_bus::Task;
use betty_bus::task::HedgeTask;
use std::path::PathBuf;
use std::sync::Arc;

/// Which doors to open.
#[derive(Debug, Clone, Copy)]
pub(super) struct Doors {
    /// Read lines from standard input.
    pub(super) console: bool,
    /// Discord was asked for: a missing token is an error.
    pub(super) discord: bool,
}

/// The first lines: what runs, on what data, what is off and why; as wide as the terminal.
fn banner(app: &App, console: bool) -> String {
    let mut lines = vec![format!(
        "BETTY {} · PAPER · {} · no real orders are possible",
        env!("CARGO_PKG_VERSION"),
        app.source.label()
    )];
    lines.push(
        what_is_on(app).into_iter().map(|(name, state)| format!("{name}: {state}")).collect::<Vec<_>>().join(" · "),
    );
    let stop = if console { "!quit or Ctrl-C" } else { "Ctrl-C" };
    lines.push(format!("Data in {} · stop with {stop}", app.data_dir.display()));
    if app.recovered > 0 {
        let tasks = counted(app.recovered as u64, "task", "tasks");
        lines.push(format!("Taken up again from a Betty that was killed: {tasks}"));
    }
    let text = lines.join("\n");
    style_here().columns.map_or(text.clone(), |columns| wrap(&text, columns).join("\n"))
}

/// The channel that is told what comes of scheduled work, when one is named and Discord is served.
fn digests(app: &App, plan: &Plan) -> Result<Option<Tell>, ConfigError> {
    let channel = app.config.ids("schedule.channel")?.first().copied();
    match (channel, plan) {
        (Some(channel), Plan::On(settings)) if settings.serves_channel(channel) => Ok(Some(Tell::channel(channel))),
        (Some(_), Plan::On(_)) => {
            let why = "that channel is not served: add it to discord.channels, or name discord.admin_channel";
            Err(app.config.bad("schedule.channel", why))
        }
        _ => Ok(None),
    }
}

/// Serves until the console ends, or a signal comes.
pub(super) async fn serve(config: Config, data_dir: PathBuf, doors: Doors) -> u8 {
    let plan = plan(&config, doors.discord);
    if let Plan::Wrong(why) = &plan {
        return fail(false, EXIT_USAGE, &format!("Discord cannot be served: {why}"));
    }
    let app = match App::start(config, data_dir, plan.words(), Mode::Serve).await {
        Ok(app) => Arc::new(app),
        Err(e) => return fail(false, start_code(&e), &e.to_string()),
    };
    crate::say!("{}", banner(&app, doors.console));
    if !doors.console && !matches!(plan, Plan::On(_)) {
        crate::say!(
            "No door is open: nobody can talk to this Betty. Give her a token for Discord, or leave out --no-console"
        );
    }
    let reception = Arc::new(Reception::new(app.clone()));
    let stop = stop_on_signal();
    let tell = match &plan {
        _ if doors.console => Tell::console(app.owner_name()),
        Plan::On(settings) => settings.admin_channel.map_or_else(Tell::nobody, Tell::channel),
        Plan::Off(_) | Plan::Wrong(_) => Tell::nobody(),
    };
    let started = watch::start(&app, tell.clone(), stop.child_token()).and_then(|watching| {
        let digests = digests(&app, &plan)?.unwrap_or(tell);
        Ok((watching, schedule::start(&app, digests, stop.child_token())?))
    });
    let drivers = match started {
        Ok((watching, timer)) => [watching, timer],
        Err(e) => {
            app.stop().await;
            return fail(false, EXIT_USAGE, &e.to_string());
        }
    };
    let discord = match plan {
        Plan::On(settings) => {
            let (front, stop): (Arc<dyn Front>, _) = (reception.clone(), stop.clone());
            Some(tokio::spawn(async move {
                let Err(e) = crate::discord::run(*settings, front, stop.clone()).await else { return EXIT_DONE };
                eprintln!("betty: {e}");
                if doors.console {
                    // Betty and the console go on without Discord.
                    return EXIT_DONE;
                }
                // It was the only door, and what closed it does not pass by itself: whoever watches this process must see that.
                stop.cancel();
                EXIT_USAGE
            }))
        }
        Plan::Off(_) | Plan::Wrong(_) => None,
    };
    if doors.console {
        // A first scan, so that there is something to look at; asked for like any other task.
        let scan = Task::Hedge(HedgeTask::Scan { query: None, limit: None, min_edge_ppm: 0 });
        let first = match reception.accept(scan, &door::line("!hedge_scan")).await {
            Ok((task, _)) => Some(task),
            Err(card) => {
                crate::say!("{}", crate::console::render(&card, style_here()));
                None
            }
        };
        door::run(reception.clone(), first, stop.clone()).await;
    } else {
        stop.cancelled().await;
    }
    stop.cancel();
    for driver in drivers.into_iter().flatten() {
        // It asks for nothing any more; a panic in it has been logged and ended nothing else.
        let _ = driver.await;
    }
    let code = match discord {
        // The door saves its session and says goodbye; it bounds its own time.
        Some(discord) => discord.await.unwrap_or(EXIT_DONE),
        None => EXIT_DONE,
    };
    let left = app.stop().await;
    if left > 0 {
        let ran = counted(left as u64, "attempt still ran", "attempts still ran");
        crate::say!("{ran}; the next start takes up what they were for");
    }
    code
}
