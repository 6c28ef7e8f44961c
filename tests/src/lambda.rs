//! AWS Lambda for one function: the Runtime API on a loopback port, and the function's real
//! program as its client.
//!
//! Source: <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::net::SocketAddr;
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tokio::sync::{Notify, oneshot, watch};
use tokio::task::{JoinHandle, JoinSet};

use crate::deadline::within;
use crate::process::program;
use crate::searched::{keep, remember_command};

/// How long an invocation may take, with a cold start.
const LIMIT: Duration = Duration::from_secs(30);

/// The path of an invocation, before its id.
const INVOCATION: &str = "/2018-06-01/runtime/invocation/";

/// The answer of a function, or the error that it reported.
pub type Outcome = Result<Value, Value>;

/// A function with several instances; dropping the last handle ends them.
#[derive(Clone, Debug)]
pub struct Function(Arc<Running>);

#[derive(Debug)]
struct Running {
    name: String,
    invocations: Arc<Invocations>,
    api: JoinHandle<()>,
    instances: Vec<Instance>,
}

#[derive(Debug)]
struct Instance {
    process: Child,
    /// The lines of the program's standard output, once it has ended.
    written: JoinHandle<Vec<String>>,
}

#[derive(Debug, Default)]
struct Invocations {
    state: Mutex<State>,
    arrived: Notify,
    /// The times at which programs asked for work.
    asked: watch::Sender<Vec<Instant>>,
}

#[derive(Debug, Default)]
struct State {
    next_id: u64,
    /// The waiting invocations: the id, the event, and how long it may take once it is handed out.
    waiting: VecDeque<(u64, String, Duration)>,
    running: HashMap<u64, oneshot::Sender<Outcome>>,
}

impl Function {
    /// Starts `instances` processes of the function `name` with these environment variables.
    ///
    /// # Panics
    ///
    /// If the program cannot be started.
    pub async fn start(name: &str, environment: &[(&str, &str)], instances: usize) -> Self {
        let commands = (0..instances).map(|_| {
            let mut command = Command::new(program(name));
            command
                .env_clear()
                .env("AWS_LAMBDA_FUNCTION_NAME", name)
                .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
                .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128")
                .env("AWS_LAMBDA_LOG_GROUP_NAME", "tests")
                .env("AWS_LAMBDA_LOG_STREAM_NAME", "tests")
                .envs(environment.iter().copied())
                .stdout(Stdio::piped());
            command
        });
        Self::run(name, commands).await
    }

    /// Starts programs as the instances of one function, and passes them the address of the Runtime
    /// API.
    ///
    /// # Panics
    ///
    /// If a program cannot be started.
    pub async fn run(name: &str, commands: impl IntoIterator<Item = Command>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("a bound port");
        let invocations = Arc::new(Invocations::default());
        let api = tokio::spawn(serve(listener, Arc::clone(&invocations)));
        let instances = commands.into_iter();
        Function(Arc::new(Running {
            name: name.to_owned(),
            invocations,
            api,
            instances: instances.map(|command| spawn(command, address)).collect(),
        }))
    }

    /// The process id of the first instance.
    ///
    /// # Panics
    ///
    /// If the instance has ended.
    pub fn process(&self) -> u32 {
        let instance = self.0.instances.first().and_then(|one| one.process.id());
        instance.expect("a program that runs")
    }

    /// Waits until the programs have asked for work this many times. Returns the time of the last
    /// request.
    ///
    /// # Panics
    ///
    /// If the programs do not ask so often, for example because a program has ended.
    pub async fn asked(&self, times: usize) -> Instant {
        let mut asked = self.0.invocations.asked.subscribe();
        let what = format!("{} to ask for work", self.0.name);
        let asked = within(LIMIT, &what, asked.wait_for(|asked| asked.len() >= times)).await;
        asked.expect("the Runtime API is served")[times - 1]
    }

    /// The number of processes, which is the number of events that the function handles at a time.
    pub fn instances(&self) -> usize {
        self.0.instances.len()
    }

    /// Invokes the function with an event and waits for its answer.
    ///
    /// # Panics
    ///
    /// If no answer comes, for example because the program has ended.
    pub async fn invoke(&self, event: &Value) -> Outcome {
        self.invoke_within(event, LIMIT).await
    }

    /// Like [`invoke`](Self::invoke), with another timeout of the function, from which its deadline
    /// is computed.
    ///
    /// # Panics
    ///
    /// If no answer comes, for example because the program has ended.
    pub async fn invoke_within(&self, event: &Value, limit: Duration) -> Outcome {
        self.invoke_text(event.to_string(), limit).await
    }

    /// Like [`invoke_within`](Self::invoke_within), with the text of an event, which no library
    /// need have written.
    ///
    /// # Panics
    ///
    /// If no answer comes, for example because the program has ended.
    pub async fn invoke_text(&self, event: String, limit: Duration) -> Outcome {
        let (sender, receiver) = oneshot::channel();
        {
            let mut state = self.0.invocations.lock();
            state.next_id += 1;
            let id = state.next_id;
            state.waiting.push_back((id, event, limit));
            state.running.insert(id, sender);
        }
        self.0.invocations.arrived.notify_one();
        within(limit, &format!("an answer of {}", self.0.name), receiver)
            .await
            .expect("the Runtime API is served")
    }

