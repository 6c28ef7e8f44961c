//! Mistakes that must not pass: each is an edit of the workflow.

use By::{Care, Linter};

/// What has to find a mistake, and a text of what it says.
#[derive(Clone, Copy, Debug)]
pub(super) enum By {
    /// actionlint.
    Linter(&'static str),
    /// Our own check.
    Care(&'static str),
}

/// A mistake.
pub(super) struct Mistake {
    pub(super) name: &'static str,
    /// A text that stands in the workflow, possibly more than once: the first is meant.
    pub(super) right: &'static str,
    /// What stands there instead.
    pub(super) wrong: &'static str,
    pub(super) caught: By,
}

const fn mistake(
    name: &'static str,
    right: &'static str,
    wrong: &'static str,
    caught: By,
) -> Mistake {
    Mistake {
        name,
        right,
        wrong,
        caught,
    }
}

/// The mistakes, in the order of the workflow.
pub(super) const MISTAKES: &[Mistake] = &[
    mistake(
        "an event that there is not",
        "  pull_request:\n",
        "  pull_requests:\n",
        Linter("pull_requests"),
    ),
    mistake(
        "jobs that may write unless they say otherwise",
        "\npermissions:\n  contents: read\n",
        "\n",
        Care("jobs that say nothing may only read"),
    ),
    mistake(
        "a key that there is not",
        "    runs-on: ${{ matrix.runner }}\n",
        "    run-on: ${{ matrix.runner }}\n",
        Linter("run-on"),
    ),
    mistake(
        "a member that the matrix has not",
        "${{ matrix.runner }}",
        "${{ matrix.machine }}",
        Linter("machine"),
    ),
    mistake(
        "a runner that there is not",
        "runner: ubuntu-24.04-arm }",
        "runner: ubuntu-24.04-arm65 }",
        Linter("ubuntu-24.04-arm65"),
    ),
    mistake(
        "an action by a tag that can move",
        "@df4cb1c069e1874edd31b4311f1884172cec0e10 #",
        "@v6 #",
        Care("not pinned"),
    ),
    mistake(
        "the token left in the tree",
        "          persist-credentials: false\n",
        "          persist-credentials: true\n",
        Care("persist-credentials"),
    ),
    mistake(
        "a script of its own instead of ours",
        "run: bash .ci/run",
        "run: cargo test",
        Care("it runs what we run"),
    ),
    mistake(
        "a job that needs none that there is",
        "    needs: test\n",
        "    needs: tests\n",
        Linter("tests"),
    ),
    mistake(
        "a permission that there is not",
        "      contents: write\n",
        "      content: write\n",
        Linter("content"),
    ),
    mistake(
        "an expression that is none",
        "startsWith(github.ref, 'refs/tags/v')",
        "startWith(github.ref, 'refs/tags/v')",
        Linter("startWith"),
    ),
    mistake(
        "a value of the matrix in a script of several lines",
        "build --release \"$OPTION\"",
        "build --release ${{ matrix.option }}",
        Care("an expression in a script"),
    ),
    mistake(
        "a value of outside in a script",
        "run: gh release edit \"$TAG\"",
        "run: gh release edit \"${{ github.ref_name }}\"",
        Care("an expression in a script"),
    ),
];
