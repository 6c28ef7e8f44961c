use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use super::stamp::Stamp;
use crate::program;
use crate::task_error::TaskError;
use crate::workspace::{self, Workspace};

/// The files of the function in Node.js, in `bench/peers/node`.
const FILES: [&str; 4] = [
    "package.json",
    "package-lock.json",
    "app.mjs",
    "runtime.mjs",
];

/// A bundle has no `require`, which some of the SDK's packages call.
const BANNER: &str = "--banner:js=import { createRequire } from \"node:module\"; \
                      const require = createRequire(import.meta.url);";

/// Installs the packages of the function in Node.js as its lock file pins them, and bundles them.
/// Returns the interpreter, and the directory of the function.
pub(crate) fn provision(workspace: &Workspace) -> Result<[PathBuf; 2], TaskError> {
    let interpreter = program::find("node", "nodejs")?;
    let npm = program::find("npm", "npm")?;
    let version = Command::new(&interpreter)
        .arg("--version")
        .output()
        .context("node does not start")?;
    let version = String::from_utf8_lossy(&version.stdout).into_owned();
    let source = workspace.root().join("bench/peers/node");
    let directory = workspace.provision().join("peer-node");
    let mut inputs = vec![version];
    for file in FILES {
        let text = fs::read_to_string(source.join(file));
        inputs.push(text.with_context(|| format!("cannot read {file} of the peer"))?);
    }
    let stamp = Stamp::new(&directory, inputs.iter().map(String::as_str));
    if !stamp.is_current() {
        install(&npm, &source, &directory)?;
        stamp.write()?;
    }
    Ok([interpreter, directory])
}

fn install(npm: &Path, source: &Path, directory: &Path) -> Result<()> {
    fs::create_dir_all(directory)
        .with_context(|| format!("cannot make {}", directory.display()))?;
    for file in FILES {
        fs::copy(source.join(file), directory.join(file))
            .with_context(|| format!("cannot install {file}"))?;
    }
    let mut command = Command::new(npm);
    command
        .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
        .current_dir(directory);
    workspace::run(&mut command)?;
    let mut command = Command::new(directory.join("node_modules/.bin/esbuild"));
    command
        .args(["app.mjs", "--bundle", "--minify", "--platform=node"])
        .args(["--target=node20", "--format=esm", "--log-level=warning"])
        .args(["--outfile=bundle/app.mjs", BANNER])
        .current_dir(directory);
    workspace::run(&mut command)
}
