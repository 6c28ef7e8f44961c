//! The network between the parties and the queue server: what arrives, and what goes wrong on the way.

use std::sync::Arc;
use std::time::Duration;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::http::StatusCode;
use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper::body::Bytes;
use serde_json::{Value, json};
use thingrelay::aws::Aws;
use tokio::time::sleep;

use crate::accepted::queue_of;
use crate::choices::Chance;
use crate::fault::{Fault, Party};
use crate::message::REFUSED;
use crate::service::{Call, told};
use crate::target::Service;
use crate::world::World;

impl World {
    /// AWS, as one party reaches it.
    pub fn aws(&self, party: Party) -> Aws {
        let world = self.clone();
        let credentials = Credentials::new("id", "key", None, None, "simulation");
        let environment = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::from_static("us-east-1"))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .build();
        let network = SharedHttpConnector::new(Network { world, party });
        Aws::through(network, environment)
    }

    /// Asks the server, past the network.
    ///
    /// # Errors
    /// There is no answer.
    pub async fn ask(&self, action: &str, body: &Value) -> anyhow::Result<(u16, Value)> {
        let answer = self.deliver(action, body.to_string().into_bytes()).await?;
        Ok((answer.status, serde_json::from_slice(&answer.body)?))
    }

    /// A call arrives at the server.
    async fn deliver(&self, action: &str, body: Vec<u8>) -> Result<Answer, ConnectorError> {
        let Some(server) = self.server() else {
            return Err(lost());
        };
        let request = Request::post("/")
            .header("host", "127.0.0.1")
            .header("x-amz-target", format!("AmazonSQS.{action}"))
            .body(Full::new(Bytes::from(body.clone())));
        let request = request.map_err(|error| ConnectorError::other(error.into(), None))?;
        let response = server.answer(request).await;
        // The process may have ended meanwhile.
        let is_there = self.server().is_some_and(|now| Arc::ptr_eq(&now, &server));
        let response = response.ok().filter(|_| is_there).ok_or_else(lost)?;
        let (head, answer) = response.into_parts();
        let answer = answer
            .collect()
            .await
            .map_err(|_| lost())?
            .to_bytes()
            .to_vec();
        let query_error = head.headers.get("x-amzn-query-error");
        let query_error = query_error.and_then(|error| Some(error.to_str().ok()?.to_owned()));
        let answer = Answer {
            status: head.status.as_u16(),
            query_error,
            body: answer,
        };
        if action.starts_with("SendMessage") && answer.status == 200 {
            self.note_accepted(&body, &answer.body);
        }
        Ok(answer)
    }

    /// One exchange over the network.
    async fn exchange(
        self,
        party: Party,
        request: HttpRequest,
    ) -> Result<HttpResponse, ConnectorError> {
        let Call {
            service,
            action,
            body,
        } = Call::read(&self, &request);
        match self.suffer(party, &action, body).await? {
            Reply::Answer(answer) => told(service, self.planted(), answer).into_response(service),
            Reply::Garbled(text) => answer(200, text).into_response(service),
        }
    }

    /// A call, and what goes wrong with it.
    async fn suffer(
        &self,
        party: Party,
        action: &str,
        body: Vec<u8>,
    ) -> Result<Reply, ConnectorError> {
        let call: Value = serde_json::from_slice(&body).unwrap_or_default();
        let queue = queue_of(&call).unwrap_or_default();
        let place = format!("{party:?}.{queue}.{action}");
        let (fault, mut chance) = self.fault(party, &place, |fault| match fault {
            Fault::Part | Fault::PartAfter => call["Entries"].is_array(),
            _ => true,
        });
        let there = Duration::from_micros(chance.rng.u64(500..8_000));
        let back = Duration::from_micros(chance.rng.u64(500..8_000));
        let forever = Duration::from_secs(24 * 60 * 60);
        sleep(there).await;
        match fault {
            Some(Fault::LostBefore) => return Err(lost()),
            Some(Fault::LostAfter) => {
                self.refuse_or_deliver(action, body).await?;
                sleep(back).await;
                return Err(lost());
            }
            Some(Fault::HangBefore) => sleep(forever).await,
            Some(Fault::HangAfter) => {
                let _ = self.refuse_or_deliver(action, body).await;
                sleep(forever).await;
                return Err(lost());
            }
            Some(Fault::Late) => {
                let late = Duration::from_millis(chance.rng.u64(100..40_000));
                let (world, action) = (self.clone(), action.to_owned());
                // It is on its way, whatever becomes of its sender.
                self.spawn(async move {
                    sleep(late).await;
                    let _ = world.refuse_or_deliver(&action, body).await;
                });
                sleep(forever).await;
                return Err(lost());
            }
            Some(Fault::Failed) => return Ok(failure(500, "InternalFailure")),
            Some(Fault::Throttled) => return Ok(failure(400, "RequestThrottled")),
            Some(Fault::Garbled) => {
                let garbled = chance.of(&["<html>", "{}", "", "[]", "null"]);
                if chance.rng.bool() {
                    let _ = self.refuse_or_deliver(action, body).await;
                }
                return Ok(Reply::Garbled(garbled));
            }
            Some(Fault::Slow) => sleep(Duration::from_millis(chance.rng.u64(1..2_000))).await,
            Some(fault @ (Fault::Part | Fault::PartAfter)) if call["Entries"].is_array() => {
                let answer = self.in_part(action, call, fault, &mut chance).await?;
                sleep(back).await;
                return Ok(Reply::Answer(answer));
            }
            _ => {}
        }
        let answer = self.refuse_or_deliver(action, body).await?;
        sleep(back).await;
        Ok(Reply::Answer(answer))
    }

    /// The targets refuse some messages for good.
    async fn refuse_or_deliver(
        &self,
        action: &str,
        body: Vec<u8>,
    ) -> Result<Answer, ConnectorError> {
        let call: Value = serde_json::from_slice(&body).unwrap_or_default();
        let queue = queue_of(&call).unwrap_or_default();
        let is_refused = |entry: &Value| {
            queue.starts_with("target-0")
                && entry["MessageBody"]
                    .as_str()
                    .is_some_and(|body| body.contains(REFUSED))
        };
        let entries = call["Entries"].as_array().cloned().unwrap_or_default();
        if action != "SendMessageBatch" || !entries.iter().any(is_refused) {
            return self.deliver(action, body).await;
        }
        let (refused, kept): (Vec<Value>, Vec<Value>) = entries.into_iter().partition(is_refused);
        let failed = refused.iter().map(|entry| {
            json!({"Id": entry["Id"], "SenderFault": true, "Code": "InvalidMessageContents"})
        });
        self.deliver_some(action, call, kept, failed.collect())
            .await
    }

    async fn deliver_some(
        &self,
        action: &str,
        mut call: Value,
        kept: Vec<Value>,
        mut failed: Vec<Value>,
    ) -> Result<Answer, ConnectorError> {
        let mut answer = Answer {
            status: 200,
            query_error: None,
            body: b"{}".to_vec(),
        };
        let mut document = json!({"Successful": []});
        if !kept.is_empty() {
            call["Entries"] = kept.into();
            answer = self.deliver(action, call.to_string().into_bytes()).await?;
            if answer.status != 200 {
                return Ok(answer);
            }
            document = serde_json::from_slice(&answer.body).unwrap_or_default();
        }
        if let Some(more) = document["Failed"].as_array() {
            failed.extend(more.iter().cloned());
        }
        document["Failed"] = failed.into();
        answer.body = document.to_string().into_bytes();
        Ok(answer)
    }

    /// Of a batch, some are said not to be taken; they may be all the same.
    async fn in_part(
        &self,
        action: &str,
        call: Value,
        fault: Fault,
        chance: &mut Chance,
    ) -> Result<Answer, ConnectorError> {
        let entries = call["Entries"].as_array().cloned().unwrap_or_default();
        let first = chance.rng.usize(..entries.len().max(1));
        let fails = |id: &Value, chance: &mut Chance| {
            entries.get(first).is_some_and(|entry| entry["Id"] == *id) || chance.happens(0.4)
        };
        let failure = |entry: &Value| json!({"Id": entry["Id"], "SenderFault": false, "Code": "InternalError"});
        if fault == Fault::Part {
            let (failing, kept): (Vec<Value>, Vec<Value>) = entries
                .iter()
                .cloned()
                .partition(|entry| fails(&entry["Id"], chance));
            let failed = failing.iter().map(failure).collect();
            let mut sent = call.clone();
            sent["Entries"] = kept.clone().into();
            if kept.is_empty() {
                let document = json!({"Successful": [], "Failed": Value::Array(failed)});
                return Ok(answer(200, &document.to_string()));
            }
            let delivered = self
                .refuse_or_deliver(action, sent.to_string().into_bytes())
                .await?;
            return Ok(with_failed(delivered, failed, &[]));
        }
        let delivered = self
            .refuse_or_deliver(action, call.to_string().into_bytes())
            .await?;
        let failing: Vec<Value> = entries
            .iter()
            .filter(|entry| fails(&entry["Id"], chance))
            .cloned()
            .collect();
        let failed = failing.iter().map(failure).collect();
        Ok(with_failed(delivered, failed, &failing))
    }
}

