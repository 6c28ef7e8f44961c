//! Load with accidents: `send` as fast as events arrive from `dev --data`, while `dev` is killed, frozen and
//! restarted, and its target is away. Counts what arrives.
//!
//! # Layout
//!
//! - `relay`: the process under load.
//! - `arrivals`: what has arrived at the target.

mod arrivals;
mod relay;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use anyhow::Result;
use arrivals::{Arrivals, lock, read};
use bench::table::Table;
use relay::Relay;
use thingrelay_tests::faulty::{Faulty, Mode};
use thingrelay_tests::queue::url_at;
use tokio::process::Command;
use tokio::task::JoinSet;
use tokio::time::{sleep, sleep_until};

use crate::queue::Server;
use crate::resources::resident;

/// The messages of one run of `send`, and its devices: each run has a product of its own.
const MESSAGES: usize = 4_000;
const DEVICES: usize = 200;
const EACH: usize = MESSAGES / DEVICES;

/// How many messages may wait to be forwarded when `send` is started again.
const MOST_WAITING: usize = 2 * MESSAGES;

/// The number of programs that receive what is forwarded.
const READERS: usize = 4;

/// The fewest seconds from one kill to the next, and the number of kills of a longer run.
const SHORTEST_LIFE: Duration = Duration::from_secs(20);
const LIVES: u32 = 12;

/// How often memory is looked at.
const LOOK: Duration = Duration::from_secs(2);

/// How long nothing has to arrive until what is missing counts as lost: longer than a record rests
/// after the outages of a run.
const PATIENCE: Duration = Duration::from_secs(120);

const TOKEN: &str = "Qm7RzT4nVb9KxW2sLc5HgJ8dFp3YtA6e";

/// What is done to the process, at these shares of its life.
const ACCIDENTS: [(f64, Accident); 5] = [
    (0.2, Accident::Target(Mode::Down)),
    (0.3, Accident::Target(Mode::Up)),
    (0.4, Accident::Target(Mode::Flaky(0.2))),
    (0.5, Accident::Target(Mode::Up)),
    (0.7, Accident::Freeze),
];

#[derive(Clone, Copy)]
enum Accident {
    /// The target gets into this mode.
    Target(Mode),
    /// The process is stopped for two seconds.
    Freeze,
}

/// The sums over all runs of `send`.
#[derive(Default)]
struct Sent {
    runs: usize,
    accepted: usize,
    retries: usize,
    /// By run: how many the sender gave up, which may have been accepted or not.
    dropped: Vec<usize>,
    took: Duration,
}

/// Puts `dev` under load for so many minutes.
pub(crate) async fn measure(programs: &Path, data: &Path, minutes: u32) -> Result<Table> {
    let whole = Duration::from_secs(u64::from(minutes) * 60);
    let life = SHORTEST_LIFE.max(whole / LIVES);
    let directory = tempfile::tempdir_in(data)?;
    let server = Server::start(programs).await?;
    let queue = server.queues.create_fifo_that_hides("events", 60).await;
    let target = Faulty::start(server.queues.endpoint(), Mode::Up, 1).await;
    let config = format!(
        "[sources.meters]\nplatform = \"tencent-iot-hub\"\ntokens = [\"{TOKEN}\"]\n\
         [targets.events]\ntype = \"sqs\"\nqueue_url = \"{}\"\n",
        url_at(&target.endpoint(), &queue)
    );
    std::fs::write(directory.path().join("thingrelay.toml"), config)?;
    let mut relay = Relay::start(programs, directory.path()).await?;

    let arrivals = Arc::new(Mutex::new(Arrivals::default()));
    let is_over = Arc::new(AtomicBool::new(false));
    let mut readers = JoinSet::new();
    for _ in 0..READERS {
        let (queues, queue) = (server.queues.clone(), queue.clone());
        let (arrivals, is_over) = (Arc::clone(&arrivals), Arc::clone(&is_over));
        readers.spawn(async move {
            while !is_over.load(Ordering::Relaxed) {
                read(&queues, &queue, &arrivals).await?;
            }
            anyhow::Ok(())
        });
    }

    let end = Instant::now() + whole;
    let program = programs.join("thingrelay");
    let address = relay.address;
    let sending = {
        let arrivals = Arc::clone(&arrivals);
        tokio::spawn(async move { send_until(&program, address, end, &arrivals).await })
    };
    let memory = endure(&mut relay, &target, life, end).await?;
    let sent = sending.await??;
    let arrived_at_end = lock(&arrivals).messages;
    let sums = wait(&arrivals, sent.runs).await;
    is_over.store(true, Ordering::Relaxed);
    while let Some(ended) = readers.join_next().await {
        ended??;
    }
    let starts = relay.starts;
    relay.end("TERM").await?;
    println!("arrived when the sender ended: {arrived_at_end}, in the end: {sums}");
    Ok(report(minutes, &sent, &lock(&arrivals), starts, &memory))
}

