use std::net::{Ipv4Addr, TcpListener};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use super::puller::{Puller, Surroundings};
use super::service::{Reports, Service};
use crate::bench::resources::{peak, resident};
use crate::bench::runtime_api::RuntimeApi;

/// How long a program may take until it asks for work, and until its window is full.
const LIMIT: Duration = Duration::from_secs(20);

/// How long an invocation has.
const WINDOW: Duration = Duration::from_secs(60);

/// The window is full when the broker has handed out nothing for so long.
const STILL: Duration = Duration::from_secs(2);

/// A program that holds all that it may, since the queue takes nothing.
pub(super) struct Window {
    /// Bytes in memory then.
    pub(super) resident: u64,
    /// The most bytes that it ever had in memory.
    pub(super) peak: u64,
}

/// Has the program pull from a new project while nobody listens where its queue should be.
pub(super) fn measure(puller: &Puller, service: &mut Service, reports: &Reports) -> Result<Window> {
    let project = service.project(reports)?;
    let url = service.url.clone();
    let closed = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
    let queues = format!("http://{closed}");
    let directory = tempfile::tempdir()?;
    let around = Surroundings {
        service: &url,
        project: &project,
        queues: &queues,
        staging: &format!("{queues}/123456789012/staging.fifo"),
        directory: directory.path(),
    };
    let api = RuntimeApi::start()?;
    let running = puller.start(&api, &around)?;
    api.next(LIMIT)?.invoke_for(WINDOW, "{}".to_owned())?;
    let began = Instant::now();
    let (mut messages, mut since) = (0, began);
    while messages == 0 || since.elapsed() < STILL {
        ensure!(began.elapsed() < LIMIT, "the window is not full in time");
        thread::sleep(Duration::from_millis(50));
        let handed_out = service.handed_out(&project)?;
        if handed_out != messages {
            (messages, since) = (handed_out, Instant::now());
        }
    }
    Ok(Window {
        resident: resident(running.process())?,
        peak: peak(running.process())?,
    })
}
