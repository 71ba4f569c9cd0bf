//! Whatever is wrong, Betty says in one sentence what it is and what to do, ends with the documented code, and loses nothing.

mod support;

use betty_storage::{Store, StoreConfig};
use std::io::Read;
use std::net::TcpListener;
use std::path::Path;
use support::{Home, dump, snapshot};

/// Usage or configuration.
const USAGE: i32 = 2;
/// Something upstream does not answer.
const UPSTREAM: i32 = 3;

fn source(path: &Path) -> String {
    format!("recorded:{}", path.display())
}

#[test]
fn a_line_that_means_nothing_is_answered_with_what_to_type() {
    let home = Home::new();
    for (line, says) in [
        ("!hedge_scna", "the nearest is `!hedge_scan`"),
        ("!zzzzzz", "`!help` lists every command"),
        ("!paper_trade", "needs one of"),
        ("!paper_trade open", "`hedge` is missing"),
        ("!paper_trade open one", "usage"),
        ("!paper_trade open -1", "usage"),
        ("!paper_trade open 99999999999999999999999999", "usage"),
        ("!hedge_scan 0", "usage"),
        ("!find_hedges 250%", "usage"),
        ("!hedge_why", "`hedge` is missing"),
        ("", "Nothing was typed"),
    ] {
        let ended = home.run(&["ask", line]);
        ended.expect(USAGE).says(&["refused", says]);
    }
    // Nothing of it became work.
    home.run(&["ask", "!task list"]).expect(0).says(&["There are none yet"]);

    // What is well said but cannot be done is a negative verdict, and a task like any other.
    home.run(&["ask", "!paper_trade open 999"]).expect(1).says(&["There is no hedge 999", "!hedge_scan"]);
    home.run(&["ask", "!paper_trade close 999"])
        .expect(1)
        .says(&["There is no position 999", "!paper_trade positions"]);
    home.run(&["ask", "!hedge_why 999"]).expect(1).says(&["There is no hedge 999"]);
    home.run(&["ask", "!analyze 1 2"]).expect(1);
    let long = "x".repeat(5_000);
    home.run(&["ask", &long]).expect(USAGE).says(&["longer than 4000 characters"]);
    let odd = home.run(&["ask", "\u{1b}[2J!hedge_\u{202e}scan\u{7}"]);
    let told =
        odd.expect(0).says(&["Betty asks"]).out.chars().find(|c| c.is_control() && *c != '\n' || *c == '\u{202e}');
    assert_eq!(told, None, "{odd}");
}

#[test]
fn the_console_goes_on_after_lines_that_mean_nothing() {
    let home = Home::new();
    let ended = home.console::<&str>(
        &[],
        &["!hedge_scna", "!paper_trade open", "!paper_trade open 999", "\u{0}\u{1b}[31m", "!paper_trade portfolio"],
    );
    ended.expect(0).says(&["the nearest is", "`hedge` is missing", "There is no hedge 999", "Portfolio: "]);
    assert!(!ended.out.contains('\u{1b}'), "{ended}");
}

#[test]
fn a_command_line_that_cannot_be_read_shows_its_usage() {
    let home = Home::new();
    for args in
        [&["frobnicate"][..], &["ask"], &["scan", "--limit", "0"], &["scan", "--limit", "many"], &["--nonsense"]]
    {
        let ended = home.run(args);
        ended.expect(USAGE);
        assert!(ended.err.starts_with("error: ") && ended.err.contains("--help"), "{ended}");
    }
    home.run(&["scan", "--min-edge", "200"]).expect(USAGE).complains(&["--min-edge", "from 0 to 100"]);
    assert!(!home.data().join("betty.db").exists(), "nothing was started");
}