fn report(
    minutes: u32,
    sent: &Sent,
    arrivals: &Arrivals,
    starts: u32,
    memory: &[(Duration, u64)],
) -> Table {
    let mut table = Table::new(format!(
        "Load for {minutes} min: `send` against `dev --data` with kills, freezes and outages"
    ));
    let mut figure = |what: &str, measured: String| table.figure(what, measured);
    figure("messages that got 200", sent.accepted.to_string());
    let rate = sent.accepted as f64 / sent.took.as_secs_f64();
    figure(
        "messages a second, accidents included",
        format!("{rate:.0}"),
    );
    figure("tries that were repeated", sent.retries.to_string());
    let dropped: usize = sent.dropped.iter().sum();
    figure(
        "given up by the sender after four tries",
        dropped.to_string(),
    );
    figure("kills (SIGKILL) and restarts", (starts - 1).to_string());
    let missing = arrivals.missing(sent.runs);
    let lost: usize = missing
        .iter()
        .zip(&sent.dropped)
        .map(|(missing, dropped)| missing.len().saturating_sub(*dropped))
        .sum();
    figure("lost", lost.to_string());
    for ids in missing.iter().filter(|ids| !ids.is_empty()) {
        figure("missing", ids.join(" "));
    }
    figure(
        "overtaken by a later one of their device",
        arrivals.overtaken.len().to_string(),
    );
    for id in &arrivals.overtaken {
        figure("overtaken", id.clone());
    }
    figure("events that came again", arrivals.repeats.to_string());
    let mut by_minute: BTreeMap<u64, u64> = BTreeMap::new();
    for (at, bytes) in memory {
        let most = by_minute.entry(at.as_secs() / 60).or_default();
        *most = (*most).max(*bytes);
    }
    let megabytes: Vec<String> = by_minute
        .values()
        .map(|bytes| format!("{:.0}", *bytes as f64 / 1e6))
        .collect();
    figure(
        "memory of `dev`, the most of each minute, in MB",
        megabytes.join(" "),
    );
    table
}

/// Lets accidents happen until the end. Returns the memory of the process over time.
async fn endure(
    relay: &mut Relay,
    target: &Faulty,
    life: Duration,
    end: Instant,
) -> Result<Vec<(Duration, u64)>> {
    let began = Instant::now();
    let mut memory = Vec::new();
    let mut born = began;
    loop {
        let at = |share: f64| born + life.mul_f64(share);
        for (share, accident) in ACCIDENTS {
            watch(relay, at(share).min(end), began, &mut memory).await?;
            match accident {
                // What goes wrong last goes right again.
                _ if Instant::now() >= end => target.set(Mode::Up),
                Accident::Target(mode) => target.set(mode),
                Accident::Freeze => {
                    relay.signal("STOP").await?;
                    sleep(Duration::from_secs(2)).await;
                    relay.signal("CONT").await?;
                }
            }
        }
        watch(relay, at(1.0).min(end), began, &mut memory).await?;
        if Instant::now() >= end {
            return Ok(memory);
        }
        println!(
            "{:>5} s: {} MB, ending it for the {}. time",
            began.elapsed().as_secs(),
            memory.last().map_or(0, |(_, bytes)| bytes / 1_000_000),
            relay.starts
        );
        // Of three ends, one is in order.
        relay
            .restart(if relay.starts.is_multiple_of(3) {
                "TERM"
            } else {
                "KILL"
            })
            .await?;
        born = Instant::now();
    }
}

/// Looks at the memory until then.
async fn watch(
    relay: &Relay,
    until: Instant,
    began: Instant,
    memory: &mut Vec<(Duration, u64)>,
) -> Result<()> {
    while Instant::now() < until {
        memory.push((began.elapsed(), resident(relay.id()?)?));
        sleep_until(until.min(Instant::now() + LOOK).into()).await;
    }
    Ok(())
}

/// Runs `send` again and again until the end, each time with another product, but not while more than
/// [`MOST_WAITING`] messages have not arrived: what is accepted is then also forwarded at that rate.
async fn send_until(
    program: &Path,
    address: SocketAddr,
    end: Instant,
    arrivals: &Mutex<Arrivals>,
) -> Result<Sent> {
    let mut sent = Sent::default();
    let began = Instant::now();
    while Instant::now() < end {
        if sent.accepted > lock(arrivals).messages + MOST_WAITING {
            sleep(Duration::from_millis(100)).await;
            continue;
        }
        let output = Command::new(program)
            .args(["send", "tencent", &format!("http://{address}/meters")])
            .args(["--count", &MESSAGES.to_string()])
            .args(["--devices", &DEVICES.to_string()])
            .args(["--product", &product(sent.runs)])
            .env("THINGRELAY_TOKEN", TOKEN)
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .output()
            .await?;
        let summary = String::from_utf8(output.stdout)?;
        let count = |word: &str| {
            let line = summary.lines().find_map(|line| line.strip_prefix(word))?;
            line.split_whitespace().next()?.parse::<usize>().ok()
        };
        let counts = [count("accepted"), count("dropped")];
        let [Some(accepted), Some(dropped)] = counts else {
            anyhow::bail!("the summary of send has changed: {summary}");
        };
        sent.runs += 1;
        sent.accepted += accepted;
        sent.retries += count("retried").unwrap_or_default();
        sent.dropped.push(dropped);
    }
    sent.took = began.elapsed();
    Ok(sent)
}

/// The product of a run of `send`.
fn product(run: usize) -> String {
    format!("LOAD{run:05}")
}

/// Waits until everything has arrived, or nothing more does. Returns how many messages have.
async fn wait(arrivals: &Mutex<Arrivals>, runs: usize) -> usize {
    let mut last = (lock(arrivals).messages, Instant::now());
    loop {
        let arrived = lock(arrivals).messages;
        if arrived > last.0 {
            last = (arrived, Instant::now());
        }
        if arrived >= runs * MESSAGES || last.1.elapsed() > PATIENCE {
            return arrived;
        }
        sleep(Duration::from_millis(200)).await;
    }
}
