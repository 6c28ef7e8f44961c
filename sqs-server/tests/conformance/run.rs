//! Runs cases side by side and reports as libtest does.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;
use tokio::task::{Id, JoinSet};
use tokio::time::timeout;

use crate::case::Case;
use crate::case_error::{CaseError, Outcome};
use crate::deviation::Deviation;
use crate::server::Context;

/// How many cases run at a time: enough that waiting cases do not delay others, and few enough that
/// a slow server keeps up.
const AT_A_TIME: usize = 24;

/// How long one case may take.
const LIMIT: Duration = Duration::from_secs(30);

/// libtest's options that are followed by a value; they have no meaning here.
const OPTIONS_WITH_VALUE: [&str; 4] = ["--color", "--format", "--skip", "--test-threads"];

/// The arguments of the command line.
pub(crate) struct Selection {
    /// Show the cases instead of running them.
    pub(crate) list: bool,
    parts: Vec<String>,
}

/// The verdict of a run on one case.
enum Verdict {
    Conforms,
    Deviates(&'static str),
    Fails(String),
}

impl Selection {
    /// Reads those of libtest's arguments that have a meaning here.
    pub(crate) fn from_arguments(arguments: impl Iterator<Item = String>) -> Selection {
        let mut selection = Selection {
            list: false,
            parts: Vec::new(),
        };
        let mut arguments = arguments;
        while let Some(argument) = arguments.next() {
            if argument == "--list" {
                selection.list = true;
            } else if OPTIONS_WITH_VALUE.contains(&argument.as_str()) {
                arguments.next();
            } else if !argument.starts_with('-') {
                selection.parts.push(argument);
            }
        }
        selection
    }

    /// The cases whose names contain one of the parts; all without parts.
    pub(crate) fn of(&self, subjects: &[&[Case]]) -> Vec<Case> {
        let chosen = |case: &&Case| {
            self.parts.is_empty() || self.parts.iter().any(|part| name(case).contains(part))
        };
        let cases = subjects.iter().copied().flatten();
        cases.filter(chosen).copied().collect()
    }
}

/// Panics unless every deviation names a case, so that none is forgotten when a case is renamed.
pub(crate) fn check_names(deviations: &[Deviation], subjects: &[&[Case]]) {
    for deviation in deviations {
        let mut cases = subjects.iter().copied().flatten();
        let known = cases.any(|case| name(case) == deviation.case);
        assert!(known, "a deviation names no case: {}", deviation.case);
    }
}

/// Shows the cases and the pages that they follow.
pub(crate) fn list(cases: &[Case]) -> bool {
    for case in cases {
        print(&format!("{}: test <{}>", name(case), case.page));
    }
    true
}

/// Runs the cases against the server. Returns whether it behaves as documented, except for the
/// deviations.
pub(crate) async fn run(
    server: &str,
    endpoint: &str,
    cases: &[Case],
    deviations: &[Deviation],
) -> bool {
    let started = Instant::now();
    print(&format!("\nrunning {} tests against {server}", cases.len()));
    let mut verdicts = BTreeMap::new();
    let mut running = start(endpoint, cases);
    while let Some(ended) = running.tasks.join_next_with_id().await {
        let (id, outcome) = match ended {
            Ok((id, outcome)) => (id, outcome),
            Err(error) => (error.id(), Err(CaseError::Unexpected(error.to_string()))),
        };
        let Some(case) = running.cases.get(&id) else {
            continue;
        };
        let deviation = deviations
            .iter()
            .find(|deviation| deviation.case == name(case));
        let verdict = judge(outcome, deviation);
        print(&line(name(case), &verdict));
        verdicts.insert(name(case), (case.page, verdict));
    }
    report(&verdicts, started.elapsed())
}

struct Running {
    tasks: JoinSet<Outcome>,
    cases: BTreeMap<Id, Case>,
}

fn start(endpoint: &str, cases: &[Case]) -> Running {
    let context = Context::new(endpoint);
    let permits = Arc::new(Semaphore::new(AT_A_TIME));
    let mut tasks = JoinSet::new();
    let cases = cases.iter().map(|case| {
        let (case, context, permits) = (*case, context.clone(), Arc::clone(&permits));
        let task = tasks.spawn(async move {
            let _permit = permits.acquire().await;
            match timeout(LIMIT, (case.run)(context)).await {
                Ok(outcome) => outcome,
                Err(_) => Err(CaseError::Unexpected(format!("no end within {LIMIT:?}"))),
            }
        });
        (task.id(), case)
    });
    let cases = cases.collect();
    Running { tasks, cases }
}

fn judge(outcome: Outcome, deviation: Option<&Deviation>) -> Verdict {
    match (outcome, deviation) {
        (Ok(()), None) => Verdict::Conforms,
        (Err(_), Some(deviation)) => Verdict::Deviates(deviation.instead),
        (Err(failure), None) => Verdict::Fails(failure.to_string()),
        (Ok(()), Some(deviation)) => Verdict::Fails(format!(
            "it conforms, although it is listed as a deviation ({}): take it off the list",
            deviation.instead
        )),
    }
}

fn line(name: &str, verdict: &Verdict) -> String {
    match verdict {
        Verdict::Conforms => format!("test {name} ... ok"),
        Verdict::Deviates(instead) => format!("test {name} ... ok (known deviation: {instead})"),
        Verdict::Fails(_) => format!("test {name} ... FAILED"),
    }
}

fn report(verdicts: &BTreeMap<&str, (&str, Verdict)>, took: Duration) -> bool {
    let (mut passed, mut deviating, mut failed) = (0, 0, 0);
    for (name, (page, verdict)) in verdicts {
        match verdict {
            Verdict::Conforms => passed += 1,
            Verdict::Deviates(_) => deviating += 1,
            Verdict::Fails(reason) => {
                failed += 1;
                print(&format!("\n---- {name} ----\n{reason}\nsee {page}"));
            }
        }
    }
    if deviating > 0 {
        print(&format!(
            "\n{deviating} known deviations failed as expected; they count as passed"
        ));
    }
    let word = if failed == 0 { "ok" } else { "FAILED" };
    print(&format!(
        "\ntest result: {word}. {} passed; {failed} failed; 0 ignored; 0 measured; 0 filtered \
         out; finished in {:.2}s\n",
        passed + deviating,
        took.as_secs_f64()
    ));
    failed == 0
}

/// The case's name without that of the test program.
fn name(case: &Case) -> &'static str {
    case.name
        .split_once("::")
        .map_or(case.name, |(_, name)| name)
}

/// Writes a line. If nobody reads it, that is not a failure.
fn print(line: &str) {
    let _ = writeln!(io::stdout().lock(), "{line}");
}