#[test]
fn a_recording_that_cannot_be_used_is_named_with_the_remedy() {
    let home = Home::new();
    let (plain, gzip) = (dump::plain(), dump::gzip());
    home.run(&["scan", "--source", &source(&home.file("whole.json", &plain))]).expect(0);
    home.run(&["scan", "--source", &source(&home.file("whole.json.gz", &gzip))]).expect(0);
    let folder = home.path("folder");
    std::fs::create_dir(&folder).unwrap();
    let before = snapshot(&home.data());
    for (path, says) in [
        (home.file("empty.json", ""), "is empty"),
        (home.file("blank.json", "  \n"), "is empty"),
        (home.file("half.json", &plain[..plain.len() / 2]), "cut off"),
        (home.file("half.json.gz", &gzip[..gzip.len() / 2]), "cut off"),
        (home.file("tail.json.gz", &gzip[..gzip.len() - 4]), "cut off"),
        (home.file("no-rows.json", "[]"), "lists no market"),
        (home.file("no-markets.json", r#"[{"id": 1}, 7, null]"#), "is a market"),
        (home.file("words.json", "these are words"), "no recording Betty knows"),
        (home.file("half.bettyrec", "BETTY"), "half.bettyrec"),
        (folder, "holds no quotes and markets"),
        (home.path("not-there.json"), "cannot be found"),
    ] {
        let ended = home.run(&["scan", "--source", &source(&path)]);
        ended.expect(USAGE).complains(&["the recording", "cannot be used", says]);
        assert_eq!(ended.out, "", "{ended}");
        let imported =
            home.run(&["import", path.to_str().unwrap(), "--out", home.path("x.bettyrec").to_str().unwrap()]);
        imported.expect(USAGE).complains(&[says]);
        assert!(!home.path("x.bettyrec").exists(), "no recording is begun from {}", path.display());
    }
    // The database may have been opened, but no task and no trade was written.
    assert!(!before.is_empty());
    let ended = home.run(&["ask", "!task list"]);
    ended.expect(0).says(&["Tasks, newest first (2)"]);
}

#[test]
fn settings_that_cannot_be_used_name_their_place() {
    for (toml, says) in [
        ("[market]\nsuorce = \"live\"\n", &["betty.toml", "market.suorce", "did you mean \"market.source\""][..]),
        ("[market\n", &["betty.toml", "not valid TOML", "line 1"]),
        ("\u{0}\u{1}", &["betty.toml", "not valid TOML"]),
        ("[discord]\ntoken = \"abc.def.ghi\"\n", &["must not stand", "BETTY_DISCORD_TOKEN", "discord.token_file"]),
        ("[llm]\napi_key = \"sk-verysecret\"\n", &["must not stand", "BETTY_LLM_API_KEY"]),
        ("[limits]\nhedge_cap_pct = 400\n", &["limits.hedge_cap_pct", "from 1 to 100"]),
        ("[market]\nsource = \"nonsense\"\n", &["market.source", "recorded:PATH"]),
        ("[discord]\nguilds = \"my guild\"\n", &["discord.guilds", "ids are numbers"]),
    ] {
        let home = Home::new().configured(toml);
        let before = snapshot(&home.data());
        for args in [&["scan"][..], &["config", "show"], &["doctor"], &[]] {
            let ended = home.run(args);
            ended.expect(USAGE).complains(says);
            assert!(!ended.err.contains("verysecret") && !ended.err.contains("abc.def.ghi"), "{ended}");
        }
        assert_eq!(snapshot(&home.data()), before, "nothing was touched");
        let (code, told) = home.json(&["scan"]);
        assert_eq!((code, &told["kind"], &told["schema_version"]), (USAGE, &"error".into(), &1.into()));
        assert!(told["error"]["message"].as_str().unwrap().contains(says[0]), "{told}");
    }
    let home = Home::new();
    home.run(&["scan", "--source", "nonsense"]).expect(USAGE).complains(&["--source", "simulated:SEED, recorded:PATH"]);
    home.run(&["scan", "--config", "missing.toml"]).expect(USAGE).complains(&["missing.toml", "cannot be read"]);
    assert!(!home.data().exists());
}

#[test]
fn a_database_that_is_not_hers_is_left_as_it_is() {
    let home = Home::new();
    std::fs::create_dir(home.data()).unwrap();
    let path = home.data().join("betty.db");
    let refused = |says: &[&str]| {
        let before = std::fs::read(&path).unwrap();
        home.run(&["scan"]).expect(USAGE).complains(says);
        home.run::<&str>(&[]).expect(USAGE).complains(says);
        assert!(std::fs::read(&path).unwrap() == before, "it was not touched");
    };
    std::fs::write(&path, "these are words and no database").unwrap();
    refused(&["betty.db", "backup"]);

    // A database that a later version has written: its newest migration has a name this one does not know.
    std::fs::remove_file(&path).unwrap();
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let store = Store::open(&StoreConfig::file(&path)).await.unwrap();
        store.close().await.unwrap();
    });
    let mut bytes = std::fs::read(&path).unwrap();
    let (known, future) = (b"m0003_ledger", b"m9999_future");
    let places: Vec<usize> =
        bytes.windows(known.len()).enumerate().filter(|(_, w)| w == known).map(|(i, _)| i).collect();
    assert!(!places.is_empty());
    for i in places {
        bytes[i..i + future.len()].copy_from_slice(future);
    }
    std::fs::write(&path, &bytes).unwrap();
    refused(&["newer Betty", "m9999_future", "--data-dir"]);

    // A copy that broke off.
    std::fs::write(&path, &bytes[..bytes.len() - 1_000]).unwrap();
    refused(&["betty.db", "backup"]);
}

#[test]
fn a_data_directory_that_cannot_be_one_is_told() {
    let home = Home::new();
    std::fs::write(home.data(), "a file in its place").unwrap();
    for args in [&["scan"][..], &["doctor"], &[]] {
        home.run(args).expect(USAGE).complains(&["data directory", "--data-dir"]);
    }
    assert_eq!(std::fs::read_to_string(home.data()).unwrap(), "a file in its place");
}

#[cfg(unix)]
#[test]
fn a_data_directory_without_rights_is_told() {
    use std::os::unix::fs::PermissionsExt;
    let home = Home::new();
    std::fs::create_dir(home.data()).unwrap();
    std::fs::set_permissions(home.data(), std::fs::Permissions::from_mode(0o555)).unwrap();
    if std::fs::write(home.data().join("probe"), "").is_ok() {
        eprintln!("skipped: this user may write everywhere (a_data_directory_without_rights_is_told)");
        return;
    }
    let ended = home.run(&["scan"]);
    std::fs::set_permissions(home.data(), std::fs::Permissions::from_mode(0o755)).unwrap();
    ended.expect(USAGE).complains(&["betty.db"]);
}

