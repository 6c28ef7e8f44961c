//! The costs for users: calls to SQS and milliseconds of Lambda for a million messages.

use std::ffi::OsString;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Result;
use bench::table::Table;
use serde_json::Value;
use thingrelay_tests::faulty::{Faulty, Mode};
use thingrelay_tests::lambda::Function;
use thingrelay_tests::queue::url_at;
use tokio::process::Command;

use super::event::{Events, Kind};
use super::start::check;
use super::subject::Subject;
use super::surroundings::Surroundings;
use crate::lambda;

/// Uncounted invocations, in which connections are opened and caches fill.
const FIRST: usize = 20;

/// Counted invocations.
const COUNTED: usize = 100;

const MILLION: f64 = 1e6;

/// A batch of records for the consumer.
struct Shape {
    name: &'static str,
    records: u64,
    devices: u64,
    target: Target,
}

#[derive(Clone, Copy)]
enum Target {
    Fifo,
    Standard,
}

const SHAPES: [Shape; 4] = [
    Shape {
        name: "`consumer`, one record",
        records: 1,
        devices: 1,
        target: Target::Fifo,
    },
    Shape {
        name: "`consumer`, ten records of ten devices",
        records: 10,
        devices: 10,
        target: Target::Fifo,
    },
    Shape {
        name: "`consumer`, ten records of one device",
        records: 10,
        devices: 1,
        target: Target::Fifo,
    },
    Shape {
        name: "`consumer`, ten records of one device, a standard target",
        records: 10,
        devices: 1,
        target: Target::Standard,
    },
];

/// Counts the calls through a proxy, and measures the time without one.
pub(super) async fn measure(programs: &Path, around: &mut Surroundings) -> Result<Table> {
    let mut table = Table::new("For a million messages: calls to SQS, milliseconds of Lambda");
    let direct = around.queue.queues.endpoint().to_owned();
    let proxy = Faulty::start(&direct, Mode::Up, 1).await;
    for pusher in [
        Some(Subject::push(programs, around)),
        Subject::of_python(around),
        Subject::of_node(around),
    ]
    .into_iter()
    .flatten()
    {
        let time = run(
            pusher.command(around),
            &mut || around.events.make(Kind::Message),
            Kind::Message,
        )
        .await?;
        // Each request sends one message, and nothing else.
        table.figure(pusher.name, row(MILLION, 1, time));
    }
    let standard = around.queue.queues.create_standard("standard").await;
    for shape in &SHAPES {
        let target = match shape.target {
            Target::Fifo => &around.urls.events,
            Target::Standard => &standard,
        };
        let command = |endpoint: &str| consumer(programs, around, endpoint, target);
        let (timed, counted) = (command(&direct), command(&proxy.endpoint()));
        let events = &mut around.events;
        let mut make = || batch(events, shape);
        let time = run(timed, &mut make, Kind::Batch).await?;
        let before = proxy.calls();
        run(counted, &mut make, Kind::Batch).await?;
        let messages = (FIRST + COUNTED) as f64 * shape.records as f64;
        let calls = (proxy.calls() - before) as f64 / messages * MILLION;
        table.figure(shape.name, row(calls, shape.records, time));
    }
    Ok(table)
}

fn batch(events: &mut Events, shape: &Shape) -> Result<Value> {
    events.batch_of(shape.records, shape.devices)
}

/// The row for invocations of this duration, each with this many messages.
fn row(calls: f64, messages: u64, time: Duration) -> String {
    let millis = time.as_secs_f64() * 1e3 / messages as f64 * MILLION;
    format!("{calls:.0} calls, {millis:.0} ms")
}

/// The mean time of an invocation.
async fn run(
    command: Command,
    make: &mut impl FnMut() -> Result<Value>,
    kind: Kind,
) -> Result<Duration> {
    let function = Function::run("bench", [command]).await;
    let mut spent = Duration::ZERO;
    for number in 0..FIRST + COUNTED {
        function.asked(number + 1).await;
        let event = make()?;
        let began = Instant::now();
        check(kind, function.invoke(&event).await)?;
        if number >= FIRST {
            spent += began.elapsed();
        }
    }
    function.end().await;
    Ok(spent / COUNTED as u32)
}

fn consumer(programs: &Path, around: &Surroundings, endpoint: &str, target: &str) -> Command {
    let queue = |url: &str| OsString::from(url_at(endpoint, url));
    let environment = [
        ("THINGRELAY_CONFIG_FILE", around.config_file().into()),
        ("THINGRELAY_STAGING_QUEUE_URL", queue(&around.urls.staging)),
        ("THINGRELAY_EVENTS_QUEUE_URL", queue(target)),
        (
            "THINGRELAY_QUARANTINE_QUEUE_URL",
            queue(&around.urls.quarantine),
        ),
    ];
    lambda::function(&programs.join("consumer"), &[], endpoint, &environment)
}
