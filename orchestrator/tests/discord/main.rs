//! The Discord door against a small Discord in the same process.
//!
//! * `fake`: the server. `script`: a Betty who does what the test says.

mod fake;
mod script;

use betty::card::Card;
use betty::discord::{DiscordConfig, DoorError, Token, run};
use betty::front::Front;
use fake::{ADMIN_CHANNEL, ADMIN_ROLE, BOT, CHANNEL, Fake, Fault, GUILD};
use script::Script;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// A token in pieces, so that no whole credential stands in the source.
fn token(end: &str) -> Token {
    let last = format!("abcdefghijklmnopqrstuvwxyz01{end}");
    Token::new(&["NDI0MjQyNDI0MjQyNDI0MjQy", "GabcdE", last.as_str()].join(".")).unwrap()
}

fn config(fake: &Fake) -> DiscordConfig {
    let mut config = DiscordConfig::new(token("234"));
    config.api = Some(format!("127.0.0.1:{}", fake.port));
    config.gateway = Some(format!("ws://127.0.0.1:{}", fake.port));
    config.guilds.insert(GUILD);
    config.channels.insert(CHANNEL);
    config.admin_channel = Some(ADMIN_CHANNEL);
    config.admin_roles.insert(ADMIN_ROLE);
    config
}

struct Open {
    fake: Arc<Fake>,
    script: Arc<Script>,
    stop: CancellationToken,
    door: JoinHandle<Result<(), DoorError>>,
}

impl Open {
    fn again(fake: Arc<Fake>, script: Arc<Script>) -> Self {
        let stop = CancellationToken::new();
        let door = tokio::spawn(run(config(&fake), Arc::clone(&script) as Arc<dyn Front>, stop.clone()));
        Self { fake, script, stop, door }
    }

    async fn new() -> Self {
        let open = Self::again(Fake::start().await, Arc::new(Script::new()));
        open.until("connected", |open| open.fake.identifies().len() == 1).await;
        open
    }