#[test]
fn discord_without_a_usable_token_starts_nothing() {
    let home = Home::new();
    home.run(&["run", "--discord"]).expect(USAGE).complains(&["no token", "BETTY_DISCORD_TOKEN", "discord.token_file"]);
    let home = Home::new().with("BETTY_DISCORD_TOKEN", "not-the-shape-of-one");
    for args in [&["run", "--discord"][..], &["run"], &[]] {
        let ended = home.run(args);
        ended.expect(USAGE).complains(&["Discord cannot be served", "shape of a bot token", "developer portal"]);
        assert!(!ended.err.contains("not-the-shape-of-one"), "{ended}");
    }
    assert!(!home.data().exists(), "nothing was started");
    // What needs no Discord does not stop for it.
    home.run(&["scan"]).expect(0);

    let secret = home.file("token", "whatever");
    #[cfg(unix)]
    std::fs::set_permissions(&secret, std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
    let home = Home::new().with("BETTY_DISCORD_TOKEN_FILE", secret.to_str().unwrap());
    #[cfg(unix)]
    home.run(&["run", "--discord"]).expect(USAGE).complains(&["other users may read it", "chmod 600"]);
}

#[test]
fn a_token_that_discord_refuses_ends_the_service_and_not_the_console() {
    use std::io::{BufRead, Write};
    // Answers every request as Discord answers a wrong token.
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = server.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        for socket in server.incoming() {
            let mut socket = std::io::BufReader::new(socket.unwrap());
            let head = socket.by_ref().lines().map_while(Result::ok).take_while(|l| !l.is_empty()).count();
            assert!(head > 0);
            let body = r#"{"message": "401: Unauthorized", "code": 0}"#;
            let _ = write!(
                socket.get_mut(),
                "HTTP/1.1 401 Unauthorized\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
                body.len()
            );
        }
    });
    let home = Home::new()
        .with("BETTY_DISCORD_TOKEN", "the-token-of-a-test-server")
        .with("BETTY_DISCORD_API", &address)
        .with("BETTY_DISCORD_GATEWAY", &format!("ws://{address}"))
        .with("BETTY_DISCORD_GUILDS", "1")
        .with("BETTY_DISCORD_CHANNELS", "2");
    let says = "betty: Discord is off: the token is refused; create a new one";
    // Discord was the only door: the code tells whoever watches the process.
    let alone = home.run(&["run", "--discord", "--no-console"]);
    alone.expect(USAGE);
    assert!(alone.err.contains(says), "{alone}");
    assert!(!alone.err.contains("the-token-of-a-test-server"), "{alone}");
    // Beside the console it is one sentence, and the console goes on.
    let beside = home.console(&["run", "--discord"], &["!paper_trade portfolio"]);
    beside.expect(0).says(&["Portfolio: "]);
    assert_eq!(beside.err.matches(says).count(), 1, "{beside}");
}

#[test]
fn an_address_in_use_is_told_with_the_setting_to_change() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let home = Home::new().with("BETTY_MARKET_SIM_LISTEN", &address);
    for args in [&["scan"][..], &[]] {
        home.run(args).expect(USAGE).complains(&[&address, "market.sim_listen"]);
    }
    drop(taken);
    home.run(&["scan"]).expect(0);
}

#[test]
fn a_venue_that_does_not_answer_is_told_and_nothing_is_made_up() {
    let home = Home::new().with("BETTY_MARKET_GAMMA", "http://127.0.0.1:1");
    let ended = home.run(&["scan", "--source", "live"]);
    ended.expect(UPSTREAM).says(&["did not answer", "Check the connection", "--source simulated"]);
    assert!(!ended.out.contains("Hedge 1"), "{ended}");
    let (code, told) = home.json(&["scan", "--source", "live"]);
    assert_eq!((code, &told["error"]["kind"]), (UPSTREAM, &"unavailable".into()), "{told}");
    // Each task used up its own attempts and no more.
    home.run(&["ask", "!task list"]).expect(0).says(&["3/3"]);
    // The console stays open for what needs no venue, and says so.
    let ended = home.console(&["--source", "live"], &["!paper_trade positions", "!help"]);
    ended.expect(0).says(&["did not answer", "LIVE data", "PAPER", "Betty's commands"]);
}

#[cfg(unix)]
#[test]
fn a_reader_that_leaves_is_no_error() {
    let home = Home::new();
    for args in [&["config", "show"][..], &["scan"], &["scan", "--json"], &["doctor"]] {
        let mut command = home.command(args);
        let mut child = command.spawn().unwrap();
        drop(child.stdout.take());
        let ended = child.wait_with_output().unwrap();
        let err = String::from_utf8_lossy(&ended.stderr);
        assert_eq!(ended.status.code(), Some(0), "{args:?}: {err}");
        assert_eq!(err, "", "{args:?}");
    }
}
