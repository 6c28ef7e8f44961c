//! Many messages of many devices.

use std::time::Duration;

use thingrelay_tests::pulsar::{Pulsar, Topic};
use thingrelay_tests::tuya::reports;

use crate::setting::{Setting, begin_to_pull};
use crate::staged::assert_complete_and_in_order;

#[tokio::test(flavor = "multi_thread")]
async fn twenty_thousand_messages_of_five_hundred_devices_stay_in_order() {
    const DEVICES: usize = 500;
    const EACH: u64 = 40;
    let pulsar = Pulsar::shared().await;
    let setting = Setting::new(pulsar).await;
    let house = setting.house();
    let function = setting.function(1).await;
    let window = begin_to_pull(&function, Duration::from_secs(120));
    let messages = reports(&house.access, DEVICES, 0..EACH);
    house.project.produce(Topic::Event, &messages).await;
    setting.until_staged(DEVICES * EACH as usize).await;
    house.until_acknowledged().await;
    window.abort();
    assert_eq!(setting.staged(), DEVICES * EACH as usize);
    let records = setting.records().await;
    assert_complete_and_in_order(&records, DEVICES, EACH);
}
