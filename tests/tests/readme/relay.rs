use std::net::TcpListener;

use thingrelay_tests::process::Written;
use thingrelay_tests::session::{Session, Shell};

use crate::shell::{CARGO_LIMIT, LIMIT};

/// The address of `cargo dev` in README.md.
pub(crate) const ADDRESS: &str = "127.0.0.1:9001";

/// A running `cargo dev`.
pub(crate) struct Relay {
    session: Session,
    pub(crate) url: String,
}

/// The output for a source of a run without a configuration.
pub(crate) struct Source {
    pub(crate) url: String,
    pub(crate) token: String,
}

impl Relay {
    /// Types the command as written, unless another process of this machine uses its port, and
    /// waits for `ready`.
    pub(crate) async fn start(shell: &Shell, command: &str) -> Self {
        let is_free = TcpListener::bind(ADDRESS).is_ok();
        if is_free {
            Self::ready(shell.start(command)).await
        } else {
            Self::elsewhere(shell, command).await
        }
    }

    /// Like [`Relay::start`], on a free port.
    pub(crate) async fn elsewhere(shell: &Shell, command: &str) -> Self {
        Self::ready(shell.start(&format!("{command} --listen 127.0.0.1:0"))).await
    }

    async fn ready(session: Session) -> Self {
        let url = session.find("`ready`", CARGO_LIMIT, |written| {
            let mut lines = written.stderr.iter();
            lines.find_map(|line| line.strip_prefix("ready ").map(str::to_owned))
        });
        let url = url.await;
        Self { session, url }
    }

    /// A command of README.md, with the address of this endpoint.
    pub(crate) fn addressed(&self, command: &str) -> String {
        command.replace(&format!("http://{ADDRESS}"), &self.url)
    }

    /// Waits for the output for a source, which comes on another pipe than `ready`.
    pub(crate) async fn source(&self, name: &str) -> Source {
        let url = format!("{}/{name}", self.url);
        let what = format!("the token of {name}");
        let found = self.session.find(&what, LIMIT, |written| {
            let mut lines = written.stdout.iter();
            let line = lines.find_map(|line| line.trim().strip_prefix(&format!("{url} ")))?;
            let (_, token) = line.split_once(" token ")?;
            Some(Source {
                url: url.clone(),
                token: token.to_owned(),
            })
        });
        found.await
    }

    /// Waits until the command has printed exactly `count` lines with this text on standard output.
    pub(crate) async fn expect(&self, count: usize, text: &str) -> Vec<String> {
        let what = format!("{count} lines with `{text}`");
        let lines = self.session.find(&what, LIMIT, |written| {
            let lines = written.stdout.iter();
            let lines: Vec<String> = lines.filter(|line| line.contains(text)).cloned().collect();
            Some(lines).filter(|lines| lines.len() >= count)
        });
        let lines = lines.await;
        assert_eq!(lines.len(), count, "lines with `{text}`");
        lines
    }

    /// Presses Ctrl-C and waits for the end, which must be a success. Returns the whole output.
    pub(crate) async fn interrupt(self) -> Written {
        let (status, written) = self.session.interrupt(LIMIT).await;
        assert!(status.success(), "{status}\n{}", written.all());
        written
    }
}
