//! Chromium, driven by its DevTools protocol: <https://chromedevtools.github.io/devtools-protocol/>.

use std::collections::HashMap;
use std::env;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::process::Stdio;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tempfile::TempDir;
use thingrelay_tests::deadline::{until, within};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::sync::{mpsc, oneshot};
use tokio_tungstenite::tungstenite::Message;

/// How long a step may take. A page on a busy machine takes some seconds.
pub(crate) const LIMIT: Duration = Duration::from_secs(60);

/// A browser without a window; dropping it kills it.
pub(crate) struct Chromium {
    _process: Child,
    _profile: TempDir,
    connection: Connection,
}

/// A tab.
pub(crate) struct Tab {
    connection: Connection,
    session: String,
}

#[derive(Clone)]
struct Connection {
    requests: mpsc::UnboundedSender<Message>,
    shared: Arc<Mutex<Shared>>,
    next: Arc<AtomicU64>,
}

#[derive(Default)]
struct Shared {
    replies: HashMap<u64, oneshot::Sender<Value>>,
    events: Vec<Value>,
}

impl Chromium {
    pub(crate) async fn start() -> Self {
        let program = env::var_os("THINGRELAY_CHROMIUM").expect("set by cargo xtask test browser");
        let profile = tempfile::tempdir().unwrap();
        let mut command = Command::new(program);
        command
            .args(["--headless", "--remote-debugging-port=0", "--no-first-run"])
            .args([
                "--disable-background-networking",
                "--disable-component-update",
            ])
            .args(["--disable-sync", "--disable-extensions", "--disable-gpu"])
            .args(["--disable-dev-shm-usage", "--hide-scrollbars"])
            .arg("--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1")
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .arg("about:blank")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        // Its sandbox does not work for root.
        if fs::metadata("/proc/self").unwrap().uid() == 0 {
            command.arg("--no-sandbox");
        }
        let mut process = command.spawn().expect("Chromium can be started");
        let mut lines = BufReader::new(process.stderr.take().unwrap()).lines();
        let url = within(LIMIT, "the address of Chromium", async {
            loop {
                let line = lines
                    .next_line()
                    .await
                    .unwrap()
                    .expect("Chromium has ended");
                if let Some((_, url)) = line.split_once("DevTools listening on ") {
                    return url.to_owned();
                }
            }
        });
        let url = url.await;
        // A full pipe would stop the browser.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Chromium {
            _process: process,
            _profile: profile,
            connection: Connection::open(&url).await,
        }
    }

    /// Opens a URL in a tab, with cookies and storage of its own.
    pub(crate) async fn open(&self, url: &str) -> Tab {
        let whole =
            async |method: &str, parameters| self.connection.call(None, method, parameters).await;
        let context = whole("Target.createBrowserContext", json!({})).await;
        let target =
            json!({ "url": "about:blank", "browserContextId": context["browserContextId"] });
        let target = whole("Target.createTarget", target).await;
        let attach = json!({ "targetId": target["targetId"], "flatten": true });
        let session = whole("Target.attachToTarget", attach).await;
        let tab = Tab {
            connection: self.connection.clone(),
            session: session["sessionId"].as_str().unwrap().to_owned(),
        };
        for domain in [
            "Page",
            "Runtime",
            "Log",
            "Audits",
            "Network",
            "Accessibility",
        ] {
            tab.call(&format!("{domain}.enable"), json!({})).await;
        }
        tab.size(1400, 900).await;
        tab.call("Page.navigate", json!({ "url": url })).await;
        tab
    }
}

impl Tab {
    pub(crate) async fn call(&self, method: &str, parameters: Value) -> Value {
        let session = Some(self.session.as_str());
        self.connection.call(session, method, parameters).await
    }

    /// The value of an expression, after it is settled.
    pub(crate) async fn eval(&self, expression: &str) -> Value {
        let parameters = json!({
            "expression": expression, "awaitPromise": true, "returnByValue": true,
            "userGesture": true,
        });
        let result = self.call("Runtime.evaluate", parameters).await;
        let failed = result.get("exceptionDetails");
        assert!(failed.is_none(), "{expression}: {failed:?}");
        result["result"]["value"].clone()
    }

    /// Waits until an expression is true. Until then, it may fail.
    pub(crate) async fn until(&self, expression: &str) {
        let guarded =
            format!("(() => {{ try {{ return !!({expression}) }} catch {{ return false }} }})()");
        until(LIMIT, expression, || async {
            (self.eval(&guarded).await == true).then_some(())
        })
        .await;
    }

    /// Waits until the text is on the page.
    pub(crate) async fn until_text(&self, text: &str) {
        self.until(&format!(
            "document.body.innerText.includes({})",
            json!(text)
        ))
        .await;
    }

    /// Presses the button of this name, which has to be shown.
    pub(crate) async fn press(&self, name: &str) {
        let found = format!(
            "[...document.querySelectorAll('button')].find(it => it.checkVisibility() && (it.textContent === {0} || it.ariaLabel === {0}))",
            json!(name)
        );
        self.until(&found).await;
        self.eval(&format!("{found}.click()")).await;
    }

