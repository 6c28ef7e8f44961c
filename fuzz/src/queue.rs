//! Requests to the queue server, and its receipts, over a socket. A line of an input is a request:
//! the action and its JSON, in which `$S` and `$F` are the URLs of a standard and of a FIFO queue, and
//! `$R` is the latest receipt.
use std::cell::RefCell;
use std::net::SocketAddr;
use std::time::Duration;

use serde_json::{Value, json};
use sqs_server::{Clock, Options, Server};
use thingrelay_core::staged::sqs_takes;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;

/// How long an answer may take before the time of the queues is moved on.
const PATIENCE: Duration = Duration::from_millis(20);

/// The longest wait of a receive.
const WAIT: Duration = Duration::from_secs(21);

/// After so many inputs the server is replaced, so that the queues of all of them take no memory.
const INPUTS: usize = 200;

thread_local! {
    static WORLD: RefCell<Option<World>> = const { RefCell::new(None) };
}

/// Checks an input.
pub fn check(input: &[u8]) {
    if let Ok(text) = std::str::from_utf8(input) {
        WORLD.with_borrow_mut(|world| {
            if world.as_ref().is_none_or(|world| world.inputs == INPUTS) {
                *world = Some(World::new());
            }
            world.as_mut().unwrap().take(text);
        });
    }
}

/// A server with a client.
struct World {
    runtime: Runtime,
    _server: Server,
    clock: Clock,
    stream: TcpStream,
    inputs: usize,
}

impl World {
    fn new() -> World {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let clock = Clock::default();
        let options = Options {
            clock: clock.clone(),
            ..Options::default()
        };
        let server = runtime.block_on(Server::start(options)).unwrap();
        let address: SocketAddr = server
            .endpoint()
            .strip_prefix("http://")
            .unwrap()
            .parse()
            .unwrap();
        let stream = runtime.block_on(TcpStream::connect(address)).unwrap();
        stream.set_nodelay(true).unwrap();
        World {
            runtime,
            _server: server,
            clock,
            stream,
            inputs: 0,
        }
    }

    fn take(&mut self, text: &str) {
        self.inputs += 1;
        let name = format!("q{}", self.inputs);
        let standard = self.create(&name, json!({}));
        let attributes = json!({"FifoQueue": "true", "ContentBasedDeduplication": "true"});
        let fifo = self.create(&format!("{name}.fifo"), attributes);
        let mut receipt = "r".to_owned();
        for line in text.lines().take(32) {
            let (action, body) = line.split_once(' ').unwrap_or((line, ""));
            let body = body
                .replace("$S", &standard)
                .replace("$F", &fifo)
                .replace("$R", &receipt);
            let (_, answer) = self.ask(action, &body);
            if let Some(latest) = answer["Messages"][0]["ReceiptHandle"].as_str() {
                receipt = latest.to_owned();
            }
        }
        let own = self.create(&format!("own-7f3a-{}", self.inputs), json!({}));
        self.message_comes_back(&own, text);
        for queue in [standard, fifo, own] {
            self.ask("DeleteQueue", &json!({"QueueUrl": queue}).to_string());
        }
    }

    fn create(&mut self, name: &str, attributes: Value) -> String {
        let body = json!({"QueueName": name, "Attributes": attributes}).to_string();
        let (status, answer) = self.ask("CreateQueue", &body);
        // A line of the input may have made it with other attributes.
        if status != 200 {
            let (_, answer) = self.ask("GetQueueUrl", &json!({"QueueName": name}).to_string());
            return answer["QueueUrl"].as_str().unwrap_or_default().to_owned();
        }
        answer["QueueUrl"].as_str().expect("a URL").to_owned()
    }

