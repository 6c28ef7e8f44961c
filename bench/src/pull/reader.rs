use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use tokio::process::Command;

use super::service::{Project, Reports, Service};

/// The name of the program and of its package.
pub(super) const PROGRAM: &str = "peer-reader";

/// Lets the client of `ckafka-pull` read all messages of a new project without staging them.
/// Returns the messages per second.
pub(super) async fn measure(
    programs: &Path,
    service: &mut impl Service,
    reports: &Reports,
) -> Result<f64> {
    let Project {
        name,
        user,
        password,
    } = service.project(reports).await?;
    let output = Command::new(programs.join(PROGRAM))
        .args([&service.address(), &name, &user, &password])
        .arg(reports.messages.to_string())
        .stderr(Stdio::inherit())
        .output()
        .await
        .with_context(|| format!("cannot start {PROGRAM}"))?;
    ensure!(output.status.success(), "{PROGRAM}: {}", output.status);
    let micros = String::from_utf8(output.stdout)?.trim().parse()?;
    Ok(reports.messages as f64 / Duration::from_micros(micros).as_secs_f64())
}
