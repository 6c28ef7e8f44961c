//! Archives in buckets: `thingrelay replay` reads what Firehose writes, and what the consumer's real program has
//! written through a stream. The emulator of Firehose writes an object for each record, and does not compress it,
//! so some tests put the objects themselves.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::Write;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use flate2::{Compression, write::GzEncoder};
use rand::distr::{Alphanumeric, SampleString};
use serde_json::{Value, json};
use thingrelay_tests::cloud::{consume, request};
use thingrelay_tests::config::{Config, METERS_TOKEN};
use thingrelay_tests::deadline::within;
use thingrelay_tests::document::Document;
use thingrelay_tests::http::exchange;
use thingrelay_tests::lambda::Function;
use thingrelay_tests::message::report;
use thingrelay_tests::order::assert_complete_and_in_order;
use thingrelay_tests::platform::unix_now;
use thingrelay_tests::process::program;
use thingrelay_tests::queue::{Queues, Received};
use thingrelay_tests::searched::output_soon;
use thingrelay_tests::staged::Staged;
use thingrelay_tests::template::{self, ARCHIVE, Job, MAIN};
use tokio::process::Command;

use crate::deployment::deployed;
use crate::endpoint;

const LIMIT: Duration = Duration::from_secs(120);
const REGION: &str = "eu-west-1";
/// 2026-11-21T04:00:00Z.
const FOUR: u64 = 1_795_233_600;

