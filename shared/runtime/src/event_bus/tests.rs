use super::*;
use crate::answering::{Answering, CONTENT, event};
use serde_json::{Value, json};

const ARN: &str = "arn:aws:events:eu-west-1:123456789012:event-bus/meters";

async fn bus(server: &Answering) -> EventBus {
    EventBus::open(&server.aws(), EventBusName::parse(ARN).unwrap()).await
}

fn entries(body: &str) -> Vec<Value> {
    let call: Value = serde_json::from_str(body).unwrap();
    call["Entries"].as_array().unwrap().clone()
}

/// The answer that accepts all entries of a call but those that fail, each with code and words.
fn answer(body: &str, failed: &[(usize, &str, &str)]) -> (u16, String) {
    let entries: Vec<Value> = (0..entries(body).len())
        .map(
            |position| match failed.iter().find(|(of, ..)| *of == position) {
                None => json!({"EventId": format!("e{position}")}),
                Some((_, code, words)) => json!({"ErrorCode": code, "ErrorMessage": words}),
            },
        )
        .collect();
    let answer = json!({"FailedEntryCount": failed.len(), "Entries": entries});
    (200, answer.to_string())
}

fn failure(status: u16, code: &str, words: &str) -> (u16, String) {
    (
        status,
        json!({"__type": code, "message": words}).to_string(),
    )
}

/// The error as it is logged, which holds nothing of the message and is short.
fn logged(error: &SendError) -> String {
    let text = format!("{error} {error:?}");
    assert!(!text.contains(CONTENT), "{text}");
    assert!(text.len() < 600 && !text.contains('\n'), "{text}");
    text
}

#[tokio::test]
async fn an_entry_is_the_event_with_its_type_source_and_time() {
    let server = Answering::with(|_, body| answer(body, &[])).await;
    let event = event(Some("P1/meter-7"), 0);
    let bus = bus(&server).await;
    assert!(!bus.keeps_order());
    assert_eq!(bus.send_batch(&[&event]).await, [Ok(())]);
    let [call] = server.calls().try_into().unwrap();
    let [entry] = entries(&call).try_into().unwrap();
    let expected = json!({
        "EventBusName": ARN,
        "Source": "/tencent-iot-hub/meters",
        "DetailType": "io.thingrelay.device.properties.v1",
        "Detail": event.message.body,
        "Time": 1_750_000_000.25,
    });
    assert_eq!(entry, expected);
}

#[tokio::test]
async fn what_failed_for_now_is_sent_again_and_the_others_are_not() {
    let server = Answering::with(|number, body| match number {
        0 => answer(
            body,
            &[
                (1, "ThrottlingException", "slow"),
                (3, "InternalFailure", "ours"),
            ],
        ),
        1 => answer(body, &[(1, "MalformedDetail", CONTENT)]),
        _ => answer(body, &[(0, "MalformedDetail", "never asked")]),
    })
    .await;
    let event = event(None, 0);
    let results = bus(&server).await.send_batch(&[&event; 4]).await;
    assert!(
        matches!(
            &results[..],
            [Ok(()), Ok(()), Ok(()), Err(SendError::Permanent(_))]
        ),
        "{results:?}"
    );
    logged(results[3].as_ref().unwrap_err());
    let calls: Vec<usize> = server
        .calls()
        .iter()
        .map(|call| entries(call).len())
        .collect();
    assert_eq!(calls, [4, 2]);
}

/// The failures of single entries, and whether each is permanent.
#[tokio::test]
async fn failures_of_entries_are_for_now_unless_they_speak_of_the_event() {
    for (code, is_permanent) in [
        ("InternalFailure", false),
        ("ThrottlingException", false),
        ("AccessDeniedException", false),
        ("InvalidAccountIdException", false),
        ("NotAuthorizedForSourceException", false),
        ("NotAuthorizedForDetailTypeException", false),
        ("SomethingNew", false),
        ("InvalidArgument", true),
        ("MalformedDetail", true),
        ("RedactionFailure", true),
    ] {
        let words = if is_permanent { CONTENT } else { "words" };
        let server = Answering::with(move |_, body| answer(body, &[(0, code, words)])).await;
        let results = bus(&server).await.send_batch(&[&event(None, 0)]).await;
        let [Err(error)] = results.as_slice() else {
            panic!("{code}: {results:?}");
        };
        assert!(logged(error).contains(code), "{error}");
        assert_eq!(
            matches!(error, SendError::Permanent(_)),
            is_permanent,
            "{code}"
        );
    }
}

