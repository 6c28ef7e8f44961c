//! `thingrelay dev` and its page in a browser.

use std::path::Path;
use std::process::Stdio;

use serde_json::{Value, json};
use thingrelay_tests::process::{Launch, Relay, program};
use tokio::process::Command;

use crate::chromium::{Chromium, Tab};

/// A run with its page in a tab.
pub(crate) struct Setting {
    pub(crate) relay: Relay,
    pub(crate) url: String,
    _browser: Chromium,
    pub(crate) tab: Tab,
}

impl Setting {
    /// A run without a configuration, which keeps its data in the directory.
    pub(crate) async fn start(data: &Path) -> Self {
        Setting::of(Launch::new().data(data)).await
    }

    pub(crate) async fn of(launch: Launch) -> Self {
        let relay = launch.start().await;
        let url = page_url(&relay);
        let browser = Chromium::start().await;
        let tab = browser.open(&url).await;
        tab.until("document.querySelector('#connection').dataset.state === 'live'")
            .await;
        Setting {
            relay,
            url,
            _browser: browser,
            tab,
        }
    }

    /// Sends messages to the source `hub`, as the platform does.
    pub(crate) async fn send(&self, arguments: &[&str]) {
        let token = self.token().await;
        let status = Command::new(program("thingrelay"))
            .args(["send", "tencent"])
            .arg(format!("http://{}/hub", self.relay.address))
            .args(arguments)
            .env("THINGRELAY_TOKEN", token)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        assert!(status.await.unwrap().success());
    }

    /// The token of the source `hub`, as the page gives it when it is asked.
    pub(crate) async fn token(&self) -> String {
        let given = self.order("reveal", json!({ "source": "hub" })).await;
        given["token"].as_str().unwrap().to_owned()
    }

    /// Gives an order to the API, from the page.
    pub(crate) async fn order(&self, resource: &str, order: Value) -> Value {
        let expression = format!(
            "fetch('/api/{resource}', {{ method: 'POST', headers: {{ 'content-type': 'application/json' }}, body: {} }}).then(it => it.json())",
            json!(order.to_string())
        );
        self.tab.eval(&expression).await
    }

    /// What the API answers.
    pub(crate) async fn get(&self, resource: &str) -> Value {
        let path = json!(format!("/api/{resource}"));
        self.tab
            .eval(&format!("fetch({path}).then(it => it.json())"))
            .await
    }
}

/// The URL in the line `page URL` on standard error.
pub(crate) fn page_url(relay: &Relay) -> String {
    let told = relay.told();
    let url = told.iter().find_map(|line| line.strip_prefix("page "));
    url.expect("a line `page URL`").to_owned()
}
