//! The page works by keyboard, for a screen reader, on a small screen, and in both colour schemes.

use std::{env, fs};

use serde_json::{Value, json};

use crate::chromium::Tab;
use crate::setting::Setting;

const TABS: [&str; 5] = ["Call", "Sources", "Send", "Break", "Figures"];

#[tokio::test]
async fn axe_finds_nothing_in_any_part_scheme_and_size() {
    let data = tempfile::tempdir().unwrap();
    let page = Setting::start(data.path()).await;
    let tab = &page.tab;
    let axe = env::var_os("THINGRELAY_AXE").expect("set by cargo xtask test browser");
    let axe = fs::read_to_string(axe).unwrap();
    tab.eval(&format!("{axe}; true")).await;
    check(tab, "empty").await;
    fill(&page).await;
    tab.eval("document.querySelector('#rows [role=row]:not([hidden])').click()")
        .await;
    tab.until("document.querySelector('#call h3')").await;
    for scheme in ["light", "dark"] {
        tab.media(&[
            ("prefers-color-scheme", scheme),
            ("prefers-reduced-motion", "reduce"),
        ])
        .await;
        for name in TABS {
            tab.press(name).await;
            check(tab, &format!("{name}, {scheme}")).await;
        }
    }
    tab.size(360, 740).await;
    for name in TABS {
        tab.press(name).await;
        let wide = "document.documentElement.scrollWidth <= 360";
        assert_eq!(
            tab.eval(wide).await,
            true,
            "{name} is wider than the screen"
        );
    }
    check(tab, "small").await;
    assert_eq!(tab.complaints(), [Value::Null; 0]);
}

/// A call of each kind of outcome that comes without waiting.
async fn fill(page: &Setting) {
    for order in [
        json!({ "source": "hub", "kind": "report", "count": 30, "devices": 3 }),
        json!({ "source": "hub", "kind": "check" }),
        json!({ "source": "hub", "kind": "report", "body": "[1" }),
        json!({ "source": "hub", "kind": "report", "sign": "wrong_token" }),
    ] {
        page.order("send", order).await;
    }
    page.tab
        .until("document.querySelector('#list').getAttribute('aria-rowcount') === '33'")
        .await;
    page.tab
        .until("document.querySelector('#summary').textContent.includes('quarantined')")
        .await;
}

async fn check(tab: &Tab, what: &str) {
    let result = tab.eval("axe.run().then(it => ({ violations: it.violations, incomplete: it.incomplete.map(it => it.id) }))").await;
    println!("{what}: not decided {}", result["incomplete"]);
    let violations = result["violations"].as_array().unwrap();
    let told: Vec<String> = violations
        .iter()
        .map(|it| format!("{}: {} {}", it["id"], it["help"], it["nodes"][0]["html"]))
        .collect();
    assert!(told.is_empty(), "{what}: {told:#?}");
}

#[tokio::test]
async fn the_keyboard_alone_is_enough() {
    let data = tempfile::tempdir().unwrap();
    let page = Setting::start(data.path()).await;
    let tab = &page.tab;
    fill(&page).await;
    let active = "document.activeElement.id";
    tab.eval("document.querySelector('#list').focus()").await;
    let selected =
        "document.querySelector('[role=row][aria-selected=true]:not([hidden])')?.ariaRowIndex";
    for (key, row) in [
        ("ArrowDown", "1"),
        ("ArrowDown", "2"),
        ("End", "33"),
        ("ArrowUp", "32"),
        ("Home", "1"),
    ] {
        tab.key(key).await;
        tab.until(&format!("{selected} === '{row}'")).await;
        let named = "document.querySelector('#list').getAttribute('aria-activedescendant') === document.querySelector('[role=row][aria-selected=true]:not([hidden])').id";
        tab.until(named).await;
    }
    tab.key("Enter").await;
    assert_eq!(tab.eval(active).await, "call");
    tab.key("Escape").await;
    assert_eq!(tab.eval(active).await, "list");
    tab.key("/").await;
    assert_eq!(tab.eval(active).await, "text");
    tab.eval("document.querySelector('#tab-call').focus()")
        .await;
    tab.key("ArrowRight").await;
    assert_eq!(tab.eval(active).await, "tab-sources");
    tab.until_text("Targets").await;

    // What a screen reader is told.
    let tree = tab.call("Accessibility.getFullAXTree", json!({})).await;
    let nodes = tree["nodes"].as_array().unwrap();
    let count = |role: &str| {
        let of_role = nodes.iter().filter(|node| node["role"]["value"] == role);
        of_role.filter(|node| node["ignored"] != true).count()
    };
    for (role, least) in [
        ("grid", 1),
        ("row", 10),
        ("gridcell", 60),
        ("tab", 5),
        ("status", 2),
        ("main", 1),
    ] {
        assert!(count(role) >= least, "{role}: {}", count(role));
    }
    let nameless = nodes.iter().filter(|node| {
        let role = node["role"]["value"].as_str().unwrap_or_default();
        ["button", "textbox", "combobox", "searchbox", "grid", "tab"].contains(&role)
            && node["ignored"] != true
            && node["name"]["value"]
                .as_str()
                .unwrap_or_default()
                .is_empty()
    });
    assert_eq!(nameless.count(), 0);
}
