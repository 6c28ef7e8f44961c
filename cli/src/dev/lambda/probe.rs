//! Checks whether the functions answer.
//!
//! The emulator builds and starts a function at its first invocation, which may take minutes, and
//! it never restarts a function that has ended. Messages received meanwhile would become dead
//! letters, attempt by attempt. So no batch is received until the function has answered an event
//! without work.

use super::{client::Client, url::EmulatorUrl};
use serde_json::json;
use std::time::Duration;
use tokio::time::{Instant, sleep, sleep_until};

/// The pause before another attempt.
const PAUSE: Duration = Duration::from_secs(1);
/// The time without an answer after which the user is told.
const TELL_AFTER: Duration = Duration::from_secs(10);
/// How long one attempt may take. This is longer than any build.
const LIMIT: Duration = Duration::from_secs(3_600);

/// Waits until the function has answered `event`, for as long as needed. The user is told what the
/// wait is for, each reason once: at once if nothing listens there.
pub(crate) async fn answered(client: &Client, url: &EmulatorUrl, event: &serde_json::Value) {
    let mut told = String::new();
    let mut tell = |text: String| {
        if told != text {
            tracing::warn!("{text}");
            told = text;
        }
    };
    let function = client.function();
    loop {
        let invocation = client.invoke(event.to_string().into_bytes(), LIMIT);
        let mut invocation = std::pin::pin!(invocation);
        let outcome = tokio::select! {
            outcome = invocation.as_mut() => outcome,
            () = sleep_until(Instant::now() + TELL_AFTER) => {
                tell(format!(
                    "waiting for the function {function} in the emulator: it is being built, or it has ended; see the emulator's own output"
                ));
                invocation.await
            }
        };
        match outcome {
            Ok(_) => return,
            // The function runs: its error about this event does not concern the next event.
            Err(error) if error.is_of_the_function() => return,
            Err(error) => tell(format!("waiting for the emulator at {url}: {error}")),
        }
        sleep(PAUSE).await;
    }
}

/// A batch without records, which `consumer` answers without doing anything.
pub(crate) fn empty_batch() -> serde_json::Value {
    json!({"Records": []})
}

/// A request that `verify` and `push` refuse with any settings: neither accepts its method.
///
/// Source: <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html>.
pub(crate) fn refused_request() -> serde_json::Value {
    json!({
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": "/",
        "rawQueryString": "",
        "headers": {"host": "localhost", "user-agent": "thingrelay-dev"},
        "requestContext": {
            "accountId": "000000000000",
            "apiId": "local",
            "domainName": "localhost",
            "domainPrefix": "local",
            "http": {
                "method": "OPTIONS",
                "path": "/",
                "protocol": "HTTP/1.1",
                "sourceIp": "127.0.0.1",
                "userAgent": "thingrelay-dev",
            },
            "requestId": "local",
            "routeKey": "$default",
            "stage": "$default",
            "time": "01/Jan/1970:00:00:00 +0000",
            "timeEpoch": 0,
        },
        "isBase64Encoded": false,
    })
}
