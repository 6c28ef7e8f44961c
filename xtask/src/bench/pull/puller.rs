use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::Result;

use super::service::Project;
use crate::bench::lambda;
use crate::bench::runtime_api::RuntimeApi;
use crate::provision::python_peer::PythonPeer;

/// A program that pulls messages, as a function of Lambda.
pub(super) struct Puller {
    /// Its name in the tables.
    pub(super) name: &'static str,
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
    /// The URL of the message service.
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
    /// The function `tuya`.
    pub(super) fn function(programs: &Path) -> Self {
        Self {
            name: "`tuya`",
            program: programs.join("tuya"),
            arguments: Vec::new(),
            environment: Vec::new(),
            settings: Settings::File,
        }
    }

    /// Its peer in Python.
    pub(super) fn python(peer: &PythonPeer) -> Self {
        Self {
            name: "Python",
            program: peer.interpreter(),
            arguments: vec!["-m".into(), "awslambdaric".into(), "tuya.handler".into()],
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
        let Project { id, key } = around.project;
        match self.settings {
            Settings::File => {
                let file = around.directory.join("thingrelay.toml");
                let url = around.service;
                let config = format!(
                    "[sources.house]\nplatform = \"tuya\"\nurl = \"{url}\"\naccess_id = \
                     \"{id}\"\naccess_key = \"{key}\"\n"
                );
                fs::write(&file, config)?;
                command
                    .env("THINGRELAY_CONFIG_FILE", file)
                    .env("THINGRELAY_STAGING_QUEUE_URL", around.staging);
            }
            Settings::Variables => {
                command
                    .env("TUYA_URL", around.service)
                    .env("TUYA_ACCESS_ID", id)
                    .env("TUYA_ACCESS_KEY", key)
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
