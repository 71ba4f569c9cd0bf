//! The long-running program: the console, Discord, or both.

use super::discord::{Plan, plan};
use super::{EXIT_DONE, EXIT_USAGE, fail, start_code, stop_on_signal};
use crate::app::{App, Mode, what_is_on};
use crate::config::Config;
use crate::console::door;
use crate::front::Front;
use crate::reception::Reception;
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

/// The first lines: what runs, on what data, what is off and why.
fn banner(app: &App) -> String {
    let mut lines = vec![format!(
        "BETTY {} · PAPER · {} · no real orders are possible",
        env!("CARGO_PKG_VERSION"),
        app.source.label()
    )];
    lines.push(
        what_is_on(app).into_iter().map(|(name, state)| format!("{name}: {state}")).collect::<Vec<_>>().join(" · "),
    );
    lines.push(format!("Data in {} · stop with !quit or Ctrl-C", app.data_dir.display()));
    if app.recovered > 0 {
        lines.push(format!("{} tasks of a Betty that was killed are taken up again", app.recovered));
    }
    lines.join("\n")
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
    crate::say!("{}", banner(&app));
    if !doors.console && !matches!(plan, Plan::On(_)) {
        crate::say!(
            "No door is open: nobody can talk to this Betty. Give her a token for Discord, or leave out --no-console"
        );
    }
    let reception = Arc::new(Reception::new(app.clone()));
    let stop = stop_on_signal();
    let discord = match plan {
        Plan::On(settings) => {
            let (front, stop): (Arc<dyn Front>, _) = (reception.clone(), stop.clone());
            Some(tokio::spawn(async move {
                if let Err(e) = crate::discord::run(*settings, front, stop).await {
                    // Betty, the console and the schedules go on without Discord.
                    eprintln!("betty: {e}");
                    tracing::error!(error = %e, "the Discord door closed");
                }
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
                crate::say!("{}", crate::console::render(&card, crate::console::style_here()));
                None
            }
        };
        door::run(reception.clone(), first, stop.clone()).await;
    } else {
        stop.cancelled().await;
    }
    stop.cancel();
    if let Some(discord) = discord {
        // The door saves its session and says goodbye; it bounds its own time.
        let _ = discord.await;
    }
    let left = app.stop().await;
    if left > 0 {
        crate::say!("{left} attempts still ran; the next start takes their tasks up again");
    }
    EXIT_DONE
}
