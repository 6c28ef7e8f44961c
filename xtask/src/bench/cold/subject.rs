use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::documents::{SECRETS, SETTINGS};
use super::event::{Kind, TOKEN};
use super::package::Package;
use super::surroundings::Surroundings;
use crate::bench::lambda;
use crate::provision::node_peer::NodePeer;
use crate::provision::python_peer::PythonPeer;

/// A program that is measured.
pub(super) struct Subject {
    /// Its name in the tables.
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) until: Until,
    pub(super) package: Package,
    /// It failed, and is not started again.
    pub(super) given_up: bool,
    program: PathBuf,
    arguments: Vec<OsString>,
    environment: Vec<(&'static str, OsString)>,
}

/// How far a start goes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Until {
    /// To the first `next`: what it needs for more is not there.
    Next,
    /// Through the first answer and the warm events.
    Work,
}

/// The functions in other languages, where they could be installed.
pub(super) struct Peers {
    pub(super) python: Option<PythonPeer>,
    pub(super) node: Option<NodePeer>,
}

// The names of the subjects.
pub(super) const EMPTY: &str = "`empty`";
pub(super) const CLIENT: &str = "`empty` with a client";
pub(super) const VERIFY: &str = "`verify`, settings in a file";
pub(super) const PUSH: &str = "`push`, settings in a file";
pub(super) const CONSUMER: &str = "`consumer`, settings in a file";
pub(super) const PUSH_WARMED: &str = "`push`, and connection warmed";
pub(super) const VERIFY_CLOUD: &str = "`verify` as deployed";
pub(super) const PUSH_CLOUD: &str = "`push` as deployed";
pub(super) const CONSUMER_CLOUD: &str = "`consumer` as deployed";
pub(super) const PYTHON: &str = "Python, boto3";
pub(super) const NODE: &str = "Node.js, AWS SDK v3";

/// Where a function finds its configuration.
#[derive(Clone, Copy)]
enum Configuration {
    File,
    Documents,
}

/// Whether there is a queue to connect to.
#[derive(Clone, Copy)]
enum Connection {
    Refused,
    Accepted,
}

/// All subjects, in the order in which they take turns.
pub(super) fn all(programs: &Path, peers: &Peers, around: &Surroundings) -> Vec<Subject> {
    use Configuration::{Documents, File};
    use Connection::{Accepted, Refused};
    let function = |name, binary, kind| Subject::rust(name, programs, binary, kind, around);
    let ours = |name, binary, kind, configuration, connection| {
        let subject = function(name, binary, kind);
        subject.configured(configuration, connection, around)
    };
    let mut subjects = vec![
        function(EMPTY, "peer-empty", Kind::Message),
        function(CLIENT, "peer-client", Kind::Message),
        ours(VERIFY, "verify", Kind::UrlCheck, File, Accepted),
        ours(PUSH, "push", Kind::Message, File, Refused),
        ours(CONSUMER, "consumer", Kind::Batch, File, Refused),
        ours(PUSH_WARMED, "push", Kind::Message, File, Accepted),
        ours(VERIFY_CLOUD, "verify", Kind::UrlCheck, Documents, Accepted),
        ours(PUSH_CLOUD, "push", Kind::Message, Documents, Accepted),
        ours(CONSUMER_CLOUD, "consumer", Kind::Batch, Documents, Accepted),
    ];
    if let Some(python) = &peers.python {
        subjects.push(Subject::python(python, around));
    }
    if let Some(node) = &peers.node {
        subjects.push(Subject::node(node, around));
    }
    subjects
}

impl Subject {
    /// `push`, with its settings in a file.
    pub(super) fn push(programs: &Path, around: &Surroundings) -> Self {
        Self::rust(PUSH, programs, "push", Kind::Message, around).configured(
            Configuration::File,
            Connection::Accepted,
            around,
        )
    }

