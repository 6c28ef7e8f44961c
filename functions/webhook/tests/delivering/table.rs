//! The table of docs/targets.md, row by row, against a real receiver.

use crate::{
    receiver::{Played, Reply},
    world::{World, allowed, local},
};
use futures::future::BoxFuture;
use std::{fs, io, net::IpAddr, sync::Arc, time::Duration};
use webhook::{FailureKind, Resolve, SystemResolver};

/// What the document says of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    Delivered,
    Again,
    Dead,
}

fn rows() -> Vec<(String, Told)> {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/targets.md");
    let text = fs::read_to_string(root).unwrap();
    let (_, table) = text
        .split_once("| answer | the event is |\n|---|---|\n")
        .unwrap();
    let rows = table.lines().take_while(|line| line.starts_with('|'));
    let row = |line: &str| {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let told = match cells[2] {
            "delivered" => Told::Delivered,
            "a dead letter at once" => Told::Dead,
            again if again.starts_with("tried again") => Told::Again,
            other => panic!("{other}"),
        };
        (cells[1].to_owned(), told)
    };
    rows.map(row).collect()
}

/// The statuses of a row: `300 to 399`, `408, 425`, or `any other from 400 to 499`.
fn statuses(answer: &str, before: &[u16]) -> Vec<u16> {
    let numbers: Vec<u16> = answer
        .split(|character: char| !character.is_ascii_digit())
        .filter_map(|digits| digits.parse().ok())
        .collect();
    let [first, last] = numbers.as_slice() else {
        return numbers;
    };
    if !answer.contains(" to ") {
        return numbers;
    }
    let all = *first..=*last;
    all.filter(|status| !before.contains(status)).collect()
}

/// What became of one event.
async fn outcome(settings: &str, resolver: Arc<dyn Resolve>) -> Told {
    let world = World::with_resolver(settings, resolver).await;
    world.send("meter-1", 1).await;
    assert_eq!(world.poll().await, 1);
    let dead = world.dead_letters().await;
    match (world.left(), dead.len()) {
        (0, 0) => Told::Delivered,
        (0, 1) => Told::Dead,
        (1, 0) => Told::Again,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_row_of_the_document_holds() {
    let mut played: Vec<u16> = Vec::new();
    let mut failures = 0;
    for (answer, told) in rows() {
        if let Some(code) = answer.strip_prefix('`') {
            let code = code.trim_end_matches('`');
            let (_played, settings, resolver) = failing(code).await;
            assert_eq!(outcome(&settings, resolver).await, told, "{code}");
            failures += 1;
            continue;
        }
        let statuses = statuses(&answer, &played);
        played.extend(&statuses);
        let limits = [statuses[0], statuses[statuses.len() - 1]];
        let usual = [204, 302, 307, 401, 404, 409, 410, 503];
        let chosen = statuses.iter().filter(|status| {
            statuses.len() < 5 || limits.contains(status) || usual.contains(status)
        });
        for status in chosen.copied() {
            let receiver = Played::start(move |_| Reply::status(status)).await;
            let found = outcome(&allowed(&receiver.url(), ""), Arc::new(SystemResolver)).await;
            assert_eq!(found, told, "{status}");
            assert_eq!(receiver.arrived().len(), 1, "{status}");
        }
    }
    played.sort_unstable();
    assert!(
        played.into_iter().eq(200..=599),
        "each status is in one row"
    );
    assert_eq!(failures, 6);
}

/// A resolver that knows no name.
struct Nobody;

impl Resolve for Nobody {
    fn resolve(&self, _: &str) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        Box::pin(async { Err(io::Error::from(io::ErrorKind::NotFound)) })
    }
}

/// A receiver for which an attempt fails with that code, and its settings.
async fn failing(code: &str) -> (Option<Played>, String, Arc<dyn Resolve>) {
    let closed = "http://127.0.0.1:1/";
    let ok = |_: &crate::receiver::Arrived| Reply::status(200);
    let (played, settings) = match code {
        "no_address" => return (None, local("http://crm.example.com/", ""), Arc::new(Nobody)),
        "forbidden_address" => (None, local("http://localhost:1/", "")),
        "unreachable" => (None, allowed(closed, "")),
        "tls" => {
            let played = Played::start(ok).await;
            let url = played.url().replace("http:", "https:");
            (Some(played), allowed(&url, ""))
        }
        "timeout" => {
            let played = Played::start(|_| Reply::Nothing).await;
            let settings = allowed(&played.url(), "timeout_seconds = 1");
            (Some(played), settings)
        }
        "no_answer" => {
            let played = Played::raw(b"220 mail.example.com\r\n").await;
            let settings = allowed(&played.url(), "");
            (Some(played), settings)
        }
        other => panic!("{other}"),
    };
    (played, settings, Arc::new(SystemResolver))
}

#[tokio::test(flavor = "multi_thread")]
async fn each_failure_has_its_code() {
    for kind in [
        FailureKind::NoAddress,
        FailureKind::ForbiddenAddress,
        FailureKind::Unreachable,
        FailureKind::Tls,
        FailureKind::Timeout,
        FailureKind::NoAnswer,
    ] {
        let (_played, settings, resolver) = failing(kind.code()).await;
        let settings = format!("{settings}give_up_after_seconds = 60\n");
        let world = World::with_resolver(&settings, resolver).await;
        world.send("meter-1", 1).await;
        world.advance(Duration::from_secs(61));
        world.poll_all().await;
        let dead = world.dead_letters().await;
        assert_eq!(dead[0].attributes["failure"], kind.code(), "{dead:?}");
    }
    // The connection is closed without an answer.
    let played = Played::raw(b"").await;
    let settings = allowed(&played.url(), "give_up_after_seconds = 60");
    let world = World::new(&settings).await;
    world.send("meter-1", 1).await;
    world.advance(Duration::from_secs(61));
    world.poll_all().await;
    let dead = world.dead_letters().await;
    assert_eq!(dead[0].attributes["failure"], "no_answer", "{dead:?}");
}
