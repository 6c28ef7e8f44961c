//! From the first message to one that was broken and staged again, with the page alone.

use serde_json::json;

use thingrelay_tests::config::Config;
use thingrelay_tests::deadline::until;
use thingrelay_tests::process::Launch;

use crate::chromium::LIMIT;
use crate::setting::Setting;

const SEND: &str = "#send-form .primary";
/// The newest call.
const NEWEST: &str = "document.querySelector('#rows [aria-rowindex=\"1\"]:not([hidden])')";

#[tokio::test]
async fn a_message_is_sent_followed_and_read_on_the_page() {
    let data = tempfile::tempdir().unwrap();
    let page = Setting::start(data.path()).await;
    let tab = &page.tab;
    tab.until_text("Waiting for the first call").await;
    tab.press("Sources").await;
    tab.until_text("This source has never been called").await;
    tab.press("Send a message to hub").await;
    tab.until("document.querySelector('#send textarea').value.includes('device-1')")
        .await;
    tab.click(SEND).await;
    tab.until("document.querySelector('#sent').textContent.startsWith('200')")
        .await;
    tab.until(&format!("[{NEWEST}].some(it => it.textContent.includes('DEMO/device-1') && it.textContent.includes('forwarded'))")).await;
    tab.eval(&format!("{NEWEST}.click()")).await;
    for text in [
        "Verified",
        "Staged",
        "Normalised",
        "Forwarded to every target",
        "Target events: sent",
    ] {
        tab.until_text(text).await;
    }
    tab.until("document.querySelector('#call').textContent.includes('$thing/up/property')")
        .await;
    tab.until("document.querySelector('#call').textContent.includes('io.thingrelay.device.properties.v1')").await;

    // The same message twice is a repeat.
    tab.press("Edit and send").await;
    tab.click(SEND).await;
    tab.until(&format!("{NEWEST}.textContent.includes('repeated')"))
        .await;
    tab.eval(&format!("{NEWEST}.click()")).await;
    tab.press("Show the first, call 1").await;
    tab.until_text("Forwarded to every target").await;

    // Users' tests wait for an event.
    let events = page.get("events?device=DEMO/device-1&wait=10").await;
    assert_eq!(events.as_array().unwrap().len(), 1, "{events}");
    assert_eq!(events[0]["subject"], "DEMO/device-1");
    assert_eq!(tab.complaints(), [json!(null); 0]);
}

#[tokio::test]
async fn refusals_are_explained() {
    let data = tempfile::tempdir().unwrap();
    let page = Setting::start(data.path()).await;
    let tab = &page.tab;
    tab.press("Send to hub").await;
    tab.until("document.querySelector('#send textarea').value !== ''")
        .await;
    for (sign, code, remedy, explained) in [
        (
            "wrong_token",
            "401 bad_signature",
            "put the same token in the console",
            "none of this configuration signs it",
        ),
        (
            "stale",
            "401 stale",
            "set this machine's clock",
            "the sender's clock is behind",
        ),
        (
            "missing",
            "400 missing_header",
            "set the token in the console",
            "the clock of the endpoint",
        ),
    ] {
        tab.press("Send").await;
        tab.set("#send-form select:has(option[value=stale])", sign)
            .await;
        tab.click(SEND).await;
        let (_, word) = code.split_once(' ').unwrap();
        tab.until(&format!("{NEWEST}.textContent.includes({})", json!(word)))
            .await;
        tab.eval(&format!("{NEWEST}.click()")).await;
        tab.until_text(code).await;
        tab.until_text(remedy).await;
        // As the command explains it, without the signature.
        tab.until(&format!(
            "document.querySelector('[aria-label=Explained]').textContent.includes({})",
            json!(explained)
        ))
        .await;
    }
    // An explanation counts and logs nothing.
    let totals = page.get("totals").await;
    let balance = "balance received 3 = rejected 3 + unavailable 0 + accepted 0";
    assert_eq!(totals["balance"][0], balance, "{totals}");
    let refused = page.get("calls?outcome=refused").await;
    assert_eq!(refused.as_array().unwrap().len(), 3, "{refused}");
}