/// A right that is missing, the wrong region, throttling: the event waits.
#[tokio::test]
async fn a_failure_of_a_call_is_for_now() {
    let cases = [
        (
            400,
            "AccessDeniedException",
            "is not authorized to perform: events:PutEvents",
        ),
        (400, "ResourceNotFoundException", "Event bus does not exist"),
        (
            400,
            "UnrecognizedClientException",
            "The security token included in the request is invalid",
        ),
        (400, "ThrottlingException", "Rate exceeded"),
        (400, "ValidationException", "1 validation error detected"),
        (400, "KMSAccessDeniedException", "denied"),
        (500, "InternalException", "on our side"),
    ];
    for (status, code, words) in cases {
        let server = Answering::with(move |_, _| failure(status, code, words)).await;
        for messages in [1, 2] {
            let event = event(None, 0);
            let results = bus(&server).await.send_batch(&vec![&event; messages]).await;
            assert_eq!(results.len(), messages);
            for result in results {
                let Err(error @ SendError::Transient(_)) = result else {
                    panic!("{code}: {result:?}");
                };
                assert!(logged(&error).contains(code), "{error}");
            }
        }
    }
}

#[tokio::test]
async fn an_answer_that_does_not_name_every_event_accepts_nothing() {
    let one = json!({"FailedEntryCount": 0, "Entries": [{"EventId": "e"}]});
    let answers = [
        (200, String::new()),
        (200, "{}".to_owned()),
        (200, format!("<html>{CONTENT}</html>")),
        (
            200,
            json!({"FailedEntryCount": 0, "Entries": [{}, {}]}).to_string(),
        ),
        (200, one.to_string()),
        (503, format!("<h1>{CONTENT}</h1>")),
    ];
    for (status, text) in answers {
        let shown = text.clone();
        let server = Answering::with(move |_, _| (status, text.clone())).await;
        let event = event(None, 0);
        let results = bus(&server).await.send_batch(&[&event, &event]).await;
        assert_eq!(results.len(), 2);
        for result in results {
            let Err(error @ SendError::Transient(_)) = result else {
                panic!("{shown}: {result:?}");
            };
            logged(&error);
        }
    }
}

#[tokio::test]
async fn an_event_over_the_limit_is_refused() {
    let server = Answering::with(|_, body| {
        if body.len() > 1_040_000 {
            return failure(400, "ValidationException", "1 validation error detected");
        }
        answer(body, &[])
    })
    .await;
    let bus = bus(&server).await;
    // What no bus takes is not sent; between a megabyte and a mebibyte the bus decides.
    for (bytes, is_taken, calls) in [
        (1_000_000, true, 1),
        (1_045_000, false, 1),
        (MAX_BYTES, false, 0),
    ] {
        let before = server.calls().len();
        let results = bus.send_batch(&[&event(None, bytes)]).await;
        let expected = if is_taken {
            Ok(())
        } else {
            Err(SendError::too_large())
        };
        assert_eq!(results, [expected], "{bytes}");
        assert_eq!(server.calls().len() - before, calls, "{bytes}");
    }
    let over = Answering::with(|_, _| {
        let words = "Total size of the entries in the request is over the limit.";
        failure(400, "ValidationException", words)
    });
    let bus = self::bus(&over.await).await;
    assert_eq!(
        bus.send_batch(&[&event(None, 10)]).await,
        [Err(SendError::too_large())]
    );
}

#[test]
fn the_size_is_counted_as_the_service_counts_it() {
    let server_independent = EventBusName::parse("meters").unwrap();
    let config = Config::builder()
        .behavior_version(aws_sdk_eventbridge::config::BehaviorVersion::latest())
        .build();
    let bus = EventBus::with(config, server_independent);
    let event = event(None, 500);
    let parts = "/tencent-iot-hub/metersio.thingrelay.device.properties.v1".len() + 14;
    assert_eq!(bus.size(&event), parts + event.message.body.len());
}
