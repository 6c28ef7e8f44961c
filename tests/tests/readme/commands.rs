use std::collections::BTreeSet;

use thingrelay_tests::document::Document;

use crate::relay::ADDRESS;
use crate::shell::{LIMIT, shell};

/// Runs the whole relay.
pub(crate) const DEV: &str = "cargo dev";
/// Plays the platform.
pub(crate) const SEND: &str = "cargo thingrelay send tencent http://127.0.0.1:9001/hub --token \"$TOKEN\" --count 1000 --devices 20";
/// Prints a command that signs itself; its arguments are those of [`CHECK`].
pub(crate) const CURL: &str = "cargo thingrelay curl";
/// Checks the endpoint as the platform does.
pub(crate) const CHECK: &str =
    "cargo thingrelay check url http://127.0.0.1:9001/hub --token \"$TOKEN\"";
/// Checks the reader's own sources and targets.
pub(crate) const CONFIG_CHECK: &str = "cargo thingrelay config check relay.toml";
/// Runs the reader's own sources and targets.
pub(crate) const DEV_OWN: &str = "cargo dev --config relay.toml --data ./relay-data";
/// Makes a token.
pub(crate) const TOKEN: &str = "cargo thingrelay token";
/// Installs the command.
pub(crate) const INSTALL: &str = "cargo install --path cli";
/// The check with the installed command; its arguments are those of [`CHECK`].
pub(crate) const INSTALLED_CHECK: &str = "thingrelay check url";
/// The check of the configuration with the installed command; its arguments are those of
/// [`CONFIG_CHECK`].
pub(crate) const INSTALLED_CONFIG_CHECK: &str = "thingrelay config check";
/// Shows a stack in AWS on one screen.
pub(crate) const STATUS: &str = "thingrelay status";
/// Follows a stack in AWS.
pub(crate) const TAIL: &str = "thingrelay tail";
/// Gives `cargo dev` a public address.
const TUNNEL: &str = "cloudflared tunnel --url http://127.0.0.1:9001";
/// Runs the tests, including this test.
const TEST: &str = "cargo xtask test";

/// Every command that these tests run.
const RUN: [&str; 14] = [
    DEV,
    CURL,
    SEND,
    CHECK,
    CONFIG_CHECK,
    DEV_OWN,
    TOKEN,
    INSTALL,
    INSTALLED_CHECK,
    INSTALLED_CONFIG_CHECK,
    STATUS,
    TAIL,
    TUNNEL,
    TEST,
];

/// The start of the commands within a sentence.
const BEGINNINGS: [&str; 3] = ["cargo ", "thingrelay ", "cloudflared "];

#[test]
fn the_commands_of_the_readme_are_those_that_are_run() {
    let readme = Document::read("README.md");
    let typed = readme.blocks_in("sh").join("\n");
    let typed = typed
        .lines()
        .map(|line| line.split(" #").next().unwrap_or(line).trim());
    let spans = readme.spans();
    let comments = readme.blocks_in("toml").join("\n");
    let comments = comments.split('`').skip(1).step_by(2);
    let named = spans.iter().map(String::as_str).chain(comments);
    let named = named.filter(|span| BEGINNINGS.iter().any(|name| span.starts_with(name)));
    let found: BTreeSet<&str> = typed.chain(named).collect();
    assert_eq!(found, BTreeSet::from(RUN));
}

/// The tunnel leads to the address of `cargo dev`. Its program is not part of this project, and its
/// work needs the network: if the program is installed, the test checks that it knows the
/// arguments.
#[tokio::test]
async fn the_tunnel_leads_to_dev() {
    let address = TUNNEL.rsplit(' ').next().unwrap();
    assert_eq!(address, format!("http://{ADDRESS}"));
    let help = format!("if command -v cloudflared; then {TUNNEL} --help; fi");
    shell().run(&help, LIMIT).await;
}
