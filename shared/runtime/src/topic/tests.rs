use super::*;
use crate::answering::{Answering, CONTENT, event};

const FIFO: &str = "arn:aws:sns:eu-west-1:123456789012:events.fifo";
const STANDARD: &str = "arn:aws:sns:eu-west-1:123456789012:events";

async fn topic(server: &Answering, arn: &str) -> Topic {
    Topic::open(&server.aws(), TopicArn::parse(arn).unwrap()).await
}

/// The answer that accepts all entries of a call but those that fail, each with code and words.
fn answer(body: &str, failed: &[(usize, &str, &str)]) -> (u16, String) {
    let (mut successful, mut failures) = (String::new(), String::new());
    for position in 0..10 {
        let id = format!("<Id>{position}</Id>");
        if !body.contains(&format!(".Id={position}&")) {
            continue;
        }
        match failed.iter().find(|(of, ..)| *of == position) {
            None => successful += &format!("<member>{id}<MessageId>m</MessageId></member>"),
            Some((_, code, words)) => {
                failures += &format!(
                    "<member>{id}<Code>{code}</Code><Message>{words}</Message><SenderFault>true</SenderFault></member>"
                );
            }
        }
    }
    let xml = format!(
        "<PublishBatchResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><PublishBatchResult>\
        <Successful>{successful}</Successful><Failed>{failures}</Failed>\
        </PublishBatchResult></PublishBatchResponse>"
    );
    (200, xml)
}

fn failure(status: u16, code: &str, words: &str) -> (u16, String) {
    let xml = format!(
        "<ErrorResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><Error><Type>Sender</Type>\
        <Code>{code}</Code><Message>{words}</Message></Error></ErrorResponse>"
    );
    (status, xml)
}

/// The error as it is logged, which holds nothing of the message and is short.
fn logged(error: &SendError) -> String {
    let text = format!("{error} {error:?}");
    assert!(!text.contains(CONTENT), "{text}");
    assert!(text.len() < 600 && !text.contains('\n'), "{text}");
    text
}

#[tokio::test]
async fn an_entry_has_group_id_and_what_subscriptions_filter_by() {
    for (arn, is_fifo) in [(FIFO, true), (STANDARD, false)] {
        let server = Answering::with(|_, body| answer(body, &[])).await;
        let topic = topic(&server, arn).await;
        assert_eq!(topic.keeps_order(), is_fifo);
        let results = topic.send_batch(&[&event(Some("P1/meter-7"), 0)]).await;
        assert_eq!(results, [Ok(())]);
        let [call] = server.calls().try_into().unwrap();
        let call = call + "&";
        let entry = "PublishBatchRequestEntries.member.1.";
        for (parameter, is_sent) in [
            ("MessageGroupId=the-group", is_fifo),
            ("MessageDeduplicationId=the-id-0", is_fifo),
            ("MessageAttributes.entry.1.Name=", true),
            ("MessageAttributes.entry.4.Name=", true),
            ("MessageAttributes.entry.5.Name=", false),
        ] {
            assert_eq!(
                call.contains(&format!("{entry}{parameter}")),
                is_sent,
                "{call}"
            );
        }
        for value in [
            "io.thingrelay.device.properties.v1",
            "%2Ftencent-iot-hub%2Fmeters",
            "P1",
            "meter-7",
        ] {
            assert!(
                call.contains(&format!("StringValue={value}&")),
                "{value} in {call}"
            );
        }
    }
}

#[test]
fn attributes_of_odd_names_are_encoded_or_left_out() {
    for (subject, product, device) in [
        (Some("P1/meter-7"), Some("P1"), Some("meter-7")),
        (Some("/meter-7"), None, Some("meter-7")),
        (Some("P1/"), Some("P1"), None),
        (Some("a%2Fb/c%25%00"), Some("a%2Fb"), Some("c%25%00")),
        (Some("电表/\"a\\b\""), Some("电表"), Some("%22a%5Cb%22")),
        (None, None, None),
    ] {
        let attributes = attributes(&event(subject, 0));
        let found = |name: &str| {
            let mut named = attributes.iter().filter(|(other, _)| *other == name);
            named.next().map(|(_, value)| value.as_str())
        };
        assert_eq!(
            (found("product"), found("device")),
            (product, device),
            "{subject:?}"
        );
        assert_eq!(found("source"), Some("/tencent-iot-hub/meters"));
        assert!(attributes.len() <= 4 && found("type").is_some());
    }
}

#[tokio::test]
async fn what_failed_for_now_is_sent_again_and_the_others_are_not() {
    let server = Answering::with(|number, body| match number {
        0 => answer(
            body,
            &[
                (1, "InternalError", "on our side"),
                (2, "InvalidParameter", CONTENT),
            ],
        ),
        _ => answer(body, &[]),
    })
    .await;
    let topic = topic(&server, FIFO).await;
    let event = event(Some("P1/meter-7"), 0);
    let results = topic.send_batch(&[&event; 4]).await;
    assert!(
        matches!(
            &results[..],
            [Ok(()), Ok(()), Err(SendError::Permanent(_)), Ok(())]
        ),
        "{results:?}"
    );
    logged(results[2].as_ref().unwrap_err());
    let calls = server.calls();
    assert_eq!(calls.len(), 2, "{calls:?}");
    assert!(
        calls[1].contains(".Id=1&") && !calls[1].contains("member.2."),
        "{}",
        calls[1]
    );
}

