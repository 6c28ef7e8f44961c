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

/// The window is full when the broker has handed out nothing for so long, or where it does not
/// count that, when the program's memory has not grown.
const STILL: Duration = Duration::from_secs(3);

/// How many bytes a full window takes at least.
const LEAST: u64 = 2_000_000;

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
    let address = service.address.clone();
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
    let api = RuntimeApi::start()?;
    let running = puller.start(&api, &around)?;
    let waiting = api.next(LIMIT)?;
    let empty = peak(running.process())?;
    waiting.invoke_for(WINDOW, "{}".to_owned())?;
    let began = Instant::now();
    let (mut held, mut since) = (0, began);
    while held == 0 || since.elapsed() < STILL {
        ensure!(began.elapsed() < LIMIT, "the window is not full in time");
        thread::sleep(Duration::from_millis(50));
        let now = match service.handed_out(&project)? {
            Some(messages) => messages,
            None => {
                let more = peak(running.process())? - empty;
                // A connection takes some memory, too.
                if more < LEAST { 0 } else { more }
            }
        };
        if now != held {
            (held, since) = (now, Instant::now());
        }
    }
    Ok(Window {
        resident: resident(running.process())?,
        peak: peak(running.process())?,
    })
}
