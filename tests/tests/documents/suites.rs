use std::process::Command;

use thingrelay_tests::process::program;
use thingrelay_tests::template::read;

#[test]
fn the_jobs_of_the_workflow_run_every_suite_once() {
    let list = Command::new(program("xtask"))
        .args(["test", "--list"])
        .env("CARGO_MANIFEST_DIR", env!("CARGO_MANIFEST_DIR"))
        .output();
    let list = String::from_utf8(list.unwrap().stdout).unwrap();
    let mut suites: Vec<&str> = list
        .lines()
        .filter_map(|line| line.split(' ').next())
        .collect();
    let workflow = read(".github/workflows/ci.yml");
    let jobs = workflow
        .lines()
        .filter_map(|line| line.split_once(", suites: "));
    let mut run: Vec<&str> = jobs
        .flat_map(|(_, names)| names.trim_end_matches(" }").split(' '))
        .collect();
    suites.sort_unstable();
    run.sort_unstable();
    assert_eq!(run, suites);
}

#[test]
fn the_workflow_tests_with_the_oldest_rust_that_the_workspace_names() {
    let named = |file: &str, key: &str| {
        let text = read(file);
        let value = text.lines().find_map(|line| line.trim().strip_prefix(key));
        value.unwrap().trim_matches([' ', '=', '"']).to_owned()
    };
    let oldest = named("Cargo.toml", "rust-version");
    assert_eq!(named(".github/workflows/ci.yml", "RUST:"), oldest);
}
