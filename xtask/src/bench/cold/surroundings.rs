use std::cell::RefCell;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};

use anyhow::Result;

use super::documents::Documents;
use super::event::Events;
use crate::bench::queue::Queue;

/// Settings with tokens, as a file, and the same as two documents.
const FILE: &str = r#"
[sources.meters]
platform = "tencent-iot-explorer"
tokens = ["Qm7RzT4nVb9KxW2sLc5HgJ8dFp3YtA6e"]
"#;
const SETTINGS: &str = r#"
[sources.meters]
platform = "tencent-iot-explorer"
"#;
const SECRETS: &str = r#"{"sources":{"meters":{"tokens":["Qm7RzT4nVb9KxW2sLc5HgJ8dFp3YtA6e"]}}}"#;

/// What functions find around them, all on loopback.
pub(super) struct Surroundings {
    pub(super) queue: Queue,
    pub(super) documents: Documents,
    pub(super) urls: Urls,
    pub(super) events: RefCell<Events>,
    directory: PathBuf,
    /// A port that was free, and on which nobody listens.
    closed: SocketAddr,
}

/// URLs of the queues.
pub(super) struct Urls {
    pub(super) staging: String,
    pub(super) events: String,
    pub(super) quarantine: String,
}

impl Surroundings {
    pub(super) fn start(programs: &Path, directory: &Path) -> Result<Self> {
        let queue = Queue::start(&programs.join("peer-queue"))?;
        let urls = Urls {
            staging: queue.create("staging.fifo")?,
            events: queue.create("events.fifo")?,
            quarantine: queue.create("quarantine")?,
        };
        let closed = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
        let surroundings = Self {
            queue,
            documents: Documents::start(SETTINGS, SECRETS)?,
            urls,
            events: RefCell::new(Events::new()),
            directory: directory.to_path_buf(),
            closed,
        };
        fs::write(surroundings.config_file(), FILE)?;
        Ok(surroundings)
    }

    /// The file with settings and tokens.
    pub(super) fn config_file(&self) -> PathBuf {
        self.directory.join("thingrelay.toml")
    }

    /// The same queue where nobody listens: a connection is refused at once.
    pub(super) fn refusing(&self, url: &str) -> String {
        let closed = format!("http://{}", self.closed);
        url.replacen(&self.queue.endpoint(), &closed, 1)
    }
}