    /// How it is started, with what Lambda sets and no more; the address of the Runtime API is
    /// missing.
    pub(super) fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command
            .env_clear()
            .args(&self.arguments)
            .envs(self.environment.iter().cloned());
        command
    }

    fn rust(
        name: &'static str,
        programs: &Path,
        binary: &str,
        kind: Kind,
        around: &Surroundings,
    ) -> Self {
        Self {
            name,
            kind,
            until: Until::Work,
            package: Package {
                base: programs.to_path_buf(),
                names: vec![binary.to_owned()],
            },
            given_up: false,
            program: programs.join(binary),
            arguments: Vec::new(),
            environment: lambda::environment(&around.queue.endpoint()),
        }
    }

    fn configured(
        mut self,
        configuration: Configuration,
        connection: Connection,
        around: &Surroundings,
    ) -> Self {
        let documents = format!("http://{}", around.documents.address());
        match configuration {
            Configuration::File => {
                let file = around.config_file();
                self.set("THINGRELAY_CONFIG_FILE", file);
            }
            Configuration::Documents => {
                self.set("THINGRELAY_SETTINGS_PARAMETER", SETTINGS);
                self.set("THINGRELAY_SECRETS", SECRETS);
                self.set("AWS_ENDPOINT_URL_SSM", &documents);
                self.set("AWS_ENDPOINT_URL_SECRETS_MANAGER", &documents);
            }
        }
        let queue = |url: &str| match connection {
            Connection::Accepted => url.to_owned(),
            Connection::Refused => around.refusing(url),
        };
        if matches!(connection, Connection::Refused) {
            self.until = Until::Next;
        }
        match self.kind {
            Kind::UrlCheck => {}
            Kind::Message => {
                self.set("THINGRELAY_STAGING_QUEUE_URL", queue(&around.urls.staging));
            }
            Kind::Batch => {
                self.set("THINGRELAY_STAGING_QUEUE_URL", queue(&around.urls.staging));
                self.set("THINGRELAY_EVENTS_QUEUE_URL", queue(&around.urls.events));
                self.set(
                    "THINGRELAY_QUARANTINE_QUEUE_URL",
                    queue(&around.urls.quarantine),
                );
            }
        }
        self
    }

    fn python(peer: &PythonPeer, around: &Surroundings) -> Self {
        let mut subject = Self {
            name: PYTHON,
            kind: Kind::Message,
            until: Until::Work,
            package: Package {
                base: peer.packages(),
                names: peer.packaged(),
            },
            given_up: false,
            program: peer.interpreter(),
            arguments: vec!["-m".into(), "awslambdaric".into(), "app.handler".into()],
            environment: lambda::environment(&around.queue.endpoint()),
        };
        subject.set("LAMBDA_TASK_ROOT", peer.packages());
        subject.peer(around)
    }

    fn node(peer: &NodePeer, around: &Surroundings) -> Self {
        let mut subject = Self {
            name: NODE,
            kind: Kind::Message,
            until: Until::Work,
            package: Package {
                base: peer.directory().to_path_buf(),
                names: vec![NodePeer::BUNDLE.to_owned()],
            },
            given_up: false,
            program: peer.interpreter().to_path_buf(),
            arguments: vec![
                peer.directory().join("runtime.mjs").into(),
                peer.directory().join(NodePeer::BUNDLE).into(),
            ],
            environment: lambda::environment(&around.queue.endpoint()),
        };
        subject.set("LAMBDA_TASK_ROOT", peer.directory());
        // The SDK warns of versions of Node.js that it will no longer support.
        subject.set("NODE_NO_WARNINGS", "1");
        subject.peer(around)
    }

    fn peer(mut self, around: &Surroundings) -> Self {
        self.set("QUEUE_URL", &around.urls.staging);
        self.set("TOKEN", TOKEN);
        self
    }

    fn set(&mut self, name: &'static str, value: impl Into<OsString>) {
        self.environment.push((name, value.into()));
    }
}
