//! The templates, expanded and resolved as CloudFormation would do it, with `template/expand.py`.

pub mod variants;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Map, Value, json};

/// The variable that names a Python with the SAM CLI; `cargo xtask test` sets it.
pub const PYTHON: &str = "THINGRELAY_SAM_PYTHON";

/// Every template, by its path in the repository. The others need the first.
pub const TEMPLATES: [&str; 7] = [
    MAIN,
    "functions/tuya/template.yaml",
    "functions/ckafka-pull/template.yaml",
    "functions/ckafka/template.yaml",
    "functions/webhook/template.yaml",
    ARCHIVE,
    "silence.yaml",
];
/// The main template.
pub const MAIN: &str = "template.yaml";
/// The template of the archive.
pub const ARCHIVE: &str = "archive.yaml";

/// A template with certain parameters.
#[derive(Clone, Debug)]
pub struct Job {
    /// The text of the template.
    pub template: String,
    /// Values of parameters, by name.
    pub parameters: Map<String, Value>,
}

impl Job {
    /// A template of the repository.
    ///
    /// # Panics
    ///
    /// If the template cannot be read.
    pub fn of(template: &str, parameters: &[(&str, &str)]) -> Job {
        Job {
            template: read(template),
            parameters: parameters
                .iter()
                .map(|(name, value)| ((*name).to_owned(), json!(value)))
                .collect(),
        }
    }
}

/// The stack that CloudFormation would make of a template with these parameters. A value that is
/// known only once a resource exists is written as `${Resource}` or `${Resource.Attribute}`, and an
/// import as `${import NAME}`.
#[derive(Clone, Debug, Default)]
pub struct Stack {
    /// The template before its expansion.
    pub source: Value,
    /// Parameters and rules because of which CloudFormation would refuse the template; all other
    /// fields are then empty.
    pub refused: Vec<String>,
    /// The template without transforms; its conditions and intrinsic functions are unchanged.
    pub expanded: Value,
    /// The resources, by logical id.
    pub resources: Map<String, Value>,
    /// The outputs, by name.
    pub outputs: Map<String, Value>,
}

impl Stack {
    /// The resources of a type, by logical id, with their properties.
    pub fn of_type(&self, kind: &str) -> impl Iterator<Item = (&str, &Value)> {
        self.resources
            .iter()
            .filter(move |(_, resource)| resource["Type"] == kind)
            .map(|(id, resource)| (id.as_str(), &resource["Properties"]))
    }
}

/// Expands several templates; the results are in the order of the jobs.
///
/// # Panics
///
/// If a template cannot be expanded, or [`PYTHON`] is not set.
pub fn expand(jobs: &[Job]) -> Vec<Stack> {
    let jobs: Vec<Value> = jobs
        .iter()
        .map(|job| json!({"template": job.template, "parameters": job.parameters}))
        .collect();
    let answer = script("expand.py", &json!(jobs));
    let stacks = answer.as_array().expect("expand.py answers a list");
    let object = |value: &Value| value.as_object().cloned().unwrap_or_default();
    stacks
        .iter()
        .map(|stack| Stack {
            source: stack["source"].clone(),
            refused: serde_json::from_value(stack["refused"].clone()).expect("a list of names"),
            expanded: stack["expanded"].clone(),
            resources: object(&stack["resources"]),
            outputs: object(&stack["outputs"]),
        })
        .collect()
}

/// Runs a script of this module that reads JSON and writes JSON.
///
/// # Panics
///
/// If the script fails, or [`PYTHON`] is not set.
pub fn script(name: &str, input: &Value) -> Value {
    let python = std::env::var(PYTHON).unwrap_or_else(|_| {
        panic!("{PYTHON} names a Python with the SAM CLI (cargo xtask test template)")
    });
    let mut child = Command::new(python)
        .arg(root().join("tests/src/template").join(name))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("Python runs");
    let mut stdin = child.stdin.take().expect("a pipe");
    // The scripts read all their input before they write.
    stdin
        .write_all(input.to_string().as_bytes())
        .expect("the script reads");
    drop(stdin);
    let output = child.wait_with_output().expect("the script ends");
    assert!(output.status.success(), "{name}: {}", output.status);
    serde_json::from_slice(&output.stdout).expect("the script writes JSON")
}

/// Reads a file of the repository.
///
/// # Panics
///
/// If the file cannot be read.
pub fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The directory of the repository.
pub fn root() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().unwrap_or(tests).to_owned()
}