    /// Waits until something is so; 10 s is what a person is promised after a fault.
    async fn until(&self, what: &str, is: impl Fn(&Self) -> bool) {
        let start = Instant::now();
        while !is(self) {
            assert!(
                start.elapsed() < Duration::from_secs(10),
                "{what} did not happen; calls: {:#?}",
                self.fake.calls()
            );
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    async fn answered(&self, count: usize) {
        self.until("answer", |open| open.fake.created().len() >= count).await;
    }

    async fn close(self) -> (Arc<Fake>, Arc<Script>) {
        self.stop.cancel();
        self.door.await.unwrap().unwrap();
        (self.fake, self.script)
    }
}

fn title(shown: &Value) -> &str {
    shown["embeds"][0]["title"].as_str().unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_task_is_acknowledged_edited_and_answered_in_one_message() {
    let open = Open::new().await;
    let asked = open.fake.say("!task scan");
    open.answered(1).await;
    let ack = &open.fake.created()[0];
    assert_eq!(ack.body["content"], "on it · task 1");
    assert_eq!(ack.body["message_reference"]["message_id"], asked.to_string());
    assert_eq!(ack.body["allowed_mentions"], json!({ "parse": [], "replied_user": false }));
    for i in 0..8 {
        open.script.note(1, &format!("step {i} of https://example.org"));
        tokio::time::sleep(Duration::from_millis(400)).await;
    }
    let edits = open.fake.edits();
    assert_eq!(edits.len(), 1, "3.2 s of notes are one edit, at most every 2 s: {edits:#?}");
    assert!(edits[0].body["content"].as_str().unwrap().starts_with("on it · task 1\nstep "));
    assert_eq!(edits[0].body["flags"], 4, "no link preview");
    open.script.finish(1, Card::new("Done").text("@everyone <@5001> ok").footer("recorded data · PAPER"));
    open.until("delivery", |open| open.script.delivered_rows() == [1]).await;
    let shown = open.fake.shown();
    assert_eq!(shown.len(), 1, "one message in all");
    assert_eq!(title(&shown[0]), "Done");
    assert_eq!(shown[0]["content"], Value::Null);
    assert_eq!(shown[0]["flags"], 0, "the flag would hide the embed");
    assert_eq!(shown[0]["embeds"][0]["description"], "@ everyone < @5001> ok");
    assert_eq!(open.script.value("discord.acks").as_deref(), Some("{}"));
    let line = &open.script.lines()[0];
    assert_eq!(line.idempotency_key, Some(format!("discord:{asked}")));
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_millis();
    let late = i64::try_from(now).unwrap() - line.said_at.unwrap().millis();
    assert!((0..60_000).contains(&late), "written {late} ms ago");
    assert_eq!((line.door, line.asker.id.as_str(), line.asker.admin), ("discord", "5001", false));
    assert_eq!(line.reply_to, json!({ "channel": CHANNEL.to_string(), "message": asked.to_string() }));
    open.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_those_who_may_are_heard() {
    let open = Open::new().await;
    let admin = |event: &mut Value| {
        event["channel_id"] = json!(ADMIN_CHANNEL.to_string());
        event["member"]["roles"] = json!([ADMIN_ROLE.to_string()]);
    };
    open.fake.say_with("!secret in another guild", |e| e["guild_id"] = json!("1"));
    open.fake.say_with("!secret in another channel", |e| e["channel_id"] = json!("1"));
    open.fake.say_with("!secret of a bot", |e| e["author"]["bot"] = json!(true));
    open.fake.say_with("!secret of itself", |e| e["author"]["id"] = json!(BOT.to_string()));
    open.fake.say_with("!secret of a webhook", |e| e["webhook_id"] = json!("77"));
    open.fake.say_with("!secret in a direct message", |e| {
        let event = e.as_object_mut().unwrap();
        event.remove("guild_id");
        event.remove("member");
    });
    open.fake.say_with("!secret in a direct message with roles", |e| {
        admin(e);
        e.as_object_mut().unwrap().remove("guild_id");
    });
    open.fake.say_with("!secret of a pin", |e| e["type"] = json!(6));
    open.fake.say("not for Betty");
    open.fake.say_with("!forged", |e| e["member"]["roles"] = json!([ADMIN_ROLE.to_string()]));
    open.fake.say(&format!("<@{BOT}> find a hedge"));
    open.fake.edit_last();
    open.fake.repeat_last();
    open.answered(2).await;
    open.fake.say_with("!inspect", admin);
    open.fake.say_with("!outsider", |e| e["channel_id"] = json!(ADMIN_CHANNEL.to_string()));
    open.answered(4).await;
    let heard: Vec<(String, bool)> = open.script.lines().into_iter().map(|l| (l.text, l.asker.admin)).collect();
    let expected = [("!forged", false), ("!betty find a hedge", false), ("!inspect", true), ("!outsider", false)];
    assert_eq!(heard, expected.map(|(text, admin)| (text.to_owned(), admin)));
    assert_eq!(open.fake.identifies()[0]["intents"], (1 << 9) | (1 << 15), "guild messages and their content, no more");
    open.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_each_fault_there_is_an_answer_again() {
    let open = Open::new().await;
    let mut answers = 0;
    for fault in ["drop", "op 7", "4009"] {
        match fault {
            "drop" => open.fake.drop_socket(),
            "op 7" => open.fake.op(7, &Value::Null),
            _ => open.fake.close_socket(4009),
        }
        open.fake.say(&format!("!hello after {fault}")); // maybe while nobody listens: replayed by the resume
        answers += 1;
        open.answered(answers).await;
        assert_eq!(open.fake.identifies().len(), 1, "{fault} is resumed");
    }
    assert!(open.fake.resumes().len() >= 2);
    // A session that is gone is identified anew, once, 5 s after the last at the earliest.
    open.fake.forget_session();
    open.fake.op(9, &json!(false));
    open.until("identify", |open| open.fake.identifies().len() == 2).await;
    open.fake.say("!hello");
    open.answered(answers + 1).await;
    // REST: repeated where it is harmless, and never shown twice.
    for fault in [Fault::Status(500), Fault::Status(503), Fault::LoseAnswer, Fault::Hang] {
        let before = open.fake.shown().len();
        open.fake.fail_next(fault, 1);
        open.fake.say("!hello");
        open.until("answer after a REST fault", |open| {
            open.fake.calls().last().is_some_and(|c| c.status == 200) && open.fake.shown().len() > before
        })
        .await;
        tokio::time::sleep(Duration::from_millis(600)).await;
        assert_eq!(open.fake.shown().len(), before + 1, "{fault:?}");
    }
    open.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restart_resumes_and_delivers_what_waits() {
    let open = Open::new().await;
    open.fake.say("!task scan");
    open.fake.say("!task another");
    open.answered(2).await;
    let (fake, script) = open.close().await;
    assert_eq!(fake.client_closes(), [4000], "closed so that it can be resumed");
    fake.say("!said while away");
    script.finish(1, Card::new("First"));
    let open = Open::again(fake, script);
    open.until("answers", |open| open.script.waiting_rows() == 0 && open.fake.created().len() == 3).await;
    assert_eq!(open.fake.identifies().len(), 1, "resumed");
    let shown = open.fake.shown();
    assert_eq!(shown.iter().map(title).collect::<Vec<_>>(), ["First", "", "Heard"], "the old message was edited");
    // The acknowledgement of the second task was deleted: the answer comes as a reply of its own.
    open.fake.forget_messages();
    open.script.finish(2, Card::new("Second"));
    open.until("second answer", |open| open.script.waiting_rows() == 0).await;
    let shown = open.fake.shown();
    assert_eq!(title(&shown[0]), "Second");
    assert!(shown[0]["message_reference"]["message_id"].is_string());
    assert_eq!(open.script.delivered_rows(), [1, 2]);
    open.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_answer_becomes_a_few_messages_and_a_very_long_one_a_file() {
    let open = Open::new().await;
    open.fake.say("!task long");
    open.answered(1).await;
    open.script.finish(1, Card::new("Long").text("word ".repeat(1_800)));
    open.until("delivery", |open| open.script.delivered_rows().len() == 1).await;
    assert_eq!(open.fake.shown().iter().map(title).collect::<Vec<_>>(), ["Long (1)", "Long (2)", "Long (3)"]);
    open.fake.say("!task longer");
    open.until("ack", |open| open.fake.shown().len() == 4).await;
    open.script.finish(2, Card::new("Longer").text("word ".repeat(9_000)));
    open.until("delivery", |open| open.script.delivered_rows().len() == 2).await;
    let last = open.fake.edits().pop().unwrap();
    assert_eq!(last.body["attachments"], json!([{ "id": "0", "filename": "answer.md" }]));
    assert!(
        last.raw.contains("name=\"files[0]\"; filename=\"answer.md\"") && last.raw.matches("word").count() >= 9_000
    );
    open.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_answer_is_said_a_defect_costs_one_line_and_no_permission_stops_posting() {
    let open = Open::new().await;
    open.fake.say("!task one");
    open.answered(1).await;
    // 400 on the edit and on the new message: a plain sentence instead.
    open.fake.fail_next(Fault::Status(400), 2);
    open.script.finish(1, Card::new("Odd"));
    open.until("delivery", |open| open.script.delivered_rows() == [1]).await;
    assert!(
        open.fake.created()[1].body["content"].as_str().unwrap().starts_with("The answer of task 1 could not be shown")
    );
    // A defect in what handles a line costs that line, not the channel.
    let before = open.fake.created().len();
    open.fake.say("!panic");
    let start = Instant::now();
    while open.fake.created().len() == before && start.elapsed() < Duration::from_secs(10) {
        tokio::time::sleep(Duration::from_millis(500)).await;
        open.fake.say("!hello");
    }
    open.answered(before + 1).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    open.fake.fail_next(Fault::Status(403), 1);
    open.fake.say("!hello");
    open.until("403", |open| open.fake.calls().iter().any(|c| c.status == 403)).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    let calls = open.fake.calls().len();
    for _ in 0..5 {
        open.fake.say("!hello again");
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(open.fake.calls().len(), calls, "nothing more is sent to that channel");
    open.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_closes_at_once_is_not_stormed() {
    let fake = Fake::start().await;
    fake.close_at_once(Some(4002));
    let open = Open::again(fake, Arc::new(Script::new()));
    tokio::time::sleep(Duration::from_secs(12)).await;
    let connections = open.fake.connections().len();
    assert!((3..=4).contains(&connections), "at 0, 1, 3 and 7 s, plus jitter: {connections}");
    assert!(open.fake.identifies().is_empty());
    open.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_accepts_and_says_nothing_is_left() {
    let open = Open::new().await;
    open.fake.silent(true);
    open.fake.drop_socket();
    open.until("second connection", |open| open.fake.connections().len() == 2).await;
    open.fake.silent(false);
    open.fake.say("!hello");
    tokio::time::sleep(Duration::from_secs(5)).await; // it is given 8 s
    assert_eq!(open.fake.created().len(), 0);
    open.answered(1).await;
    assert_eq!((open.fake.connections().len(), open.fake.identifies().len()), (3, 1), "resumed by the third");
    open.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_repaired_ends_the_door_with_one_sentence() {
    for (code, sentence) in [
        (4004, "the token is refused"),
        (4014, "switch on the Message Content Intent"),
        (4013, "invalid intents"),
        (4012, "outdated gateway version"),
    ] {
        let fake = Fake::start().await;
        fake.close_at_once(Some(code));
        let open = Open::again(fake, Arc::new(Script::new()));
        let error =
            tokio::time::timeout(Duration::from_secs(5), open.door).await.unwrap().unwrap().unwrap_err().to_string();
        assert!(error.contains(sentence) && !error.contains('\n'), "{code}: {error}");
        assert_eq!(open.fake.connections().len(), 1);
    }
    // 401 at start costs no connection at all.
    let fake = Fake::start().await;
    let mut refused = config(&fake);
    refused.token = token("refused");
    let error = run(refused, Arc::new(Script::new()), CancellationToken::new()).await.unwrap_err();
    assert_eq!((error, fake.connections().len()), (DoorError::TokenRefused, 0));
    // 401 later ends it as well.
    let open = Open::new().await;
    open.fake.fail_next(Fault::Status(401), 1);
    open.fake.say("!hello");
    let error = tokio::time::timeout(Duration::from_secs(5), open.door).await.unwrap().unwrap().unwrap_err();
    assert_eq!(error, DoorError::TokenRefused);
    assert_eq!(open.script.value("discord.session").as_deref(), Some(""));
}

#[tokio::test]
async fn with_nothing_allowed_nobody_is_served() {
    let fake = Fake::start().await;
    let mut closed = config(&fake);
    closed.guilds.clear();
    let stop = CancellationToken::new();
    let door = tokio::spawn(run(closed, Arc::new(Script::new()), stop.clone()));
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(fake.connections().is_empty() && !door.is_finished());
    stop.cancel();
    assert_eq!(door.await.unwrap(), Ok(()));
}
