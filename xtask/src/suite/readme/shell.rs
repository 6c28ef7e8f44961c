use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::session::{Ended, Session};
use crate::suite::Failure;
use crate::workspace::Workspace;

/// Where the commands of README.md are typed.
pub(super) struct Shell {
    root: PathBuf,
    target: PathBuf,
    path: OsString,
    installed: PathBuf,
}

impl Shell {
    /// A shell in the checkout that finds cargo, and what cargo will install into `installed`.
    pub(super) fn new(workspace: &Workspace, installed: PathBuf) -> Result<Self> {
        let mut directories = vec![installed.join("bin")];
        let cargo = env::var_os("CARGO").map(PathBuf::from);
        directories.extend(cargo.as_deref().and_then(Path::parent).map(PathBuf::from));
        let path = env::var_os("PATH").unwrap_or_default();
        directories.extend(env::split_paths(&path));
        Ok(Self {
            root: workspace.root().to_owned(),
            target: workspace.target().to_owned(),
            path: env::join_paths(directories).context("a directory in PATH has a colon")?,
            installed,
        })
    }

    /// The directory into which cargo is to install.
    pub(super) fn installed(&self) -> &Path {
        &self.installed
    }

    /// The same shell in another directory.
    pub(super) fn in_directory(&self, directory: &Path) -> Self {
        Self {
            root: directory.to_owned(),
            target: self.target.clone(),
            path: self.path.clone(),
            installed: self.installed.clone(),
        }
    }

    /// Types a command, with a token in the variable `TOKEN`.
    pub(super) fn start(&self, command: &str, token: &str) -> Result<Session> {
        println!("$ {command}");
        Session::start(
            Command::new("bash")
                .args(["-c", command])
                .current_dir(&self.root)
                .env("PATH", &self.path)
                .env("CARGO_TARGET_DIR", &self.target)
                .env("TOKEN", token)
                .env_remove("THINGRELAY_TOKEN")
                .env_remove("BASH_ENV"),
        )
    }

    /// Types a command and waits for its end, which must be a success.
    pub(super) fn run(&self, command: &str, token: &str, limit: Duration) -> Result<Ended> {
        let ended = self.start(command, token)?.ended(limit)?;
        ensure!(
            ended.status.success(),
            "`{command}`: {}; it printed:\n{}",
            ended.status,
            ended.printed.all()
        );
        Ok(ended)
    }
}

/// Says which tool of the printed commands this machine lacks.
pub(super) fn require_tools() -> Result<(), Failure> {
    for tools in [&["bash"][..], &["curl"], &["sha1sum", "openssl"], &["od"]] {
        if !tools.iter().any(|tool| exists(tool)) {
            let names = tools.join(" or ");
            return Err(Failure::MissingTool(format!("{names} is not installed")));
        }
    }
    Ok(())
}

fn exists(tool: &str) -> bool {
    Command::new("sh")
        .args(["-c", r#"command -v "$1""#, "sh", tool])
        .stdout(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}
