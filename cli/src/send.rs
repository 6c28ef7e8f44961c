//! `thingrelay send`: plays a platform.
//!
//! # Layout
//!
//! * [`args`]: the arguments.
//! * [`plan`]: which messages are sent: devices, numbers, bodies.
//! * [`body`]: the body that `--file` or `--template` gives.
//! * [`run`]: the workers, the signals, the summary.
//! * [`ready`]: the devices whose next message may be sent.
//! * [`worker`]: sends one message after another, and the platform's retries.
//! * [`tencent`]: messages pushed over HTTP.
//! * [`tuya`]: messages produced to Tuya's message service.
//! * [`kafka`]: records produced to a Kafka that stands in for CKafka.
//! * [`tally`]: the results, and the summary.

mod args;
mod body;
mod kafka;
mod plan;
mod ready;
mod run;
mod tally;
mod tencent;
mod tuya;
mod worker;

pub(crate) use args::Args;

use args::Platform;
use run::Run;
use std::{
    io::{self, Write},
    process::ExitCode,
};

/// Sends the messages and prints a summary. The command succeeds only if every message is accepted.
///
/// At Ctrl-C or SIGTERM, the run ends once the messages under way are answered; at a second signal,
/// it ends at once.
pub(crate) async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let mut run = Run::begin()?;
    let summary = match &args.platform {
        Platform::Tencent(args) => tencent::send(args, &mut run).await?,
        Platform::Tuya(args) => tuya::send(args, &mut run).await?,
        Platform::Kafka(args) => kafka::send(args, &mut run).await?,
    };
    write!(io::stdout().lock(), "{summary}")?;
    Ok(if summary.all_accepted() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
