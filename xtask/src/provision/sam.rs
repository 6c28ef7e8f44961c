use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use super::python;
use crate::task_error::TaskError;
use crate::workspace::Workspace;

/// The SAM CLI, the translator of SAM templates and the linter of CloudFormation templates:
/// <https://pypi.org/project/aws-sam-cli/>, <https://pypi.org/project/aws-sam-translator/>,
/// <https://pypi.org/project/cfn-lint/>.
pub(crate) struct Sam {
    programs: PathBuf,
    home: PathBuf,
}

impl Sam {
    pub(crate) fn install(workspace: &Workspace) -> Result<Self, TaskError> {
        let programs = python::install(workspace, "sam")?;
        let home = programs.with_file_name("home");
        // The SAM CLI believes that it last looked for a newer version in the year 2100.
        let news = r#"{"lastVersionCheck": 4102444800, "telemetryEnabled": false}"#;
        fs::create_dir_all(&home)
            .and_then(|()| fs::write(home.join("metadata.json"), news))
            .with_context(|| format!("cannot write to {}", home.display()))?;
        Ok(Sam { programs, home })
    }

    /// The Python interpreter that finds the packages of all three.
    pub(crate) fn python(&self) -> PathBuf {
        self.programs.join("python")
    }

    /// The program `sam` or `cfn-lint`. It reaches no service: it has no credentials and no
    /// configuration of the user, and sends no telemetry.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.programs.join(program));
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
