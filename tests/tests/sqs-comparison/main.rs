//! Random histories of commands to FIFO queues, on the embedded server and on two servers that
//! others have made: ministack and ElasticMQ. Every command goes to all three through the AWS SDK,
//! and their answers are compared.
//!
//! `THINGRELAY_MINISTACK` and `THINGRELAY_ELASTICMQ` are the endpoints of the two; `cargo xtask test
//! sqs-comparison` starts them. `THINGRELAY_HISTORIES` chooses other seeds: `17`, or `1000..2000`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod call;
mod deviation;
mod history;
mod play;
mod server;
mod step;

use std::collections::BTreeMap;
use std::env;
use std::fmt;
use std::ops::Range;
use std::time::{Duration, Instant};

use futures::StreamExt;
use futures::future::join_all;
use futures::stream;
use proptest::strategy::ValueTree;

use deviation::{Deviation, ELASTICMQ, KNOWN, MINISTACK};
use history::{History, Settings};
use play::{Compared, Difference, play};
use server::Server;

/// The seeds of the histories, unless `THINGRELAY_HISTORIES` names others.
const SEEDS: Range<u64> = 0..100;

/// How many histories are played at a time. Most of them wait for a timeout.
const AT_A_TIME: usize = 24;

/// How long a failing history is made shorter.
const SHRINKING: Duration = Duration::from_secs(120);

/// Each server shows everything that is listed of it; so the list says no more than is true, and
/// the comparison sees it.
#[tokio::test(flavor = "multi_thread")]
async fn the_known_deviations_are_there() {
    let (_embedded, servers) = servers().await;
    let shown = KNOWN.iter().flat_map(|known| {
        let servers = &servers;
        known.servers.iter().map(async move |name| {
            let server = servers.iter().find(|server| server.name == *name);
            let pair = [servers[0].clone(), server.expect("a server").clone()];
            let played = play(&pair, &(known.witness)()).await;
            let what = format!(
                "{name}: {} ({}, {})",
                known.instead, known.documented, known.page
            );
            let compared = played.unwrap_or_else(|difference| panic!("{what}: {difference}"));
            let is_seen = compared[0]
                .seen
                .iter()
                .any(|seen| seen.instead == known.instead);
            (!is_seen).then_some(what)
        })
    });
    let missing: Vec<String> = join_all(shown).await.into_iter().flatten().collect();
    assert!(missing.is_empty(), "not there any more: {missing:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn random_histories_are_answered_alike() {
    let (_embedded, servers) = servers().await;
    let started = Instant::now();
    let mut sums = vec![Sums::default(); servers.len() - 1];
    let mut failed = Vec::new();
    let played = stream::iter(seeds()).map(|seed| {
        let servers = servers.clone();
        async move {
            let history = History::of_seed(seed).current();
            let task = tokio::spawn(async move { play(&servers, &history).await });
            (seed, task.await.expect("a history that is played"))
        }
    });
    let mut played = played.buffered(AT_A_TIME);
    while let Some((seed, result)) = played.next().await {
        match result {
            Ok(compared) => {
                for (sums, compared) in sums.iter_mut().zip(&compared) {
                    sums.add(compared);
                }
            }
            Err(difference) => {
                println!("seed {seed}: {difference}");
                failed.push(seed);
            }
        }
    }
    println!("{} histories in {:.1?}", seeds().count(), started.elapsed());
    for (server, sums) in servers[1..].iter().zip(&sums) {
        println!("{}: {sums}", server.name);
    }
    if let Some(seed) = failed.first() {
        let (settings, difference) = shortest(&servers, *seed).await;
        panic!("not alike: {failed:?}. Seed {seed}, made shorter: {settings:?}\n{difference}");
    }
    for (server, sums) in servers[1..].iter().zip(&sums) {
        // A single history may end at once.
        let few = seeds() == SEEDS && sums.commands < 5 * SEEDS.count();
        assert!(!few, "{}: too little was compared: {sums}", server.name);
    }
}

/// The embedded server, and all servers with it in the first place.
async fn servers() -> (sqs_server::Server, [Server; 3]) {
    let embedded = sqs_server::Server::start(sqs_server::Options::default()).await;
    let embedded = embedded.expect("the embedded server starts");
    let servers = [
        Server::at("sqs-server", &embedded.endpoint()),
        Server::at(MINISTACK, &endpoint("THINGRELAY_MINISTACK")),
        Server::at(ELASTICMQ, &endpoint("THINGRELAY_ELASTICMQ")),
    ];
    (embedded, servers)
}

/// What was compared with a server in all histories.
#[derive(Clone, Debug, Default)]
struct Sums {
    commands: usize,
    /// The histories that were compared to their end.
    whole: usize,
    in_doubt: usize,
    deviations: BTreeMap<&'static str, usize>,
}

impl Sums {
    fn add(&mut self, compared: &Compared) {
        self.commands += compared.commands;
        self.in_doubt += usize::from(compared.in_doubt);
        let ended = |last: &&Deviation| last.ends_the_comparison();
        let is_whole = !compared.in_doubt && !compared.seen.last().is_some_and(ended);
        self.whole += usize::from(is_whole);
        for seen in &compared.seen {
            *self.deviations.entry(seen.instead).or_default() += 1;
        }
    }
}

impl fmt::Display for Sums {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Sums {
            commands,
            whole,
            in_doubt,
            deviations,
        } = self;
        write!(
            f,
            "{commands} commands compared, {whole} whole histories, {in_doubt} in doubt"
        )?;
        for (instead, count) in deviations {
            write!(f, "\n{count:7} times: {instead}")?;
        }
        Ok(())
    }
}

/// The settings of a shorter history that fails as the one of the seed does, and how it fails.
async fn shortest(servers: &[Server], seed: u64) -> (Settings, Difference) {
    let deadline = Instant::now() + SHRINKING;
    let mut tree = History::of_seed(seed);
    let mut found = None;
    let mut goes_on = true;
    while goes_on && Instant::now() < deadline {
        let history = tree.current();
        goes_on = match play(servers, &history).await {
            Err(difference) => {
                found = Some((history.settings, difference));
                tree.simplify()
            }
            Ok(_) => tree.complicate(),
        };
    }
    found.expect("the history fails again")
}

fn seeds() -> Range<u64> {
    let Ok(text) = env::var("THINGRELAY_HISTORIES") else {
        return SEEDS;
    };
    let number = |text: &str| text.parse::<u64>().expect("a seed is a number");
    match text.split_once("..") {
        Some((first, end)) => number(first)..number(end),
        None => number(&text)..number(&text) + 1,
    }
}

fn endpoint(variable: &str) -> String {
    let endpoint = env::var(variable)
        .unwrap_or_else(|_| panic!("{variable} is not set (cargo xtask test sqs-comparison)"));
    endpoint.trim_end_matches('/').to_owned()
}
