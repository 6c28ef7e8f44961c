//! The page runs nothing but itself, loads nothing from elsewhere, and gives no secret unasked.

use serde_json::{Value, json};
use thingrelay_tests::config::{Config, METERS_TOKEN};
use thingrelay_tests::platform::Platform;
use thingrelay_tests::process::Launch;

use crate::setting::Setting;

#[tokio::test]
async fn hostile_names_are_text_and_nothing_is_loaded_from_elsewhere() {
    let config = Config::without_targets();
    let page = Setting::of(Launch::new().config(&config.file())).await;
    let tab = &page.tab;
    let hostile = "<img src=http://127.0.0.2/x onerror=document.title='taken'>";
    let body = json!({
        "devicename": hostile, "productid": "</script><script>document.title='taken'</script>",
        "topic": "a/b/c", "seq": 1, "timestamp": 1_750_000_000,
        "payload": { "method": "report", "params": { "\"><svg onload=alert(1)>": hostile }, "psk": "Zr8mWq3nLx6tKv0B" },
    });
    let platform = Platform::new(page.relay.address, "meters", METERS_TOKEN);
    platform.push(body.to_string().as_bytes()).await.unwrap();
    let path = Platform::new(page.relay.address, "%3Cb%3Enobody", METERS_TOKEN);
    path.push(b"{}").await.unwrap();
    tab.until("document.querySelectorAll('#rows [role=row]:not([hidden])').length === 2")
        .await;
    for row in [1, 0] {
        tab.eval(&format!(
            "document.querySelectorAll('#rows [role=row]:not([hidden])')[{row}].click()"
        ))
        .await;
        tab.until("document.querySelector('#call h3')").await;
    }
    for name in ["Sources", "Send", "Break", "Figures"] {
        tab.press(name).await;
    }
    tab.until_text("balance received 2").await;
    assert_eq!(
        tab.eval("document.querySelectorAll('main img, main script').length")
            .await,
        0
    );
    assert_eq!(tab.eval("document.title").await, "thingrelay dev");

    // No secret of the configuration or of a message was sent.
    let bodies = ["facts", "totals", "calls", "calls/1", "calls/2", "events"];
    for resource in bodies {
        let text = page.get(resource).await.to_string();
        assert!(!text.contains(METERS_TOKEN), "{resource}");
    }
    let psk = "Zr8mWq3nLx6tKv0B";
    let original = page.get("calls/1").await["original"].to_string();
    assert!(original.contains("a/b/c") && !original.contains(psk));
    let revealed = page.order("original/1", json!({})).await.to_string();
    assert!(revealed.contains(psk), "{revealed}");
    tab.press("Sources").await;
    tab.press("Show token").await;
    let given = json!(METERS_TOKEN);
    let shown = format!(
        "[...document.querySelectorAll('#sources code')].some(it => [{given}].includes(it.textContent) || it.textContent.length === 32)"
    );
    tab.until(&shown).await;
    tab.press("Hide token").await;

    let requests = tab.events(&["Network.requestWillBeSent"]);
    let urls = requests
        .iter()
        .map(|it| it["request"]["url"].as_str().unwrap());
    let foreign: Vec<&str> = urls.filter(|url| !url.starts_with(&page.url)).collect();
    assert_eq!(foreign, [""; 0]);
    assert_eq!(tab.complaints(), [Value::Null; 0]);

    // The policy is what forbids it all.
    let forbidden = [
        "document.body.setAttribute('style', 'color: red')",
        "fetch('http://127.0.0.1:1/').catch(() => {})",
        "(() => { try { document.body.insertAdjacentHTML('beforeend', '<b>x</b>') } catch {} })()",
        "setTimeout(() => { try { new Function('1')() } catch {} })",
    ];
    for (before, expression) in forbidden.iter().enumerate() {
        tab.eval(expression).await;
        let violations = || tab.events(&["Audits.issueAdded"]).len();
        thingrelay_tests::deadline::until(crate::chromium::LIMIT, expression, || async {
            (violations() > before).then_some(())
        })
        .await;
    }
}

#[tokio::test]
async fn other_sites_and_other_names_get_nothing() {
    let data = tempfile::tempdir().unwrap();
    let page = Setting::start(data.path()).await;
    let address = page.url.strip_prefix("http://").unwrap();
    let port = address.rsplit(':').next().unwrap();
    let ask = async |head: String| {
        let request = format!("{head}\r\nConnection: close\r\n\r\n");
        let answer = thingrelay_tests::http::exchange(address.parse().unwrap(), request.as_bytes());
        answer.await.unwrap().status
    };
    let cases = [
        (format!("GET / HTTP/1.1\r\nHost: {address}"), 200),
        (format!("GET / HTTP/1.1\r\nHost: localhost:{port}"), 200),
        (format!("GET / HTTP/1.1\r\nHost: evil.example:{port}"), 421),
        (
            format!("GET /api/calls HTTP/1.1\r\nHost: {address}\r\nOrigin: http://evil.example"),
            403,
        ),
        (
            format!("GET /api/calls HTTP/1.1\r\nHost: {address}\r\nSec-Fetch-Site: cross-site"),
            403,
        ),
        (
            format!("POST /api/reveal HTTP/1.1\r\nHost: {address}\r\nContent-Length: 0"),
            415,
        ),
        (
            format!("DELETE /api/calls HTTP/1.1\r\nHost: {address}"),
            405,
        ),
        (format!("GET /nothing HTTP/1.1\r\nHost: {address}"), 404),
        (
            format!("GET /api/calls?sauce=x HTTP/1.1\r\nHost: {address}"),
            400,
        ),
    ];
    for (head, expected) in cases {
        assert_eq!(ask(head.clone()).await, expected, "{head}");
    }
}
