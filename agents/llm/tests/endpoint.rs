//! The client against an endpoint that answers well, badly, late and not at all.

mod support;

use betty_llm::{ApiKey, Endpoint, LlmError, LlmErrorKind, Model, OpenAi, Price, PromptId, Request};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::{Duration, Instant};
use support::{Asked, Reply, Scripted, says};

const KEY: &str = "sk-test-0123456789";

fn client(endpoint: &Scripted) -> OpenAi {
    let endpoint = Endpoint {
        base_url: endpoint.base_url.clone(),
        key: Some(ApiKey::new(&format!(" {KEY}\n"))),
        model: "test-model".to_owned(),
        price: Price { input_micros_per_mtok: 1_000_000, output_micros_per_mtok: 2_000_000 },
    };
    // Retries at once: waiting teaches nothing here.
    OpenAi::new(endpoint, Arc::new(|| 0.0)).unwrap()
}

fn request() -> Request {
    Request {
        prompt: PromptId { name: "p".to_owned(), hash: "h".to_owned() },
        system: "You answer.".to_owned(),
        user: "Is it so?".to_owned(),
        schema_name: "verdict".to_owned(),
        schema: json!({
            "type": "object",
            "properties": {"so": {"type": "boolean"}},
            "required": ["so"],
            "additionalProperties": false
        }),
        output_tokens_max: 50,
        deadline: Duration::from_secs(20),
    }
}

fn within(seconds: f64) -> Request {
    Request { deadline: Duration::from_secs_f64(seconds), ..request() }
}

fn kind(error: &LlmError) -> LlmErrorKind {
    let text = format!("{error} {error:?}");
    assert!(!text.contains(KEY) && !text.contains("0123456789"), "{text}");
    error.kind
}

fn good() -> Value {
    json!({"so": true})
}

#[tokio::test]
async fn a_good_answer_costs_one_request() {
    let endpoint = Scripted::of(vec![says(&good())]).await;
    let answer = client(&endpoint).ask(&request()).await.unwrap();
    assert_eq!((answer.value, answer.repaired), (good(), false));
    assert_eq!((answer.usage.input_tokens, answer.usage.output_tokens, answer.usage.estimated), (100, 20, false));
    let asked = endpoint.asked();
    assert_eq!(asked.len(), 1);
    let Asked { body, key } = &asked[0];
    assert_eq!(key.as_deref(), Some(&*format!("Bearer {KEY}")));
    assert_eq!((body["model"].as_str(), body["max_tokens"].as_u64()), (Some("test-model"), Some(50)));
    assert_eq!(body["stream"], false);
    assert_eq!(body["response_format"]["json_schema"]["schema"], request().schema);
    assert_eq!(body["messages"].as_array().unwrap().len(), 2);
    assert!(!format!("{:?}", client(&endpoint)).contains("0123456789"));
}

#[tokio::test]
async fn words_around_the_object_are_no_harm() {
    let endpoint = Scripted::of(vec![Reply::Says("Sure:\n```json\n{\"so\": true}\n```".to_owned(), None)]).await;
    let answer = client(&endpoint).ask(&request()).await.unwrap();
    assert_eq!(answer.value, good());
    // No count from the endpoint: the estimate, marked.
    assert_eq!(answer.usage, request().estimate());
    assert!(answer.usage.estimated && answer.usage.output_tokens == 50);
}

#[tokio::test]
async fn an_answer_of_another_form_is_repaired_once() {
    let endpoint = Scripted::of(vec![says(&json!({"so": "yes"})), says(&good())]).await;
    let answer = client(&endpoint).ask(&request()).await.unwrap();
    assert!(answer.repaired && answer.value == good());
    assert_eq!(answer.usage.total(), 240, "both are counted");
    let asked = endpoint.asked();
    assert_eq!(asked.len(), 2);
    let repair = asked[1].user();
    assert!(repair.contains("\"so\"") && repair.contains("no boolean"), "{repair}");
    assert_eq!(asked[1].body["messages"].as_array().unwrap().len(), 4);

    for wrong in [json!({"so": 1}), json!({}), json!({"so": true, "more": 1}), json!([true])] {
        let endpoint = Scripted::of(vec![says(&wrong), says(&wrong), says(&good())]).await;
        let error = client(&endpoint).ask(&request()).await.unwrap_err();
        assert_eq!(kind(&error), LlmErrorKind::BadAnswer, "{wrong}");
        assert_eq!((endpoint.asked().len(), error.usage.total()), (2, 240), "one attempt at repair, paid for");
    }
}

#[tokio::test]
async fn what_passes_is_tried_again_and_what_does_not_is_not() {
    let busy = |code| Reply::Status(code, "busy".to_owned(), Vec::new());
    for code in [429, 500, 502, 503, 408] {
        let endpoint = Scripted::of(vec![busy(code), busy(code), says(&good())]).await;
        assert_eq!(client(&endpoint).ask(&request()).await.unwrap().value, good(), "{code}");
        assert_eq!(endpoint.asked().len(), 3);
        let endpoint = Scripted::by(move |_| busy(code)).await;
        let error = client(&endpoint).ask(&request()).await.unwrap_err();
        let want = if code == 429 { LlmErrorKind::RateLimited } else { LlmErrorKind::Unavailable };
        assert_eq!((kind(&error), endpoint.asked().len()), (want, 3), "{code}: three tries in all");
        assert!(error.to_string().contains("after 3 tries"), "{error}");
    }
    for (code, want) in [
        (401, LlmErrorKind::Forbidden),
        (403, LlmErrorKind::Forbidden),
        (400, LlmErrorKind::Refused),
        (404, LlmErrorKind::Refused),
        (302, LlmErrorKind::Refused),
    ] {
        let endpoint = Scripted::by(move |_| Reply::Status(code, format!("Incorrect key {KEY}"), Vec::new())).await;
        let error = client(&endpoint).ask(&request()).await.unwrap_err();
        assert_eq!((kind(&error), endpoint.asked().len()), (want, 1), "{code}");
        assert!(error.to_string().contains("[key]"), "what the endpoint says is told without the key: {error}");
    }
}

