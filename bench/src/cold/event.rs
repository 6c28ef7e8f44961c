use anyhow::{Context, Result};
use aws_sdk_sqs::types::Message;
use serde_json::{Value, json};
use thingrelay_tests::cloud::{record, request_event};
use thingrelay_tests::platform::Triple;

/// The source of all messages, and its token.
pub(crate) const SOURCE: &str = "meters";
pub(super) const TOKEN: &str = "Qm7RzT4nVb9KxW2sLc5HgJ8dFp3YtA6e";

/// The event of an invocation.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// The platform's check of the URL.
    UrlCheck,
    /// A device's report.
    Message,
    /// A staged report, in a batch of one.
    Batch,
}

/// Makes events, each different from the others.
#[derive(Default)]
pub(crate) struct Events {
    made: u64,
    /// A message that `push` has staged, as the event source passes it on.
    staged: Value,
}

impl Events {
    /// Takes a staged message as the pattern for batches.
    pub(super) fn learn(&mut self, staged: &Message) {
        self.staged = record(staged);
    }

    pub(super) fn make(&mut self, kind: Kind) -> Result<Value> {
        self.made += 1;
        match kind {
            Kind::UrlCheck => {
                let headers = [("echostr", "UPWIAFASvDUFcTEE")];
                Ok(request_event("GET", SOURCE, &headers, &Triple::now(TOKEN)))
            }
            Kind::Message => {
                let mut event = request_event("POST", SOURCE, &[], &Triple::now(TOKEN));
                event["body"] = self.report().into();
                Ok(event)
            }
            Kind::Batch => self.batch_of(1, 1),
        }
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

    /// A batch of records of this many devices in turn; each record has its own id.
    pub(crate) fn batch_of(&mut self, records: u64, devices: u64) -> Result<Value> {
        let records: Result<Vec<Value>> = (0..records)
            .map(|number| {
                self.made += 1;
                self.record(&format!("{:064}", number % devices))
            })
            .collect();
        Ok(json!({ "Records": records? }))
    }

    fn record(&self, group: &str) -> Result<Value> {
        let mut record = self.staged.clone();
        let body = record["body"].as_str().context("nothing was staged")?;
        let (line, _) = body.split_once('\n').context("it has no line")?;
        let mut line: Value = serde_json::from_str(line)?;
        let id = line["id"].as_str().context("what was staged has no id")?;
        let digits = format!("{:016x}", self.made);
        let kept = id.get(digits.len()..).context("the id is short")?;
        line["id"] = format!("{digits}{kept}").into();
        record["body"] = format!("{line}\n{}", self.report()).into();
        record["messageId"] = format!("message-{}", self.made).into();
        record["attributes"]["MessageGroupId"] = group.into();
        Ok(record)
    }
}
