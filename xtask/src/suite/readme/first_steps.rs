use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::checks::Checks;
use super::commands::{CHECK, DEV, INSTALL, INSTALLED_CHECK, SEND, TOKEN};
use super::relay::{Relay, Source};
use super::shell::Shell;

/// How long a command may take that cargo may have to build first.
const CARGO_LIMIT: Duration = Duration::from_secs(600);

/// How long any other command may take.
const LIMIT: Duration = Duration::from_secs(120);

/// The sources of `cargo dev` without a configuration.
const SOURCES: [&str; 3] = ["hub", "explorer", "video"];

/// README.md up to its example. The running `cargo dev`, if it runs.
pub(super) fn run(shell: &Shell, checks: &mut Checks) -> Option<Relay> {
    let relay = checks.check("`cargo dev` starts and is ready", || {
        Relay::start(shell, DEV)
    })?;
    for (index, name) in SOURCES.into_iter().enumerate() {
        let source = checks.check(&format!("two commands are printed for {name}"), || {
            relay.source(name)
        });
        if let Some(source) = source {
            checks.check(&format!("the GET of {name} gives its Echostr back"), || {
                get(shell, &source)
            });
            checks.check(&format!("the POST of {name} gives an event"), || {
                post(shell, &source)?;
                relay.expect(index + 1, "device.properties DEMO/device-1 ")
            });
        }
    }
    let hub = relay.source("hub").ok()?;
    checks.check(
        "`send` sends 1,000 messages, and each gives an event",
        || {
            let ended = shell.run(&relay.addressed(SEND), &hub.token, CARGO_LIMIT)?;
            ensure!(
                ended
                    .printed
                    .stdout
                    .iter()
                    .any(|line| line == "accepted  1000"),
                "{}",
                ended.printed.all()
            );
            relay.expect(1000, "device.properties THINGRELAY/device-")
        },
    );
    checks.check("`check` says that all is well", || {
        let ended = shell.run(&relay.addressed(CHECK), &hub.token, CARGO_LIMIT)?;
        ensure_well(&ended.printed.all())
    });
    checks.check("`token` makes a strong token", || token(shell));
    let installed = checks.check(
        "the command is installed, each help with an example",
        || install(shell),
    );
    if installed.is_some() {
        checks.check("the installed `check` says that all is well", || {
            let command = format!("{INSTALLED_CHECK} {} --token \"$TOKEN\"", hub.url);
            let ended = shell.run(&command, &hub.token, LIMIT)?;
            ensure_well(&ended.printed.all())
        });
    }
    Some(relay)
}

/// A fresh token.
pub(super) fn token(shell: &Shell) -> Result<String> {
    let printed = shell.run(TOKEN, "", CARGO_LIMIT)?.printed;
    let [token] = printed.stdout.as_slice() else {
        anyhow::bail!("not one line:\n{}", printed.all());
    };
    let strong = token.len() >= 32 && token.bytes().all(|byte| byte.is_ascii_alphanumeric());
    ensure!(strong, "{token}");
    Ok(token.clone())
}

fn get(shell: &Shell, source: &Source) -> Result<()> {
    let printed = shell.run(&source.get, "", LIMIT)?.printed;
    let echo = printed.stdout.concat();
    let random = echo
        .strip_prefix("echo-n")
        .and_then(|rest| rest.strip_suffix('n'))
        .with_context(|| format!("no Echostr:\n{}", printed.all()))?;
    let whole = random.len() == 16 && random.bytes().all(|byte| byte.is_ascii_hexdigit());
    ensure!(whole && printed.stderr.is_empty(), "{}", printed.all());
    Ok(())
}

fn post(shell: &Shell, source: &Source) -> Result<()> {
    let printed = shell.run(&source.post, "", LIMIT)?.printed;
    ensure!(
        printed.stdout == ["200"] && printed.stderr.is_empty(),
        "{}",
        printed.all()
    );
    Ok(())
}

fn ensure_well(printed: &str) -> Result<()> {
    ensure!(printed.contains("All is well."), "{printed}");
    Ok(())
}

/// Installs from the build that there is: a reader's would be an optimised one.
fn install(shell: &Shell) -> Result<()> {
    let root = shell.installed();
    let root = root
        .to_str()
        .context("the path of the checkout is no text")?;
    let command = format!("{INSTALL} --debug --locked --offline --force --root '{root}'");
    shell.run(&command, "", CARGO_LIMIT)?;
    let help = shell.run("thingrelay --help", "", LIMIT)?.printed.stdout;
    let subcommands: Vec<&str> = help
        .iter()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .collect();
    for name in ["dev", "pull", "send", "check", "config", "token"] {
        ensure!(
            subcommands.contains(&name),
            "no {name} among {subcommands:?}"
        );
    }
    for name in subcommands {
        let help = shell
            .run(&format!("thingrelay {name} --help"), "", LIMIT)?
            .printed;
        let example = format!("  thingrelay {name}");
        ensure!(
            help.stdout.iter().any(|line| line.starts_with(&example)),
            "no example in:\n{}",
            help.all()
        );
    }
    Ok(())
}
