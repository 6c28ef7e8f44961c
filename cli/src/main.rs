//! The command `thingrelay`.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    thingrelay_cli::run().await
}
