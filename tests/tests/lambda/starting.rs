//! Starts of `dev --lambda` that fail, and starts that wait.

use std::net::TcpListener;
use std::time::Duration;

use thingrelay_tests::process::program;
use thingrelay_tests::searched::output_soon;
use tokio::process::Command;

use crate::setting::Setting;

const LIMIT: Duration = Duration::from_secs(30);

#[tokio::test]
async fn what_it_cannot_start_with_is_said() {
    let setting = Setting::new();
    let elsewhere = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    let here = setting.path();
    let cases = [
        (here, vec!["http://example.org:9000"], vec!["this machine"]),
        (here, vec!["https://127.0.0.1:9000"], vec!["http://"]),
        (here, vec!["http://127.0.0.1"], vec!["port"]),
        (
            here,
            vec!["http://127.0.0.1:9000", "--listen", "127.0.0.1:0"],
            vec!["--listen"],
        ),
        (
            here,
            vec!["http://127.0.0.1:9000", "--sqs-listen", &taken],
            vec![&taken, "in use"],
        ),
        (
            elsewhere.path(),
            vec!["http://127.0.0.1:9000", "--sqs-listen", "127.0.0.1:0"],
            vec!["Cargo.lock"],
        ),
    ];
    for (directory, arguments, words) in cases {
        let mut command = Command::new(program("thingrelay"));
        command
            .args(["dev", "--lambda"])
            .args(&arguments)
            .current_dir(directory)
            .kill_on_drop(true);
        let output = tokio::time::timeout(LIMIT, output_soon(&mut command)).await;
        let output = output.unwrap().unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success(), "{arguments:?}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
        for word in words {
            assert!(told.contains(word), "{arguments:?} without {word}: {told}");
        }
    }
}

#[tokio::test]
async fn it_waits_for_the_emulator_and_ends_while_it_does() {
    let setting = Setting::new();
    let mut process = setting.launch().spawn();
    process.until_told("waiting for the emulator", LIMIT).await;
    process.signal("TERM").await;
    let (status, written) = process.ended(LIMIT).await;
    assert_eq!(status.code(), Some(0), "{:#?}", written.stderr);
    let told = |word: &str| {
        written
            .stderr
            .iter()
            .filter(|line| line.contains(word))
            .count()
    };
    assert_eq!(told("waiting for the emulator"), 1, "{:#?}", written.stderr);
    assert_eq!(told("ready "), 0, "{:#?}", written.stderr);
    assert!(written.stdout.is_empty(), "{:?}", written.stdout);
}
