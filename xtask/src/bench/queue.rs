use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::loopback::Received;

/// The embedded queue server as a process; dropping it ends it.
pub(super) struct Queue {
    process: Child,
    address: SocketAddr,
}

impl Queue {
    pub(super) fn start(program: &Path) -> Result<Self> {
        let mut process = Command::new(program)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {}", program.display()))?;
        let output = process.stdout.take().context("standard output")?;
        let mut endpoint = String::new();
        let told = BufReader::new(output).read_line(&mut endpoint);
        // From here on dropping it ends it.
        let mut queue = Self {
            process,
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
        };
        told?;
        let address = endpoint.trim().strip_prefix("http://");
        queue.address = address
            .context("the queue server tells no endpoint")?
            .parse()?;
        Ok(queue)
    }

    pub(super) fn process(&self) -> u32 {
        self.process.id()
    }

    pub(super) fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Makes a queue, FIFO if its name says so, and gives its URL.
    pub(super) fn create(&self, name: &str) -> Result<String> {
        let attributes = if name.ends_with(".fifo") {
            json!({
                "FifoQueue": "true",
                "DeduplicationScope": "messageGroup",
                "FifoThroughputLimit": "perMessageGroupId",
            })
        } else {
            json!({})
        };
        let request = json!({ "QueueName": name, "Attributes": attributes });
        let answer = self.call("CreateQueue", &request)?;
        let url = answer.pointer("/QueueUrl").and_then(Value::as_str);
        Ok(url.context("the queue has no URL")?.to_owned())
    }

    /// How many messages are there that nobody has received.
    pub(super) fn depth(&self, url: &str) -> Result<u64> {
        let name = "ApproximateNumberOfMessages";
        let request = json!({ "QueueUrl": url, "AttributeNames": [name] });
        let answer = self.call("GetQueueAttributes", &request)?;
        let depth = answer.pointer(&format!("/Attributes/{name}"));
        let depth = depth.and_then(Value::as_str);
        Ok(depth.context("the queue has no depth")?.parse()?)
    }

    /// When the first of the messages that are there was accepted, in milliseconds since 1970.
    pub(super) fn first_sent(&self, url: &str) -> Result<u64> {
        let name = "SentTimestamp";
        let request = json!({ "QueueUrl": url, "MessageSystemAttributeNames": [name] });
        let answer = self.call("ReceiveMessage", &request)?;
        let sent = answer.pointer(&format!("/Messages/0/Attributes/{name}"));
        let sent = sent.and_then(Value::as_str);
        Ok(sent.context("there is no message")?.parse()?)
    }

    /// The body of a message that is there.
    pub(super) fn receive(&self, url: &str) -> Result<String> {
        let request = json!({ "QueueUrl": url, "WaitTimeSeconds": 1 });
        let answer = self.call("ReceiveMessage", &request)?;
        let body = answer.pointer("/Messages/0/Body").and_then(Value::as_str);
        Ok(body.context("there is no message")?.to_owned())
    }

    /// Source: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-making-api-requests-json.html>.
    fn call(&self, action: &str, request: &Value) -> Result<Value> {
        let body = request.to_string();
        let request = format!(
            "POST / HTTP/1.1\r\nHost: {}\r\nX-Amz-Target: AmazonSQS.{action}\r\n\
             Content-Type: application/x-amz-json-1.0\r\nContent-Length: {}\r\n\r\n{body}",
            self.address,
            body.len(),
        );
        let mut connection = BufReader::new(TcpStream::connect(self.address)?);
        connection.get_mut().write_all(request.as_bytes())?;
        let answer = Received::read(&mut connection)?.context("no answer")?;
        let body = String::from_utf8_lossy(&answer.body);
        ensure!(answer.line.contains(" 200 "), "{action}: {body}");
        Ok(serde_json::from_str(&body)?)
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
