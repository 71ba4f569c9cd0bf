//! Checks everything that can be wrong with an installation and says what to do. Read-only.

use crate::app::App;
use crate::app::model::ModelState;
use crate::card::{Card, Table, Tone};
use crate::schedule::hand::FAILED;
use crate::schedule::timetable::Timetable;
use betty_bus::{AccountName, Schedules as _};
use betty_market::MarketFilter;
use serde::Serialize;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// As it should be.
    Ok,
    /// Works, but a person should know.
    Note,
    /// Will bite.
    Warning,
    /// Does not work.
    Error,
}

impl Severity {
    const fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "ERROR",
        }
    }
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Stable name of the check.
    pub id: &'static str,
    /// How bad.
    pub severity: Severity,
    /// What was found.
    pub message: String,
    /// What to do; empty when nothing.
    pub fix: String,
}

fn finding(id: &'static str, severity: Severity, message: impl Into<String>, fix: impl Into<String>) -> Finding {
    Finding { id, severity, message: message.into(), fix: fix.into() }
}

/// Runs every check.
pub async fn examine(app: &App) -> Vec<Finding> {
    vec![
        paper(),
        data_dir(app),
        database(app).await,
        ledger(app).await,
        outbox(app).await,
        market(app).await,
        schedules(app).await,
        gas(app),
        prompts(),
        finding(
            "discord",
            if app.discord.starts_with("off") { Severity::Note } else { Severity::Ok },
            format!("Discord: {}", app.discord),
            if app.discord.starts_with("off") {
                "set BETTY_DISCORD_TOKEN and discord.guilds, discord.channels, then `betty run --discord`"
            } else {
                ""
            },
        ),
        model(app),
    ]
}

fn paper() -> Finding {
    // The program has no signer, no order endpoint and no setting for a key; the architecture tests keep it so.
    finding("paper", Severity::Ok, "PAPER only: this version cannot sign or send an order", "")
}

fn data_dir(app: &App) -> Finding {
    let path = app.data_dir.display();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        match std::fs::metadata(&app.data_dir) {
            Ok(meta) if meta.permissions().mode() & 0o077 != 0 => {
                return finding(
                    "data_dir",
                    Severity::Warning,
                    format!("other users may read {path} (mode {:o})", meta.permissions().mode() & 0o777),
                    format!("chmod 700 {path}"),
                );
            }
            Ok(_) => {}
            Err(e) => return finding("data_dir", Severity::Error, format!("{path}: {e}"), "check the rights on it"),
        }
    }
    let probe = app.data_dir.join(".probe");
    match std::fs::write(&probe, b"x").and_then(|()| std::fs::remove_file(&probe)) {
        Ok(()) => finding("data_dir", Severity::Ok, format!("{path} can be written"), ""),
        Err(e) => finding(
            "data_dir",
            Severity::Error,
            format!("{path} cannot be written: {e}"),
            "check rights and free space",
        ),
    }
}

async fn database(app: &App) -> Finding {
    match app.store.health().await {
        Ok(h) if h.problems.is_empty() => finding(
            "database",
            Severity::Ok,
            format!("{} schema {}, {} KiB, sound", h.kind, h.schema, h.bytes / 1024),
            "",
        ),
        Ok(h) => finding(
            "database",
            Severity::Error,
            h.problems.join("; "),
            "stop Betty and put the last backup in its place",
        ),
        Err(e) => finding("database", Severity::Error, e.to_string(), "check the data directory"),
    }
}

async fn ledger(app: &App) -> Finding {
    let name = match AccountName::new(app.source.label().account()) {
        Ok(name) => name,
        Err(e) => return finding("ledger", Severity::Error, e, "name the recording with letters and digits"),
    };
    match app.store.verify_ledger(&name).await {
        Ok(check) => {
            finding("ledger", Severity::Ok, format!("account {name}: {} entries, balanced", check.entries), "")
        }
        Err(e) => finding("ledger", Severity::Error, e.to_string(), "stop trading on it and restore the last backup"),
    }
}

async fn outbox(app: &App) -> Finding {
    match app.store.outbox_depth().await {
        Ok(0) => finding("outbox", Severity::Ok, "every answer was delivered", ""),
        Ok(n) => finding(
            "outbox",
            Severity::Note,
            format!("{n} answers wait for their door"),
            "open that door: the console, or Discord",
        ),
        Err(e) => finding("outbox", Severity::Error, e.to_string(), "check the data directory"),
    }
}

