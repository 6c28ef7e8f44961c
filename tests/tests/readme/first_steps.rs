use crate::commands::{CHECK, CURL, DEV, INSTALL, INSTALLED_CHECK, SEND, STATUS, TAIL};
use crate::relay::Relay;
use crate::shell::{CARGO_LIMIT, LIMIT, installed, shell};

/// The sources of `cargo dev` without a configuration.
const SOURCES: [&str; 3] = ["hub", "explorer", "video"];

#[tokio::test]
async fn dev_prints_what_curl_needs_and_takes_what_send_and_check_send() {
    let relay = Relay::start(&shell(), DEV).await;
    for (index, name) in SOURCES.into_iter().enumerate() {
        let source = relay.source(name).await;
        let shell = shell().with_token(&source.token);
        let curl = format!("{CURL} {} --token \"$TOKEN\"", source.url);
        let written = shell.run(&format!("{curl} --get | sh"), CARGO_LIMIT).await;
        let echo = written.stdout.concat();
        let random = echo
            .strip_prefix("echo-n")
            .and_then(|rest| rest.strip_suffix('n'));
        let random = random.unwrap_or_else(|| panic!("no Echostr:\n{}", written.all()));
        let whole = random.len() == 16 && random.bytes().all(|byte| byte.is_ascii_hexdigit());
        assert!(whole, "{}", written.all());

        let written = shell.run(&format!("{curl} | sh"), CARGO_LIMIT).await;
        assert_eq!(written.stdout, ["200"]);
        relay
            .expect(index + 1, "device.properties DEMO/device-1 ")
            .await;
    }
    let hub = relay.source("hub").await;
    let shell = shell().with_token(&hub.token);
    let written = shell.run(&relay.addressed(SEND), CARGO_LIMIT).await;
    assert!(
        written.all().contains("accepted  1000"),
        "{}",
        written.all()
    );
    relay
        .expect(1000, "device.properties THINGRELAY/device-")
        .await;
    let written = shell.run(&relay.addressed(CHECK), CARGO_LIMIT).await;
    assert!(written.all().contains("No problems."), "{}", written.all());

    install().await;
    let command = format!("{INSTALLED_CHECK} {} --token \"$TOKEN\"", hub.url);
    let written = shell.run(&command, LIMIT).await;
    assert!(written.all().contains("No problems."), "{}", written.all());
    relay.interrupt().await;

    // The suite ministack runs them at a stack. Here they explain what they need.
    for command in [STATUS, TAIL] {
        let nothing = "env -u AWS_ACCESS_KEY_ID -u AWS_PROFILE AWS_EC2_METADATA_DISABLED=true \
             AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null";
        let run = format!("{nothing} {command} thingrelay --region eu-west-1 || true");
        let written = shell.run(&run, LIMIT).await;
        let explained = written.all().contains("there are no AWS credentials");
        assert!(explained, "{command}: {}", written.all());
    }
}

/// Installs from the existing build; a reader's build would be an optimised one. The help of each
/// command has an example.
async fn install() {
    let root = installed();
    let command = format!(
        "{INSTALL} --debug --locked --offline --force --root '{}'",
        root.display()
    );
    shell().run(&command, CARGO_LIMIT).await;
    let help = shell().run("thingrelay --help", LIMIT).await.stdout;
    let subcommands: Vec<&str> = help
        .iter()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty())
        // Long descriptions go on in the next line, further to the right.
        .filter_map(|line| line.strip_prefix("  ")?.split(' ').next())
        .filter(|name| !name.is_empty())
        .filter(|name| *name != "help")
        .collect();
    assert!(subcommands.len() >= 6, "{subcommands:?}");
    for name in subcommands {
        let help = shell()
            .run(&format!("thingrelay {name} --help"), LIMIT)
            .await;
        let example = format!("  thingrelay {name}");
        let has_example = help.stdout.iter().any(|line| line.starts_with(&example));
        assert!(has_example, "no example in:\n{}", help.all());
    }
}
