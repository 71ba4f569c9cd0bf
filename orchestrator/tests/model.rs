//! A language model in the configuration: what is asked, what is told, what stays secret.

#[path = "../../agents/llm/tests/support/mod.rs"]
mod endpoint;
mod support;

use endpoint::{Reply, Scripted, says};
use serde_json::{Value, json};
use support::Home;

const KEY: &str = "sk-secret-0123456789";

/// An endpoint that sees no relation anywhere, on a runtime that outlives the calls.
fn endpoint(script: impl FnMut(&endpoint::Asked) -> Reply + Send + 'static) -> (tokio::runtime::Runtime, Scripted) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let scripted = runtime.block_on(Scripted::by(script));
    (runtime, scripted)
}

fn none() -> Value {
    json!({"relation": "none", "reason": "apart", "quotes": []})
}

fn home(base_url: &str) -> Home {
    Home::new()
        .configured("[market]\nsim_speed = 0\n\n[llm]\nmodel = \"test-model\"\nusd_per_mtok_in = \"1\"\nusd_per_mtok_out = \"2\"\nscan_sample = 6\n")
        .with("BETTY_LLM_BASE_URL", base_url)
        .with("BETTY_LLM_API_KEY", KEY)
}

#[test]
fn a_scan_asks_tells_what_it_took_and_asks_once() {
    let (_runtime, endpoint) = endpoint(|_| says(&none()));
    let home = home(&endpoint.base_url);
    let (code, first) = home.json(&["scan"]);
    assert_eq!(code, 0, "{first}");
    let model = &first["model"];
    let asked = endpoint.asked().len() as u64;
    assert!(asked > 0 && model["calls"] == asked && model["judged"] == asked, "{model}");
    assert_eq!((&model["unrelated"], &model["stopped"]), (&asked.into(), &Value::Null));
    assert_eq!(model["spent"]["tokens"], asked * 120);
    assert!(endpoint.asked().iter().all(|a| a.key.as_deref() == Some(&format!("Bearer {KEY}"))));
    let again = home.run(&["scan"]);
    again.expect(0).says(&["test-model: ", "verdicts in store", "of today."]);
    assert_eq!(endpoint.asked().len() as u64, asked, "the second scan found every verdict in store");
    home.run(&["doctor"]).says(&["test-model, asked about hedges"]);
    // The key is nowhere: not in what was printed, not in a file of the data directory.
    assert!(!format!("{first} {again}").contains(KEY));
    let mut files = vec![home.data()];
    while let Some(path) = files.pop() {
        if path.is_dir() {
            files.extend(std::fs::read_dir(path).unwrap().map(|e| e.unwrap().path()));
        } else {
            let bytes = std::fs::read(&path).unwrap();
            assert!(!bytes.windows(KEY.len()).any(|w| w == KEY.as_bytes()), "{}", path.display());
        }
    }
}

#[test]
fn an_endpoint_that_refuses_the_key_leaves_a_whole_scan_and_a_sentence() {
    let (_runtime, endpoint) = endpoint(|_| Reply::Status(401, format!("bad key {KEY}"), Vec::new()));
    let home = home(&endpoint.base_url);
    let ended = home.run(&["scan"]);
    ended.expect(0).says(&["net edge", "PARTIAL: ", "401", "llm.api_key"]);
    assert!(!ended.to_string().contains(KEY));
    assert!((1..=4).contains(&endpoint.asked().len()), "no further call: {}", endpoint.asked().len());
}

#[test]
fn nothing_is_spent_beyond_the_day() {
    let (_runtime, endpoint) = endpoint(|_| says(&none()));
    let home = home(&endpoint.base_url).with("BETTY_LLM_DAY_TOKENS_MAX", "0");
    home.run(&["scan"]).expect(0).says(&["PARTIAL: ", "day's budget has 0 tokens"]);
    assert!(endpoint.asked().is_empty());
}

#[test]
fn what_cannot_be_used_is_told_before_anything_is_asked() {
    let base = |home: Home| home.with("BETTY_LLM_BASE_URL", "http://127.0.0.1:1/v1").with("BETTY_LLM_MODEL", "m");
    base(Home::new()).run(&["scan"]).expect(2).complains(&["llm.usd_per_mtok_in", "0 for a model of your own"]);
    let priced =
        |home: Home| base(home).with("BETTY_LLM_USD_PER_MTOK_IN", "0").with("BETTY_LLM_USD_PER_MTOK_OUT", "-1");
    priced(Home::new()).run(&["scan"]).expect(2).complains(&["llm.usd_per_mtok_out"]);
    Home::new().configured("[llm]\napi_key = \"x\"\n").run(&["scan"]).expect(2).complains(&["llm.api_key"]);
    // Half a configuration is no model, and is told as that.
    Home::new().with("BETTY_LLM_MODEL", "m").run(&["doctor"]).says(&["llm.base_url is not set"]);
    // Nobody at the address: the scan is whole without it.
    let away = base(Home::new()).with("BETTY_LLM_USD_PER_MTOK_IN", "0").with("BETTY_LLM_USD_PER_MTOK_OUT", "0");
    away.configured("[llm]\nscan_sample = 6\n").run(&["scan"]).expect(0).says(&["net edge"]);
}
