//! Replaces the cloud around the functions: the HTTP API in front of `push`, and the event source
//! between the staging queue and `consumer`.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use aws_sdk_sqs::types::{Message, MessageSystemAttributeName};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::deadline::within;
use crate::lambda::Function;
use crate::platform::Triple;
use crate::queue::Queues;

/// The answer of a function behind the HTTP API.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u64,
    /// The headers, as an object.
    pub headers: Value,
    /// The body, as text.
    pub body: String,
}

/// Invokes a function with a signed request, as the HTTP API does with payload format 2.0.
/// `headers` are the headers besides the three of the signature, with names in lower case.
///
/// Source: <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html>.
///
/// # Panics
///
/// If the function reports an error instead of an answer.
pub async fn request(
    function: &Function,
    method: &str,
    source: &str,
    headers: &[(&str, &str)],
    token: &str,
    body: &[u8],
) -> Answer {
    let triple = Triple::now(token);
    request_signed(function, method, source, headers, &triple, body).await
}

/// Like [`request`], with the given credentials.
///
/// # Panics
///
/// If the function reports an error instead of an answer.
pub async fn request_signed(
    function: &Function,
    method: &str,
    source: &str,
    headers: &[(&str, &str)],
    triple: &Triple,
    body: &[u8],
) -> Answer {
    let mut event = request_event(method, source, headers, triple);
    event["body"] = STANDARD.encode(body).into();
    event["isBase64Encoded"] = true.into();
    let answer = function.invoke(&event).await;
    let answer = answer.unwrap_or_else(|error| panic!("the function reports {error}"));
    let body = answer["body"].as_str().unwrap_or_default();
    let body = if answer["isBase64Encoded"] == true {
        let bytes = STANDARD.decode(body).expect("base64");
        String::from_utf8(bytes).expect("text")
    } else {
        body.to_owned()
    };
    Answer {
        status: answer["statusCode"].as_u64().expect("a status"),
        headers: answer["headers"].clone(),
        body,
    }
}

/// A signed request in payload format 2.0, without a body. `headers` are as for [`request`].
pub fn request_event(
    method: &str,
    source: &str,
    headers: &[(&str, &str)],
    triple: &Triple,
) -> Value {
    let Triple {
        timestamp,
        nonce,
        signature,
    } = triple;
    let mut headers: HashMap<&str, &str> = headers.iter().copied().collect();
    headers.extend([
        ("content-type", "application/json"),
        ("nonce", nonce),
        ("signature", signature),
        ("timestamp", timestamp),
    ]);
    let path = format!("/{source}");
    let route = format!("{method} /{{source}}");
    json!({
        "version": "2.0",
        "routeKey": route,
        "rawPath": path,
        "rawQueryString": "",
        "headers": headers,
        "requestContext": {
            "accountId": "000000000000",
            "apiId": "api",
            "domainName": "api.execute-api.us-east-1.amazonaws.com",
            "domainPrefix": "api",
            "http": {
                "method": method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "127.0.0.1",
                "userAgent": "Go-http-client/1.1",
            },
            "requestId": "request",
            "routeKey": route,
            "stage": "$default",
            "time": "21/Nov/2026:04:00:00 +0000",
            "timeEpoch": 1_795_233_600_000_u64,
        },
        "pathParameters": {"source": source},
        "isBase64Encoded": false,
    })
}

/// The event source: hands the messages on the staging queue `url` to `consumer`, batch by batch,
/// and deletes those that the function does not report as failed, until `count` records are
/// deleted.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html>.
///
/// # Panics
///
/// If that takes longer than `limit`, or if the function reports an error or names a message that
/// was not in the batch.
pub async fn consume(
    queues: &Queues,
    url: &str,
    consumer: &Function,
    count: usize,
    limit: Duration,
) {
    let deleted = Arc::new(AtomicUsize::new(0));
    let mut pollers = JoinSet::new();
    for _ in 0..consumer.instances() {
        let (queues, url, consumer) = (queues.clone(), url.to_owned(), consumer.clone());
        let deleted = Arc::clone(&deleted);
        pollers.spawn(async move {
            while deleted.load(Ordering::SeqCst) < count {
                let done = consume_batch(&queues, &url, &consumer).await;
                deleted.fetch_add(done, Ordering::SeqCst);
            }
        });
    }
    let what = format!("{count} records to be consumed");
    within(limit, &what, async {
        while let Some(poller) = pollers.join_next().await {
            poller.expect("a poller that ends well");
        }
    })
    .await;
    assert_eq!(deleted.load(Ordering::SeqCst), count, "records consumed");
}

/// Hands one batch of the staging queue `url` to `consumer`. Returns how many records were deleted.
///
/// # Panics
///
/// If the function reports an error or names a message that was not in the batch.
pub async fn consume_batch(queues: &Queues, url: &str, consumer: &Function) -> usize {
    let answer = queues
        .client()
        .receive_message()
        .queue_url(url)
        .max_number_of_messages(10)
        .wait_time_seconds(1)
        .message_system_attribute_names(MessageSystemAttributeName::All)
        .send()
        .await
        .expect("messages are received");
    let messages = answer.messages.unwrap_or_default();
    if messages.is_empty() {
        return 0;
    }
    let records: Vec<Value> = messages.iter().map(record).collect();
    let answer = consumer.invoke(&json!({"Records": records})).await;
    let answer = answer.unwrap_or_else(|error| panic!("consumer reports {error}"));
    let failures = answer["batchItemFailures"].as_array();
    let failed: HashSet<&str> = failures
        .into_iter()
        .flatten()
        .map(|failure| failure["itemIdentifier"].as_str().expect("an id"))
        .collect();
    for id in &failed {
        let known = messages
            .iter()
            .any(|message| message.message_id() == Some(id));
        assert!(known, "no message of the batch has the id {id:?}: {answer}");
    }
    let mut deleted = 0;
    for message in &messages {
        let id = message.message_id().expect("an id");
        if failed.contains(id) {
            continue;
        }
        let receipt = message.receipt_handle().expect("a receipt");
        let delete = queues.client().delete_message().queue_url(url);
        let delete = delete.receipt_handle(receipt).send().await;
        delete.expect("a message is deleted");
        deleted += 1;
    }
    deleted
}

/// A message as the event source hands it to a function.
pub fn record(message: &Message) -> Value {
    let attributes: HashMap<&str, &str> = message
        .attributes()
        .into_iter()
        .flatten()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    json!({
        "messageId": message.message_id(),
        "receiptHandle": message.receipt_handle(),
        "body": message.body(),
        "attributes": attributes,
        "messageAttributes": {},
        "md5OfBody": message.md5_of_body(),
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:staging.fifo",
        "awsRegion": "us-east-1",
    })
}
