use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::python::Environment;
use crate::suite::Failure;
use crate::workspace::Workspace;

/// The functions.
const FUNCTIONS: [&str; 3] = ["app.py", "ckafka.py", "tuya.py"];

/// What belongs to the package of `app.py`: `awslambdaric` is the runtime's.
const PACKAGED: [&str; 8] = [
    "app.py",
    "boto3",
    "botocore",
    "dateutil",
    "jmespath",
    "s3transfer",
    "six.py",
    "urllib3",
];

/// The functions in Python, `xtask/peers/python`, with their packages.
pub(crate) struct PythonPeer {
    environment: Environment,
    packages: PathBuf,
}

/// Installs the packages as `requirements.txt` pins them, and the functions beside them.
pub(crate) fn provision(workspace: &Workspace) -> Result<PythonPeer, Failure> {
    let source = workspace.root().join("xtask/peers/python");
    let environment = Environment::provision(
        workspace.provision().join("peer-python"),
        &source.join("requirements.txt"),
    )?;
    let packages = site_packages(&environment)?;
    for function in FUNCTIONS {
        fs::copy(source.join(function), packages.join(function))
            .with_context(|| format!("cannot install {function}"))?;
    }
    Ok(PythonPeer {
        environment,
        packages,
    })
}

impl PythonPeer {
    pub(crate) fn interpreter(&self) -> PathBuf {
        self.environment.program("python")
    }

    /// The directory of the functions and of their packages.
    pub(crate) fn packages(&self) -> PathBuf {
        self.packages.clone()
    }

    /// What in it would be uploaded of `app.py`.
    pub(crate) fn packaged(&self) -> Vec<String> {
        PACKAGED.map(str::to_owned).to_vec()
    }
}

fn site_packages(environment: &Environment) -> Result<PathBuf> {
    let output = Command::new(environment.program("python"))
        .args([
            "-c",
            "import sysconfig; print(sysconfig.get_path('purelib'))",
        ])
        .output()?;
    ensure!(output.status.success(), "Python does not know its packages");
    Ok(String::from_utf8(output.stdout)?.trim().into())
}
