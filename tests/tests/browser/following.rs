//! The list follows the calls: smoothly, without gaps, and again after a restart.

use std::time::Duration;

use serde_json::{Value, json};
use thingrelay_tests::process::Launch;

use crate::setting::Setting;

/// The calls, and how many come in a second.
const CALLS: usize = 10_000;
const RATE: &str = "500/s";

/// The most milliseconds of the page's thread for a frame: there are 60 frames a second.
const MOST_PER_FRAME: f64 = 16.0;

/// The most nodes of the document: the list has only the rows that are in sight.
const MOST_NODES: f64 = 1500.0;

const FRAMES: &str = "window.frames_seen = 0; (function count() { window.frames_seen += 1; requestAnimationFrame(count); })()";

#[tokio::test]
async fn ten_thousand_calls_at_five_hundred_a_second_stay_smooth() {
    let data = tempfile::tempdir().unwrap();
    let page = Setting::of(Launch::new().data(data.path()).argument("--keep=20000")).await;
    let tab = &page.tab;
    // It would report every event of the stream.
    tab.call("Network.disable", json!({})).await;
    tab.call("Performance.enable", json!({ "timeDomain": "threadTicks" }))
        .await;
    tab.eval(FRAMES).await;
    let measured = async || {
        let metrics = tab.call("Performance.getMetrics", json!({})).await;
        let metrics = metrics["metrics"].as_array().unwrap().clone();
        let metric = |name: &str| {
            let metric = metrics.iter().find(|it| it["name"] == name).unwrap();
            metric["value"].as_f64().unwrap()
        };
        let frames = tab.eval("window.frames_seen").await.as_f64().unwrap();
        (metric("TaskDuration"), frames, metric("Nodes"))
    };
    let before = measured().await;
    page.send(&["--count", "10000", "--devices", "200", "--rate", RATE])
        .await;
    let after = measured().await;
    let frames = after.1 - before.1;
    let each = (after.0 - before.0) * 1000.0 / frames;
    println!(
        "{CALLS} calls: {frames} frames, {each:.1} ms each, {} nodes",
        after.2
    );
    assert!(each < MOST_PER_FRAME, "{each} ms for a frame");
    assert!(after.2 < MOST_NODES, "{} nodes", after.2);

    tab.until("Number(document.querySelector('#list').getAttribute('aria-rowcount')) >= 10000")
        .await;
    // Every row is there, once, wherever the list is scrolled to.
    let seen = tab.eval(
        "(async () => {
            const list = document.querySelector('#list');
            const seen = new Map();
            for (let top = 0; top < list.scrollHeight; top += list.clientHeight) {
                list.scrollTop = top;
                await new Promise(requestAnimationFrame);
                for (const row of document.querySelectorAll('#rows [role=row]:not([hidden])')) seen.set(row.ariaRowIndex, row.dataset.number);
            }
            const missing = Number(list.getAttribute('aria-rowcount')) - seen.size;
            return { missing, twice: seen.size - new Set(seen.values()).size };
        })()",
    );
    assert_eq!(seen.await, json!({ "missing": 0, "twice": 0 }));
    assert_eq!(tab.complaints(), [Value::Null; 0]);
}

#[tokio::test]
async fn only_the_latest_calls_are_kept() {
    let page = Setting::of(Launch::new().argument("--keep").argument("50")).await;
    let tab = &page.tab;
    page.send(&["--count", "300", "--devices", "7"]).await;
    tab.until("document.querySelector('#list').getAttribute('aria-rowcount') === '50'")
        .await;
    tab.until("document.querySelector('#summary').textContent.includes('forwarded')")
        .await;
    let calls = page.get("calls").await;
    let numbers = calls.as_array().unwrap().iter();
    let numbers: Vec<u64> = numbers.map(|it| it["number"].as_u64().unwrap()).collect();
    // More than 300 if the queue was slow on a busy machine, and calls came again.
    let last = *numbers.last().unwrap();
    assert!(last >= 300, "{last}");
    assert_eq!(numbers, (last - 49..=last).collect::<Vec<_>>());
    tab.eval("document.querySelector('#rows [role=row]').click()")
        .await;
}

#[tokio::test]
async fn the_page_lives_on_after_a_restart_and_filters() {
    let data = tempfile::tempdir().unwrap();
    let mut page = Setting::start(data.path()).await;
    page.send(&["--count", "40", "--devices", "4"]).await;
    let shown = |count: usize| {
        format!("document.querySelector('#list').getAttribute('aria-rowcount') === '{count}'")
    };
    page.tab.until(&shown(40)).await;
    page.tab.set("#device", "device-0001").await;
    page.tab.until(&shown(10)).await;
    page.tab.set("#text", "no such text").await;
    page.tab.until_text("No call passes the filters").await;
    page.tab.press("Clear the filters").await;
    page.tab.until(&shown(40)).await;
    page.tab.set("#outcome", "refused").await;
    page.tab.until(&shown(0)).await;
    page.tab.press("Clear").await;

    // The stream gives what a browser missed, and nothing twice.
    let stream = "(last) => new Promise(async (resolve) => {
        const stop = new AbortController();
        const headers = last ? { 'last-event-id': last } : {};
        const answer = await fetch('/api/stream', { headers, signal: stop.signal });
        const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
        let text = '';
        while (!text.includes('event: totals') || !text.slice(text.indexOf('event: totals')).includes('id: ') && !last) text += (await reader.read()).value;
        stop.abort();
        const calls = [...text.matchAll(/^data: (\\[.*)$/gm)].flatMap(it => JSON.parse(it[1]));
        resolve({ resumed: /\"resumed\":true/.test(text), numbers: calls.map(it => it.number), id: [...text.matchAll(/^id: (.*)$/gm)].at(-1)?.[1] });
    })";
    let first = page.tab.eval(&format!("({stream})(null)")).await;
    assert_eq!(first["resumed"], false);
    assert_eq!(first["numbers"].as_array().unwrap().len(), 40);
    let again = page.tab.eval(&format!("({stream})({})", first["id"])).await;
    assert_eq!(again["resumed"], true);
    assert_eq!(again["numbers"], json!([]));

    // Another run on the same ports: the page starts again from a snapshot.
    let address = page.url.strip_prefix("http://").unwrap().to_owned();
    let listen = page.relay.address;
    page.relay.process.kill().await;
    page.tab
        .until("document.querySelector('#connection').dataset.state === 'lost'")
        .await;
    let launch = Launch::new().data(data.path()).listen(listen);
    page.relay = launch.argument("--page").argument(&address).start().await;
    page.tab
        .until("document.querySelector('#connection').dataset.state === 'live'")
        .await;
    page.send(&["--count", "3"]).await;
    tokio::time::timeout(Duration::from_secs(60), page.tab.until(&shown(3)))
        .await
        .unwrap();
}
