use anyhow::Result;

use super::super::Outcome;
use crate::provision::cargo_lambda::CargoLambda;
use crate::workspace::Workspace;

/// Builds the packages and looks into them.
pub(super) fn run(_workspace: &Workspace, _cargo_lambda: &CargoLambda) -> Result<Outcome> {
    Ok(Outcome::default())
}
