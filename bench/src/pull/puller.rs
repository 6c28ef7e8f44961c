use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;
use thingrelay_tests::lambda::Function;

use super::origin::Origin;
use super::surroundings::Surroundings;
use crate::lambda;
use crate::peer::Peer;

/// A program that pulls messages as a Lambda function.
pub(super) struct Puller {
    /// The name in the tables.
    pub(super) name: String,
    origin: Origin,
    program: PathBuf,
    arguments: Vec<OsString>,
    environment: Vec<(&'static str, OsString)>,
    settings: Settings,
}

/// How the program gets the addresses of its service and its staging queue.
#[derive(Clone, Copy)]
enum Settings {
    File,
    Variables,
}

impl Puller {
    /// The function of an origin.
    pub(super) fn function(origin: Origin, programs: &Path) -> Self {
        Self {
            name: format!("`{}`", origin.function()),
            origin,
            program: programs.join(origin.function()),
            arguments: Vec::new(),
            environment: Vec::new(),
            settings: Settings::File,
        }
    }

    /// The peer of the function, in Python.
    pub(super) fn python(origin: Origin, peer: Peer) -> Self {
        let handler = format!("{}.handler", origin.word());
        Self {
            name: "Python".to_owned(),
            origin,
            program: peer.interpreter,
            arguments: vec!["-m".into(), "awslambdaric".into(), handler.into()],
            environment: vec![("LAMBDA_TASK_ROOT", peer.directory.into())],
            settings: Settings::Variables,
        }
    }

    /// Starts the program.
    pub(super) async fn start(&self, around: &Surroundings<'_>) -> Result<Function> {
        let mut command = lambda::function(
            &self.program,
            &self.arguments,
            around.queues,
            &self.environment,
        );
        match self.settings {
            Settings::File => {
                let file = around.directory.join("thingrelay.toml");
                fs::write(&file, self.origin.configuration(around))?;
                command
                    .env("THINGRELAY_CONFIG_FILE", file)
                    .env("THINGRELAY_STAGING_QUEUE_URL", around.staging);
            }
            Settings::Variables => {
                command
                    .envs(self.origin.variables(around))
                    .env("QUEUE_URL", around.staging);
            }
        }
        Ok(Function::run(&self.name, [command]).await)
    }
}
