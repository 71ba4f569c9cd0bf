//! The table of settings. Documentation, `config show`, environment names and validation are made from it.

/// What a value must look like.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// Any text.
    Text,
    /// `http://` or `https://`, or `ws://` or `wss://`; empty for none.
    Address,
    /// A whole number within bounds.
    Int(i64, i64),
    /// A decimal number within bounds.
    Decimal(f64, f64),
    /// Discord ids, separated by commas.
    Ids,
    /// `true` or `false`.
    Bool,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// A path; empty for none.
    Path,
    /// `simulated[:SEED]`, `recorded:PATH` or `live`.
    Source,
}

/// One setting.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    /// `section.name`, as in the file.
    pub key: &'static str,
    /// What its value must look like.
    pub kind: Kind,
    /// The value when nothing else says otherwise.
    pub default: &'static str,
    /// One sentence: what it does, with its unit.
    pub help: &'static str,
}

const fn setting(key: &'static str, kind: Kind, default: &'static str, help: &'static str) -> Setting {
    Setting { key, kind, default, help }
}

/// Every setting, in the order people see them.
pub const SETTINGS: &[Setting] = &[
    setting("betty.name", Kind::Text, "Betty", "The name she answers with."),
    setting("betty.emoji", Kind::Text, "", "Put before her name; empty for none."),
    setting("betty.acknowledgement", Kind::Text, "on it", "What she says when a task is accepted."),
    setting("betty.deadline_s", Kind::Int(1, 3_600), "60", "Seconds one attempt of a task may run."),
    setting(
        "market.source",
        Kind::Source,
        "simulated",
        "Where market data comes from: simulated[:SEED], recorded:PATH or live.",
    ),
    setting("market.sim_speed", Kind::Decimal(0.0, 100_000.0), "1", "Simulated seconds per second."),
    setting(
        "market.sim_listen",
        Kind::Text,
        "127.0.0.1:0",
        "Where the simulated venue listens, host:port; port 0 picks a free one.",
    ),
    setting(
        "market.gamma",
        Kind::Address,
        "https://gamma-api.polymarket.com",
        "Base address of the venue's market list.",
    ),
    setting("market.clob", Kind::Address, "https://clob.polymarket.com", "Base address of the venue's books."),
    setting(
        "market.ws",
        Kind::Address,
        "wss://ws-subscriptions-clob.polymarket.com",
        "Base address of the venue's websocket.",
    ),
    setting(
        "limits.bankroll_usd",
        Kind::Decimal(1.0, 1_000_000_000.0),
        "1000",
        "Dollars a new paper account starts with.",
    ),
    setting("limits.hedge_cap_pct", Kind::Int(1, 100), "10", "Most of the bankroll in one hedge, percent."),
    setting(
        "limits.cash_reserve_pct",
        Kind::Int(0, 99),
        "20",
        "Part of the bankroll that always stays in cash, percent.",
    ),
    setting("limits.open_positions_max", Kind::Int(1, 10_000), "20", "Most open positions."),
    setting(
        "limits.event_cap_pct",
        Kind::Int(1, 100),
        "20",
        "Most of the bankroll in hedges that touch one event, percent.",
    ),
    setting(
        "limits.date_cap_pct",
        Kind::Int(1, 100),
        "30",
        "Most of the bankroll in hedges that settle on one UTC date, percent.",
    ),
    setting("limits.kelly_fraction_pct", Kind::Int(1, 100), "25", "Part of the Kelly stake that is used, percent."),
    setting(
        "limits.logic_failure_ppm",
        Kind::Int(0, 1_000_000),
        "1000",
        "Least probability that a proof is wrong, millionths; keeps Kelly from staking everything.",
    ),
    setting(
        "limits.void_ppm",
        Kind::Int(0, 500_000),
        "1000",
        "Assumed probability that a market ends 50-50, millionths.",
    ),
    setting(
        "limits.depth_haircut_pct",
        Kind::Int(0, 99),
        "0",
        "Part of the displayed depth that is not believed, percent.",
    ),
    setting("limits.book_age_s", Kind::Int(1, 86_400), "120", "Seconds after which a book is too old to trade on."),
    setting("limits.leg_gap_s", Kind::Int(0, 86_400), "60", "Most seconds between the books of two legs."),
    setting(
        "limits.drawdown_pct",
        Kind::Int(0, 100),
        "15",
        "Fall of realised equity from its peak that pauses entries by rule, percent; 0 is off. Exits always go through.",
    ),
    setting("limits.stop_streak", Kind::Int(0, 1_000), "3", "Stops in a row that pause entries by rule; 0 is off."),
    setting(
        "limits.day_loss_pct",
        Kind::Int(0, 100),
        "5",
        "Loss of one UTC day that ends entries by rule until the next, percent of realised equity; 0 is off.",
    ),
    setting(
        "limits.breaker_cooldown_h",
        Kind::Int(1, 8_760),
        "24",
        "Hours that a drawdown or a row of stops pauses entries by rule.",
    ),
    setting(
        "limits.reentry_cooldown_h",
        Kind::Int(0, 8_760),
        "6",
        "Hours before a hedge that was sold is entered again by rule; 0 is off.",
    ),
    setting(
        "execution.latency_ms",
        Kind::Int(0, 60_000),
        "250",
        "Milliseconds from a decision to the match of an order; the order meets the book of that moment.",
    ),
    setting("execution.jitter_ms", Kind::Int(0, 60_000), "250", "At most this many milliseconds more, drawn per leg."),
    setting(
        "execution.leg_deadline_s",
        Kind::Int(0, 3_600),
        "30",
        "Seconds a hedge may stand on one leg before what is too much is sold again.",
    ),
    setting(
        "execution.leg_band_ppm",
        Kind::Int(0, 1_000_000),
        "20000",
        "How much dearer than planned a missing leg may be bought, millionths of its price.",
    ),
    setting(
        "costs.wallet",
        Kind::Choice(&["relayer", "eoa"]),
        "relayer",
        "Who pays gas: the venue's relayer (nothing), or an own key.",
    ),
    setting(
        "costs.polygon_rpc",
        Kind::Address,
        "",
        "A Polygon JSON-RPC address to read gas prices from; empty uses the dated default.",
    ),
    setting("costs.pol_usd", Kind::Decimal(0.0001, 1_000.0), "0.20", "Dollars per POL, for gas."),
    setting("costs.gas_buffer_pct", Kind::Int(0, 1_000), "20", "Added to gas for spikes, percent."),
    setting("costs.proxy_usd", Kind::Decimal(0.0, 100.0), "0", "Dollars per trade for a proxy, when one is paid for."),
    setting(
        "costs.leg_risk_ppm",
        Kind::Int(0, 100_000),
        "500",
        "Charge for the moment between two legs, millionths of the dearer leg.",
    ),
    setting(
        "auto.book_events",
        Kind::Bool,
        "true",
        "Whether a change of a followed book leads to a round while entries by rule are on or positions are open (console and run, not on recordings).",
    ),
    setting(
        "auto.book_interval_s",
        Kind::Int(1, 3_600),
        "5",
        "Seconds between two rounds after book events, at least.",
    ),
    setting(
        "monitor.interval_min",
        Kind::Int(0, 1_440),
        "30",
        "Minutes between two runs of the monitor while Betty serves; 0 is never, whatever schedule.monitor says (not on recordings).",
    ),
    setting(
        "monitor.threshold_pct",
        Kind::Decimal(0.0, 100.0),
        "5",
        "Net edge from which the monitor by the clock reports a hedge, percent.",
    ),
    setting(
        "monitor.book_events",
        Kind::Bool,
        "true",
        "Whether a stored hedge whose followed books come past that edge is priced again and reported at once while entries by rule are off (needs auto.book_events).",
    ),
    setting(
        "schedule.zone",
        Kind::Text,
        "UTC",
        "Time zone of all timetables, such as UTC or Europe/Berlin; clock changes are kept.",
    ),
    setting(
        "schedule.scan",
        Kind::Text,
        "0 */6 * * *",
        "When the whole venue is scanned, as cron text (minute hour day month weekday) or \"every N min\"; empty is never.",
    ),
    setting(
        "schedule.monitor",
        Kind::Text,
        "",
        "When stored hedges are priced again, as cron text; empty is every monitor.interval_min minutes.",
    ),
    setting(
        "schedule.note",
        Kind::Text,
        "0 8 * * *",
        "When it is told how the paper account stands, as cron text; empty is never.",
    ),
    setting(
        "schedule.backup",
        Kind::Text,
        "0 3 * * *",
        "When the database is copied to the folder backups of the data directory, as cron text; empty is never.",
    ),
    setting("schedule.backup_keep", Kind::Int(1, 1_000), "7", "Copies kept, the newest."),
    setting(
        "schedule.channel",
        Kind::Ids,
        "",
        "The served Discord channel that is told what comes of it; empty is the console where there is one, else the admin channel.",
    ),
    setting(
        "schedule.missed",
        Kind::Choice(&["run_once", "skip"]),
        "run_once",
        "What becomes of a scan, note or backup that was due while nothing ran: it is made up for once, or not. The monitor never is.",
    ),
    setting(
        "backtest.deadline_s",
        Kind::Int(1, 86_400),
        "3600",
        "Seconds one backtest, sweep or walk-forward asked for in chat or console may run.",
    ),
    setting(
        "discord.token_file",
        Kind::Path,
        "",
        "File (mode 600) that holds the bot token; BETTY_DISCORD_TOKEN wins over it.",
    ),
    setting("discord.guilds", Kind::Ids, "", "Guilds that are served. Empty serves none."),
    setting("discord.channels", Kind::Ids, "", "Channels that are served. Empty serves none."),
    setting(
        "discord.users",
        Kind::Ids,
        "",
        "Users that may ask. Empty, with no roles either, lets everyone in those channels ask.",
    ),
    setting("discord.roles", Kind::Ids, "", "Roles that may ask."),
    setting("discord.admin_channel", Kind::Ids, "", "The channel in which admin commands work."),
    setting("discord.admin_roles", Kind::Ids, "", "Roles that may use admin commands there."),
    setting(
        "discord.api",
        Kind::Text,
        "",
        "host:port of another API server, for tests; loopback only unless foreign endpoints are allowed.",
    ),
    setting(
        "discord.gateway",
        Kind::Address,
        "",
        "Address of another gateway, for tests; loopback only unless foreign endpoints are allowed.",
    ),
    setting(
        "discord.allow_foreign_endpoint",
        Kind::Bool,
        "false",
        "Send the token to an API or gateway address that is not loopback.",
    ),
    setting(
        "llm.base_url",
        Kind::Address,
        "",
        "Address of an OpenAI-compatible endpoint with its version, such as http://127.0.0.1:11434/v1; empty for none.",
    ),
    setting("llm.model", Kind::Text, "", "The model's name at that endpoint."),
    setting(
        "llm.api_key_file",
        Kind::Path,
        "",
        "File (mode 600) that holds the endpoint's key; BETTY_LLM_API_KEY wins over it.",
    ),
    setting(
        "llm.usd_per_mtok_in",
        Kind::Text,
        "",
        "Dollars for a million tokens sent; 0 for a model of your own. Needed with llm.base_url.",
    ),
    setting("llm.usd_per_mtok_out", Kind::Text, "", "Dollars for a million tokens received."),
    setting("llm.day_usd_max", Kind::Decimal(0.0, 1_000_000.0), "2", "Dollars a day (UTC) that all calls may take."),
    setting("llm.day_tokens_max", Kind::Int(0, 1_000_000_000_000), "2000000", "Tokens a day, in and out."),
    setting("llm.scan_usd_max", Kind::Decimal(0.0, 1_000_000.0), "0.50", "Dollars one scan may take."),
    setting("llm.scan_tokens_max", Kind::Int(0, 1_000_000_000_000), "200000", "Tokens one scan may take."),
    setting(
        "llm.scan_pairs_max",
        Kind::Int(0, 10_000),
        "60",
        "Pairs of markets one scan takes up, those with a verdict in store counted in.",
    ),
    setting(
        "llm.scan_sample",
        Kind::Int(0, 1_000),
        "2",
        "Pairs among them that would not pay, judged for calibration alone.",
    ),
    setting(
        "llm.scan_s_max",
        Kind::Int(1, 3_600),
        "30",
        "Seconds one scan spends on questions; at most half of betty.deadline_s.",
    ),
    setting("llm.call_s_max", Kind::Int(1, 3_600), "20", "Seconds one call may take, its retries counted in."),
    setting("llm.calls_at_a_time", Kind::Int(1, 64), "4", "Calls under way at a time."),
    setting("llm.output_tokens_max", Kind::Int(16, 1_000_000), "800", "Tokens of one answer."),
    setting("log.filter", Kind::Text, "warn", "What to log, in the form of RUST_LOG."),
    setting("log.format", Kind::Choice(&["text", "json"]), "text", "How log lines look."),
];

/// The environment variable of a setting: `discord.api` is `BETTY_DISCORD_API`.
#[must_use]
pub fn env_name(key: &str) -> String {
    format!("BETTY_{}", key.replace('.', "_").to_uppercase())
}