#[tokio::test]
async fn a_time_to_wait_is_kept_and_one_past_the_deadline_ends_it_at_once() {
    let later = |seconds: &str| Reply::Status(429, String::new(), vec![("retry-after", seconds.to_owned())]);
    let endpoint = Scripted::of(vec![later("1"), says(&good())]).await;
    let begun = Instant::now();
    client(&endpoint).ask(&request()).await.unwrap();
    assert!(begun.elapsed() >= Duration::from_secs(1));

    let endpoint = Scripted::of(vec![later("100"), says(&good())]).await;
    let begun = Instant::now();
    let error = client(&endpoint).ask(&request()).await.unwrap_err();
    assert_eq!((kind(&error), endpoint.asked().len()), (LlmErrorKind::RateLimited, 1));
    assert!(begun.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn an_endpoint_that_hangs_is_left_at_the_deadline() {
    for hangs in [Reply::Hangs, Reply::HangsHalfWay] {
        let endpoint = Scripted::by(move |_| hangs.clone()).await;
        let begun = Instant::now();
        let error = client(&endpoint).ask(&within(0.3)).await.unwrap_err();
        assert_eq!(kind(&error), LlmErrorKind::Timeout);
        assert!(error.usage.total() > 0, "what was sent counts");
        let took = begun.elapsed();
        assert!(took >= Duration::from_millis(300) && took < Duration::from_secs(5), "{took:?}");
        assert_eq!(endpoint.asked().len(), 1);
    }
    // Retries share the deadline.
    let endpoint = Scripted::of(vec![Reply::Status(500, String::new(), Vec::new()), Reply::Hangs]).await;
    assert_eq!(kind(&client(&endpoint).ask(&within(0.3)).await.unwrap_err()), LlmErrorKind::Timeout);
}

#[tokio::test]
async fn what_cannot_be_read_is_an_error_and_a_flood_is_not_swallowed() {
    for (reply, tries) in [
        (Reply::Raw("<html>gateway</html>".to_owned()), 1),
        (Reply::Raw("{}".to_owned()), 1),
        (Reply::Raw("{\"choices\": [{}]}".to_owned()), 1),
        (
            Reply::Raw("{\"choices\": [{\"message\": {\"content\": null}, \"finish_reason\": \"length\"}]}".to_owned()),
            1,
        ),
        (Reply::Raw("{\"choices\": [{\"message\": {\"refusal\": \"I will not\"}}]}".to_owned()), 1),
        (Reply::Says("no object".to_owned(), Some((1, 1))), 2),
        (Reply::Floods, 1),
    ] {
        let told = format!("{reply:?}");
        let endpoint = Scripted::by(move |_| reply.clone()).await;
        let error = client(&endpoint).ask(&request()).await.unwrap_err();
        assert_eq!((kind(&error), endpoint.asked().len()), (LlmErrorKind::BadAnswer, tries), "{told}: {error}");
    }
}

#[tokio::test]
async fn an_endpoint_without_structured_output_is_asked_in_plainer_ways_and_remembered() {
    // Takes no schema, then no response_format at all.
    let endpoint = Scripted::by(|asked| match asked.body["response_format"]["type"].as_str() {
        Some(form) => Reply::Status(400, format!("unsupported response_format {form}"), Vec::new()),
        None => says(&json!({"so": true})),
    })
    .await;
    let model = client(&endpoint);
    assert_eq!(model.ask(&request()).await.unwrap().value, good());
    assert_eq!(endpoint.asked().len(), 3);
    assert_eq!(model.clone().ask(&request()).await.unwrap().value, good());
    assert_eq!(endpoint.asked().len(), 4, "found out once");

    // Wants the newer name of the limit.
    let endpoint = Scripted::by(|asked| {
        if asked.body.get("max_tokens").is_some() {
            return Reply::Status(400, "use 'max_completion_tokens' instead".to_owned(), Vec::new());
        }
        says(&json!({"so": true}))
    })
    .await;
    assert_eq!(client(&endpoint).ask(&request()).await.unwrap().value, good());
    let asked = endpoint.asked();
    assert_eq!((asked.len(), asked[1].body["max_completion_tokens"].as_u64()), (2, Some(50)));

    // Says so for ever: it ends.
    let endpoint =
        Scripted::by(|_| Reply::Status(400, "max_completion_tokens response_format".to_owned(), Vec::new())).await;
    assert_eq!(kind(&client(&endpoint).ask(&request()).await.unwrap_err()), LlmErrorKind::Refused);
    assert_eq!(endpoint.asked().len(), 4);
}

#[tokio::test]
async fn nobody_at_the_address() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base_url = format!("http://{}/v1", listener.local_addr().unwrap());
    drop(listener);
    let endpoint = Endpoint { base_url, key: None, model: "m".to_owned(), price: Price::FREE };
    let error = OpenAi::new(endpoint, Arc::new(|| 0.0)).unwrap().ask(&request()).await.unwrap_err();
    assert_eq!((kind(&error), error.usage.total()), (LlmErrorKind::Unavailable, 0), "{error}");
    assert!(error.to_string().contains("cannot be reached"), "{error}");
}
