use std::collections::HashSet;
use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use bench::table::{Table, duration};
use hyper::Response;
use thingrelay_tests::http::Connection;
use thingrelay_tests::message::report;
use thingrelay_tests::platform::{Platform, Triple, unix_now};
use thingrelay_tests::process::{Launch, Relay};
use tokio::process::{Child, Command};
use tokio::time::interval;

use crate::loopback;
use crate::resources::{cpu_time, resident};
use crate::sample::Sample;

/// The number of messages in a run of the throughput, and the number of devices.
const MESSAGES: usize = 10_000;
const DEVICES: usize = 200;

/// The number of single messages that are timed, the number of devices, and the interval.
const SINGLE_MESSAGES: usize = 1_000;
const SINGLE_DEVICES: u64 = 50;
const PERIOD: Duration = Duration::from_millis(20);

/// The number of messages before the timed messages, during which connections are opened.
const FIRST_MESSAGES: usize = 50;

/// How long all events of a run may take, and how long the relay may take to end.
const LIMIT: Duration = Duration::from_secs(300);

const TOKEN: &str = "Qm7RzT4nVb9KxW2sLc5HgJ8dFp3YtA6e";
const SOURCE: &str = "meters";
const CONFIG: &str = r#"
[sources.meters]
platform = "tencent-iot-hub"
tokens = ["Qm7RzT4nVb9KxW2sLc5HgJ8dFp3YtA6e"]
"#;

/// The place of the queues.
#[derive(Clone, Copy)]
enum Queues {
    Memory,
    Disk,
}

/// The results of one run of the throughput.
struct Run {
    /// POSTs per second, as `send` counts them.
    posts: f64,
    /// p50, p90, p99 and maximum of a POST in nanoseconds, as `send` measures them.
    post: [f64; 4],
    /// Events per second, from the start of `send` to the line of the last event.
    events: f64,
    /// CPU time of `thingrelay dev` for one message, in nanoseconds.
    cpu: f64,
    /// The memory of `thingrelay dev` at the end.
    memory: u64,
}

/// Measures the local run, with queues in memory and in a directory below `data`.
pub(crate) async fn measure(programs: &Path, data: &Path, runs: u8) -> Result<Table> {
    let mut table = Table::new(format!(
        "Local run: throughput of {MESSAGES} messages of {DEVICES} devices (median of {runs} \
         runs), latency of {SINGLE_MESSAGES} single messages, one in {PERIOD:?}"
    ));
    let program = programs.join("thingrelay");
    let directory = tempfile::tempdir_in(data)?;
    let config = directory.path().join("thingrelay.toml");
    fs::write(&config, CONFIG)?;
    record_anchor(&mut table, &program).await?;
    for queues in [Queues::Memory, Queues::Disk] {
        let mut measured = Vec::new();
        for run in 1..=runs {
            let data = directory.path().join(format!("throughput-{run}"));
            let relay = start(&program, &config, queues.directory(&data)).await;
            measured.push(throughput(&program, relay).await?);
        }
        record_throughput(&mut table, queues, &measured);
        let data = directory.path().join("latency");
        let relay = start(&program, &config, queues.directory(&data)).await;
        let (posts, events) = latency(relay).await?;
        for (what, sample) in [("POST to 200", posts), ("POST to event", events)] {
            table.figure(
                format!("{}: single {what}, p50 / p90 / p99 / max", queues.name()),
                quantiles(&sample),
            );
        }
    }
    Ok(table)
}

/// Lets `thingrelay send` play the platform, as fast as answers come.
async fn throughput(program: &Path, mut relay: Relay) -> Result<Run> {
    let process = relay.process.id();
    let cpu_before = cpu_time(process)?;
    let began = Instant::now();
    let sending = send(program, relay.address)?;
    relay.lines_until(MESSAGES, LIMIT).await;
    let cpu = cpu_time(process)?.saturating_sub(cpu_before);
    let memory = resident(process)?;
    let (posts, post) = sent(sending).await?;
    let arrivals = relay.arrivals();
    let ids: HashSet<&str> = arrivals
        .iter()
        .filter_map(|(_, event)| event["id"].as_str())
        .collect();
    ensure!(ids.len() == MESSAGES, "some events came twice");
    let (last, _) = arrivals.last().context("no event")?;
    stop(relay).await?;
    Ok(Run {
        posts,
        post,
        events: MESSAGES as f64 / (*last - began).as_secs_f64(),
        cpu: cpu.as_nanos() as f64 / MESSAGES as f64,
        memory,
    })
}

/// Starts `thingrelay send` with all messages of a run.
fn send(program: &Path, address: SocketAddr) -> Result<Child> {
    let sender = Command::new(program)
        .args(["send", "tencent", &format!("http://{address}/{SOURCE}")])
        .args(["--count", &MESSAGES.to_string()])
        .args(["--devices", &DEVICES.to_string()])
        .env("THINGRELAY_TOKEN", TOKEN)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    Ok(sender)
}

/// Waits until `send` has ended. Returns the POSTs per second and the percentiles of a POST.
async fn sent(sender: Child) -> Result<(f64, [f64; 4])> {
    let sent = sender.wait_with_output().await?;
    ensure!(sent.status.success(), "thingrelay send failed");
    let summary = String::from_utf8(sent.stdout)?;
    println!("{summary}");
    read_summary(&summary).context("the summary of send has changed")
}

async fn stop(relay: Relay) -> Result<()> {
    relay.process.signal("TERM").await;
    let (status, _) = relay.process.ended(LIMIT).await;
    ensure!(status.success(), "thingrelay dev ended with {status}");
    Ok(())
}

