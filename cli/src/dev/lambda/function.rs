//! A function in the emulator, behind its event source.

use super::{
    client::Client,
    probe,
    url::{EmulatorUrl, EmulatorUrlError},
};
use crate::dev::{
    event_source::{Function, InvocationError},
    printer::Printer,
};
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use serde::Deserialize;
use std::{sync::Arc, time::Instant};
use tokio::sync::{Mutex, watch};

/// Processes batches in the emulator, and takes none while the emulator does not answer.
pub(crate) struct EmulatedFunction {
    client: Client,
    /// The functions of the endpoint, if this function waits for them, too.
    endpoint: &'static [&'static str],
    url: EmulatorUrl,
    printer: Arc<Printer>,
    state: watch::Sender<State>,
    /// Held by the poller that checks whether the function answers.
    asking: Mutex<()>,
}

/// The state of the function and of those that it waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum State {
    /// Not all functions have answered yet.
    Starting,
    /// All functions had answered, and the last invocation failed.
    Unsure,
    /// The last invocation was answered.
    Answering,
}

impl EmulatedFunction {
    /// The consumer of an emulator. Events that wait to be printed delay batches.
    ///
    /// # Errors
    /// An error is a bug in this program.
    pub(crate) fn consumer(
        url: &EmulatorUrl,
        printer: Arc<Printer>,
    ) -> Result<EmulatedFunction, EmulatorUrlError> {
        EmulatedFunction::new(url, "consumer", &["verify", "push"], printer)
    }

    /// The function `webhook` of an emulator.
    ///
    /// # Errors
    /// An error is a bug in this program.
    pub(crate) fn webhook(
        url: &EmulatorUrl,
        printer: Arc<Printer>,
    ) -> Result<EmulatedFunction, EmulatorUrlError> {
        EmulatedFunction::new(url, "webhook", &[], printer)
    }

    fn new(
        url: &EmulatorUrl,
        name: &'static str,
        endpoint: &'static [&'static str],
        printer: Arc<Printer>,
    ) -> Result<EmulatedFunction, EmulatorUrlError> {
        Ok(EmulatedFunction {
            client: Client::new(url, name)?,
            endpoint,
            url: url.clone(),
            printer,
            state: watch::Sender::new(State::Starting),
            asking: Mutex::default(),
        })
    }

    /// Follows the state of the functions.
    pub(crate) fn state(&self) -> watch::Receiver<State> {
        self.state.subscribe()
    }

    /// Waits until the function answers. The first time, it also waits for those of the endpoint, so
    /// that no request meets a function that is still being built.
    async fn answers(&self) {
        if *self.state.borrow() == State::Answering {
            return;
        }
        let _asking = self.asking.lock().await;
        let state = *self.state.borrow();
        if state == State::Answering {
            return;
        }
        probe::answered(&self.client, &self.url, &probe::empty_batch()).await;
        if state == State::Starting {
            for function in self.endpoint {
                if let Ok(client) = Client::new(&self.url, function) {
                    probe::answered(&client, &self.url, &probe::refused_request()).await;
                }
            }
        }
        self.state.send_replace(State::Answering);
    }
}

impl Function for EmulatedFunction {
    async fn ready(&self) {
        self.printer.ready().await;
        self.answers().await;
    }

    async fn invoke(
        &self,
        event: SqsEvent,
        deadline: Instant,
    ) -> Result<SqsBatchResponse, InvocationError> {
        let event =
            serde_json::to_vec(&event).map_err(|error| InvocationError::Failed(error.into()))?;
        let limit = deadline.saturating_duration_since(Instant::now());
        match self.client.invoke(event, limit).await {
            Ok(body) => read(&body),
            Err(error) => {
                if !error.is_of_the_function() {
                    self.state.send_replace(State::Unsure);
                }
                Err(InvocationError::Failed(error.into()))
            }
        }
    }
}

/// The function's answer about its batch. An empty answer means that no message has failed.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting>,
/// "Success and failure conditions".
fn read(body: &[u8]) -> Result<SqsBatchResponse, InvocationError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Answer {
        #[serde(default)]
        batch_item_failures: Option<Vec<Failure>>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Failure {
        item_identifier: Option<String>,
    }
    let mut response = SqsBatchResponse::default();
    if body.trim_ascii().is_empty() {
        return Ok(response);
    }
    let answer: Option<Answer> = serde_json::from_slice(body).map_err(|error| {
        InvocationError::Failed(format!("the function's answer has no failures: {error}").into())
    })?;
    let failures = answer.and_then(|answer| answer.batch_item_failures);
    for failure in failures.into_iter().flatten() {
        // A failure without an id fails the whole batch, as an empty id does.
        response.add_failure(failure.item_identifier.unwrap_or_default());
    }
    Ok(response)
}

#[cfg(test)]
mod tests;
