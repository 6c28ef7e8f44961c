use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::platform::{Platform, unix_now};
use super::relay::Relay;
use super::resources::{cpu_time, resident};
use super::sample::Sample;
use super::table::{Table, duration};

/// How many messages a run of the throughput has, and of how many devices.
const MESSAGES: usize = 10_000;
const DEVICES: usize = 200;

/// How many single messages are timed, of how many devices, and how often one is sent.
const SINGLE_MESSAGES: usize = 1_000;
const SINGLE_DEVICES: usize = 50;
const PERIOD: Duration = Duration::from_millis(20);

/// Messages before the timed ones, in which connections are opened.
const FIRST_MESSAGES: usize = 50;

/// How long the next event may take.
const LIMIT: Duration = Duration::from_secs(30);

const TOKEN: &str = "Qm7RzT4nVb9KxW2sLc5HgJ8dFp3YtA6e";
const SOURCE: &str = "meters";
const CONFIG: &str = r#"
[sources.meters]
platform = "tencent-iot-hub"
tokens = ["Qm7RzT4nVb9KxW2sLc5HgJ8dFp3YtA6e"]
"#;

/// Where the queues are.
#[derive(Clone, Copy)]
enum Queues {
    Memory,
    Disk,
}

/// What one run of the throughput gave.
struct Run {
    /// POSTs a second, as `send` counts them.
    posts: f64,
    /// p50, p90, p99 and maximum of a POST in nanoseconds, as `send` measures them.
    post: [f64; 4],
    /// Events a second, from the start of `send` to the line of the last event.
    events: f64,
    /// CPU time of `thingrelay dev` for one message, in nanoseconds.
    cpu: f64,
    /// Its memory at the end.
    memory: u64,
}

/// Measures the local run, with queues in memory and in a directory below `data`.
pub(super) fn measure(programs: &Path, data: &Path, runs: u8) -> Result<Table> {
    let mut table = Table::new(format!(
        "Local run: throughput of {MESSAGES} messages of {DEVICES} devices (median of {runs} \
         runs), latency of {SINGLE_MESSAGES} single messages, one in {PERIOD:?}"
    ));
    let program = programs.join("thingrelay");
    let directory = tempfile::tempdir_in(data)?;
    let config = directory.path().join("thingrelay.toml");
    fs::write(&config, CONFIG)?;
    for queues in [Queues::Memory, Queues::Disk] {
        let mut measured = Vec::new();
        for run in 1..=runs {
            let data = directory.path().join(format!("throughput-{run}"));
            let relay = Relay::start(&program, &config, queues.directory(&data))?;
            measured.push(throughput(&program, relay)?);
        }
        record_throughput(&mut table, queues, &measured);
        let data = directory.path().join("latency");
        let relay = Relay::start(&program, &config, queues.directory(&data))?;
        let (posts, events) = latency(relay)?;
        for (what, sample) in [("POST to 200", posts), ("POST to event", events)] {
            table.figure(
                format!("{}: single {what}, p50 / p90 / p99 / max", queues.name()),
                spread(&[0.5, 0.9, 0.99, 1.0].map(|share| sample.quantile(share))),
            );
        }
    }
    Ok(table)
}

/// Lets `thingrelay send` play the platform, as fast as it gets answers.
fn throughput(program: &Path, relay: Relay) -> Result<Run> {
    let url = format!("http://{}/{SOURCE}", relay.endpoint());
    let cpu_before = cpu_time(relay.process())?;
    let began = Instant::now();
    let sender = Command::new(program)
        .args(["send", &url])
        .args(["--count", &MESSAGES.to_string()])
        .args(["--devices", &DEVICES.to_string()])
        .env("THINGRELAY_TOKEN", TOKEN)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let mut ids = HashSet::new();
    let mut last = began;
    for _ in 0..MESSAGES {
        let line = relay.next_event(LIMIT)?;
        last = line.at;
        let event: Value = serde_json::from_str(&line.text)?;
        let id = event.pointer("/id").and_then(Value::as_str);
        ids.insert(id.context("an event has no id")?.to_owned());
    }
    ensure!(ids.len() == MESSAGES, "some events came twice");
    let cpu = cpu_time(relay.process())?.saturating_sub(cpu_before);
    let memory = resident(relay.process())?;
    let sent = sender.wait_with_output()?;
    ensure!(sent.status.success(), "thingrelay send failed");
    let status = relay.stop()?;
    ensure!(status.success(), "thingrelay dev ended with {status}");

    let summary = String::from_utf8(sent.stdout)?;
    println!("{summary}");
    let (posts, post) = read_summary(&summary).context("the summary of send has changed")?;
    Ok(Run {
        posts,
        post,
        events: MESSAGES as f64 / (last - began).as_secs_f64(),
        cpu: cpu.as_nanos() as f64 / MESSAGES as f64,
        memory,
    })
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
        None,
    );
    table.memory(
        format!("{name}: memory of `thingrelay dev` afterwards"),
        median(&|run| run.memory as f64) as u64,
        None,
    );
}

/// Sends single messages, each at its time: how long the POSTs took, and how long it took from the
/// beginning of each POST to the line of its event.
fn latency(relay: Relay) -> Result<(Sample, Sample)> {
    let mut platform = Platform::connect(relay.endpoint(), SOURCE, TOKEN)?;
    let mut posts = Vec::new();
    let mut began = HashMap::new();
    let start = Instant::now();
    for number in 0..FIRST_MESSAGES + SINGLE_MESSAGES {
        let turn = start + PERIOD * u32::try_from(number)?;
        thread::sleep(turn.saturating_duration_since(Instant::now()));
        let accepted = platform.post(&report(number)?)?;
        if number >= FIRST_MESSAGES {
            posts.push(accepted.took);
            began.insert(number, accepted.began);
        }
    }
    let mut took = Vec::new();
    for _ in 0..FIRST_MESSAGES + SINGLE_MESSAGES {
        let line = relay.next_event(LIMIT)?;
        let number = number_of(&line.text).context("an event has no number")?;
        if let Some(began) = began.remove(&number) {
            took.push(line.at - began);
        }
    }
    ensure!(took.len() == SINGLE_MESSAGES, "some events came twice");
    relay.stop()?;
    Ok((Sample::of_times(posts), Sample::of_times(took)))
}

/// A device reports its number.
fn report(number: usize) -> Result<String> {
    let device = format!("device-{}", number % SINGLE_DEVICES);
    let now = unix_now()?;
    Ok(format!(
        r#"{{"devicename":"{device}","payload":{{"clientToken":"bench-{number}","method":"report","params":{{"number":{number},"power_switch":1}},"timestamp":{now}}},"productid":"QX7METERPN","seq":{number},"timestamp":{now},"topic":"$thing/up/property/QX7METERPN/{device}"}}"#
    ))
}

/// The number of the message that an event came from.
fn number_of(event: &str) -> Option<usize> {
    let event: Value = serde_json::from_str(event).ok()?;
    let number = event.pointer("/data/origin/seq")?;
    usize::try_from(number.as_u64()?).ok()
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
