//! The embedded queue server as a program of its own: prints its endpoint, and ends when its
//! standard input does.

use anyhow::Result;
use sqs_server::{Options, Server};
use std::io::{Write, copy, sink, stdin, stdout};

#[tokio::main]
async fn main() -> Result<()> {
    let server = Server::start(Options::default()).await?;
    writeln!(stdout(), "{}", server.endpoint())?;
    tokio::task::spawn_blocking(|| copy(&mut stdin(), &mut sink())).await??;
    server.stop().await;
    Ok(())
}
