use std::path::Path;
use std::process::Stdio;

use anyhow::{Context, Result};
use aws_sdk_sqs::types::{Message, MessageSystemAttributeName, QueueAttributeName};
use thingrelay_tests::queue::Queues;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// The name of the program and of its package.
pub(crate) const PROGRAM: &str = "peer-queue";

/// The embedded queue server as a process; dropping it ends the process.
pub(crate) struct Server {
    process: Child,
    pub(crate) queues: Queues,
}

impl Server {
    pub(crate) async fn start(programs: &Path) -> Result<Self> {
        let mut process = Command::new(programs.join(PROGRAM))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .context("the queue server cannot be started")?;
        let output = process.stdout.take().context("standard output")?;
        let endpoint = BufReader::new(output).lines().next_line().await?;
        let endpoint = endpoint.context("the queue server tells no endpoint")?;
        Ok(Self {
            process,
            queues: Queues::at(&endpoint),
        })
    }

    pub(crate) fn process(&self) -> Result<u32> {
        self.process.id().context("the queue server has ended")
    }

    /// The number of messages that were not received yet.
    pub(crate) async fn depth(&self, url: &str) -> Result<u64> {
        let name = QueueAttributeName::ApproximateNumberOfMessages;
        let request = self.queues.client().get_queue_attributes().queue_url(url);
        let answer = request.attribute_names(name.clone()).send().await?;
        let depth = answer.attributes().and_then(|found| found.get(&name));
        Ok(depth.context("the queue has no depth")?.parse()?)
    }

    /// Receives a message, with its attributes.
    pub(crate) async fn receive(&self, url: &str) -> Result<Message> {
        let request = self.queues.client().receive_message().queue_url(url);
        let answer = request
            .wait_time_seconds(1)
            .message_system_attribute_names(MessageSystemAttributeName::All)
            .send()
            .await?;
        let first = answer.messages.unwrap_or_default().into_iter().next();
        first.context("there is no message")
    }
}
