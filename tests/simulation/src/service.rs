//! The services of AWS that are called. A topic and an event bus are queues that are spoken to in
//! another way: their calls become those of a queue here, and the answers become theirs.

use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use serde_json::{Value, json};

use crate::network::Answer;
use crate::planted::Planted;
use crate::target::Service;
use crate::world::World;

/// A call, in the words of a queue.
pub(crate) struct Call {
    /// To which service it was made.
    pub(crate) service: Service,
    pub(crate) action: String,
    pub(crate) body: Vec<u8>,
}

impl Call {
    /// What a request asks for.
    pub(crate) fn read(world: &World, request: &HttpRequest) -> Call {
        let header = request.headers().get("x-amz-target").unwrap_or_default();
        let body = request.body().bytes().unwrap_or_default();
        if let Some(action) = header.strip_prefix("AmazonSQS.") {
            return Call {
                service: Service::Queue,
                action: action.to_owned(),
                body: body.to_vec(),
            };
        }
        let (service, queue, entries) = if header == "AWSEvents.PutEvents" {
            let call: Value = serde_json::from_slice(body).unwrap_or_default();
            let entries = call["Entries"].as_array().cloned().unwrap_or_default();
            let bus = entries.first().map(|entry| &entry["EventBusName"]);
            let bus = bus.and_then(Value::as_str).unwrap_or_default().to_owned();
            let entries = (0..).zip(&entries);
            let entries = entries.map(|(number, entry)| event_of_bus(world, number, entry));
            (Service::Bus, bus, entries.collect())
        } else {
            let fields: Vec<(String, String)> = form_urlencoded::parse(body).into_owned().collect();
            let topic = fields.iter().find(|(name, _)| name == "TopicArn");
            let topic = topic.map(|(_, arn)| arn.clone()).unwrap_or_default();
            (Service::Topic, topic, events_of_topic(world, &fields))
        };
        let queue = queue.rsplit([':', '/']).next().unwrap_or_default();
        let body = json!({"QueueUrl": world.url(queue), "Entries": Value::Array(entries)});
        Call {
            service,
            action: "SendMessageBatch".to_owned(),
            body: body.to_string().into_bytes(),
        }
    }
}

/// An entry of `PutEvents`.
fn event_of_bus(world: &World, number: usize, entry: &Value) -> Value {
    let detail = entry["Detail"].as_str().unwrap_or_default();
    let event: Value = serde_json::from_str(detail).unwrap_or_default();
    if event["type"] != entry["DetailType"] || event["source"] != entry["Source"] {
        disagrees(world, detail);
    }
    json!({"Id": number.to_string(), "MessageBody": detail})
}

/// The entries of `PublishBatch`.
fn events_of_topic(world: &World, fields: &[(String, String)]) -> Vec<Value> {
    let mut entries: Vec<Value> = Vec::new();
    for (name, value) in fields {
        let Some((number, name)) = name
            .strip_prefix("PublishBatchRequestEntries.member.")
            .and_then(|rest| rest.split_once('.'))
        else {
            continue;
        };
        let Some(index) = number
            .parse::<usize>()
            .ok()
            .and_then(|it| it.checked_sub(1))
        else {
            continue;
        };
        if entries.len() <= index {
            entries.resize(index + 1, json!({}));
        }
        let name = if name == "Message" {
            "MessageBody"
        } else {
            name
        };
        entries[index][name] = value.as_str().into();
    }
    let named = [
        "Id",
        "MessageBody",
        "MessageGroupId",
        "MessageDeduplicationId",
    ];
    for entry in &mut entries {
        let body = entry["MessageBody"].as_str().unwrap_or_default();
        let event: Value = serde_json::from_str(body).unwrap_or_default();
        let attribute = |wanted: &str| {
            let attributes = (1..=4).map(|number| format!("MessageAttributes.entry.{number}."));
            let mut named = attributes.filter(|prefix| entry[format!("{prefix}Name")] == wanted);
            named
                .next()
                .map(|prefix| &entry[format!("{prefix}Value.StringValue")])
        };
        if attribute("type") != Some(&event["type"])
            || attribute("source") != Some(&event["source"])
        {
            disagrees(world, body);
        }
        if let Some(entry) = entry.as_object_mut() {
            entry.retain(|name, _| named.contains(&name.as_str()));
        }
    }
    entries
}

