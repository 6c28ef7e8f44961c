//! Runs seeds of the fault model: `cargo xtask soak` calls it.
#![allow(clippy::print_stdout, reason = "the output is for a terminal")]

use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use clap::Parser;
use simulation::soak::{Figures, checked, explained, soak};
use simulation::{Plan, planted::Planted};

/// Runs seeds of the fault model.
#[derive(Parser)]
#[command(name = "cargo xtask soak", bin_name = "cargo xtask soak")]
struct Arguments {
    /// For how many minutes seeds are run.
    #[arg(long, default_value_t = 1)]
    minutes: u64,
    /// Runs this many seeds instead.
    #[arg(long, value_name = "COUNT")]
    seeds: Option<u64>,
    /// The first seed; a random one otherwise.
    #[arg(long, value_name = "SEED")]
    from: Option<u64>,
    /// Runs this seed alone, and prints what happens.
    #[arg(long, value_name = "SEED")]
    replay: Option<u64>,
    /// Looks for a seed that finds each planted mistake.
    #[arg(long)]
    planted: bool,
    /// Only this mistake.
    #[arg(long, requires = "planted")]
    mistake: Option<String>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if let Some(seed) = arguments.replay {
        return replay(seed);
    }
    if arguments.planted {
        return find_planted(arguments.from.unwrap_or(0), arguments.mistake.as_deref());
    }
    let from = arguments.from.unwrap_or_else(|| fastrand::u64(..1 << 48));
    let begun = Instant::now();
    let limit = Duration::from_secs(60 * arguments.minutes);
    let seeds = (from..)
        .zip(0..)
        .map_while(|(seed, number)| match arguments.seeds {
            Some(seeds) => (number < seeds).then_some(seed),
            None => (begun.elapsed() < limit).then_some(seed),
        });
    println!("seeds from {from}");
    let figures = soak(seeds, |seed, problems| {
        println!("seed {seed} fails: {}", problems.join("; "));
    });
    println!("{figures} in {:.1} s", begun.elapsed().as_secs_f64());
    verdict(&figures)
}

fn verdict(figures: &Figures) -> ExitCode {
    let Some((seed, _)) = figures.failures.first() else {
        return ExitCode::SUCCESS;
    };
    let plan = Plan::of(*seed);
    println!("{}", explained(&plan, &checked(&plan)));
    ExitCode::FAILURE
}

fn replay(seed: u64) -> ExitCode {
    let plan = Plan::of(seed);
    let outcome = checked(&plan);
    for line in &outcome.trace {
        println!("{line}");
    }
    if outcome.problems.is_empty() {
        println!("seed {seed}: all is well");
        return ExitCode::SUCCESS;
    }
    println!("{}", explained(&plan, &outcome));
    ExitCode::FAILURE
}

/// Prints the first seed that finds each mistake.
fn find_planted(from: u64, only: Option<&str>) -> ExitCode {
    let is_wanted = |mistake: &Planted| only.is_none_or(|name| name == format!("{mistake:?}"));
    let mistakes = Mutex::new(Planted::ALL.into_iter().filter(is_wanted));
    let is_blind = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let next = mistakes
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .next();
                    let Some(mistake) = next else {
                        return;
                    };
                    let found = (from..from + 300).find_map(|seed| {
                        let problems = checked(&Plan::of(seed).with(mistake)).problems;
                        problems.into_iter().next().map(|problem| (seed, problem))
                    });
                    match found {
                        Some((seed, problem)) => {
                            println!("    (Planted::{mistake:?}, {seed}), // {problem}");
                        }
                        None => {
                            println!("{mistake:?} is not found");
                            is_blind.store(true, Ordering::Relaxed);
                        }
                    }
                }
            });
        }
    });
    if is_blind.into_inner() {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}
