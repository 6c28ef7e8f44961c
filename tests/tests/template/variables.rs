//! The variables of each function are exactly those that its code reads.

use thingrelay_tests::template::Stack;

use crate::code::{VARIABLES, named};
use crate::lines::text;

/// The variables that every function may read, by their constants: those of `environment::documents` and
/// `environment::telemetry`.
const OF_ALL: [&str; 3] = ["SETTINGS_PARAMETER", "SECRETS", "METRICS_NAMESPACE"];

/// A variable that a library reads, not our code.
const OF_LIBRARIES: &str = "SSL_CERT_FILE";

pub(crate) fn problems(stack: &Stack) -> Vec<String> {
    let mut problems = Vec::new();
    for (id, function) in stack.of_type("AWS::Lambda::Function") {
        let built = &stack.resources[id]["Metadata"]["BuildProperties"]["Binary"];
        let named = named(&text(built));
        let given = function["Environment"]["Variables"].as_object();
        let given: Vec<&str> = given
            .into_iter()
            .flatten()
            .map(|(name, _)| name.as_str())
            .collect();
        for name in &given {
            let is_of_all = OF_ALL.iter().any(|constant| VARIABLES[*constant] == **name);
            if !(is_of_all || named.contains(name) || *name == OF_LIBRARIES) {
                problems.push(format!("{id} has {name}, which its code does not read"));
            }
        }
        let metrics = VARIABLES["METRICS_NAMESPACE"].as_str();
        let settings = VARIABLES["SETTINGS_PARAMETER"].as_str();
        for name in named.into_iter().chain([metrics, settings]) {
            if !given.contains(&name) {
                problems.push(format!("{id} lacks {name}, which its code reads"));
            }
        }
    }
    problems
}
