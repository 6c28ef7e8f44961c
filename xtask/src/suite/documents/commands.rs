//! Our own commands, where they stand in blocks for the shell: each is run with `--help` behind
//! it, which fails if something before it does not exist.

use std::process::{Command, Stdio};

use anyhow::{Context, Result};

use super::markdown::{Block, Document};
use crate::workspace::Workspace;

/// How our commands begin, whose program they are, and with which words it then begins.
const OURS: &[(&str, Program, &[&str])] = &[
    ("cargo thingrelay", Program::Thingrelay, &[]),
    ("cargo thingrelay-ckafka", Program::Thingrelay, &[]),
    ("cargo dev", Program::Thingrelay, &["dev"]),
    ("cargo dev-ckafka", Program::Thingrelay, &["dev"]),
    ("cargo xtask", Program::Xtask, &[]),
    ("thingrelay", Program::Thingrelay, &[]),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Program {
    Thingrelay,
    Xtask,
}

/// What does not exist of our commands in the documents.
pub(super) fn check(workspace: &Workspace, documents: &[Document]) -> Result<Vec<String>> {
    // Not the program that runs: a build may have put another in its place.
    let programs = workspace.target().join("debug");
    let mut problems = Vec::new();
    for document in documents {
        for block in document.blocks() {
            for (line, program, arguments) in commands(&block) {
                let program = programs.join(match program {
                    Program::Thingrelay => "thingrelay",
                    Program::Xtask => "xtask",
                });
                let output = Command::new(&program)
                    .args(&arguments)
                    .arg("--help")
                    .stdin(Stdio::null())
                    .output()
                    .with_context(|| format!("cannot run {}", program.display()))?;
                if !output.status.success() {
                    problems.push(format!(
                        "{}:{line}: {}\n{}",
                        document.path().display(),
                        arguments.join(" "),
                        String::from_utf8_lossy(&output.stderr).trim_end()
                    ));
                }
            }
        }
    }
    Ok(problems)
}

/// Our commands in a block, each with its line and its arguments.
fn commands(block: &Block) -> Vec<(usize, Program, Vec<String>)> {
    if !["sh", "console", "bash", ""].contains(&block.language.as_str()) {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut whole = String::new();
    let mut start = 0;
    for (index, line) in block.text.lines().enumerate() {
        if whole.is_empty() {
            start = block.line + index;
        }
        match line.strip_suffix('\\') {
            Some(part) => whole.push_str(part),
            None => {
                whole.push_str(line);
                found.extend(
                    ours(&whole)
                        .into_iter()
                        .map(|(program, arguments)| (start, program, arguments)),
                );
                whole.clear();
            }
        }
    }
    found
}

/// Our commands in a line: as a command of its own, behind `|`, `&&` or `;`, or in `$(...)`.
fn ours(line: &str) -> Vec<(Program, Vec<String>)> {
    let mut found = Vec::new();
    for command in simple_commands(line) {
        // Variables that are set for the command alone.
        let start = command
            .iter()
            .position(|word| !is_assignment(word))
            .unwrap_or(command.len());
        let words = &command[start..];
        for (beginning, program, first) in OURS {
            let beginning: Vec<&str> = beginning.split(' ').collect();
            if words.len() >= beginning.len()
                && beginning.iter().zip(words).all(|(one, other)| one == other)
            {
                let given = words[beginning.len()..].iter().cloned();
                found.push((
                    *program,
                    first
                        .iter()
                        .map(|&word| word.to_owned())
                        .chain(given)
                        .collect(),
                ));
                break;
            }
        }
    }
    found
}

fn is_assignment(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| {
        !name.is_empty()
            && name
                .bytes()
                .all(|byte| byte.is_ascii_uppercase() || byte == b'_')
    })
}

/// The commands of a line, as words, with a stand-in for each variable. Comments, redirections and
/// what they name are left out.
fn simple_commands(line: &str) -> Vec<Vec<String>> {
    let mut commands = vec![Vec::new()];
    let mut words = split(line).into_iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "#" => break,
            "|" | "&&" | ";" | "||" | "$(" | ")" => commands.push(Vec::new()),
            ">" | "<" | ">>" | "2>" => {
                words.next();
            }
            _ => {
                if let Some(command) = commands.last_mut() {
                    command.push(stand_in(&word));
                }
            }
        }
    }
    commands.retain(|command| !command.is_empty());
    commands
}

