//! The printed commands work whenever they are pasted.

use crate::{
    process::Relay,
    shell::{are_there, run, shells},
};

#[test]
fn the_printed_commands_give_the_echo_and_an_event_in_every_shell() {
    if !are_there(&["curl"]) {
        return;
    }
    let (mut relay, url) = Relay::start(&[]);
    let guide = relay.stdout().until(|line| line.starts_with("Ctrl-C"));
    let commands: Vec<&String> = guide
        .iter()
        .filter(|line| line.contains("; curl "))
        .collect();
    assert_eq!(commands.len(), 6, "{guide:#?}");
    for source in ["hub", "explorer", "video"] {
        let push_url = format!("{url}/{source}");
        assert!(
            guide.iter().any(|line| line.trim() == push_url),
            "{guide:#?}"
        );
        let of_source = commands.iter().filter(|line| line.contains(&push_url));
        assert_eq!(of_source.count(), 2);
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
fn the_printed_commands_sign_with_openssl_where_there_is_no_sha1sum() {
    if !are_there(&["curl", "openssl"]) {
        return;
    }
    let (mut relay, _) = Relay::start(&[]);
    let guide = relay.stdout().until(|line| line.starts_with("Ctrl-C"));
    let check = guide
        .iter()
        .find(|line| line.contains("Echostr: "))
        .unwrap();
    assert!(check.contains("sha1sum "), "{check}");
    let without = check.replace("sha1sum ", "no-such-program ");
    let printed = String::from_utf8(run("sh", &without).stdout).unwrap();
    assert!(printed.starts_with("echo-n"), "{printed}");
}
