use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use super::python::Environment;
use crate::task_error::TaskError;
use crate::workspace::Workspace;

/// The SAM CLI, the translator of SAM templates and the linter of CloudFormation templates:
/// <https://pypi.org/project/aws-sam-cli/>, <https://pypi.org/project/aws-sam-translator/>,
/// <https://pypi.org/project/cfn-lint/>.
pub(crate) struct Sam {
    environment: Environment,
    home: PathBuf,
}

/// Installs the pinned versions of `requirements/sam.txt`.
pub(crate) fn provision(workspace: &Workspace) -> Result<Sam, TaskError> {
    let directory = workspace.provision().join("sam");
    let environment = Environment::provision(
        directory.clone(),
        &workspace.root().join("xtask/requirements/sam.txt"),
    )?;
    let home = directory.join("home");
    keep_from_asking_for_news(&home)?;
    Ok(Sam { environment, home })
}

/// Makes the SAM CLI believe that it last looked for a newer version in the year 2100.
fn keep_from_asking_for_news(home: &Path) -> Result<()> {
    let file = home.join("metadata.json");
    fs::create_dir_all(home)
        .and_then(|()| {
            fs::write(
                &file,
                r#"{"lastVersionCheck": 4102444800, "telemetryEnabled": false}"#,
            )
        })
        .with_context(|| format!("cannot write {}", file.display()))
}

impl Sam {
    /// The command `sam`.
    pub(crate) fn sam(&self) -> Command {
        self.command("sam")
    }

    /// The linter.
    pub(crate) fn cfn_lint(&self) -> Command {
        self.command("cfn-lint")
    }

    /// The Python interpreter that finds the packages of all three.
    pub(crate) fn python(&self) -> PathBuf {
        self.environment.program("python")
    }

    /// A program that reaches no service: it has no credentials and no configuration of the user,
    /// and sends no telemetry.
    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.environment.program(program));
        for variable in ["AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] {
            command.env_remove(variable);
        }
        command
            .env("AWS_CONFIG_FILE", self.home.join("none"))
            .env("AWS_SHARED_CREDENTIALS_FILE", self.home.join("none"))
            .env("AWS_DEFAULT_REGION", "eu-west-1")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("SAM_CLI_TELEMETRY", "0")
            .env("__SAM_CLI_APP_DIR", &self.home);
        command
    }
}