#[tokio::test]
async fn a_source_that_is_pulled_gets_messages_without_its_broker() {
    // Nothing listens there.
    let config = Config::of(
        r#"
[sources.house]
platform = "tuya"
access_id = "madeupaccessid000001"
access_key = "madeupaccesskey0000000000000001"
url = "ws://127.0.0.1:1"

[sources.meters]
platform = "tencent-iot-explorer"
channel = "ckafka"
topics = ["reports"]
"#,
    );
    let page = Setting::of(Launch::new().config(&config.file()).data(&config.data())).await;
    let tab = &page.tab;
    for (source, kind, sign, outcome, shown) in [
        ("house", "status", "right", "forwarded", "\"bizCode\""),
        (
            "house",
            "report",
            "wrong_token",
            "quarantined",
            "decryption_failed",
        ),
        ("meters", "event", "right", "forwarded", "overload"),
    ] {
        tab.press("Sources").await;
        tab.press(&format!("Send a message to {source}")).await;
        tab.set("#send-form select:has(option[value=report])", kind)
            .await;
        tab.set("#send-form select:has(option[value=right])", sign)
            .await;
        tab.until("document.querySelector('#send textarea').value !== ''")
            .await;
        tab.click(SEND).await;
        tab.until("document.querySelector('#sent').textContent.includes('staged')")
            .await;
        let newest = format!(
            "[{NEWEST}].some(it => it.textContent.includes({}) && it.textContent.includes({}))",
            json!(source),
            json!(outcome)
        );
        tab.until(&newest).await;
        tab.eval(&format!("{NEWEST}.click()")).await;
        tab.until(&format!(
            "document.querySelector('#call').textContent.includes({})",
            json!(shown)
        ))
        .await;
    }
    let events = page.get("events?count=2&wait=10").await;
    let subjects: Vec<_> = events
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["subject"])
        .collect();
    assert_eq!(subjects, ["DEMO/device-1", "DEMO/device-1"], "{events}");
    assert_eq!(tab.complaints(), [json!(null); 0]);
}

#[tokio::test]
async fn what_is_broken_on_the_page_is_repaired_on_the_page() {
    let data = tempfile::tempdir().unwrap();
    let page = Setting::start(data.path()).await;
    let tab = &page.tab;
    let outcome = |outcome: &str| format!("{NEWEST}.textContent.includes({})", json!(outcome));
    let send = json!({ "source": "hub", "kind": "report" });

    // A target that is away: the message waits, and comes again.
    tab.press("Break").await;
    tab.set(
        "#faults fieldset:first-of-type input[type=checkbox]",
        "true",
    )
    .await;
    tab.until("document.querySelector('#tab-break').dataset.active === 'true'")
        .await;
    page.order("send", send.clone()).await;
    tab.until(&outcome("waiting")).await;
    tab.eval(&format!("{NEWEST}.click()")).await;
    tab.until_text("target_unavailable").await;
    tab.until_text("as the page asks").await;
    tab.press("Break: something is broken on purpose").await;
    tab.press("Repair everything").await;
    tab.until(&outcome("forwarded")).await;

    // The staging queue is down: the platform is told to try again.
    page.order("faults", json!({ "staging_down": true })).await;
    let sent = page.order("send", send.clone()).await;
    assert_eq!(sent["status"], 503, "{sent}");
    page.order("faults", json!({ "clock_seconds": 3600 })).await;
    let sent = page.order("send", send.clone()).await;
    assert!(sent["body"].as_str().unwrap().contains("stale"), "{sent}");
    page.order("faults", json!({})).await;

    // A message that is not JSON goes to quarantine, and is there again after it was staged again.
    page.order(
        "send",
        json!({ "source": "hub", "kind": "report", "body": "[1" }),
    )
    .await;
    tab.until(&outcome("quarantined")).await;
    tab.eval(&format!("{NEWEST}.click()")).await;
    tab.until_text("not_json").await;
    tab.press("Stage again").await;
    tab.until_text("Staged again").await;
    tab.until_text("read 2 times").await;

    // The archive gives a message again, once its record is done.
    page.order("send", send).await;
    tab.until(&outcome("forwarded")).await;
    until(LIMIT, "the record is done", || async {
        let totals = page.get("totals").await;
        (totals["queues"]["staging.fifo"] == 0).then_some(())
    })
    .await;
    tab.eval(&format!("{NEWEST}.click()")).await;
    // Until then, the page shows the call before, which can be replayed, too.
    tab.until("document.querySelector('#call .badge').dataset.outcome === 'forwarded'")
        .await;
    tab.press("Replay").await;
    tab.until_text("read 2 times").await;
    assert_eq!(tab.complaints(), [json!(null); 0]);
}