/// The failures of single entries, and whether each is permanent.
#[tokio::test]
async fn failures_of_entries_are_for_now_unless_they_speak_of_the_message() {
    for (code, words, is_permanent) in [
        ("InternalError", "on our side", false),
        ("Throttled", "Rate exceeded", false),
        ("AuthorizationError", "not authorized", false),
        ("KMSAccessDenied", "denied", false),
        ("KMSDisabled", "disabled", false),
        ("KMSThrottling", "slow down", false),
        ("SomethingNew", "nobody knows", false),
        ("InvalidParameter", CONTENT, true),
        ("ParameterValueInvalid", CONTENT, true),
        ("ValidationException", CONTENT, true),
    ] {
        let server = Answering::with(move |_, body| answer(body, &[(0, code, words)])).await;
        let results = topic(&server, FIFO)
            .await
            .send_batch(&[&event(None, 0)])
            .await;
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

/// A topic or right that is missing, a key, the wrong region: the event waits.
#[tokio::test]
async fn a_failure_of_a_call_is_for_now() {
    let cases = [
        (404, "NotFound", "Topic does not exist"),
        (
            403,
            "AuthorizationError",
            "not authorized to perform SNS:Publish",
        ),
        (
            400,
            "InvalidParameter",
            "Invalid parameter: TopicArn Reason: An ARN must have the region",
        ),
        (
            400,
            "KMSAccessDenied",
            "The ciphertext refers to a key that does not exist",
        ),
        (400, "KMSDisabled", "is disabled"),
        (400, "KMSInvalidState", "is pending deletion"),
        (400, "KMSNotFound", "Invalid keyId"),
        (400, "KMSOptInRequired", "needs a subscription"),
        (400, "KMSThrottling", "Rate exceeded"),
        (
            403,
            "InvalidClientTokenId",
            "The security token included in the request is invalid",
        ),
        (429, "Throttled", "Rate exceeded"),
        (400, "Throttling", "Rate exceeded"),
        (500, "InternalError", "on our side"),
        (400, "ValidationException", "1 validation error"),
    ];
    for (status, code, words) in cases {
        let server = Answering::with(move |_, _| failure(status, code, words)).await;
        let results = topic(&server, FIFO)
            .await
            .send_batch(&[&event(None, 0); 2])
            .await;
        assert_eq!(results.len(), 2);
        for result in results {
            let Err(error @ SendError::Transient(_)) = result else {
                panic!("{code}: {result:?}");
            };
            assert!(logged(&error).contains(code), "{error}");
        }
    }
}

#[tokio::test]
async fn an_answer_that_does_not_name_the_message_accepts_nothing() {
    let answers = [
        (200, String::new()),
        (200, "{}".to_owned()),
        (200, format!("<html>{CONTENT}</html>")),
        answer("", &[]),
        answer(".Id=7&", &[]),
        (503, format!("<h1>{CONTENT}</h1>")),
        (301, String::new()),
    ];
    for (status, text) in answers {
        let shown = text.clone();
        let server = Answering::with(move |_, _| (status, text.clone())).await;
        let results = topic(&server, FIFO)
            .await
            .send_batch(&[&event(None, 0)])
            .await;
        let [Err(error @ SendError::Transient(_))] = results.as_slice() else {
            panic!("{shown}: {results:?}");
        };
        logged(error);
    }
}

/// The topic's limit may be lower than a call's, or higher than usual: the topic decides.
#[tokio::test]
async fn messages_that_are_too_long_together_go_alone_and_one_that_is_too_long_is_refused() {
    for (code, words) in [
        (
            "BatchRequestTooLong",
            "The length of all the messages put together is more than the limit",
        ),
        ("InvalidParameter", "Invalid parameter: Message too long"),
    ] {
        let limit = 3000;
        let server = Answering::with(move |_, body| {
            if body.len() > limit {
                failure(400, code, words)
            } else {
                answer(body, &[])
            }
        })
        .await;
        let topic = topic(&server, FIFO).await;
        let (small, large) = (event(None, 1000), event(None, 5000));
        let results = topic.send_batch(&[&small, &large, &small]).await;
        assert_eq!(results, [Ok(()), Err(SendError::too_large()), Ok(())]);
        assert_eq!(server.calls().len(), 4);
        assert_eq!(
            topic.send_batch(&[&large]).await,
            [Err(SendError::too_large())]
        );
        let fitting = topic.send_batch(&[&small, &small]).await;
        assert_eq!(fitting, [Ok(()), Ok(())]);
    }
}

#[tokio::test]
async fn what_no_topic_takes_is_refused_without_a_call_and_attributes_count() {
    let server = Answering::with(|_, body| answer(body, &[])).await;
    let topic = topic(&server, FIFO).await;
    let device = "P1/meter-7";
    let attributes =
        topic.size(&event(Some(device), 0)) - event(Some(device), 0).message.body.len();
    // Names, types and values of `type`, `source`, `product` and `device`.
    let names = "typesourceproductdevice".len() + 4 * "String".len();
    let values = "io.thingrelay.device.properties.v1/tencent-iot-hub/metersP1meter-7".len();
    assert_eq!(attributes, names + values);
    for (bytes, is_taken) in [
        (MAX_BYTES - attributes, true),
        (MAX_BYTES - attributes + 1, false),
    ] {
        let event = event(Some(device), bytes);
        assert_eq!(event.message.body.len(), bytes);
        let before = server.calls().len();
        let results = topic.send_batch(&[&event]).await;
        assert_eq!(results[0].is_ok(), is_taken, "{bytes}");
        assert_eq!(server.calls().len() - before, usize::from(is_taken));
    }
}