    /// Waits until the programs have ended by themselves, as they do if they cannot start. Returns
    /// the lines of their standard output.
    ///
    /// # Panics
    ///
    /// If the programs do not end, or if there is another handle.
    pub async fn ended(self) -> Vec<String> {
        let mut running = Arc::try_unwrap(self.0).expect("the only handle");
        let mut lines = Vec::new();
        for mut instance in std::mem::take(&mut running.instances) {
            within(LIMIT, "the end of a function", instance.process.wait())
                .await
                .expect("a child can be waited for");
            lines.extend(instance.written.await.expect("a reader that ends well"));
        }
        lines
    }

    /// Kills the programs at once (SIGKILL), also during an invocation. Their invocations get no
    /// answer.
    pub fn kill(&self) {
        for instance in &self.0.instances {
            let id = instance.process.id().expect("a program that runs");
            let status = std::process::Command::new("sh")
                .args(["-c", r#"kill -s KILL "$1""#, "sh", &id.to_string()])
                .status();
            assert!(status.is_ok_and(|status| status.success()), "{id} is gone");
        }
    }

    /// Ends the programs. Returns the lines of their standard output.
    ///
    /// # Panics
    ///
    /// If there is another handle.
    pub async fn end(mut self) -> Vec<String> {
        let running = Arc::get_mut(&mut self.0).expect("the only handle");
        for instance in &mut running.instances {
            instance
                .process
                .start_kill()
                .expect("a child can be killed");
        }
        self.ended().await
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.api.abort();
    }
}

fn spawn(mut command: Command, api: SocketAddr) -> Instance {
    remember_command(command.as_std());
    let mut process = command
        .env("AWS_LAMBDA_RUNTIME_API", api.to_string())
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap_or_else(|error| panic!("cannot start {:?}: {error}", command.as_std()));
    let stdout = process.stdout.take();
    let written = tokio::spawn(async move {
        let mut lines = Vec::new();
        if let Some(stdout) = stdout {
            let mut read = BufReader::new(stdout).lines();
            while let Ok(Some(line)) = read.next_line().await {
                keep(line.as_bytes());
                lines.push(line);
            }
        }
        lines
    });
    Instance { process, written }
}

async fn serve(listener: TcpListener, invocations: Arc<Invocations>) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let invocations = Arc::clone(&invocations);
        connections.spawn(async move {
            let service = service_fn(|request| answer(Arc::clone(&invocations), request));
            let connection = hyper::server::conn::http1::Builder::new();
            // A function that ends closes its connection; the error does not matter.
            let _ = connection
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

async fn answer(
    invocations: Arc<Invocations>,
    request: Request<Incoming>,
) -> io::Result<Response<Full<Bytes>>> {
    let (head, body) = request.into_parts();
    let path = head.uri.path();
    let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
    if head.method == Method::GET && path.strip_prefix(INVOCATION) == Some("next") {
        let now = Instant::now();
        invocations.asked.send_modify(|asked| asked.push(now));
        return next(&invocations).await;
    }
    let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
    let rest = path.strip_prefix(INVOCATION).unwrap_or_default();
    let (status, ended) = match rest.split_once('/') {
        Some((id, "response")) => (StatusCode::ACCEPTED, Some((id, Ok(body)))),
        Some((id, "error")) => (StatusCode::ACCEPTED, Some((id, Err(body)))),
        _ => (StatusCode::NOT_FOUND, None),
    };
    if let Some((id, outcome)) = ended {
        let waiting = id.parse().ok();
        let waiting = waiting.and_then(|id: u64| invocations.lock().running.remove(&id));
        if let Some(sender) = waiting {
            // The caller may have given up.
            let _ = sender.send(outcome);
        }
    }
    let mut answer = Response::new(Full::default());
    *answer.status_mut() = status;
    Ok(answer)
}

/// Waits for the next invocation.
async fn next(invocations: &Invocations) -> io::Result<Response<Full<Bytes>>> {
    let (id, event, limit) = loop {
        let arrived = invocations.arrived.notified();
        if let Some(next) = invocations.lock().waiting.pop_front() {
            // One notification may stand for several invocations.
            invocations.arrived.notify_one();
            break next;
        }
        arrived.await;
    };
    let deadline = SystemTime::now() + limit;
    let deadline = deadline.duration_since(UNIX_EPOCH);
    let deadline = deadline.map_err(io::Error::other)?.as_millis();
    Response::builder()
        .header("Lambda-Runtime-Aws-Request-Id", id.to_string())
        .header("Lambda-Runtime-Deadline-Ms", deadline.to_string())
        .header(
            "Lambda-Runtime-Invoked-Function-Arn",
            "arn:aws:lambda:us-east-1:000000000000:function:test",
        )
        .header(
            "Lambda-Runtime-Trace-Id",
            "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Sampled=0",
        )
        .header("Content-Type", "application/json")
        .body(Full::new(event.into()))
        .map_err(io::Error::other)
}

impl Invocations {
    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().expect("no holder panics")
    }
}