/// The result of a command that has ended.
struct Told {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl Told {
    #[track_caller]
    fn has(&self, code: i32, text: &str) {
        let all = format!("{}{}", self.stdout, self.stderr);
        assert!(
            self.code == Some(code) && all.contains(text),
            "{text}: {all}"
        );
    }
}

/// The variables of a program in AWS.
fn aws() -> [(&'static str, String); 4] {
    [
        ("AWS_REGION", REGION.to_owned()),
        ("AWS_ACCESS_KEY_ID", "test".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "test".to_owned()),
        ("AWS_ENDPOINT_URL", endpoint()),
    ]
}

fn command(program: &Path, directory: &Path) -> Command {
    let mut command = Command::new(program);
    command
        .env_clear()
        .envs(aws())
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .current_dir(directory)
        .stdin(Stdio::null())
        .kill_on_drop(true);
    command
}

fn replay(directory: &Path, arguments: &str) -> Command {
    let mut command = command(&program("thingrelay"), directory);
    command.arg("replay").args(arguments.split_whitespace());
    command
}

async fn told(mut command: Command) -> Told {
    let ended = within(LIMIT, "the end of replay", output_soon(&mut command));
    let ended = ended.await.unwrap();
    Told {
        code: ended.status.code(),
        stdout: String::from_utf8(ended.stdout).unwrap(),
        stderr: String::from_utf8(ended.stderr).unwrap(),
    }
}

/// A bucket of the test, without a client of S3.
struct Bucket {
    name: String,
    address: SocketAddr,
}

impl Bucket {
    async fn make() -> Bucket {
        let name = Alphanumeric.sample_string(&mut rand::rng(), 12);
        let address = endpoint().replace("http://", "").parse().unwrap();
        let bucket = Bucket {
            name: format!("archive-{}", name.to_lowercase()),
            address,
        };
        let place = format!(
            "<CreateBucketConfiguration><LocationConstraint>{REGION}</LocationConstraint></CreateBucketConfiguration>"
        );
        bucket.put("", place.as_bytes()).await;
        bucket
    }

    async fn put(&self, key: &str, body: &[u8]) {
        let (name, address, length) = (&self.name, self.address, body.len());
        let mut request = format!(
            "PUT /{name}/{key} HTTP/1.1\r\nHost: {address}\r\nContent-Length: {length}\r\n\r\n"
        )
        .into_bytes();
        request.extend(body);
        let answer = exchange(address, &request).await.unwrap();
        assert_eq!(answer.status, 200, "{key}: {answer:?}");
    }
}

/// A line of the archive: a report of a device that was accepted at that second.
fn line(device: usize, count: u64, at: u64) -> String {
    let device = format!("device-{device}");
    let id = format!("{count:032x}{:0>32}", device.trim_start_matches("device-"));
    let original = report(&device, count, at, count);
    let body = format!(
        "{{\"v\":1,\"id\":\"{id}\",\"source\":\"meters\",\"platform\":\"tencent-iot-hub\",\"channel\":\"http\",\"received\":{},\"encoding\":\"text\"}}\n{}",
        at * 1000,
        String::from_utf8(original).unwrap(),
    );
    let line =
        json!({"source": "meters", "group": device, "sequence": count.to_string(), "body": body});
    format!("{line}\n")
}

fn compressed(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

/// The key of an object as Firehose names it.
fn key(hour: usize, number: usize) -> String {
    let folder = format!("archive/meters/2026/11/21/{hour:02}");
    format!("{folder}/archive-1-2026-11-21-{hour:02}-00-00-{number:06}.jsonl.gz")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_of_more_than_a_page_is_replayed_in_order_also_after_a_kill() {
    const DEVICES: usize = 3;
    const OBJECTS: usize = 1_100;
    let bucket = Bucket::make().await;
    let archive = format!("s3://{}/archive", bucket.name);
    // In each hour from 4 to 7, an object for every device and count, and one with all lines of the hour before,
    // as Firehose may write a line twice.
    let mut each = 0;
    let mut before = String::new();
    for number in 0..OBJECTS {
        let hour = 4 + number * 4 / OBJECTS;
        let begin = FOUR + (hour as u64 - 4) * 3_600;
        let mut lines = String::new();
        if number % 275 == 0 {
            bucket.put(&key(hour, 900_000), &compressed(&before)).await;
            before.clear();
        }
        for device in 0..DEVICES {
            if number % 11 == 0 {
                lines += &line(device, each, begin + each % 3_000);
            }
        }
        each += u64::from(number % 11 == 0);
        before += &lines;
        // What comes minutes after an hour's beginning may be in the folder of the hour before.
        let folder = if number == OBJECTS * 3 / 4 {
            hour - 1
        } else {
            hour
        };
        bucket.put(&key(folder, number), &compressed(&lines)).await;
    }
    bucket
        .put("archive/meters/readme.txt", b"not an archive")
        .await;
    let total = DEVICES * usize::try_from(each).unwrap();

    let directory = tempfile::tempdir().unwrap();
    let queues = Queues::at(&endpoint());
    let staging = queues.create_fifo_that_hides("archived", 60).await;
    let dry = async |arguments: &str| {
        let arguments = format!("{archive} --staging-queue {staging} {arguments}");
        told(replay(directory.path(), &arguments)).await
    };
    let all = dry("").await;
    all.has(0, &format!("messages  {total}\ndevices   {DEVICES}\n"));
    let quarter = total / 4;
    for (arguments, expected) in [
        (
            "--from 2026-11-21T05:00:00Z --to 2026-11-21T06:00:00Z",
            quarter,
        ),
        (
            "--from 2026-11-21T05:00:00Z --to 2026-11-21T06:00:00Z --late 1h",
            quarter,
        ),
        ("--from 2026-11-21T07:00:00Z", quarter),
        ("--from 2026-11-21T09:00:00Z", 0),
        ("--to 2026-11-21T05:00:00Z --late 0s", quarter),
    ] {
        dry(arguments)
            .await
            .has(0, &format!("messages  {expected}\n"));
    }
    let one = format!("s3://{}/{}", bucket.name, key(5, 275));
    let one = format!("{one} --staging-queue {staging}");
    told(replay(directory.path(), &one))
        .await
        .has(0, "messages  3\n");

    // Killed, and run again: each message is staged once, in the order of its device.
    let arguments =
        format!("{archive} --staging-queue {staging} --target events --rate 50/s --yes");
    let mut killed = replay(directory.path(), &arguments);
    let mut killed = killed
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let first = queues.receive(&staging, 1, LIMIT).await;
    killed.kill().await.unwrap();
    let ended = told(replay(directory.path(), &arguments)).await;
    ended.has(0, "not finished");
    let mut received = first;
    received.extend(queues.drain(&staging).await);
    assert_eq!(received.len(), total);
    let ids: BTreeSet<&str> = received.iter().map(|it| &*it.deduplication_id).collect();
    assert_eq!(ids.len(), total);
    let mut runs = BTreeSet::new();
    for device in 0..DEVICES {
        let of_device = |it: &&Received| it.group == format!("device-{device}");
        let counts = received.iter().filter(of_device).map(|received| {
            let staged = Staged::parse(received);
            let mark = &staged.provenance["replay"];
            assert_eq!(mark["target"], "events", "{mark}");
            runs.insert(mark["run"].as_str().unwrap().to_owned());
            let original: Value = serde_json::from_slice(&staged.original).unwrap();
            original["seq"].as_u64().unwrap()
        });
        assert!(counts.eq(0..each), "device-{device}");
    }
    assert_eq!(runs.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_bucket_is_told_with_what_to_do() {
    let bucket = Bucket::make().await.name;
    let directory = tempfile::tempdir().unwrap();
    let queue = "--staging-queue http://127.0.0.1:1/000000000000/staging.fifo";
    let run = async |archive: &str, variables: &[(&str, &str)]| {
        let mut command = replay(directory.path(), &format!("{archive} {queue}"));
        for (name, value) in variables {
            match value.is_empty() {
                true => command.env_remove(name),
                false => command.env(name, value),
            };
        }
        told(command).await
    };
    let there = format!("s3://{bucket}/archive");
    let keyless = [("AWS_ACCESS_KEY_ID", "")];
    type Environment<'a> = &'a [(&'a str, &'a str)];
    let cases: [(&str, Environment, &str); 7] = [
        (
            "s3://no-such-bucket/archive",
            &[],
            "there is no bucket no-such-bucket",
        ),
        (&there, &[], "no objects whose names end in .jsonl"),
        (&format!("{there}/x.jsonl"), &[], "there is no such object"),
        (
            &there,
            &[("AWS_REGION", "eu-central-1")],
            "not in the region eu-central-1",
        ),
        (&there, &[("AWS_REGION", "")], "set AWS_REGION"),
        (&there, &keyless, "there are no AWS credentials"),
        (
            &there,
            &[("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:1")],
            "cannot read s3://",
        ),
    ];
    for (archive, variables, expected) in cases {
        let told = run(archive, variables).await;
        told.has(1, expected);
        assert!(!told.stdout.contains("messages"), "{}", told.stdout);
    }
    run("s3://", &[]).await.has(2, "must name a bucket");
}

/// The archive of a stack, to which the stack's consumer writes.
struct Archive {
    stream: String,
    url: String,
}

async fn archiving() -> Archive {
    let main = Job::of(MAIN, &[("Archive", "on")]);
    let archive = Job::of(ARCHIVE, &[("Stack", "example")]);
    // Templates are resolved with this name.
    let stacks = vec![("example", main.clone()), ("example-archive", archive)];
    let stacks = deployed(stacks).await;
    let expanding = tokio::task::spawn_blocking(|| template::expand(&[main]));
    let resolved = expanding.await.unwrap();
    let consumer = &resolved[0].resources["ConsumerFunction"]["Properties"];
    let stream = &consumer["Environment"]["Variables"]["THINGRELAY_ARCHIVE_STREAM"];
    assert_eq!(*stream, stacks[1]["resources"]["ArchiveStream"]);
    Archive {
        stream: text(stream),
        url: text(&stacks[1]["outputs"]["ArchiveUrl"]),
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_stack_has_archived_is_replayed_as_the_runbook_says() {
    const DEVICES: usize = 5;
    const EACH: u64 = 4;
    let Archive { stream, url } = archiving().await;
    let queues = Queues::at(&endpoint());
    let staging = queues.create_fifo_that_hides("archived-staging", 60).await;
    let events = queues.create_fifo("archived-events").await;
    let quarantine = queues.create_fifo("archived-quarantine").await;
    let config = Config::with_target(&events);
    let file = config.file().display().to_string();
    let aws = aws();
    let aws = aws.each_ref().map(|(name, value)| (*name, value.as_str()));
    let settings = [
        ("THINGRELAY_CONFIG_FILE", file.as_str()),
        ("THINGRELAY_STAGING_QUEUE_URL", staging.as_str()),
    ];
    let of_push = [&aws[..], &settings].concat();
    let push = Function::start("push", &of_push, 2).await;
    let of_consumer = [
        ("THINGRELAY_QUARANTINE_QUEUE_URL", quarantine.as_str()),
        ("THINGRELAY_ARCHIVE_STREAM", stream.as_str()),
    ];
    let of_consumer = [&of_push[..], &of_consumer].concat();
    let consumer = Function::start("consumer", &of_consumer, 2).await;

    let now = unix_now();
    for number in 0..EACH {
        for device in 0..DEVICES {
            let body = report(&format!("device-{device}"), number, now, number);
            push_one(&push, &body).await;
        }
    }
    // A line of this message is longer than a record of the stream: its text is escaped twice.
    let mut long: Value = serde_json::from_slice(&report("long", 0, now, 0)).unwrap();
    long["payload"]["note"] = "\"".repeat(280_000).into();
    push_one(&push, long.to_string().as_bytes()).await;
    let count = DEVICES * usize::try_from(EACH).unwrap() + 1;
    consume(&queues, &staging, &consumer, count, LIMIT).await;
    let first = bodies(&queues, &events, count).await;

    // The commands of the runbook, with the outputs of this stack.
    let directory = tempfile::tempdir().unwrap();
    let runbook = Document::read("docs/runbook.md");
    let dry = runbook.command("cargo thingrelay replay \"$ARCHIVE\"");
    let mut script =
        "STACK=example\ncargo() { shift; \"$PROGRAM\" \"$@\"; }\noutput() { case $1 in\n"
            .to_owned();
    writeln!(
        script,
        "ArchiveUrl) [ \"$STACK\" = example-archive ] && echo '{url}';;\nStagingQueueUrl) echo '{staging}';;"
    )
    .unwrap();
    writeln!(script, "*) exit 1;; esac }}").unwrap();
    for variable in ["export THINGRELAY_STAGING_QUEUE_URL=", "ARCHIVE="] {
        writeln!(script, "{}", runbook.command(variable)).unwrap();
    }
    let as_written = async |line: &str| {
        let mut command = command(Path::new("/bin/bash"), directory.path());
        command
            .args(["-c", &format!("{script}{line}")])
            .env("PATH", "/usr/bin:/bin")
            .env("PROGRAM", program("thingrelay"));
        told(command).await
    };
    let counted = as_written(&dry).await;
    counted.has(0, &format!("messages  {count}\n"));
    counted.has(0, "Nothing was staged.");
    as_written(&format!("{dry} --yes"))
        .await
        .has(0, &format!("staged    {count}\n"));
    consume(&queues, &staging, &consumer, count, LIMIT).await;
    let mut again = bodies(&queues, &events, count).await;
    let mut runs = BTreeSet::new();
    for event in &mut again {
        let run = event.as_object_mut().unwrap().remove("replay").unwrap();
        runs.insert(text(&run));
        assert!(first.contains(event), "{event}");
    }
    assert_eq!(runs.len(), 1);
    again.retain(|event| event["data"]["device"]["name"] != "long");
    assert_complete_and_in_order(&again, DEVICES, EACH);
    // What came out of the archive is not archived a second time.
    as_written(&dry)
        .await
        .has(0, &format!("messages  {count}\n"));
}

async fn push_one(push: &Function, body: &[u8]) {
    let answer = request(push, "POST", "meters", &[], METERS_TOKEN, body).await;
    assert_eq!(answer.status, 200, "{answer:?}");
}

async fn bodies(queues: &Queues, url: &str, count: usize) -> Vec<Value> {
    let received = queues.receive(url, count, LIMIT).await;
    let bodies = received.iter().map(|message| &message.body);
    bodies
        .map(|body| serde_json::from_str(body).unwrap())
        .collect()
}
