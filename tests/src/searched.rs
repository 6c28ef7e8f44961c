//! What programs under test are told in secret, and what they write. After each suite, `cargo xtask
//! test` searches everything that was written for every secret.
//!
//! Without the directory that `cargo xtask test` names, nothing is kept.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{LazyLock, Mutex, PoisonError};

/// The variable that names the directory. It gets the files `PROCESS.log` and `PROCESS.secrets`.
const DIRECTORY: &str = "THINGRELAY_TEST_OUTPUTS";

/// The keys of a document that hold secrets.
pub const KEYS: [&str; 6] = [
    "tokens",
    "access_key",
    "password",
    "client_key",
    "client_key_password",
    "signing_secrets",
];

/// The variables and the arguments that hold a secret.
const VARIABLES: [&str; 5] = [
    "THINGRELAY_TOKEN",
    "THINGRELAY_ACCESS_KEY",
    "THINGRELAY_PRODUCER_TOKEN",
    "THINGRELAY_KAFKA_PASSWORD",
    "TOKEN",
];
const ARGUMENTS: [&str; 4] = ["--token", "--access-key", "--producer-token", "--password"];

/// A shorter text, or one of fewer different characters, is also an ordinary word somewhere.
const FEWEST_CHARACTERS: usize = 12;
const FEWEST_DIFFERENT: usize = 6;

struct Kept {
    log: File,
    secrets: File,
    known: BTreeSet<String>,
}

static KEPT: LazyLock<Option<Mutex<Kept>>> = LazyLock::new(|| {
    let directory = PathBuf::from(std::env::var_os(DIRECTORY)?);
    let file = |kind: &str| {
        let path = directory.join(format!("{}.{kind}", std::process::id()));
        let file = File::options().create(true).append(true).open(path);
        file.expect("a file for what is searched")
    };
    Some(Mutex::new(Kept {
        log: file("log"),
        secrets: file("secrets"),
        known: BTreeSet::new(),
    }))
});

fn with_kept(act: impl FnOnce(&mut Kept) -> io::Result<()>) {
    if let Some(kept) = &*KEPT {
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        act(&mut kept).expect("what is searched can be written");
    }
}

/// Keeps what a program has written.
pub fn keep(written: &[u8]) {
    with_kept(|kept| {
        kept.log.write_all(written)?;
        kept.log.write_all(b"\n")
    });
}

/// Remembers a secret. Texts that are too short to be told from words are left out.
pub fn remember(secret: &str) {
    let characters: BTreeSet<char> = secret.chars().collect();
    if secret.len() < FEWEST_CHARACTERS || characters.len() < FEWEST_DIFFERENT {
        return;
    }
    with_kept(|kept| match kept.known.insert(secret.to_owned()) {
        true => writeln!(kept.secrets, "{secret}"),
        false => Ok(()),
    });
}

/// Remembers the secrets of a document in TOML or JSON, right or wrong.
pub fn remember_document(text: &str) {
    for secret in secrets_of(text) {
        remember(&secret);
    }
}

/// Remembers what a command is told: secrets in variables and arguments, and in the documents that
/// they name.
pub fn remember_command(command: &Command) {
    let directory = command.get_current_dir().unwrap_or(Path::new("."));
    let as_document = |text: &OsStr| {
        let path = directory.join(text);
        if path
            .extension()
            .is_some_and(|kind| kind == "toml" || kind == "json")
            && let Ok(document) = fs::read_to_string(path)
        {
            remember_document(&document);
        }
    };
    let mut is_secret = false;
    for argument in command.get_args() {
        if is_secret {
            remember(&argument.to_string_lossy());
        }
        is_secret = ARGUMENTS.iter().any(|name| argument == *name);
        as_document(argument);
    }
    for (name, value) in command.get_envs() {
        let Some(value) = value else { continue };
        if VARIABLES.iter().any(|secret| name == *secret) {
            remember(&value.to_string_lossy());
        }
        as_document(value);
    }
}

/// A command whose output is searched.
pub trait Searched {
    /// Runs the command as [`Command::output`] does.
    ///
    /// # Errors
    ///
    /// The command cannot be started.
    fn searched(&mut self) -> io::Result<Output>;
}

impl Searched for Command {
    fn searched(&mut self) -> io::Result<Output> {
        remember_command(self);
        self.output().map(kept)
    }
}

/// Runs a command as [`Searched::searched`] does.
///
/// # Errors
///
/// The command cannot be started.
pub async fn output_soon(command: &mut tokio::process::Command) -> io::Result<Output> {
    remember_command(command.as_std());
    command.output().await.map(kept)
}

/// The same output, kept.
#[must_use]
pub fn kept(output: Output) -> Output {
    keep(&output.stdout);
    keep(&output.stderr);
    output
}

/// The texts behind the keys that hold secrets. A text of several lines, such as a private key, gives
/// its lines.
fn secrets_of(document: &str) -> Vec<String> {
    let mut found = Vec::new();
    for key in KEYS {
        for (at, _) in document.match_indices(key) {
            let behind = document[at + key.len()..]
                .trim_start_matches('"')
                .trim_start();
            let Some(value) = behind.strip_prefix(['=', ':']) else {
                continue;
            };
            let value = value.trim_start();
            let end = match value.chars().next() {
                Some('[') => value.find(']'),
                _ => None,
            };
            let texts = match end {
                Some(end) => value[..end].split('"').skip(1).step_by(2).collect(),
                None => Vec::from_iter(text(value)),
            };
            for text in texts {
                let lines = text.split('\n').flat_map(|line| line.split("\\n"));
                found.extend(lines.map(str::to_owned));
            }
        }
    }
    found.retain(|text| !text.starts_with("-----"));
    found
}

/// The text at the beginning of a value.
fn text(value: &str) -> Option<&str> {
    let quote = ["\"\"\"", "'''", "\"", "'"];
    let quote = quote.iter().find(|quote| value.starts_with(**quote))?;
    let inner = &value[quote.len()..];
    Some(&inner[..inner.find(quote)?])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_secrets_of_a_document_are_found_in_every_spelling() {
        let cases: [(&str, &[&str]); 7] = [
            ("tokens = [\"a\", \"b\"]\nx = \"c\"", &["a", "b"]),
            (r#"{"s": {"tokens": ["a"], "password" : "b"}}"#, &["a", "b"]),
            ("access_key='a'\npassword_of=\"b\"", &["a"]),
            (
                "client_key = \"\"\"\n-----BEGIN KEY-----\nab\n-----END KEY-----\n\"\"\"",
                &["", "ab", ""],
            ),
            (r#"{"client_key":"-----BEGIN\nab\n-----END"}"#, &["ab"]),
            ("tokens = 7\npassword = ", &[]),
            ("tokens = [\"a\"\n", &[]),
        ];
        for (document, expected) in cases {
            assert_eq!(secrets_of(document), expected, "{document}");
        }
    }
}
