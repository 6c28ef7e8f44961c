use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use super::resources::resident;
use super::runtime_api::RuntimeApi;
use super::sample::Sample;
use super::table::Table;

/// What the programs of the functions may take of memory, idle.
const MEMORY_GOAL: u64 = 20_000_000;

/// How often each is started.
const STARTS: usize = 20;

/// How long a program may take until it asks for work.
const START_LIMIT: Duration = Duration::from_secs(10);

/// How long a program is left alone before its memory is read.
const SETTLING: Duration = Duration::from_millis(200);

/// No such queue is called: nothing is ever to be done.
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
pub(super) fn measure(programs: &Path) -> Result<Table> {
    let directory = tempfile::tempdir()?;
    let config = directory.path().join("thingrelay.toml");
    fs::write(&config, CONFIG)?;
    let mut table = Table::new(format!("Functions, median of {STARTS} starts"));
    for name in ["verify", "push", "consumer"] {
        let program = programs.join(name);
        let mut memory = Vec::new();
        let mut starts = Vec::new();
        for _ in 0..STARTS {
            let (bytes, start) = start(name, &program, &config)
                .with_context(|| format!("cannot measure {}", program.display()))?;
            memory.push(bytes as f64);
            starts.push(start);
        }
        let memory = Sample::of(memory).median() as u64;
        table.memory(format!("`{name}`, memory idle"), memory, Some(MEMORY_GOAL));
        let start = Sample::of_times(starts).median();
        table.time(
            format!("`{name}`, from exec to the first `next`"),
            start,
            None,
        );
        table.memory(
            format!("`{name}`, size of its program"),
            fs::metadata(&program)?.len(),
            None,
        );
    }
    Ok(table)
}

/// Its memory when idle, and the time until it asked for work.
fn start(name: &str, program: &Path, config: &Path) -> Result<(u64, Duration)> {
    let api = RuntimeApi::start()?;
    let mut command = Command::new(program);
    command
        .env_clear()
        .env("AWS_LAMBDA_RUNTIME_API", api.address().to_string())
        .env("AWS_LAMBDA_FUNCTION_NAME", name)
        .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128")
        .env("AWS_REGION", "eu-central-1")
        .env("AWS_ACCESS_KEY_ID", "none")
        .env("AWS_SECRET_ACCESS_KEY", "none")
        .env("THINGRELAY_CONFIG_FILE", config)
        .env("THINGRELAY_STAGING_QUEUE_URL", STAGING)
        .env("THINGRELAY_QUARANTINE_QUEUE_URL", QUARANTINE)
        .stdin(Stdio::null())
        .stdout(Stdio::null());
    let started = Instant::now();
    let function = Running(command.spawn()?);
    let waiting = api.next(START_LIMIT)?;
    let took = waiting.asked - started;
    thread::sleep(SETTLING);
    let memory = resident(function.0.id())?;
    // It ends before its connection does, or it would complain.
    drop(function);
    Ok((memory, took))
}

/// Dropping it kills it.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