fn disagrees(world: &World, body: &str) {
    let problem = format!("filters: what stands beside an event is not what it is: {body}");
    world.record().problems.push(problem);
}

/// The answer of a queue, as the service gives it.
pub(crate) fn told(service: Service, planted: Option<Planted>, answer: Answer) -> Answer {
    if service == Service::Queue {
        return answer;
    }
    let document: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let list = |name: &str| document[name].as_array().cloned().unwrap_or_default();
    let body = match (service, answer.status) {
        (Service::Topic, 200) => published(&list("Successful"), &list("Failed"), planted),
        (_, 200) => put(&list("Successful"), &list("Failed"), planted),
        (_, _) => refused(service, &document),
    };
    Answer {
        query_error: None,
        body: body.into_bytes(),
        ..answer
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// The answer to `PublishBatch`.
fn published(successful: &[Value], failed: &[Value], planted: Option<Planted>) -> String {
    let are_hidden = planted == Some(Planted::TopicsFailuresAreDone);
    let mut members = String::new();
    for entry in successful
        .iter()
        .chain(failed.iter().filter(|_| are_hidden))
    {
        let id = text(&entry["Id"]);
        members.push_str(&format!(
            "<member><Id>{id}</Id><MessageId>m</MessageId></member>"
        ));
    }
    let mut failures = String::new();
    for entry in failed.iter().filter(|_| !are_hidden) {
        let (id, code) = (text(&entry["Id"]), text(&entry["Code"]));
        let code = code.replace("InvalidMessageContents", "InvalidParameter");
        failures.push_str(&format!(
            "<member><Id>{id}</Id><Code>{code}</Code><SenderFault>false</SenderFault></member>"
        ));
    }
    format!(
        "<PublishBatchResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><PublishBatchResult>\
         <Successful>{members}</Successful><Failed>{failures}</Failed>\
         </PublishBatchResult></PublishBatchResponse>"
    )
}

/// The answer to `PutEvents`: its entries have no names, their places tell them apart.
fn put(successful: &[Value], failed: &[Value], planted: Option<Planted>) -> String {
    let place = |entry: &Value| text(&entry["Id"]).parse::<usize>().unwrap_or_default();
    let accepted = successful
        .iter()
        .map(|entry| (place(entry), json!({"EventId": "e"})));
    let refused = failed.iter().map(|entry| {
        let code = text(&entry["Code"]).replace("InvalidMessageContents", "MalformedDetail");
        (place(entry), json!({"ErrorCode": code}))
    });
    let mut entries: Vec<(usize, Value)> = accepted.chain(refused).collect();
    entries.sort_by_key(|(place, _)| *place);
    let mut entries: Vec<Value> = entries.into_iter().map(|(_, entry)| entry).collect();
    match planted {
        Some(Planted::BusFailuresAreDone) => {
            entries = entries.iter().map(|_| json!({"EventId": "e"})).collect();
        }
        Some(Planted::MixesUpResultsOfBus) => entries.reverse(),
        _ => {}
    }
    json!({"FailedEntryCount": failed.len(), "Entries": entries}).to_string()
}

/// The refusal of a whole call.
fn refused(service: Service, document: &Value) -> String {
    let code = text(&document["__type"]);
    let code = code.rsplit('#').next().unwrap_or_default();
    match service {
        Service::Topic => format!(
            "<ErrorResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><Error>\
             <Type>Receiver</Type><Code>{code}</Code><Message>as told</Message></Error></ErrorResponse>"
        ),
        Service::Queue | Service::Bus => json!({"__type": code, "message": "as told"}).to_string(),
    }
}
