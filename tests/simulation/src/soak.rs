//! Runs of many seeds, on several threads.

use std::collections::BTreeMap;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use crate::fault::Fault;
use crate::plan::Plan;
use crate::run::{Outcome, run};
use crate::shrink::shrink;

/// For how long a failing run is made smaller.
const SHRINKING: Duration = Duration::from_secs(60);

/// Sums over runs.
#[derive(Debug, Clone, Default)]
pub struct Figures {
    /// How many seeds.
    pub seeds: u64,
    /// Their messages that were acknowledged.
    pub acknowledged: usize,
    /// The events that came out.
    pub events: usize,
    /// The faults, by kind.
    pub faults: BTreeMap<Fault, u64>,
    /// How long all took, by the simulated clock.
    pub simulated: Duration,
    /// The seeds that failed, and with what.
    pub failures: Vec<(u64, Vec<String>)>,
}

impl Figures {
    fn add(&mut self, seed: u64, outcome: &Outcome) {
        self.seeds += 1;
        self.acknowledged += outcome.acknowledged;
        self.events += outcome.events;
        self.simulated += outcome.simulated;
        for (_, fault) in &outcome.faults {
            *self.faults.entry(*fault).or_default() += 1;
        }
        if !outcome.problems.is_empty() {
            self.failures.push((seed, outcome.problems.clone()));
        }
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hours = self.simulated.as_secs() / 3600;
        writeln!(
            f,
            "{} seeds, {} messages acknowledged, {} events, {hours} hours of simulated time",
            self.seeds, self.acknowledged, self.events
        )?;
        for (fault, count) in &self.faults {
            writeln!(f, "  {:<16}{count:>10}", format!("{fault:?}"))?;
        }
        for (seed, problems) in &self.failures {
            writeln!(f, "seed {seed}: {}", problems.join("; "))?;
        }
        write!(f, "{} failures", self.failures.len())
    }
}

/// Runs seeds on two threads until there are no more, and tells of each that fails at once.
pub fn soak(
    seeds: impl Iterator<Item = u64> + Send,
    tell: impl Fn(u64, &[String]) + Sync,
) -> Figures {
    let seeds = Mutex::new(seeds);
    let figures = Mutex::new(Figures::default());
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let next = seeds.lock().unwrap_or_else(PoisonError::into_inner).next();
                    let Some(seed) = next else {
                        return;
                    };
                    let outcome = checked(&Plan::of(seed));
                    if !outcome.problems.is_empty() {
                        tell(seed, &outcome.problems);
                    }
                    let mut figures = figures.lock().unwrap_or_else(PoisonError::into_inner);
                    figures.add(seed, &outcome);
                }
            });
        }
    });
    figures.into_inner().unwrap_or_else(PoisonError::into_inner)
}

/// What came of a run; a panic or a simulation that does not work is a problem, too.
pub fn checked(plan: &Plan) -> Outcome {
    let ran = catch_unwind(AssertUnwindSafe(|| run(plan)));
    let problem = match ran {
        Ok(Ok(outcome)) => return outcome,
        Ok(Err(error)) => format!("the simulation does not work: {error:#}"),
        Err(_) => "a panic".to_owned(),
    };
    Outcome {
        problems: vec![problem],
        ..Outcome::default()
    }
}

/// A description of a failing run: the problems, how to run it again, and the fewest faults that it takes.
pub fn explained(plan: &Plan, outcome: &Outcome) -> String {
    let mut text = format!(
        "seed {} fails:\n  {}\nrun it again: cargo xtask soak --replay {}\n",
        plan.seed,
        outcome.problems.join("\n  "),
        plan.seed
    );
    if let Ok((smaller, shrunk)) = shrink(plan, outcome.clone(), SHRINKING) {
        let faults: Vec<String> = shrunk
            .faults
            .iter()
            .map(|(id, fault)| format!("{id} {fault:?}"))
            .collect();
        text.push_str(&format!(
            "without {} faults it still fails:\n  {}\nfrom these:\n  {}\n",
            smaller.left_out.len(),
            shrunk.problems.join("\n  "),
            faults.join("\n  ")
        ));
    }
    text
}