/// Adds failures to the answer to a batch, and takes those out of it that are said to have failed.
fn with_failed(delivered: Answer, failed: Vec<Value>, hidden: &[Value]) -> Answer {
    if delivered.status != 200 {
        return delivered;
    }
    let mut document: Value = serde_json::from_slice(&delivered.body).unwrap_or_default();
    let is_hidden = |entry: &Value| hidden.iter().any(|hidden| hidden["Id"] == entry["Id"]);
    let list = |name: &str| {
        let entries = document[name].as_array().cloned().unwrap_or_default();
        entries
            .into_iter()
            .filter(|entry| !is_hidden(entry))
            .collect::<Vec<Value>>()
    };
    let successful = list("Successful");
    let mut failures = list("Failed");
    failures.extend(failed);
    document["Successful"] = successful.into();
    document["Failed"] = failures.into();
    answer(200, &document.to_string())
}

fn failure(status: u16, code: &str) -> Reply {
    let document = json!({"__type": format!("com.amazonaws.sqs#{code}"), "message": "as told"});
    Reply::Answer(answer(status, &document.to_string()))
}

fn lost() -> ConnectorError {
    ConnectorError::io("the connection broke".into())
}

fn answer(status: u16, body: &str) -> Answer {
    Answer {
        status,
        query_error: None,
        body: body.as_bytes().to_vec(),
    }
}

/// What comes back.
enum Reply {
    Answer(Answer),
    /// What is not an answer.
    Garbled(&'static str),
}

/// An answer.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) query_error: Option<String>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    fn into_response(self, service: Service) -> Result<HttpResponse, ConnectorError> {
        let status = StatusCode::try_from(self.status)
            .map_err(|error| ConnectorError::other(error.into(), None))?;
        let mut response = HttpResponse::new(status, self.body.into());
        let headers = response.headers_mut();
        let content = match service {
            Service::Queue => "application/x-amz-json-1.0",
            Service::Topic => "text/xml",
            Service::Bus => "application/x-amz-json-1.1",
        };
        headers.insert("content-type", content);
        if let Some(query_error) = self.query_error {
            headers.insert("x-amzn-query-error", query_error);
        }
        Ok(response)
    }
}

/// The network, as one party sees it.
#[derive(Debug, Clone)]
struct Network {
    world: World,
    party: Party,
}

impl HttpConnector for Network {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        HttpConnectorFuture::new(self.world.clone().exchange(self.party, request))
    }
}
