use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use bench::table::Table;
use thingrelay_tests::lambda::Function;
use tokio::time::sleep;

use crate::lambda;
use crate::resources::resident;
use crate::sample::Sample;

/// How much memory the program of a function may use when idle.
const MEMORY_GOAL: u64 = 20_000_000;

/// How often each program is started.
const STARTS: usize = 20;

/// How long to wait before the memory of a program is read.
const SETTLING: Duration = Duration::from_millis(200);

/// The anchors: a function that only answers 200, and a function that also has a client.
const ANCHORS: [&str; 2] = ["peer-empty", "peer-client"];

/// The packages of the measured programs; each program has the name of its package.
pub(crate) const PACKAGES: [&str; 5] = [ANCHORS[0], ANCHORS[1], "verify", "push", "consumer"];

/// This queue is never called: there is no work.
const CONFIG: &str = r#"
[sources.meters]
platform = "tencent-iot-hub"
tokens = ["Qm7RzT4nVb9KxW2sLc5HgJ8dFp3YtA6e"]

[targets.events]
type = "sqs"
queue_url = "https://sqs.eu-central-1.amazonaws.com/123456789012/events.fifo"
"#;
const STAGING: &str = "https://sqs.eu-central-1.amazonaws.com/123456789012/staging.fifo";
const QUARANTINE: &str = "https://sqs.eu-central-1.amazonaws.com/123456789012/quarantine";

/// Starts each function's program under a Runtime API that has no work.
pub(crate) async fn measure(programs: &Path) -> Result<Table> {
    let directory = tempfile::tempdir()?;
    let config = directory.path().join("thingrelay.toml");
    fs::write(&config, CONFIG)?;
    let environment: [(&str, OsString); 3] = [
        ("THINGRELAY_CONFIG_FILE", config.into()),
        ("THINGRELAY_STAGING_QUEUE_URL", STAGING.into()),
        ("THINGRELAY_QUARANTINE_QUEUE_URL", QUARANTINE.into()),
    ];
    let mut table = Table::new(format!("Functions, median of {STARTS} starts"));
    for name in PACKAGES {
        let program = programs.join(name);
        let mut memory = Vec::new();
        let mut starts = Vec::new();
        for _ in 0..STARTS {
            let (bytes, start) = start(name, &program, &environment)
                .await
                .with_context(|| format!("cannot measure {}", program.display()))?;
            memory.push(bytes as f64);
            starts.push(start);
        }
        let memory = Sample::of(memory).median() as u64;
        let goal = (!ANCHORS.contains(&name)).then_some(MEMORY_GOAL);
        table.memory(format!("`{name}`, memory idle"), memory, goal);
        let start = Sample::of_times(starts).median();
        let what = format!("`{name}`, from exec to the first `next`");
        table.time(what, start);
        let size = fs::metadata(&program)?.len();
        table.memory(format!("`{name}`, size of its program"), size, None);
    }
    Ok(table)
}

/// Measures the memory of an idle program, and the time until it asked for work.
async fn start(
    name: &str,
    program: &Path,
    environment: &[(&str, OsString)],
) -> Result<(u64, Duration)> {
    let command = lambda::function(program, &[], "http://127.0.0.1:1", environment);
    let started = Instant::now();
    let function = Function::run(name, [command]).await;
    let took = function.asked(1).await - started;
    sleep(SETTLING).await;
    let memory = resident(function.process())?;
    function.end().await;
    Ok((memory, took))
}