    /// What is sent is received as it was, and a receipt names one receive.
    fn message_comes_back(&mut self, queue: &str, text: &str) {
        let (status, sent) = self.ask(
            "SendMessage",
            &json!({"QueueUrl": queue, "MessageBody": text}).to_string(),
        );
        if self
            .ask(
                "GetQueueAttributes",
                &json!({"QueueUrl": queue}).to_string(),
            )
            .0
            != 200
        {
            return;
        }
        let is_taken = !text.is_empty() && sqs_takes(text);
        assert_eq!(status == 200, is_taken, "{sent}");
        if !is_taken {
            return;
        }
        let receive = json!({"QueueUrl": queue, "VisibilityTimeout": 43_200}).to_string();
        let (_, answer) = self.ask("ReceiveMessage", &receive);
        let received = &answer["Messages"][0];
        assert_eq!(received["Body"], text);
        assert_eq!(received["MD5OfBody"], sent["MD5OfMessageBody"]);
        assert_eq!(received["MessageId"], sent["MessageId"]);
        let receipt = received["ReceiptHandle"].as_str().expect("a receipt");
        let with = |receipt: &str| json!({"QueueUrl": queue, "ReceiptHandle": receipt}).to_string();
        // Any text, and a receipt with a character changed.
        let mut wrong = receipt.to_owned().into_bytes();
        let at = text.len() % wrong.len();
        wrong[at] = if wrong[at] == b'B' { b'C' } else { b'B' };
        let wrong = String::from_utf8(wrong).unwrap();
        let mut is_left = self.ask("DeleteMessage", &with(text)).0 == 400;
        is_left &= self.ask("DeleteMessage", &with(&wrong)).0 == 400;
        let visible = json!({"QueueUrl": queue, "ReceiptHandle": receipt, "VisibilityTimeout": 0});
        let (status, answer) = self.ask("ChangeMessageVisibility", &visible.to_string());
        assert!(status == 200 || !is_left, "{answer}");
        let (_, answer) = self.ask("ReceiveMessage", &receive);
        let Some(receipt) = answer["Messages"][0]["ReceiptHandle"].as_str() else {
            assert!(!is_left, "the message is lost: {answer}");
            return;
        };
        assert_eq!(self.ask("DeleteMessage", &with(receipt)).0, 200);
        assert_eq!(
            self.ask("ReceiveMessage", &receive).1["Messages"],
            Value::Null
        );
    }

    /// The status and the JSON of an answer.
    fn ask(&mut self, action: &str, body: &str) -> (u16, Value) {
        let action: String = action.chars().filter(char::is_ascii_graphic).collect();
        let request = format!(
            "POST / HTTP/1.1\r\nHost: localhost\r\nX-Amz-Target: AmazonSQS.{action}\r\n\
             Content-Type: application/x-amz-json-1.0\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let World {
            runtime,
            stream,
            clock,
            ..
        } = self;
        let answer = runtime.block_on(async {
            stream.write_all(request.as_bytes()).await.unwrap();
            let mut answer = Vec::new();
            while !is_whole(&answer) {
                match timeout(PATIENCE, stream.read_buf(&mut answer)).await {
                    Ok(read) => assert!(read.unwrap() > 0, "the server closed: {request}"),
                    Err(_) => clock.advance(WAIT),
                }
            }
            answer
        });
        let answer = String::from_utf8(answer).expect("an answer is text");
        let (head, json) = answer.split_once("\r\n\r\n").unwrap();
        let status = head[9..12].parse().unwrap();
        let json: Value = match json {
            "" => Value::Null,
            json => serde_json::from_str(json).expect("an answer is JSON"),
        };
        assert!(matches!(status, 200 | 400), "{request}\n{answer}");
        assert_eq!(status == 400, json["__type"].is_string(), "{answer}");
        (status, json)
    }
}

/// Whether the head of the answer and as many bytes as it announces are there.
fn is_whole(answer: &[u8]) -> bool {
    let Some(end) = answer.windows(4).position(|part| part == b"\r\n\r\n") else {
        return false;
    };
    let head = String::from_utf8_lossy(&answer[..end]).to_ascii_lowercase();
    let length = head.split_once("content-length: ").map(|(_, rest)| rest);
    let length = length.and_then(|rest| rest.split("\r\n").next()?.parse::<usize>().ok());
    length.is_some_and(|length| answer.len() >= end + 4 + length)
}
