//! Looks for secrets in what a suite has written: the programs under test, and the test programs
//! themselves.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use aho_corasick::AhoCorasick;
use anyhow::{Context, Result};

use crate::workspace;

/// The variable that tells the harness of the tests where to keep secrets and outputs.
const DIRECTORY: &str = "THINGRELAY_TEST_OUTPUTS";

/// A directory with the outputs of a command, and with the secrets that its tests have used.
pub(super) struct Outputs(PathBuf);

impl Outputs {
    /// An empty directory in place of that of the last command.
    pub(super) fn begin(directory: PathBuf) -> Result<Self> {
        Ok(Outputs(workspace::empty(directory)?))
    }

    /// The variable that the tests need.
    pub(super) fn variable(&self) -> (&'static str, &Path) {
        (DIRECTORY, &self.0)
    }

    /// A file for another output.
    pub(super) fn file(&self, name: &str) -> Result<File> {
        Ok(File::create(self.0.join(format!("{name}.log")))?)
    }

    /// The places of secrets in the outputs: `FILE:LINE`.
    pub(super) fn leaks(&self) -> Result<Vec<String>> {
        let mut secrets = BTreeSet::new();
        let mut logs = Vec::new();
        for entry in fs::read_dir(&self.0)? {
            let path = entry?.path();
            if path.extension() == Some(OsStr::new("secrets")) {
                secrets.extend(fs::read_to_string(&path)?.lines().map(str::to_owned));
            } else {
                logs.push(path);
            }
        }
        logs.sort();
        let secrets = AhoCorasick::new(&secrets).context("too many secrets")?;
        let mut leaks = Vec::new();
        let mut lines = 0_usize;
        for path in logs {
            let log = fs::read(&path)?;
            for (number, line) in log.split(|byte| *byte == b'\n').enumerate() {
                lines += 1;
                if secrets.is_match(line) && !is_on_purpose(&secrets, line) {
                    leaks.push(format!("{}:{}", path.display(), number + 1));
                }
            }
        }
        let looked_for = secrets.patterns_len();
        println!("{looked_for} secrets were looked for in {lines} lines of output");
        Ok(leaks)
    }
}

/// Whether this is a line in which a program prints a token on purpose. `thingrelay token` prints
/// nothing else, `thingrelay curl` a command that signs with it. `thingrelay dev` shows the tokens
/// that it has made.
fn is_on_purpose(secrets: &AhoCorasick, line: &[u8]) -> bool {
    let Some(found) = secrets.find(line) else {
        return false;
    };
    let (before, after) = (&line[..found.start()], &line[found.end()..]);
    let is_of_dev = before.starts_with(b"  ");
    before == b"(k="
        || (before.is_empty() && after.is_empty())
        || (is_of_dev && before.ends_with(b"  token ") && after.is_empty())
        || (is_of_dev && before.ends_with(b" --token ") && after == b" | sh")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_found_with_its_place_and_where_it_is_printed_on_purpose_it_is_none() -> Result<()>
    {
        let directory = tempfile::tempdir()?;
        let outputs = Outputs::begin(directory.path().join("outputs"))?;
        fs::write(outputs.0.join("1.secrets"), "secret-of-the-first\n")?;
        fs::write(outputs.0.join("2.secrets"), "secret-of-the-second\n")?;
        let lines = [
            ("nothing", false),
            ("the token is secret-of-the-second", true),
            ("secret-of-the-first", false),
            ("secret-of-the-first is shown", true),
            (
                "  http://127.0.0.1:1/hub  p  token secret-of-the-first",
                false,
            ),
            (
                "  http://127.0.0.1:1/hub  p  token secret-of-the-first?",
                true,
            ),
            (
                "  thingrelay curl U --token secret-of-the-first | sh",
                false,
            ),
            ("thingrelay curl U --token secret-of-the-first | sh", true),
            ("  token: secret-of-the-first", true),
            ("(k=secret-of-the-first; curl)", false),
            ("{\"a\":\"secret-of-the-first\"}", true),
        ];
        let text = lines.map(|(line, _)| line).join("\n");
        fs::write(outputs.0.join("1.log"), text)?;
        let expected = lines
            .iter()
            .enumerate()
            .filter(|(_, (_, is_leak))| *is_leak);
        let expected: Vec<String> = expected
            .map(|(index, _)| format!("{}:{}", outputs.0.join("1.log").display(), index + 1))
            .collect();
        assert_eq!(outputs.leaks()?, expected);
        Ok(())
    }
}
