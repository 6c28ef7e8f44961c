//! The picture in README.md, which a run with `THINGRELAY_PICTURES=docs/images` writes again.

use std::path::PathBuf;
use std::{env, fs};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::json;

use crate::setting::Setting;

#[tokio::test]
async fn the_page_is_pictured() {
    let data = tempfile::tempdir().unwrap();
    let page = Setting::start(data.path()).await;
    let tab = &page.tab;
    page.send(&["--count", "160", "--devices", "8", "--rate", "80/s"])
        .await;
    for (kind, source, sign) in [
        ("check", "hub", "right"),
        ("status", "explorer", "right"),
        ("event", "video", "right"),
        ("report", "video", "wrong_token"),
        ("report", "explorer", "stale"),
        ("firmware", "hub", "right"),
        ("gateway", "hub", "right"),
    ] {
        page.order(
            "send",
            json!({ "source": source, "kind": kind, "sign": sign }),
        )
        .await;
    }
    page.order(
        "send",
        json!({ "source": "hub", "kind": "report", "body": "not JSON" }),
    )
    .await;
    page.order("send", json!({ "source": "hub", "kind": "report" }))
        .await;
    tab.size(1280, 680).await;
    tab.until("document.querySelector('#summary').textContent.includes('quarantined')")
        .await;
    tab.until("document.querySelector('#rows [data-outcome=forwarded]')")
        .await;
    tab.eval("[...document.querySelectorAll('#rows [role=row]')].find(it => it.ariaRowIndex === '1').click()").await;
    tab.until("document.querySelector('#call h3')").await;
    // Two whole seconds are in the plot.
    tab.until("document.querySelector('#plot').ariaLabel !== 'Rate'")
        .await;
    let picture = BASE64_STANDARD.decode(tab.picture().await).unwrap();
    assert!(picture.starts_with(b"\x89PNG"));
    if let Some(directory) = env::var_os("THINGRELAY_PICTURES") {
        fs::write(PathBuf::from(directory).join("page.png"), picture).unwrap();
    }
}
