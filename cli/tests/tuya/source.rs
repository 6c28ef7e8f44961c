//! A Tuya project, its messages, and commands for it.

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};
use std::{
    path::Path,
    process::{Command, Output, Stdio},
};
use thingrelay_core::tuya::{self, Access, AccessId, AccessKey, Mode};
use thingrelay_tests::searched;

pub(crate) const ACCESS_ID: &str = "relaytestid000000001";
pub(crate) const ACCESS_KEY: &str = "00112233445566778899aabbccddeeff";
const NOW: i64 = 1_795_226_710_000;

pub(crate) fn access() -> Access {
    Access::new(
        AccessId::parse(ACCESS_ID).unwrap(),
        AccessKey::parse(ACCESS_KEY).unwrap(),
    )
}

/// A device's report, as the broker delivers it.
pub(crate) fn report(number: u32) -> String {
    let plaintext = format!(
        r#"{{"dataId":"R{number}","devId":"dev{number}","productKey":"p1","status":[{{"code":"temperature","value":{number},"t":{NOW}}}]}}"#
    );
    frame(
        number,
        &tuya::seal(&access(), Mode::Gcm, 4, NOW, plaintext.as_bytes(), [7; 12]),
    )
}

pub(crate) fn frame(number: u32, envelope: &str) -> String {
    json!({
        "messageId": format!("CAcQ{number}"),
        "payload": BASE64_STANDARD.encode(envelope),
        "properties": {"em": "aes_gcm"},
        "publishTime": "2026-11-21T02:05:10.378Z",
        "redeliveryCount": 0,
        "key": format!("dev{number}"),
    })
    .to_string()
}

/// Decrypts a produced message: returns the plaintext and the other fields of its envelope.
pub(crate) fn opened(produced: &Value) -> (Value, tuya::OpenedMessage) {
    let payload = produced["payload"].as_str().unwrap();
    let payload = BASE64_STANDARD.decode(payload).unwrap();
    let em = produced["properties"]["em"].as_str();
    let opened = tuya::open(&access(), tuya::SignaturePolicy::Enforce, &payload, em).unwrap();
    (serde_json::from_slice(&opened.plaintext).unwrap(), opened)
}

/// A configuration with a source named house, and additional lines for it.
pub(crate) fn config(directory: &Path, url: &str, more: &str) -> String {
    let path = directory.join("relay.toml");
    let text = format!(
        "[sources.house]\nplatform = \"tuya\"\naccess_id = \"{ACCESS_ID}\"\naccess_key = \"{ACCESS_KEY}\"\nurl = \"{url}\"\n{more}\n"
    );
    std::fs::write(&path, text).unwrap();
    path.to_string_lossy().into_owned()
}

pub(crate) fn thingrelay(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_thingrelay"));
    for name in [
        "RUST_LOG",
        "SSL_CERT_FILE",
        "SSL_CERT_DIR",
        "THINGRELAY_TOKEN",
        "THINGRELAY_ACCESS_KEY",
        "THINGRELAY_PRODUCER_TOKEN",
        "THINGRELAY_STAGING_QUEUE_URL",
    ] {
        command.env_remove(name);
    }
    command
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    searched::remember_command(&command);
    command
}

/// Both output streams of a command that has ended.
pub(crate) fn everything(output: &Output) -> String {
    [&output.stdout, &output.stderr]
        .map(|stream| String::from_utf8_lossy(stream).into_owned())
        .concat()
}