fn record_throughput(table: &mut Table, queues: Queues, runs: &[Run]) {
    let median = |of: &dyn Fn(&Run) -> f64| Sample::of(runs.iter().map(of)).median();
    let name = queues.name();
    table.figure(
        format!("{name}: POSTs a second"),
        format!("{:.0}", median(&|run| run.posts)),
    );
    let post = [0, 1, 2, 3].map(|place| median(&|run| run.post[place]));
    table.figure(
        format!("{name}: POST to 200 under that load, p50 / p90 / p99 / max"),
        spread(&post),
    );
    table.figure(
        format!("{name}: events a second, first POST to last event"),
        format!("{:.0}", median(&|run| run.events)),
    );
    table.time(
        format!("{name}: CPU time of `thingrelay dev` a message"),
        median(&|run| run.cpu),
    );
    table.memory(
        format!("{name}: memory of `thingrelay dev` afterwards"),
        median(&|run| run.memory as f64) as u64,
        None,
    );
}

/// Sends single messages at regular times. Returns the durations of the POSTs, and the times from
/// the start of each POST to the line of its event.
async fn latency(mut relay: Relay) -> Result<(Sample, Sample)> {
    let posts = post_singly(relay.address).await?;
    let all = FIRST_MESSAGES + SINGLE_MESSAGES;
    relay.lines_until(all, LIMIT).await;
    let arrivals = relay.arrivals();
    stop(relay).await?;
    ensure!(arrivals.len() == all, "some events came twice");
    let mut took = Vec::new();
    for (at, event) in arrivals {
        let number = event["data"]["origin"]["seq"].as_u64();
        let number = usize::try_from(number.context("an event has no number")?)?;
        let post = posts.get(number).context("an event of nobody's")?;
        if number >= FIRST_MESSAGES {
            took.push(at - post.began);
        }
    }
    Ok((times(&posts), Sample::of_times(took)))
}

/// Sends the same POSTs to a server that answers 200 at once: the anchor.
async fn record_anchor(table: &mut Table, program: &Path) -> Result<()> {
    let address = loopback::serve(|_| Response::default()).await?;
    let (rate, post) = sent(send(program, address)?).await?;
    let single = times(&post_singly(address).await?);
    let name = "the anchor, a server that does nothing";
    table.figure(format!("{name}: POSTs a second"), format!("{rate:.0}"));
    table.figure(
        format!("{name}: POST to 200 under that load, p50 / p90 / p99 / max"),
        spread(&post),
    );
    table.figure(
        format!("{name}: single POST to 200, p50 / p90 / p99 / max"),
        quantiles(&single),
    );
    Ok(())
}

struct Post {
    began: Instant,
    took: Duration,
}

fn times(posts: &[Post]) -> Sample {
    Sample::of_times(posts.iter().skip(FIRST_MESSAGES).map(|post| post.took))
}

/// Posts messages at regular times over one connection; a device reports its number.
async fn post_singly(address: SocketAddr) -> Result<Vec<Post>> {
    let platform = Platform::new(address, SOURCE, TOKEN);
    let mut connection = Connection::open(address).await?;
    let mut posts = Vec::new();
    let mut turns = interval(PERIOD);
    for number in 0..(FIRST_MESSAGES + SINGLE_MESSAGES) as u64 {
        turns.tick().await;
        let device = format!("device-{}", number % SINGLE_DEVICES);
        let body = report(&device, number, unix_now(), number);
        let request = platform.request(&Triple::now(TOKEN), &body);
        let began = Instant::now();
        let answer = connection.exchange(&request).await?;
        let took = began.elapsed();
        ensure!(answer.status == 200, "the endpoint answered {answer:?}");
        posts.push(Post { began, took });
    }
    Ok(posts)
}

/// The rate, and the percentiles of the latency in nanoseconds, from the summary of `send`.
fn read_summary(summary: &str) -> Option<(f64, [f64; 4])> {
    let line = |word: &str| summary.lines().find_map(|line| line.strip_prefix(word));
    let (_, rate) = line("sent")?.rsplit_once('(')?;
    let rate = rate.strip_suffix("/s)")?.parse().ok()?;
    let mut values = line("latency")?
        .split(',')
        .filter_map(|item| item.split_whitespace().nth(1)?.parse::<f64>().ok());
    let mut next = || values.next().map(|millis| millis * 1e6);
    Some((rate, [next()?, next()?, next()?, next()?]))
}

async fn start(program: &Path, config: &Path, data: Option<&Path>) -> Relay {
    let launch = Launch::new().program(program).config(config);
    match data {
        Some(data) => launch.data(data).start().await,
        None => launch.start().await,
    }
}

fn quantiles(sample: &Sample) -> String {
    spread(&[0.5, 0.9, 0.99, 1.0].map(|share| sample.quantile(share)))
}

fn spread(nanos: &[f64]) -> String {
    let times: Vec<String> = nanos.iter().map(|nanos| duration(*nanos)).collect();
    times.join(" / ")
}

impl Queues {
    fn name(self) -> &'static str {
        match self {
            Queues::Memory => "in memory",
            Queues::Disk => "with `--data`",
        }
    }

    fn directory(self, data: &Path) -> Option<&Path> {
        match self {
            Queues::Memory => None,
            Queues::Disk => Some(data),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_of_send_has_a_rate_and_percentiles() {
        let summary = "sent      10000 messages of 200 devices in 4.00 s (2500/s)\n\
                       accepted  10000\n\
                       latency   p50 2.00 ms, p90 4.00 ms, p99 4.50 ms, max 9.00 ms\n";
        let expected = Some((2500.0, [2e6, 4e6, 4.5e6, 9e6]));
        assert_eq!(read_summary(summary), expected);
        assert_eq!(read_summary("sent      none\n"), None);
    }
}
