//! The commands of `thingrelay curl` work whenever they are pasted.

use crate::{
    process::{Relay, curl},
    shell::{are_there, run, shells},
};

#[test]
fn the_commands_give_the_echo_and_an_event_in_every_shell() {
    if !are_there(&["curl"]) {
        return;
    }
    let (mut relay, url) = Relay::start(&[]);
    let guide = relay.stdout().until(|line| line.starts_with("Ctrl-C"));
    let mut commands = Vec::new();
    for source in ["hub", "explorer", "video"] {
        let push_url = format!("{url}/{source}");
        let token = token_of(&guide, &push_url);
        commands.push(curl(&[&push_url, "--token", token, "--get"]));
        commands.push(curl(&[&push_url, "--token", token]));
    }
    for shell in shells() {
        for line in &commands {
            let printed = String::from_utf8(run(shell, line).stdout).unwrap();
            if line.contains("Echostr") {
                assert!(printed.starts_with("echo-n"), "{shell}: {printed}");
            } else {
                assert_eq!(printed, "200\n", "{shell}");
                let event = relay.stdout().until(|line| line.contains("DEMO/device-1"));
                let event = event.last().unwrap();
                assert!(event.contains("device.properties"), "{event}");
                assert!(event.contains("temperature=21.5"), "{event}");
                assert!(
                    !event.contains('\u{1b}'),
                    "colour without a terminal: {event}"
                );
            }
        }
    }
}

#[test]
fn the_commands_sign_with_openssl_where_there_is_no_sha1sum() {
    if !are_there(&["curl", "openssl"]) {
        return;
    }
    let (mut relay, url) = Relay::start(&[]);
    let guide = relay.stdout().until(|line| line.starts_with("Ctrl-C"));
    let push_url = format!("{url}/hub");
    let check = curl(&[&push_url, "--token", token_of(&guide, &push_url), "--get"]);
    assert!(check.contains("sha1sum "), "{check}");
    let without = check.replace("sha1sum ", "no-such-program ");
    let printed = String::from_utf8(run("sh", &without).stdout).unwrap();
    assert!(printed.starts_with("echo-n"), "{printed}");
}

/// The token that the guide shows for a push URL.
fn token_of<'a>(guide: &'a [String], push_url: &str) -> &'a str {
    let line = guide
        .iter()
        .find(|line| line.trim_start().starts_with(&format!("{push_url} ")));
    line.unwrap().split_once("  token ").unwrap().1
}