/// The words of a line; operators are words of their own.
fn split(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quote: Option<char> = None;
    // The quotes that `$(` interrupts, until its `)`.
    let mut interrupted: Vec<Option<char>> = Vec::new();
    let mut characters = line.chars().peekable();
    while let Some(character) = characters.next() {
        let is_substitution = character == '$' && characters.peek() == Some(&'(');
        match (character, quote) {
            ('\'' | '"', None) => quote = Some(character),
            (_, Some(open)) if character == open => quote = None,
            (_, quoted) if is_substitution && quoted != Some('\'') => {
                characters.next();
                words.extend([std::mem::take(&mut word), "$(".to_owned()]);
                interrupted.push(quote.take());
            }
            (')', None) if !interrupted.is_empty() => {
                words.extend([std::mem::take(&mut word), ")".to_owned()]);
                quote = interrupted.pop().flatten();
            }
            (_, Some(_)) => word.push(character),
            ('|' | '&' | ';' | ')' | '<' | '>', None) => {
                if !is_operator(&word) {
                    words.push(std::mem::take(&mut word));
                }
                word.push(character);
            }
            (_, None) if character.is_whitespace() => words.push(std::mem::take(&mut word)),
            (_, None) => {
                if is_operator(&word) {
                    words.push(std::mem::take(&mut word));
                }
                word.push(character);
            }
        }
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    words
}

fn is_operator(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| b"|&;)<>".contains(&byte))
}

/// A value for a word with a variable: a queue or an address where its name says so.
fn stand_in(word: &str) -> String {
    let name = word.to_lowercase();
    match word.find('$') {
        Some(_) if name.contains("queue") => {
            "https://sqs.eu-west-1.amazonaws.com/123456789012/staging.fifo".into()
        }
        Some(_) if name.contains("url") => "https://push.example.com/meters".into(),
        Some(_) => "x".into(),
        None => word.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(line: &str) -> Vec<(Program, String)> {
        ours(line)
            .into_iter()
            .map(|(program, arguments)| (program, arguments.join(" ")))
            .collect()
    }

    #[test]
    fn our_commands_are_found_wherever_they_stand() {
        let thingrelay = |arguments: &str| vec![(Program::Thingrelay, arguments.to_owned())];
        let cases = [
            ("cargo dev           # sets up", thingrelay("dev")),
            (
                "cargo xtask test --all",
                vec![(Program::Xtask, "test --all".to_owned())],
            ),
            (
                "cargo thingrelay check url \"$PUSH_URL\" --post",
                thingrelay("check url https://push.example.com/meters --post"),
            ),
            (
                "thingrelay pull tuya --staging-queue \"$STAGING_QUEUE\"",
                thingrelay(
                    "pull tuya --staging-queue \
                     https://sqs.eu-west-1.amazonaws.com/123456789012/staging.fifo",
                ),
            ),
            (
                "A=1 thingrelay token --count 2 > tokens",
                thingrelay("token --count 2"),
            ),
            ("(umask 077; cargo thingrelay token)", thingrelay("token")),
            ("umask 077; cargo thingrelay token;", thingrelay("token")),
            (
                "TOKEN=$(cargo thingrelay token) && echo",
                thingrelay("token"),
            ),
            ("TOKEN=\"$(cargo thingrelay token)\"", thingrelay("token")),
            (
                "(umask 077; printf '{\"a\": \"%s\"}' \"$(cargo thingrelay token)\" > secrets.json)",
                thingrelay("token"),
            ),
            ("cargo build --release", Vec::new()),
            ("echo cargo dev", Vec::new()),
        ];
        for (line, expected) in cases {
            assert_eq!(of(line), expected, "{line}");
        }
    }

    #[test]
    fn lines_that_go_on_are_one_command() {
        let block = Block {
            language: "sh".to_owned(),
            line: 7,
            text: "ls\ncargo thingrelay check url URL \\\n  --token T\n".to_owned(),
        };
        let found = commands(&block);
        assert_eq!(
            found,
            [(
                8,
                Program::Thingrelay,
                ["check", "url", "URL", "--token", "T"]
                    .map(str::to_owned)
                    .to_vec()
            )]
        );
    }
}
