//! What the linter does not ask for: actions that cannot change under us, no more rights than
//! needed, no action where the runner's own programs do, and the very script that we run.

/// The owners of actions whose actions may be used.
const OWNERS: &[&str] = &["actions"];

/// What has to stand in the workflow, and why.
const REQUIRED: &[(&str, &str)] = &[
    ("bash .ci/run", "it runs what we run"),
    ("ubuntu-24.04\n", "it runs on x86-64"),
    ("ubuntu-24.04-arm\n", "it runs on arm64"),
    (
        "\npermissions:\n  contents: read\n",
        "jobs that say nothing may only read",
    ),
    ("timeout-minutes", "nothing runs for hours"),
];

/// What is wrong, nothing if it is right.
pub(super) fn check(workflow: &str) -> Vec<String> {
    let mut problems: Vec<String> = uses(workflow).filter_map(unsafe_use).collect();
    // A runner stands in a flow mapping of the matrix, too.
    let lines = workflow.replace(" }", "\n").replace(", ", "\n");
    for (text, why) in REQUIRED {
        if !workflow.contains(text) && !lines.contains(text) {
            problems.push(format!("{text:?} is missing: {why}"));
        }
    }
    let checkouts = uses(workflow).filter(|used| used.starts_with("actions/checkout@"));
    if checkouts.count() != workflow.matches("persist-credentials: false").count() {
        problems.push("a checkout leaves the token in the tree: persist-credentials".to_owned());
    }
    problems.extend(expressions_in_scripts(workflow));
    problems
}

/// Expressions in scripts, whose values could be read as commands.
fn expressions_in_scripts(workflow: &str) -> Vec<String> {
    let mut problems = Vec::new();
    // The indentation of the key `run`, as long as lines are its script.
    let mut script: Option<usize> = None;
    for (number, line) in workflow.lines().enumerate() {
        let text = line.trim_start();
        let indentation = line.len() - text.len();
        if !text.is_empty() && script.is_some_and(|key| indentation <= key) {
            script = None;
        }
        if text.trim_start_matches("- ").starts_with("run:") {
            script = Some(indentation);
        }
        if script.is_some() && text.contains("${{") {
            problems.push(format!(
                "line {}: an expression in a script; pass it as a variable",
                number + 1
            ));
        }
    }
    problems
}

/// The actions that steps use, with the comment behind.
fn uses(workflow: &str) -> impl Iterator<Item = &str> {
    workflow.lines().filter_map(|line| {
        line.trim_start()
            .trim_start_matches("- ")
            .strip_prefix("uses: ")
    })
}

/// What is wrong with an action, as it stands behind `uses:`.
fn unsafe_use(used: &str) -> Option<String> {
    let (action, comment) = used.split_once(" # ").unwrap_or((used, ""));
    let (name, version) = action.split_once('@').unwrap_or((action, ""));
    let owner = name.split('/').next().unwrap_or_default();
    let is_commit = version.len() == 40 && version.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !OWNERS.contains(&owner) {
        return Some(format!("{name} is somebody else's action"));
    }
    if !is_commit {
        return Some(format!("{name} is not pinned by a commit"));
    }
    if !comment.starts_with('v') {
        return Some(format!("{name} does not say its version in a comment"));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_are_found_in_scripts_only() {
        let cases = [
            ("- run: echo ${{ a }}\n", 1),
            (
                "  run: |\n    a\n\n    b ${{ a }}\n  env:\n    B: ${{ b }}\n",
                1,
            ),
            ("  name: ${{ a }}\n  run: |\n    a\n- name: ${{ b }}\n", 0),
        ];
        for (workflow, expected) in cases {
            assert_eq!(
                expressions_in_scripts(workflow).len(),
                expected,
                "{workflow}"
            );
        }
    }

    #[test]
    fn actions_are_ours_or_githubs_pinned_and_named() {
        let commit = "df4cb1c069e1874edd31b4311f1884172cec0e10";
        let cases = [
            (format!("actions/checkout@{commit} # v6.0.3"), None),
            (format!("actions/checkout@{commit}"), Some("comment")),
            ("actions/checkout@v6 # v6.0.3".to_owned(), Some("pinned")),
            (
                format!("actions/checkout@{}g # v6", &commit[1..]),
                Some("pinned"),
            ),
            (format!("somebody/release@{commit} # v2"), Some("somebody")),
        ];
        for (used, expected) in cases {
            let found = unsafe_use(&used);
            assert_eq!(found.is_some(), expected.is_some(), "{used}: {found:?}");
            if let (Some(found), Some(expected)) = (found, expected) {
                assert!(found.contains(expected), "{used}: {found}");
            }
        }
    }
}
