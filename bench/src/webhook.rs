//! Deliveries to a receiver that answers 200 at once, compared with the same work in Python.

use std::ffi::OsString;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use bench::table::Table;
use hyper::Response;
use serde_json::{Value, json};
use thingrelay_tests::lambda::Function;
use thingrelay_tests::webhook::{SECRET, target};

use crate::lambda;
use crate::loopback;
use crate::peer::Peer;
use crate::resources::busy;
use crate::sample::Sample;

/// The package of the function; its program has the same name.
pub(crate) const PACKAGE: &str = "webhook";

/// The number of events in a run, and in a batch, as in the template.
const EVENTS: usize = 10_000;
const BATCH: usize = 10;

/// The numbers of devices.
const DEVICES: [usize; 2] = [100, 1];

/// The events of the first run, which is not counted: connections are opened.
const FIRST_EVENTS: usize = 500;

/// How long a batch may take.
const LIMIT: Duration = Duration::from_secs(30);

/// The queues of the function, which it never calls: there is nothing to hide or to send.
const QUEUES: &str = "http://127.0.0.1:1";

/// A program that delivers events as a Lambda function.
struct Deliverer {
    name: &'static str,
    program: PathBuf,
    arguments: Vec<OsString>,
    environment: Vec<(&'static str, OsString)>,
}

/// The results of one run.
struct Run {
    /// Deliveries per second.
    rate: f64,
    /// The program's CPU time for one delivery, in nanoseconds.
    cpu: f64,
}

/// Lets the programs deliver in turn, one batch at a time.
pub(crate) async fn measure(programs: &Path, runs: u8) -> Result<Table> {
    let mut table = Table::new(format!(
        "Webhook: {EVENTS} events to a receiver on loopback, {BATCH} in a batch, one batch at a time \
         (median of {runs} runs)"
    ));
    let receiver = loopback::serve(|_| Response::default()).await?;
    let directory = tempfile::tempdir()?;
    let deliverers = deliverers(
        programs,
        receiver,
        &directory.path().join("thingrelay.toml"),
    )?;
    for devices in DEVICES {
        let mut medians = Vec::new();
        for deliverer in &deliverers {
            let function = deliverer.start().await;
            run(&function, devices, FIRST_EVENTS).await?;
            let mut measured = Vec::new();
            for _ in 0..runs {
                measured.push(run(&function, devices, EVENTS).await?);
            }
            function.end().await;
            let median = |of: fn(&Run) -> f64| Sample::of(measured.iter().map(of)).median();
            let (rate, cpu) = (median(|run| run.rate), median(|run| run.cpu));
            let what = format!("{}, {devices} devices", deliverer.name);
            table.figure(format!("{what}: deliveries a second"), format!("{rate:.0}"));
            table.time(format!("{what}: CPU time a delivery"), cpu);
            medians.push((rate, cpu));
        }
        if let [(rate, cpu), (peer_rate, peer_cpu)] = medians[..] {
            let what = format!("{devices} devices: times as");
            table.figure(
                format!("{what} many deliveries a second as Python"),
                format!("{:.1}", rate / peer_rate),
            );
            table.figure(
                format!("{what} little CPU a delivery as Python"),
                format!("{:.1}", peer_cpu / cpu),
            );
        }
    }
    Ok(table)
}

fn deliverers(programs: &Path, receiver: SocketAddr, config: &Path) -> Result<Vec<Deliverer>> {
    let queue = format!("queue_url = \"{QUEUES}/000000000000/webhook.fifo\"");
    fs::write(config, target(receiver, &queue))?;
    let queue = |name: &str| format!("{QUEUES}/000000000000/{name}.fifo").into();
    let function = Deliverer {
        name: "`webhook`",
        program: programs.join(PACKAGE),
        arguments: Vec::new(),
        environment: vec![
            ("THINGRELAY_CONFIG_FILE", config.into()),
            ("THINGRELAY_WEBHOOK_TARGET", "crm".into()),
            ("THINGRELAY_WEBHOOK_QUEUE_URL", queue("webhook")),
            ("THINGRELAY_DEAD_LETTER_QUEUE_URL", queue("dead")),
        ],
    };
    let python = Peer::python().map(|peer| Deliverer {
        name: "Python",
        program: peer.interpreter,
        arguments: vec!["-m".into(), "awslambdaric".into(), "webhook.handler".into()],
        environment: vec![
            ("LAMBDA_TASK_ROOT", peer.directory.into()),
            ("URL", format!("http://{receiver}/events").into()),
            ("SIGNING_SECRET", SECRET.into()),
        ],
    });
    Ok(std::iter::once(function).chain(python).collect())
}

impl Deliverer {
    async fn start(&self) -> Function {
        let command = lambda::function(&self.program, &self.arguments, QUEUES, &self.environment);
        Function::run(self.name, [command]).await
    }
}

/// Invokes the function with one batch after the other.
async fn run(function: &Function, devices: usize, events: usize) -> Result<Run> {
    let batches: Vec<Value> = (0..events)
        .step_by(BATCH)
        .map(|first| {
            let records = (first..first + BATCH).map(|number| record(number, devices));
            json!({"Records": records.collect::<Vec<_>>()})
        })
        .collect();
    let cpu_before = busy(function.process())?;
    let began = Instant::now();
    for batch in &batches {
        let answer = function.invoke_within(batch, LIMIT).await;
        let answer = answer.ok().context("the function reports an error")?;
        let failures = answer["batchItemFailures"].as_array();
        ensure!(
            failures.is_some_and(Vec::is_empty),
            "not delivered: {answer}"
        );
    }
    let took = began.elapsed();
    let cpu = busy(function.process())?.saturating_sub(cpu_before);
    Ok(Run {
        rate: events as f64 / took.as_secs_f64(),
        cpu: cpu.as_nanos() as f64 / events as f64,
    })
}

/// A record of the queue, with an event as the consumer forwards it.
fn record(number: usize, devices: usize) -> Value {
    let device = format!("device-{}", number % devices);
    let id = format!("{number:064}-0");
    let time = "2026-11-21T04:00:00Z";
    let event = json!({
        "specversion": "1.0",
        "id": id,
        "source": "/tencent-iot-hub/meters",
        "type": "io.thingrelay.device.properties.v1",
        "subject": format!("P1/{device}"),
        "partitionkey": format!("P1/{device}"),
        "time": time,
        "datacontenttype": "application/json",
        "dataschema": "https://thingrelay.io/schemas/device.properties.v1.json",
        "data": {
            "device": {"product": "P1", "name": device},
            "origin": {"platform": "tencent-iot-hub", "channel": "http", "seq": number, "kind": "report",
                "topic": format!("$thing/up/property/P1/{device}")},
            "properties": [{"code": "power", "value": 41.5, "time": time}],
            "payload": {"method": "report", "clientToken": "c1", "params": {"power": 41.5}},
        },
    });
    json!({
        "messageId": format!("m-{number}"),
        "receiptHandle": "r",
        "body": event.to_string(),
        "attributes": {
            "ApproximateReceiveCount": "1",
            "SentTimestamp": "1795233600000",
            "MessageGroupId": device,
            "MessageDeduplicationId": id,
            "SequenceNumber": format!("{number:020}"),
        },
        "messageAttributes": {},
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:webhook.fifo",
        "awsRegion": "us-east-1",
    })
}
