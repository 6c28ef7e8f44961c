//! Leaves out faults of a failing run for as long as it still fails.

use std::time::{Duration, Instant};

use crate::fault::FaultId;
use crate::plan::Plan;
use crate::run::{Outcome, run};

/// A failing run with as few faults as were found within a time, and what came of it.
///
/// # Errors
/// The simulation itself does not work.
pub fn shrink(plan: &Plan, failing: Outcome, limit: Duration) -> anyhow::Result<(Plan, Outcome)> {
    let end = Instant::now() + limit;
    let mut best = (plan.clone(), failing);
    let mut size = best.1.faults.len().div_ceil(2);
    while size > 0 {
        let faults: Vec<FaultId> = best.1.faults.iter().map(|(id, _)| id.clone()).collect();
        let mut is_smaller = false;
        for some in faults.chunks(size) {
            if Instant::now() >= end {
                return Ok(best);
            }
            let mut smaller = best.0.clone();
            smaller.left_out.extend(some.iter().cloned());
            let outcome = run(&smaller)?;
            // A run without some faults may have others instead.
            if !outcome.problems.is_empty() && outcome.faults.len() < best.1.faults.len() {
                best = (smaller, outcome);
                is_smaller = true;
            }
        }
        if !is_smaller || size > best.1.faults.len() {
            size /= 2;
        }
    }
    Ok(best)
}
