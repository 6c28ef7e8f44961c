//! The binary of the function `tuya`.

use std::process::ExitCode;
use thingrelay::{environment, start::serve_pull, telemetry};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let telemetry = telemetry::init_for_lambda(environment::telemetry());
    telemetry.ended(serve_pull(telemetry, thingrelay_tuya::pulls).await)
}
