//! Two members of a group.

use std::collections::BTreeSet;
use std::process::Stdio;
use std::time::Duration;

use thingrelay_tests::deadline::within;
use thingrelay_tests::faulty::Mode;
use thingrelay_tests::kafka::{Kafka, Member, Place};
use tokio::process::Command;

use crate::commands;
use crate::reports::{assert_complete_and_in_order, place};
use crate::setting::{LIMIT, Setting, begin_to_pull, begin_to_pull_for};

#[tokio::test(flavor = "multi_thread")]
async fn two_invocations_at_once_lose_nothing_and_make_no_second_event() {
    const DEVICES: usize = 40;
    let kafka = Kafka::shared().await;
    let setting = Setting::new(kafka, 6).await;
    let function = setting.functions("ckafka-pull", 2).await;
    // The first member has received everything and staged nothing ...
    setting.before_staging.set(Mode::Down);
    setting.produce(DEVICES, 0..10).await;
    let first = begin_to_pull_for(&function, Duration::from_secs(4));
    setting.until_member().await;
    // ... when the second member comes and takes its place.
    let second = begin_to_pull(&function);
    setting.before_staging.set(Mode::Up);
    let produced = setting.produce_during(&first, DEVICES, 10).await;
    first.await.unwrap().unwrap();
    setting.until_staged(DEVICES * produced as usize).await;
    setting.until_committed().await;
    second.abort();
    let records = setting.records().await;
    assert_eq!(records.len(), DEVICES * produced as usize);
    let places: BTreeSet<Place> = records.iter().map(place).collect();
    assert_eq!(places.len(), records.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_puller_shares_the_work_and_no_event_is_lost_or_second() {
    const DEVICES: usize = 60;
    let kafka = Kafka::shared().await;
    let setting = Setting::new(kafka, 6).await;
    let function = setting.function().await;
    let window = begin_to_pull(&function);
    let mut produced = 0;
    let mut more = async || {
        setting.produce(DEVICES, produced..produced + 1).await;
        produced += 1;
        // Something is always under way, and never more than a slow machine can do.
        let before = DEVICES * (produced as usize - 1);
        setting.until_staged(before).await;
        produced
    };
    more().await;
    setting.until_staged(DEVICES).await;
    let file = setting.config_file();
    let mut puller = Command::new(commands::program())
        .args(["pull", "ckafka", "--member", "two", "--config"])
        .arg(file)
        .args(["--staging-queue", &setting.staging])
        .env_clear()
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    within(LIMIT, "a second member", async {
        while kafka.members(&setting.group).await < 2 {
            more().await;
        }
        for _ in 0..20 {
            more().await;
        }
    })
    .await;
    puller.kill().await.unwrap();
    // The other member gets its partitions once the group has removed it.
    let mut rounds = 0;
    for _ in 0..5 {
        rounds = more().await;
    }
    setting.until_staged(DEVICES * rounds as usize).await;
    setting.until_committed().await;
    window.abort();
    assert_complete_and_in_order(&setting.records().await, DEVICES, rounds);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_member_of_the_group_takes_a_part_and_gives_it_back() {
    const DEVICES: usize = 60;
    let kafka = Kafka::shared().await;
    let setting = Setting::new(kafka, 6).await;
    let function = setting.function().await;
    let window = begin_to_pull(&function);
    setting.produce(DEVICES, 0..5).await;
    setting.until_committed().await;
    // The member joins while nothing is under way: not one record is read twice.
    let member = Member::join(kafka, &setting.group, &setting.topic).await;
    let mut elsewhere = BTreeSet::new();
    within(LIMIT, "a part for the other member", async {
        while member.partitions().await.is_empty() {
            elsewhere.extend(member.receive().await);
        }
    })
    .await;
    setting.produce(DEVICES, 5..10).await;
    within(LIMIT, "everything at either end", async {
        while setting.staged() + elsewhere.len() < DEVICES * 10 {
            elsewhere.extend(member.receive().await);
        }
    })
    .await;
    assert!(!elsewhere.is_empty());
    setting.until_committed().await;
    // The member also leaves while nothing is under way.
    member.leave().await;
    setting.produce(DEVICES, 10..15).await;
    setting.until_committed().await;
    window.abort();
    let here: BTreeSet<Place> = setting.records().await.iter().map(place).collect();
    let both: Vec<&Place> = here.intersection(&elsewhere).collect();
    assert_eq!(both, Vec::<&Place>::new(), "at both ends");
    let all = DEVICES * 15;
    assert_eq!(here.len() + elsewhere.len(), all, "records of {all}");
}
