use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::bench::platform::{sign, unix_now};

/// The source of all messages, and its token.
pub(super) const SOURCE: &str = "meters";
pub(super) const TOKEN: &str = "Qm7RzT4nVb9KxW2sLc5HgJ8dFp3YtA6e";

/// What a subject is invoked with.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// The platform's check of the URL.
    UrlCheck,
    /// A device's report.
    Message,
    /// A staged report, in a batch of one.
    Batch,
}

/// Makes events, no two alike.
pub(super) struct Events {
    made: u64,
    /// The body of a message that `push` has staged.
    staged: String,
}

impl Events {
    pub(super) fn new() -> Self {
        Self {
            made: 0,
            staged: String::new(),
        }
    }

    /// Takes a staged message as the pattern of batches.
    pub(super) fn learn(&mut self, staged: String) {
        self.staged = staged;
    }

    pub(super) fn make(&mut self, kind: Kind) -> Result<String> {
        self.made += 1;
        match kind {
            Kind::UrlCheck => self.request("GET", None),
            Kind::Message => self.request("POST", Some(self.report())),
            Kind::Batch => self.batch(),
        }
    }

    /// A request in payload format 2.0, with the headers that the platform sends.
    /// Source: <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html>.
    fn request(&self, method: &str, body: Option<String>) -> Result<String> {
        let now = unix_now()?;
        let timestamp = now.to_string();
        let nonce = format!("cold{:012}", self.made);
        let host = "a1b2c3d4e5.execute-api.us-east-1.amazonaws.com";
        let mut event = json!({
            "version": "2.0",
            "routeKey": format!("{method} /{{source}}"),
            "rawPath": format!("/{SOURCE}"),
            "rawQueryString": "",
            "headers": {
                "accept-encoding": "gzip",
                "content-type": "application/json",
                "host": host,
                "nonce": nonce,
                "signature": sign(TOKEN, &timestamp, &nonce),
                "timestamp": timestamp,
                "user-agent": "Go-http-client/1.1",
                "x-forwarded-for": "203.0.113.7",
                "x-forwarded-port": "443",
                "x-forwarded-proto": "https",
            },
            "requestContext": {
                "accountId": "123456789012",
                "apiId": "a1b2c3d4e5",
                "domainName": host,
                "domainPrefix": "a1b2c3d4e5",
                "http": {
                    "method": method,
                    "path": format!("/{SOURCE}"),
                    "protocol": "HTTP/1.1",
                    "sourceIp": "203.0.113.7",
                    "userAgent": "Go-http-client/1.1",
                },
                "requestId": format!("cold{:012}=", self.made),
                "routeKey": format!("{method} /{{source}}"),
                "stage": "$default",
                "time": "21/Nov/2026:08:00:00 +0000",
                "timeEpoch": now * 1000,
            },
            "pathParameters": { "source": SOURCE },
            "isBase64Encoded": false,
        });
        if let Some(body) = body {
            event["body"] = Value::String(body);
        } else {
            event["headers"]["echostr"] = "UPWIAFASvDUFcTEE".into();
        }
        Ok(event.to_string())
    }

    fn report(&self) -> String {
        let (seq, device) = (self.made, format!("meter-{:03}", self.made % 200));
        json!({
            "devicename": device,
            "payload": {
                "clientToken": format!("QX7METERPN-{seq}"),
                "method": "report",
                "params": { "brightness": 58, "color": 2, "name": device, "power_switch": 1 },
                "timestamp": 1_795_233_600 + seq,
            },
            "productid": "QX7METERPN",
            "seq": seq,
            "timestamp": 1_795_233_600 + seq,
            "topic": format!("$thing/up/property/QX7METERPN/{device}"),
        })
        .to_string()
    }

    /// A batch of one record, with an id of its own.
    /// Source: <https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html>.
    fn batch(&self) -> Result<String> {
        let (line, _) = self.staged.split_once('\n').context("nothing was staged")?;
        let mut line: Value = serde_json::from_str(line)?;
        let id = line.get("id").and_then(Value::as_str);
        let id = id.context("what was staged has no id")?;
        let digits = format!("{:016x}", self.made);
        let kept = id.get(digits.len()..).context("the id is short")?;
        line["id"] = format!("{digits}{kept}").into();
        let event = json!({ "Records": [{
            "messageId": "059f36b4-87a3-44ab-83d2-661975830a7d",
            "receiptHandle": "AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a",
            "body": format!("{line}\n{}", self.report()),
            "attributes": {
                "ApproximateReceiveCount": "1",
                "SentTimestamp": "1795233601000",
                "SequenceNumber": "18849496460467696128",
                "MessageGroupId": "4f1c9d6a7e8b",
                "SenderId": "AIDAIO23YVJENQZJOL4VO",
                "MessageDeduplicationId": "c0ffee",
                "ApproximateFirstReceiveTimestamp": "1795233601001",
            },
            "messageAttributes": {},
            "md5OfBody": "e4e68fb7bd0e697a0ae8f1bb342846b3",
            "eventSource": "aws:sqs",
            "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:staging.fifo",
            "awsRegion": "us-east-1",
        }] });
        Ok(event.to_string())
    }
}
