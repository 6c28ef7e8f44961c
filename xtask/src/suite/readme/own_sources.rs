use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::checks::Checks;
use super::commands::{CKAFKA_CONFIG_CHECK, CONFIG_CHECK, DEV_OWN, TUYA_CONFIG_CHECK};
use super::document::{CKAFKA, Document, TUYA};
use super::first_steps::token;
use super::relay::Relay;
use super::shell::Shell;
use crate::workspace::Workspace;

/// How long `send` may take for one message.
const SEND_LIMIT: Duration = Duration::from_secs(120);

/// How long `config check` may take: cargo may have to wait for others.
const CHECK_LIMIT: Duration = Duration::from_secs(600);

/// `config check` with the configurations of README.md, docs/tuya.md and docs/ckafka.md, and `cargo
/// dev` with the first, its tokens made and its target a queue of `other`, twice on the same data: as
/// it is written, then with `--json` for the example.
pub(super) fn run(
    workspace: &Workspace,
    shell: &Shell,
    document: &Document,
    other: &Relay,
    checks: &mut Checks,
) {
    // Below the checkout, where the cargo of a reader finds the aliases, and out of git's sight.
    let directory = workspace.root().join("target");
    let directory = fs::create_dir_all(&directory).and_then(|()| {
        tempfile::Builder::new()
            .prefix("readme-")
            .tempdir_in(&directory)
    });
    let prepared = checks.check("the configuration has what the suite replaces", || {
        let directory = directory.context("no temporary directory")?;
        let tokens = [token(shell)?, token(shell)?];
        ensure!(tokens[0] != tokens[1], "the same token twice");
        let text = configuration(document.configuration()?, &tokens, &other.events_queue()?)?;
        fs::write(directory.path().join("relay.toml"), text)?;
        Ok((directory, tokens))
    });
    let Some((directory, [current, previous])) = prepared else {
        return;
    };
    let shell = shell.in_directory(directory.path());
    checks.check("`config check` finds the configuration good", || {
        let printed = shell.run(CONFIG_CHECK, "", CHECK_LIMIT)?.printed.all();
        ensure!(
            printed.contains("meters: tencent-iot-hub, 2 tokens") && !printed.contains("warning"),
            "{printed}"
        );
        for token in [&current, &previous] {
            ensure!(!printed.contains(token.as_str()), "a token is printed");
        }
        Ok(())
    });
    checks.check(
        "`cargo dev` takes the configuration and both its tokens",
        || {
            let relay = Relay::start(&shell, DEV_OWN)?;
            for (count, token) in [(1, &current), (2, &previous)] {
                let command = format!(
                    "cargo thingrelay send tencent {}/meters --token \"$TOKEN\"",
                    relay.url()
                );
                shell.run(&command, token, SEND_LIMIT)?;
                relay.expect(count, "device.properties THINGRELAY/device-0001 ")?;
            }
            relay.interrupt()?;
            ensure!(
                directory
                    .path()
                    .join("relay-data")
                    .read_dir()?
                    .next()
                    .is_some(),
                "nothing is kept in relay-data"
            );
            Ok(())
        },
    );
    let page = |name| Document::read(workspace.root(), name);
    checks.check("`config check` finds the Tuya source good", || {
        let text = tuya_configuration(page(TUYA)?.configuration()?, &current)?;
        fs::write(directory.path().join("house.toml"), text)?;
        let printed = shell.run(TUYA_CONFIG_CHECK, "", CHECK_LIMIT)?.printed.all();
        let summary = "house: tuya, pulled from wss://mqe.tuyaeu.com:8285, production";
        ensure!(
            printed.contains(summary) && !printed.contains("warning"),
            "{printed}"
        );
        ensure!(!printed.contains(&current), "the key is printed");
        Ok(())
    });
    checks.check("`config check` finds the CKafka source good", || {
        let text = ckafka_configuration(page(CKAFKA)?.configuration()?, &current)?;
        fs::write(directory.path().join("plant.toml"), text)?;
        let printed = shell.run(CKAFKA_CONFIG_CHECK, "", CHECK_LIMIT)?.printed.all();
        let summary = "plant: tencent-iot-explorer, topics explorer of CKafka, pulled by the group thingrelay over sasl_ssl";
        ensure!(
            printed.contains(summary) && !printed.contains("warning"),
            "{printed}"
        );
        ensure!(!printed.contains(&current), "the password is printed");
        Ok(())
    });
    checks.check("what arrives comes out as it is shown", || {
        let (arriving, shown) = document.example()?;
        example(&shell, directory.path(), arriving, &current, shown)
    });
}