/// What runs by the clock. Nothing is written: before the first service there are no rows yet.
async fn schedules(app: &App) -> Finding {
    let bad =
        |why: String| finding("schedules", Severity::Error, why, "set [schedule] right; `betty config show` prints it");
    let definitions = match crate::schedule::configured(&app.config) {
        Ok(definitions) => definitions,
        Err(e) => return bad(e.to_string()),
    };
    let rows = match crate::schedule::account(app) {
        Ok(source) => app.store.schedules(&source).await.map_err(|e| e.to_string()),
        Err(why) => Err(why),
    };
    let rows = match rows {
        Ok(rows) => rows,
        Err(why) => return finding("schedules", Severity::Error, why, "check the data directory"),
    };
    let now = app.betty.clock.now();
    if let Some(ahead) = rows.iter().find(|r| r.fired_for.is_some_and(|slot| slot > now)) {
        let name = &ahead.definition.name;
        let what = format!("{name} waits: a slot in the future was taken, so the clock was ahead once");
        return finding("schedules", Severity::Warning, what, format!("betty schedule resume {name}"));
    }
    let failed = rows.iter().find_map(|r| r.passed.as_ref().filter(|w| w.starts_with(FAILED)).map(|w| (r, w)));
    if let Some((row, why)) = failed {
        let what = format!("the last {} {why}", row.definition.name);
        return finding(
            "schedules",
            Severity::Warning,
            what,
            "put right what it names; `betty schedule list` shows the next",
        );
    }
    let state = |d: &betty_bus::Definition| {
        let paused = rows.iter().any(|r| r.definition.name == d.name && r.paused);
        match Timetable::parse(&d.timetable, &d.zone).ok().and_then(|table| table.next(now).map(|t| table.local(t))) {
            _ if paused => format!("{} is paused", d.name),
            Some(next) => format!("{} next {next}", d.name),
            None => format!("{} is off", d.name),
        }
    };
    finding("schedules", Severity::Ok, definitions.iter().map(state).collect::<Vec<_>>().join(", "), "")
}

async fn market(app: &App) -> Finding {
    let label = app.source.label();
    let filter = MarketFilter { query: None, limit: Some(20) };
    let markets = match app.source.markets(&filter).await {
        Ok(markets) => markets,
        Err(e) => {
            return finding(
                "market",
                Severity::Error,
                e.to_string(),
                "check the connection, or use --source simulated",
            );
        }
    };
    if markets.is_empty() {
        return finding("market", Severity::Warning, format!("{label}: no open market"), "choose another --source");
    }
    let unpriced = markets.iter().filter(|m| m.fee.is_none()).count();
    if unpriced == markets.len() {
        return finding(
            "market",
            Severity::Warning,
            format!("{label}: no market carries a fee schedule"),
            "nothing can be traded on it",
        );
    }
    let tokens: Vec<_> = markets.iter().map(|m| m.yes.clone()).collect();
    match app.source.books(&tokens).await {
        Ok(books) => {
            let newest = books.iter().map(|b| b.at).max();
            let age = newest
                .map_or_else(|| "none".to_owned(), |at| format!("newest {} s old", app.source.now().since(at) / 1_000));
            finding(
                "market",
                Severity::Ok,
                format!("{label}: answers, {} of {} books, {age}", books.len(), tokens.len()),
                "",
            )
        }
        Err(e) => finding("market", Severity::Error, e.to_string(), "check the connection, or use --source simulated"),
    }
}

fn gas(app: &App) -> Finding {
    match &app.trading.gas_warning {
        Some(warning) => {
            finding("gas", Severity::Warning, warning.clone(), "correct costs.polygon_rpc, or leave it empty")
        }
        None => finding("gas", Severity::Ok, app.trading.costs.gas.source_text(), ""),
    }
}

fn prompts() -> Finding {
    match betty_prompts::all() {
        Ok(prompts) => {
            let names: Vec<String> = prompts.iter().map(|p| format!("{} {}", p.name, &p.hash[..8])).collect();
            finding("prompts", Severity::Ok, format!("{} prompt: {}", prompts.len(), names.join(", ")), "")
        }
        Err(e) => finding("prompts", Severity::Error, e.to_string(), "install Betty again"),
    }
}

fn model(app: &App) -> Finding {
    match &app.model {
        ModelState::On(words) => finding("model", Severity::Ok, format!("{words}; not called here"), ""),
        ModelState::Off(why) => finding(
            "model",
            Severity::Note,
            format!("no model ({why}): pairs that no rule ties are not looked at; proofs and trading do not need one"),
            "",
        ),
    }
}

/// The worst of them.
#[must_use]
pub fn worst(findings: &[Finding]) -> Severity {
    findings.iter().map(|f| f.severity).max().unwrap_or(Severity::Ok)
}

/// The findings as a card.
#[must_use]
pub fn card(findings: &[Finding]) -> Card {
    let worst = worst(findings);
    let bad = findings.iter().filter(|f| f.severity >= Severity::Warning).count();
    let title = match bad {
        0 => format!("Doctor: {} checks, nothing wrong", findings.len()),
        n => format!("Doctor: {n} of {} checks need you", findings.len()),
    };
    let mut card = Card::new(title).tone(if worst >= Severity::Warning { Tone::Bad } else { Tone::Good });
    card.table = Some(Table {
        header: ["check", "finding", "what", "do"].map(str::to_owned).to_vec(),
        rows: findings
            .iter()
            .map(|f| {
                let fix = if f.fix.is_empty() { "—" } else { f.fix.as_str() };
                [f.id, f.severity.word(), f.message.as_str(), fix].map(str::to_owned).to_vec()
            })
            .collect(),
        right: Vec::new(),
    });
    card
}
