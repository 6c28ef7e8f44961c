//! The binary of the function `ckafka-pull`.

use std::process::ExitCode;
use thingrelay::{environment, start::serve_pull, telemetry};
use thingrelay_kafka::{MemberName, pulls};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let telemetry = telemetry::init_for_lambda(environment::telemetry());
    telemetry.ended(
        serve_pull(telemetry, |config, clock| {
            pulls(config, clock, &MemberName::function())
        })
        .await,
    )
}
