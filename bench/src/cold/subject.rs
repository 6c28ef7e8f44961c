use std::ffi::OsString;
use std::path::{Path, PathBuf};

use tokio::process::Command;

use super::event::{Kind, TOKEN};
use super::package::Package;
use super::surroundings::{PARAMETER, SECRET, Surroundings};
use crate::lambda;
use crate::peer::Peer;

/// A measured program.
pub(super) struct Subject {
    /// Its name in the tables.
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) until: Until,
    pub(super) package: Package,
    program: PathBuf,
    arguments: Vec<OsString>,
    environment: Vec<(&'static str, OsString)>,
}

/// How far a start is measured.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Until {
    /// Up to the first `next`: the subject has no surroundings for more.
    Next,
    /// Up to the first answer and the warm events.
    Work,
}

/// The package of `app.py`; `awslambdaric` belongs to the runtime.
const PYTHON_PACKAGE: [&str; 8] = [
    "app.py",
    "boto3",
    "botocore",
    "dateutil",
    "jmespath",
    "s3transfer",
    "six.py",
    "urllib3",
];

/// The function in Node.js and its packages, in one file.
const NODE_BUNDLE: &str = "bundle/app.mjs";

// The names of the subjects:
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

/// The place from which a function reads its configuration.
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
pub(super) fn all(programs: &Path, around: &Surroundings) -> Vec<Subject> {
    use Configuration::{Documents, File};
    use Connection::{Accepted, Refused};
    let function = |name, binary, kind| Subject::rust(name, programs, binary, kind);
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
    subjects.extend(Subject::of_python(around));
    subjects.extend(Subject::of_node(around));
    subjects
}

impl Subject {
    /// `push`, with its settings in a file.
    pub(super) fn push(programs: &Path, around: &Surroundings) -> Self {
        Self::rust(PUSH, programs, "push", Kind::Message).configured(
            Configuration::File,
            Connection::Accepted,
            around,
        )
    }

    /// The function in Python, if its packages are installed.
    pub(super) fn of_python(around: &Surroundings) -> Option<Self> {
        Peer::python().map(|peer| Self::python(peer, around))
    }

    /// The function in Node.js, if its packages are installed.
    pub(super) fn of_node(around: &Surroundings) -> Option<Self> {
        Peer::node().map(|peer| Self::node(peer, around))
    }

    /// The command that starts the program.
    pub(super) fn command(&self, around: &Surroundings) -> Command {
        lambda::function(
            &self.program,
            &self.arguments,
            around.queue.queues.endpoint(),
            &self.environment,
        )
    }

    fn rust(name: &'static str, programs: &Path, binary: &str, kind: Kind) -> Self {
        Self {
            name,
            kind,
            until: Until::Work,
            package: Package {
                base: programs.to_path_buf(),
                names: vec![binary.to_owned()],
            },
            program: programs.join(binary),
            arguments: Vec::new(),
            environment: Vec::new(),
        }
    }

    fn configured(
        mut self,
        configuration: Configuration,
        connection: Connection,
        around: &Surroundings,
    ) -> Self {
        let documents = format!("http://{}", around.documents);
        match configuration {
            Configuration::File => {
                let file = around.config_file();
                self.set("THINGRELAY_CONFIG_FILE", file);
            }
            Configuration::Documents => {
                self.set("THINGRELAY_SETTINGS_PARAMETER", PARAMETER);
                self.set("THINGRELAY_SECRETS", SECRET);
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

    fn python(peer: Peer, around: &Surroundings) -> Self {
        let names = PYTHON_PACKAGE.map(str::to_owned).to_vec();
        let arguments = ["-m", "awslambdaric", "app.handler"].map(OsString::from);
        Self::peer(PYTHON, peer, names, arguments.to_vec(), around)
    }

    fn node(peer: Peer, around: &Surroundings) -> Self {
        let file = |name| peer.directory.join(name).into_os_string();
        let arguments = vec![file("runtime.mjs"), file(NODE_BUNDLE)];
        let names = vec![NODE_BUNDLE.to_owned()];
        let mut subject = Self::peer(NODE, peer, names, arguments, around);
        // The SDK warns of versions of Node.js that it will stop supporting.
        subject.set("NODE_NO_WARNINGS", "1");
        subject
    }

    fn peer(
        name: &'static str,
        peer: Peer,
        names: Vec<String>,
        arguments: Vec<OsString>,
        around: &Surroundings,
    ) -> Self {
        let mut subject = Self {
            name,
            kind: Kind::Message,
            until: Until::Work,
            program: peer.interpreter,
            arguments,
            environment: Vec::new(),
            package: Package {
                base: peer.directory.clone(),
                names,
            },
        };
        subject.set("LAMBDA_TASK_ROOT", peer.directory);
        subject.set("QUEUE_URL", &around.urls.staging);
        subject.set("TOKEN", TOKEN);
        subject
    }

    fn set(&mut self, name: &'static str, value: impl Into<OsString>) {
        self.environment.push((name, value.into()));
    }
}
