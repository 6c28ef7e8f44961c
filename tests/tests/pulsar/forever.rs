//! Pulls without an end: `thingrelay pull tuya`, and `thingrelay dev` with a Tuya source.

use std::time::Duration;

use thingrelay_tests::config::Config;
use thingrelay_tests::order;
use thingrelay_tests::process::Launch;
use thingrelay_tests::pulsar::gate::Gate;
use thingrelay_tests::pulsar::puller::Puller;
use thingrelay_tests::pulsar::{Project, Pulsar, Topic};
use thingrelay_tests::tuya::{Access, reports};

use crate::setting::{HOUSE, LIMIT, Setting, table};
use crate::staged::assert_complete_and_in_order;

#[tokio::test(flavor = "multi_thread")]
async fn a_pull_connects_anew_until_it_is_told_to_end_and_the_next_one_goes_on() {
    const DEVICES: usize = 20;
    let pulsar = Pulsar::shared().await;
    let gate = Gate::start(pulsar.admin().address()).await;
    let setting = Setting::at(pulsar, &gate.url(), &[(HOUSE, "")], "").await;
    let house = setting.house();
    let file = setting.config().file();
    let mut produced = 0;
    for round in 0..2 {
        let puller = Puller::start(&file, &setting.staging);
        for _ in 0..2 {
            let messages = reports(&house.access, DEVICES, produced..produced + 10);
            house.project.produce(Topic::Event, &messages).await;
            produced += 10;
            // Some of the messages are under way.
            setting
                .until_staged(DEVICES * produced as usize - 100)
                .await;
            gate.break_off();
            setting.until_staged(DEVICES * produced as usize).await;
        }
        let messages = reports(&house.access, DEVICES, produced..produced + 10);
        produced += 10;
        let producing = house.project.produce(Topic::Event, &messages);
        let ((), (status, told)) = tokio::join!(producing, puller.end());
        assert!(status.success(), "round {round}: {status}\n{told}");
        assert!(told.contains("unreachable"), "{told}");
        assert!(!told.contains(&house.access.key), "the key is told");
    }
    let last = Puller::start(&file, &setting.staging);
    house.until_acknowledged().await;
    let (status, told) = last.end().await;
    assert!(status.success(), "{status}\n{told}");
    assert_complete_and_in_order(&setting.records().await, DEVICES, produced);
}

#[tokio::test(flavor = "multi_thread")]
async fn dev_shows_the_events_of_a_source_that_it_pulls() {
    const DEVICES: usize = 5;
    let pulsar = Pulsar::shared().await;
    let access = Access::fresh();
    let project = Project::create(pulsar, &access.id, &access.password()).await;
    let messages = reports(&access, DEVICES, 0..10);
    project.produce(Topic::Event, &messages).await;
    let config = Config::of(&table(HOUSE, &pulsar.url(), &access, ""));
    let mut relay = Launch::new().config(&config.file()).start().await;
    relay.events_until(25, LIMIT).await;
    let messages = reports(&access, DEVICES, 10..20);
    project.produce(Topic::Event, &messages).await;
    let events = relay.events_until(100, LIMIT).await;
    order::assert_complete_and_in_order(&events, DEVICES, 20);
    project.until_acknowledged(Topic::Event, LIMIT).await;
    relay.process.signal("TERM").await;
    let (status, written) = relay.process.ended(Duration::from_secs(30)).await;
    assert!(status.success(), "{status}: {:#?}", written.stderr);
    assert_eq!(written.events().len(), 100);
}
