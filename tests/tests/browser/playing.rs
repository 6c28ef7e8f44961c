//! From the first message to one that was broken and staged again, with the page alone.

use serde_json::json;

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
    for (sign, code, remedy) in [
        (
            "wrong_token",
            "401 bad_signature",
            "put the same token in the console",
        ),
        ("stale", "401 stale", "set this machine's clock"),
        (
            "missing",
            "400 missing_header",
            "set the token in the console",
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
    }
    let refused = page.get("calls?outcome=refused").await;
    assert_eq!(refused.as_array().unwrap().len(), 3, "{refused}");
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

    // The archive gives a message again.
    page.order("send", send).await;
    tab.until(&outcome("forwarded")).await;
    tab.eval(&format!("{NEWEST}.click()")).await;
    tab.press("Replay").await;
    tab.until_text("read 2 times").await;
    assert_eq!(tab.complaints(), [json!(null); 0]);
}
