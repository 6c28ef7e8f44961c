use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::Result;

use super::origin::Origin;
use super::service::Project;
use crate::bench::lambda;
use crate::bench::runtime_api::RuntimeApi;
use crate::provision::python_peer::PythonPeer;

/// A program that pulls messages, as a function of Lambda.
pub(super) struct Puller {
    /// Its name in the tables.
    pub(super) name: String,
    origin: Origin,
    program: PathBuf,
    arguments: Vec<OsString>,
    environment: Vec<(&'static str, OsString)>,
    settings: Settings,
}

/// How it is told where to pull from, and where to stage.
#[derive(Clone, Copy)]
enum Settings {
    File,
    Variables,
}

/// What a program works with.
pub(super) struct Surroundings<'a> {
    /// Where the service listens.
    pub(super) service: &'a str,
    pub(super) project: &'a Project,
    /// The endpoint of the queue server.
    pub(super) queues: &'a str,
    /// The URL of the staging queue.
    pub(super) staging: &'a str,
    /// For files.
    pub(super) directory: &'a Path,
}

/// A program that runs; dropping it kills it.
pub(super) struct Running(Child);

impl Puller {
    /// The function.
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

    /// Its peer in Python.
    pub(super) fn python(origin: Origin, peer: &PythonPeer) -> Self {
        let handler = format!("{}.handler", origin.word());
        Self {
            name: "Python".to_owned(),
            origin,
            program: peer.interpreter(),
            arguments: vec!["-m".into(), "awslambdaric".into(), handler.into()],
            environment: vec![("LAMBDA_TASK_ROOT", peer.packages().into())],
            settings: Settings::Variables,
        }
    }

    /// Starts it; it asks `api` for work.
    pub(super) fn start(&self, api: &RuntimeApi, around: &Surroundings<'_>) -> Result<Running> {
        let mut command = Command::new(&self.program);
        command
            .env_clear()
            .args(&self.arguments)
            .envs(lambda::environment(around.queues))
            .envs(self.environment.iter().cloned())
            .env("AWS_LAMBDA_RUNTIME_API", api.address().to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::null());
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
        Ok(Running(command.spawn()?))
    }
}

impl Running {
    pub(super) fn process(&self) -> u32 {
        self.0.id()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