    /// Clicks on the first element of a selector.
    pub(crate) async fn click(&self, selector: &str) {
        let found = format!("document.querySelector({})", json!(selector));
        self.until(&format!("{found}.checkVisibility()")).await;
        self.eval(&format!("{found}.click()")).await;
    }

    /// Sets the value of a field, as typing does.
    pub(crate) async fn set(&self, selector: &str, value: &str) {
        let found = format!("document.querySelector({})", json!(selector));
        self.until(&found).await;
        let (kind, member) = match value {
            "true" | "false" => (value.to_owned(), "checked"),
            _ => (json!(value).to_string(), "value"),
        };
        self.eval(&format!(
            "{{ const it = {found}; it.{member} = {kind}; for (const name of ['input', 'change']) it.dispatchEvent(new Event(name, {{ bubbles: true }})); }}"
        ))
        .await;
    }

    /// Presses and releases a key.
    pub(crate) async fn key(&self, key: &str) {
        let code = match key {
            "Enter" => 13,
            "Escape" => 27,
            "Tab" => 9,
            "End" => 35,
            "Home" => 36,
            "ArrowUp" => 38,
            "ArrowRight" => 39,
            "ArrowDown" => 40,
            "/" => 191,
            _ => panic!("no code of {key}"),
        };
        let text = match key {
            "Enter" => Some("\r"),
            "/" => Some("/"),
            _ => None,
        };
        for kind in ["keyDown", "keyUp"] {
            let mut event =
                json!({ "type": kind, "key": key, "code": key, "windowsVirtualKeyCode": code });
            if let (Some(text), "keyDown") = (text, kind) {
                event["text"] = text.into();
            }
            self.call("Input.dispatchKeyEvent", event).await;
        }
    }

    pub(crate) async fn size(&self, width: u32, height: u32) {
        let size =
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.call("Emulation.setDeviceMetricsOverride", size).await;
    }

    /// Sets media features, such as `prefers-color-scheme`.
    pub(crate) async fn media(&self, features: &[(&str, &str)]) {
        let features = features.iter();
        let features = features.map(|(name, value)| json!({ "name": name, "value": value }));
        let features = json!({ "features": features.collect::<Vec<_>>() });
        self.call("Emulation.setEmulatedMedia", features).await;
    }

    /// A picture of the page, as PNG in base64.
    pub(crate) async fn picture(&self) -> String {
        let taken = self
            .call("Page.captureScreenshot", json!({ "format": "png" }))
            .await;
        taken["data"].as_str().unwrap().to_owned()
    }

    /// The parameters of the events of this tab with one of these names so far.
    pub(crate) fn events(&self, names: &[&str]) -> Vec<Value> {
        let shared = self.connection.shared.lock().unwrap();
        let of_tab = shared.events.iter().filter(|event| {
            let name = event["method"].as_str().unwrap_or_default();
            event["sessionId"] == self.session.as_str() && names.contains(&name)
        });
        of_tab.map(|event| event["params"].clone()).collect()
    }

    /// What the browser complains about: errors, console lines, violations of the policy.
    pub(crate) fn complaints(&self) -> Vec<Value> {
        self.events(&[
            "Runtime.exceptionThrown",
            "Runtime.consoleAPICalled",
            "Log.entryAdded",
            "Audits.issueAdded",
        ])
    }
}

impl Connection {
    async fn open(url: &str) -> Self {
        let address = url
            .strip_prefix("ws://")
            .unwrap()
            .split('/')
            .next()
            .unwrap();
        let stream = TcpStream::connect(address).await.unwrap();
        let (socket, _) = tokio_tungstenite::client_async(url, stream).await.unwrap();
        let (mut sender, mut receiver) = socket.split();
        let (requests, mut waiting) = mpsc::unbounded_channel::<Message>();
        tokio::spawn(async move {
            while let Some(request) = waiting.recv().await {
                if sender.send(request).await.is_err() {
                    return;
                }
            }
        });
        let shared = Arc::new(Mutex::new(Shared::default()));
        let received = Arc::clone(&shared);
        tokio::spawn(async move {
            while let Some(Ok(message)) = receiver.next().await {
                let Message::Text(text) = message else {
                    continue;
                };
                let value: Value = serde_json::from_str(&text).unwrap();
                let mut shared = received.lock().unwrap();
                match value["id"]
                    .as_u64()
                    .and_then(|id| shared.replies.remove(&id))
                {
                    Some(reply) => _ = reply.send(value),
                    None => shared.events.push(value),
                }
            }
        });
        Connection {
            requests,
            shared,
            next: Arc::default(),
        }
    }

    async fn call(&self, session: Option<&str>, method: &str, parameters: Value) -> Value {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let mut request = json!({ "id": id, "method": method, "params": parameters });
        if let Some(session) = session {
            request["sessionId"] = session.into();
        }
        let (reply, replied) = oneshot::channel();
        self.shared.lock().unwrap().replies.insert(id, reply);
        let text = Message::text(request.to_string());
        self.requests.send(text).expect("Chromium has ended");
        let mut value = within(LIMIT, method, replied)
            .await
            .expect("Chromium has ended");
        assert!(value.get("error").is_none(), "{method}: {value}");
        value["result"].take()
    }
}
