use std::net::TcpListener;
use std::time::Duration;

use anyhow::{Result, ensure};

use super::session::{Printed, Session};
use super::shell::Shell;

/// The address of `cargo dev` as README.md has it.
pub(super) const ADDRESS: &str = "127.0.0.1:9001";

/// How long a start may take: cargo may still have something to build, and others may be building.
const START_LIMIT: Duration = Duration::from_secs(600);

/// How long something may take that it prints while it starts.
const PRINTED_LIMIT: Duration = Duration::from_secs(120);

/// How long an accepted message may take until its event is printed.
const EVENT_LIMIT: Duration = Duration::from_secs(120);

/// How long the end may take: 10 s of draining, and the rest for a busy machine.
const END_LIMIT: Duration = Duration::from_secs(60);

/// A running `cargo dev`.
pub(super) struct Relay {
    session: Session,
    url: String,
}

/// What is printed for a source of a run without a configuration.
pub(super) struct Source {
    /// Its push URL.
    pub(super) url: String,
    /// Its token.
    pub(super) token: String,
    /// The command for the check of the URL.
    pub(super) get: String,
    /// The command for a push.
    pub(super) post: String,
}

impl Relay {
    /// Starts it and waits for `ready`. The command is changed only where something else on this
    /// machine has its port.
    pub(super) fn start(shell: &Shell, command: &str) -> Result<Self> {
        let session = match TcpListener::bind(ADDRESS) {
            Ok(_) => shell.start(command, "")?,
            Err(_) => shell.start(&format!("{command} --listen 127.0.0.1:0"), "")?,
        };
        let url = session.wait_for("`ready`", START_LIMIT, |printed| {
            let mut lines = printed.stderr.iter();
            lines.find_map(|line| line.strip_prefix("ready ").map(str::to_owned))
        })?;
        Ok(Self { session, url })
    }

    /// The endpoint's URL.
    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// A command of README.md for this endpoint.
    pub(super) fn addressed(&self, command: &str) -> String {
        command.replace(&format!("http://{ADDRESS}"), &self.url)
    }

    /// What it prints for a source. It comes on another pipe than `ready`, and is waited for.
    pub(super) fn source(&self, name: &str) -> Result<Source> {
        let url = format!("{}/{name}", self.url);
        let what = format!("the two commands for {name}");
        self.session.wait_for(&what, PRINTED_LIMIT, |printed| {
            let rest = printed.stdout.iter().skip_while(|line| line.trim() != url);
            let block: Vec<&str> = rest
                .map(|line| line.trim())
                .take_while(|line| !line.is_empty())
                .collect();
            let token = block.iter().find_map(|line| line.strip_prefix("token: "))?;
            let mut commands = block.iter().filter(|line| line.contains("curl "));
            let (get, post) = commands.next().zip(commands.next())?;
            Some(Source {
                url: url.clone(),
                token: (*token).to_owned(),
                get: (*get).to_owned(),
                post: (*post).to_owned(),
            })
        })
    }

    /// The URL of the queue to which it says that events go.
    pub(super) fn events_queue(&self) -> Result<String> {
        let what = "where events go";
        self.session.wait_for(what, PRINTED_LIMIT, |printed| {
            let mut lines = printed.stdout.iter();
            lines
                .find_map(|line| line.strip_prefix("Events go to ")?.split(' ').next())
                .map(str::to_owned)
        })
    }

    /// Waits until it has printed exactly `count` lines with this text on standard output.
    pub(super) fn expect(&self, count: usize, text: &str) -> Result<Vec<String>> {
        let lines = |printed: &Printed| -> Vec<String> {
            let lines = printed.stdout.iter();
            lines.filter(|line| line.contains(text)).cloned().collect()
        };
        let what = format!("{count} lines with `{text}`");
        let lines = self.session.wait_for(&what, EVENT_LIMIT, |printed| {
            Some(lines(printed)).filter(|lines| lines.len() >= count)
        })?;
        ensure!(
            lines.len() == count,
            "{} lines with `{text}`, not {count}",
            lines.len()
        );
        Ok(lines)
    }

    /// Presses Ctrl-C, and waits for the end, which must be a success. All that it printed.
    pub(super) fn interrupt(self) -> Result<Printed> {
        self.session.signal("INT")?;
        let ended = self.session.ended(END_LIMIT)?;
        let (status, printed) = (ended.status, ended.printed);
        ensure!(status.success(), "{status}; it printed:\n{}", printed.all());
        Ok(printed)
    }
}