/// What stands for a token in the configuration of README.md.
const TOKEN_PLACE: &str = "\"…\"";

/// The configuration of README.md with these tokens and this queue for a target.
fn configuration(text: &str, tokens: &[String; 2], queue: &str) -> Result<String> {
    let places = text.matches(TOKEN_PLACE).count();
    ensure!(places == tokens.len(), "{places} places for tokens");
    let mut changed = text.to_owned();
    for token in tokens {
        changed = changed.replacen(TOKEN_PLACE, &format!("\"{token}\""), 1);
    }
    let target = text
        .lines()
        .find(|line| line.starts_with("queue_url = "))
        .context("no queue_url")?;
    Ok(changed.replace(target, &format!("queue_url = \"{queue}\"")))
}

/// The configuration of docs/tuya.md with this key.
fn tuya_configuration(text: &str, key: &str) -> Result<String> {
    let places = text.matches(TOKEN_PLACE).count();
    ensure!(
        places == 2,
        "{places} places for Access ID and Access Secret"
    );
    let with_id = text.replacen(TOKEN_PLACE, "\"readme-project\"", 1);
    Ok(with_id.replacen(TOKEN_PLACE, &format!("\"{key}\""), 1))
}

/// The configuration of docs/ckafka.md with this password.
fn ckafka_configuration(text: &str, password: &str) -> Result<String> {
    let places = text.matches(TOKEN_PLACE).count();
    ensure!(places == 1, "{places} places for a password");
    Ok(text.replace(TOKEN_PLACE, &format!("\"{password}\"")))
}

/// Sends what arrives, and compares the event with what is shown.
fn example(
    shell: &Shell,
    directory: &Path,
    arriving: &str,
    token: &str,
    shown: &str,
) -> Result<()> {
    fs::write(directory.join("message.json"), arriving.trim())?;
    let relay = Relay::start(shell, &format!("{DEV_OWN} --json"))?;
    let command = format!(
        "cargo thingrelay send tencent {}/meters --token \"$TOKEN\" --file message.json",
        relay.url()
    );
    shell.run(&command, token, SEND_LIMIT)?;
    let events = relay.expect(1, "specversion")?;
    let printed = relay.interrupt()?;
    ensure!(
        printed.stdout == events,
        "standard output has more than the event:\n{}",
        printed.stdout.join("\n")
    );
    let came: Value = serde_json::from_str(&events.concat())?;
    let mut expected: Value = serde_json::from_str(shown).context("the shown event is no JSON")?;
    // The id is shown shortened.
    let id = came["id"].as_str().context("an event without id")?;
    let short = expected["id"].as_str().context("no id is shown")?;
    let (start, end) = short.split_once('…').unwrap_or((short, ""));
    ensure!(
        id.starts_with(start) && id.ends_with(end),
        "the id is {id}, not {short}"
    );
    expected["id"] = id.into();
    ensure!(
        came == expected,
        "the event is {came:#}\nbut shown is {expected:#}"
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_and_target_are_replaced_and_the_rest_stays() -> Result<()> {
        let text = "tokens = [\"…\", \"…\"] # x\nqueue_url = \"https://q\"\n";
        let tokens = ["a".to_owned(), "b".to_owned()];
        assert_eq!(
            configuration(text, &tokens, "http://r")?,
            "tokens = [\"a\", \"b\"] # x\nqueue_url = \"http://r\"\n"
        );
        assert!(configuration("queue_url = \"q\"", &tokens, "r").is_err());
        assert!(configuration("\"…\", \"…\"", &tokens, "r").is_err());
        Ok(())
    }
}
