use std::process::Command;

use thingrelay_tests::document::Document;
use thingrelay_tests::process::program;

/// For each command of this repository: its start, its program, and the first words of its
/// arguments. If one start is the prefix of another, the longer start comes first. `cargo xtask
/// bench` and `cargo xtask soak` build a program and pass all arguments on to it.
const OURS: [(&str, &str, &[&str]); 10] = [
    ("cargo thingrelay-ckafka", "thingrelay", &[]),
    ("cargo thingrelay", "thingrelay", &[]),
    ("cargo dev-ckafka", "thingrelay", &["dev"]),
    ("cargo dev", "thingrelay", &["dev"]),
    ("cargo xtask bench core", "calls", &["core"]),
    ("cargo xtask bench handlers", "calls", &["handlers"]),
    ("cargo xtask bench", "bench", &[]),
    ("cargo xtask soak", "simulation", &[]),
    ("cargo xtask", "xtask", &[]),
    ("thingrelay", "thingrelay", &[]),
];

/// Runs each command with `--help` appended, which fails if a subcommand or argument before it does
/// not exist.
#[test]
fn every_command_of_a_document_exists() {
    let mut problems = Vec::new();
    let mut found = 0;
    for document in Document::all() {
        let blocks = document.blocks().into_iter();
        let shell = |language: &str| ["sh", "console", "bash", ""].contains(&language);
        for line in blocks
            .filter(|block| shell(&block.language))
            .flat_map(|block| block.lines)
        {
            for (name, arguments) in ours(&line) {
                found += 1;
                let output = Command::new(program(name))
                    .args(&arguments)
                    .arg("--help")
                    .output();
                let output = output.unwrap_or_else(|error| panic!("cannot run {name}: {error}"));
                if !output.status.success() {
                    let told = String::from_utf8_lossy(&output.stderr).into_owned();
                    problems.push(format!("{}: {line}\n{told}", document.path));
                }
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    assert!(found > 50, "{found} commands in all documents");
}

/// The commands of this repository in a line, each as program and arguments: at the start of the
/// line, after an operator, or in `$(...)`.
fn ours(line: &str) -> Vec<(&'static str, Vec<String>)> {
    let mut found = Vec::new();
    let mut rest = line;
    while !rest.is_empty() {
        let start = rest.find(|c: char| !c.is_whitespace() && !"()|&;\"$<>".contains(c));
        let Some(start) = start else { break };
        rest = &rest[start..];
        if rest.starts_with('#') {
            break;
        }
        let command = simple_command(rest);
        let words = shlex::split(command).unwrap_or_default();
        // Variables may be set for this command alone, and the command may be in `$(...)`.
        let named = words.iter().position(|word| !is_assignment(word));
        let words = &words[named.unwrap_or(words.len())..];
        found.extend(OURS.iter().find_map(|(beginning, program, first)| {
            let beginning: Vec<String> = beginning.split(' ').map(str::to_owned).collect();
            let given = words.strip_prefix(beginning.as_slice())?;
            let first = first.iter().map(|word| (*word).to_owned());
            Some((
                *program,
                first
                    .chain(given.iter().map(|word| stand_in(word)))
                    .collect(),
            ))
        }));
        rest = &rest[command.len()..];
    }
    found
}

/// The first command of a line: the text up to an operator or to `$(`.
fn simple_command(line: &str) -> &str {
    let mut quote = None;
    for (at, character) in line.char_indices() {
        let substitutes = line[at..].starts_with("$(");
        match quote {
            Some('\'') if character == '\'' => quote = None,
            Some('\'') => {}
            _ if substitutes => return line[..at].trim_end_matches('"'),
            Some(open) if open == character => quote = None,
            Some(_) => {}
            None if "|&;)<>".contains(character) => return &line[..at],
            None if "'\"".contains(character) => quote = Some(character),
            None => {}
        }
    }
    line
}

fn is_assignment(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| {
        let is_letter = |byte: u8| byte.is_ascii_uppercase() || byte == b'_';
        !name.is_empty() && name.bytes().all(is_letter)
    })
}

/// A value for a word with a variable: a queue or an address, if the variable's name says so.
fn stand_in(word: &str) -> String {
    let name = word.to_lowercase();
    let value = match word.contains('$') {
        true if name.contains("queue") => {
            "https://sqs.eu-west-1.amazonaws.com/123456789012/staging.fifo"
        }
        true if name.contains("url") => "https://push.example.com/meters",
        true => "x",
        false => word,
    };
    value.to_owned()
}

#[test]
fn our_commands_are_found_wherever_they_stand() {
    let cases = [
        ("cargo dev           # sets up", "thingrelay dev"),
        ("cargo dev-ckafka --config a", "thingrelay dev --config a"),
        ("cargo xtask test --all", "xtask test --all"),
        (
            "cargo thingrelay check url \"$PUSH_URL\" --post",
            "thingrelay check url https://push.example.com/meters --post",
        ),
        (
            "A=1 thingrelay token --count 2 > tokens",
            "thingrelay token --count 2",
        ),
        ("(umask 077; cargo thingrelay token)", "thingrelay token"),
        ("umask 077; cargo thingrelay token;", "thingrelay token"),
        (
            "TOKEN=$(cargo thingrelay token) && echo",
            "thingrelay token",
        ),
        ("TOKEN=\"$(cargo thingrelay token)\"", "thingrelay token"),
        (
            "(printf '{\"a\": \"%s\"}' \"$(cargo thingrelay token)\" > secrets.json)",
            "thingrelay token",
        ),
        ("cargo build --release", ""),
        ("echo cargo dev", ""),
        ("# cargo dev", ""),
    ];
    for (line, expected) in cases {
        let found: Vec<String> = ours(line)
            .into_iter()
            .map(|(program, arguments)| format!("{program} {}", arguments.join(" ")))
            .collect();
        assert_eq!(found.join("|").trim_end(), expected, "{line}");
    }
}
