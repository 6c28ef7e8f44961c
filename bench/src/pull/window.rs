use std::net::{Ipv4Addr, TcpListener};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use serde_json::json;
use tokio::time::sleep;

use super::puller::Puller;
use super::service::{Reports, Service};
use super::surroundings::Surroundings;
use crate::resources::{peak, resident};

/// How long a program may take to fill its window.
const LIMIT: Duration = Duration::from_secs(20);

/// The timeout of an invocation.
const WINDOW: Duration = Duration::from_secs(60);

/// The window is full when the broker has delivered nothing for this long. If the broker does not
/// count deliveries, it is full when the program's memory has not grown for this long.
const STILL: Duration = Duration::from_secs(3);

/// The bytes that a full window takes at least.
const LEAST: u64 = 2_000_000;

/// A program whose window is full, because the queue accepts nothing.
pub(super) struct Window {
    /// The bytes in memory with a full window.
    pub(super) resident: u64,
    /// The most bytes that the program ever had in memory.
    pub(super) peak: u64,
}

/// Lets the program pull from a new project while nothing listens at the queue's address.
pub(super) async fn measure(
    puller: &Puller,
    service: &mut impl Service,
    reports: &Reports,
) -> Result<Window> {
    let project = service.project(reports).await?;
    let address = service.address();
    let closed = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
    let queues = format!("http://{closed}");
    let directory = tempfile::tempdir()?;
    let around = Surroundings {
        service: &address,
        project: &project,
        queues: &queues,
        staging: &format!("{queues}/123456789012/staging.fifo"),
        directory: directory.path(),
    };
    let function = puller.start(&around).await?;
    function.asked(1).await;
    let empty = peak(function.process())?;
    let invoked = function.clone();
    let invocation = tokio::spawn(async move { invoked.invoke_within(&json!({}), WINDOW).await });
    let began = Instant::now();
    let (mut held, mut since) = (0, began);
    while held == 0 || since.elapsed() < STILL {
        ensure!(began.elapsed() < LIMIT, "the window is not full in time");
        sleep(Duration::from_millis(50)).await;
        let now = match service.handed_out(&project).await? {
            Some(messages) => messages,
            None => {
                let more = peak(function.process())? - empty;
                // A connection takes some memory, too.
                if more < LEAST { 0 } else { more }
            }
        };
        if now != held {
            (held, since) = (now, Instant::now());
        }
    }
    let window = Window {
        resident: resident(function.process())?,
        peak: peak(function.process())?,
    };
    invocation.abort();
    Ok(window)
}
