//! `thingrelay config check` on valid and invalid documents.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use proptest::prelude::*;
use std::{
    fs,
    io::Write,
    process::{Command, Output, Stdio},
};
use thingrelay_tests::searched::{self, Searched};

const CURRENT: &str = "k3J9xQ7pLm2Vt8Wz";
const PREVIOUS: &str = "Zx81mQz0LpW3vB7t";
const SETTINGS: &str = "\
[sources.meters]
platform = \"tencent-iot-hub\"
silent_after_minutes = 5

[sources.gateways]
platform = \"tencent-iot-explorer\"
freshness_seconds = 60
silent_after_minutes = 15

[targets.events]
type = \"sqs\"
queue_url = \"https://sqs.eu-west-1.amazonaws.com/123456789012/events.fifo\"
";
const SECRETS: &str = r#"{"sources": {"meters": {"tokens": ["k3J9xQ7pLm2Vt8Wz", "Zx81mQz0LpW3vB7t"]},
    "gateways": {"tokens": ["pD5rT8yU2iO6aS9f"]}}}"#;

/// Runs the command in a directory with these files; `input` is its standard input.
fn check(files: &[(&str, &[u8])], args: &[&str], input: &str) -> Output {
    let directory = tempfile::tempdir().unwrap();
    for (name, content) in files {
        fs::write(directory.path().join(name), content).unwrap();
        searched::remember_document(&String::from_utf8_lossy(content));
    }
    searched::remember_document(input);
    let mut child = Command::new(env!("CARGO_BIN_EXE_thingrelay"))
        .args(["config", "check"])
        .args(args)
        .current_dir(directory.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // The command may end without reading its input.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    searched::kept(child.wait_with_output().unwrap())
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// Checks that exactly these lines are printed, and that the exit code matches them.
fn assert_lines(output: &Output, lines: &[&str]) {
    let printed = stdout(output);
    assert_eq!(printed.lines().collect::<Vec<_>>(), lines);
    let problems = lines.iter().any(|line| line.starts_with("problem "));
    assert_eq!(output.status.code(), Some(i32::from(problems)), "{printed}");
    assert!(output.stderr.is_empty());
}

fn source(more: &str) -> String {
    format!("[sources.meters]\nplatform = \"tencent-iot-hub\"\ntokens = [\"{CURRENT}\"]\n{more}")
}

/// The commands that deploy the alarms on the sources of [`SETTINGS`].
const SILENCE: [&str; 2] = [
    "silence  aws cloudformation deploy --template-file silence.yaml --capabilities CAPABILITY_AUTO_EXPAND --stack-name \"$STACK-silent-5\" --parameter-overrides Stack=\"$STACK\" Minutes=5 Sources=meters",
    "silence  aws cloudformation deploy --template-file silence.yaml --capabilities CAPABILITY_AUTO_EXPAND --stack-name \"$STACK-silent-15\" --parameter-overrides Stack=\"$STACK\" Minutes=15 Sources=gateways",
];

#[test]
fn good_documents_are_summed_up() {
    let settings = ("settings.toml", SETTINGS.as_bytes());
    let secrets = ("secrets.json", SECRETS.as_bytes());
    let sources = [
        "source   gateways: tencent-iot-explorer, 1 token, fresh within 60 s, silent after 15 min",
        "source   meters: tencent-iot-hub, 2 tokens, fresh within 300 s, silent after 5 min",
        "target   events: SQS, FIFO queue events.fifo, takes every event",
        SILENCE[0],
        SILENCE[1],
        "No problems.",
    ];
    let lines = |first| [&[first][..], &sources].concat();
    let output = check(&[settings, secrets], &["settings.toml", "secrets.json"], "");
    assert_lines(&output, &lines("ok       settings.toml, secrets.json"));
    let output = check(&[settings], &["settings.toml", "-"], SECRETS);
    assert_lines(&output, &lines("ok       settings.toml, standard input"));

    let output = check(&[settings], &["--without-secrets", "settings.toml"], "");
    assert_lines(
        &output,
        &[
            "ok       settings.toml",
            "source   gateways: tencent-iot-explorer, tokens elsewhere, fresh within 60 s, silent after 15 min",
            "source   meters: tencent-iot-hub, tokens elsewhere, fresh within 300 s, silent after 5 min",
            "target   events: SQS, FIFO queue events.fifo, takes every event",
            SILENCE[0],
            SILENCE[1],
            "No problems.",
        ],
    );

    assert_lines(
        &check(&[], &["-"], &source("bind_signature = true\n")),
        &[
            "ok       standard input",
            "source   meters: tencent-iot-hub, 1 token, fresh within 120 s, one body to a signature",
            "target   none named: events go to the stack's own queue",
            "No problems.",
        ],
    );

    let open = "[sources.open]\nplatform = \"tencent-iot-video\"\nallow_unsigned = true\n";
    let output = check(
        &[],
        &["-"],
        &source(&format!("freshness_seconds = 0\n{open}")),
    );
    assert_lines(
        &output,
        &[
            "ok       standard input",
            "source   meters: tencent-iot-hub, 1 token, freshness not checked",
            "source   open: tencent-iot-video, unsigned",
            "target   none named: events go to the stack's own queue",
            "warning  sources.meters.freshness_seconds: is 0: anybody who has seen a request can send it again at any time (line 4)",
            "warning  sources.open.allow_unsigned: is true: anybody who knows the URL can push messages (line 7)",
            "No problems.",
        ],
    );
}

/// A Tuya source without its key.
const TUYA: &str = "[sources.house]\nplatform = \"tuya\"\naccess_id = \"relaytestid000000001\"\n";

#[test]
fn tuya_sources_are_summed_up_and_their_keys_belong_to_the_secrets() {
    const KEY: &str = "00112233445566778899aabbccddeeff";
    let of_region = format!("{TUYA}region = \"eu\"\nsilent_after_minutes = 30\n");
    let of_url = format!(
        "{TUYA}url = \"pulsar+ssl://mqe.tuyacn.com:7285/\"\nenvironment = \"test\"\nnotices = true\nsignature = \"enforce\"\n"
    );
    let secrets = format!(r#"{{"sources": {{"house": {{"access_key": "{KEY}"}}}}}}"#);
    let summaries = [
        (
            &of_region,
            "source   house: tuya, pulled from wss://mqe.tuyaeu.com:8285, production, sign checked and logged, silent after 30 min",
        ),
        (
            &of_url,
            "source   house: tuya, pulled from wss://mqe.tuyacn.com:8285, test, with notices, sign enforced",
        ),
    ];
    let none_named = "target   none named: events go to the stack's own queue";
    for (settings, summary) in summaries {
        let files = [
            ("settings.toml", settings.as_bytes()),
            ("secrets.json", secrets.as_bytes()),
        ];
        let output = check(&files, &["settings.toml", "secrets.json"], "");
        let first = "ok       settings.toml, secrets.json";
        assert_lines(&output, &[first, summary, none_named, "No problems."]);

        let output = check(&files, &["settings.toml", "--without-secrets"], "");
        let first = "ok       settings.toml";
        assert_lines(&output, &[first, summary, none_named, "No problems."]);

        let output = check(&files, &["settings.toml"], "");
        let printed = stdout(&output);
        assert_eq!(output.status.code(), Some(1), "{printed}");
        for words in [
            "problem  sources.house.access_key: is missing",
            "Give the document with the secrets",
        ] {
            assert!(printed.contains(words), "{words}: {printed}");
        }
    }
    let both = format!("{of_region}access_key = \"{KEY}\"\n");
    let files = [
        ("both.toml", both.as_bytes()),
        ("secrets.json", secrets.as_bytes()),
    ];
    let printed = stdout(&check(&files, &["both.toml", "secrets.json"], ""));
    assert!(
        printed.contains("warning  both.toml: has secrets and settings"),
        "{printed}"
    );
    assert!(!printed.contains(KEY), "{printed}");
}

#[test]
fn what_is_wrong_with_a_tuya_source_is_said_without_its_key() {
    let cases = [
        (
            "region = \"moon\"",
            "sources.house.region: must be one of \"cn\"",
        ),
        (
            "url = \"https://a.example\"",
            "sources.house.url: must begin with wss://",
        ),
        (
            "url = \"ws://a.example\"",
            "sources.house.url: must be wss://: ws://",
        ),
        ("", "sources.house.region: is missing"),
        (
            "region = \"eu\"\nurl = \"wss://a.example\"",
            "sources.house.url: cannot be combined",
        ),
        (
            "region = \"eu\"\nenvironment = \"live\"",
            "sources.house.environment: must be one of \"production\"",
        ),
        (
            "region = \"eu\"\ntokens = [\"k3J9xQ7pLm2Vt8Wz\"]",
            "sources.house.tokens",
        ),
        (
            "region = \"eu\"\naccess_key = \"tooshort0123\"",
            "sources.house.access_key: must be at least 24",
        ),
    ];
    for (lines, expected) in cases {
        let key = if lines.contains("access_key") {
            ""
        } else {
            "access_key = \"00112233445566778899aabbccddeeff\"\n"
        };
        let output = check(&[], &["-"], &format!("{TUYA}{key}{lines}\n"));
        let printed = stdout(&output);
        assert_eq!(output.status.code(), Some(1), "{lines}: {printed}");
        assert!(
            printed.contains(&format!("problem  {expected}")),
            "{lines}: {printed}"
        );
        for secret in ["00112233", "tooshort", "k3J9x"] {
            assert!(!printed.contains(secret), "{lines}: {printed}");
        }
    }
}

#[test]
fn every_problem_of_one_document_has_a_line() {
    let cases: &[(String, &[&str])] = &[
        (
            String::new(),
            &["standard input: is empty: a configuration has at least one source, [sources.NAME]"],
        ),
        (
            "# nothing yet\n".to_owned(),
            &["sources: is missing: a configuration has at least one source, [sources.NAME]"],
        ),
        (
            "{}".to_owned(),
            &["sources: is missing: a configuration has at least one source, [sources.NAME]"],
        ),
        (
            source("tokens = []\n"),
            &["standard input, line 4, column 1: a key or a table appears twice"],
        ),
        (
            source("[sources.meters]\n"),
            &["standard input, line 4, column 10: a key or a table appears twice"],
        ),
        (
            r#"{"sources": {}, "sources": {}}"#.to_owned(),
            &["standard input, line 1, column 25: a key appears twice in one object"],
        ),
        (
            r#"{"sources": {},}"#.to_owned(),
            &["standard input, line 1, column 16: this is not JSON: trailing comma"],
        ),
        (
            r#"{"sources": {"#.to_owned(),
            &["standard input, line 1, column 13: the JSON ends too early"],
        ),
        (
            format!("[sources.meters]\ntokens = [{CURRENT}]\n"),
            &["standard input, line 2, column 11: this is not TOML: string values must be quoted"],
        ),
        (
            source("payload = \"xml\"\nutc_offset = 8\ncolour = \"red\"\nplattform = 1\n"),
            &[
                "sources.meters.payload: must be one of \"json\", \"base64\", got \"xml\" (line 4)",
                "sources.meters.utc_offset: must be an offset from UTC such as \"+08:00\", or \"Z\", got 8 (line 5)",
                "sources.meters.colour: is not known here: remove it (line 6)",
                "sources.meters.plattform: is not known here: did you mean platform? (line 7)",
            ],
        ),
        (
            source("").replace("tencent-iot-hub", "tencent-iot-hubb"),
            &[
                "sources.meters.platform: must be one of \"tencent-iot-hub\", \"tencent-iot-explorer\", \"tencent-iot-video\", \"tuya\", got \"tencent-iot-hubb\": did you mean \"tencent-iot-hub\"? (line 2)",
            ],
        ),
        (
            source("[target.events]\n"),
            &["target: is not known here: did you mean targets? (line 4)"],
        ),
        (
            source("[targets.events]\ntype = \"kafka\"\n"),
            &[
                "targets.events.type: must be one of \"sqs\", \"sns\", \"eventbridge\", \"webhook\", got \"kafka\" (line 5)",
            ],
        ),
        (
            source("silent_after_minutes = 1441\n[sources.Doors]\n"),
            &[
                "sources.meters.silent_after_minutes: must be a number of minutes from 1 to 1440, got 1441 (line 4)",
                "sources.Doors: a source's name is 1 to 64 of a-z, 0-9, - and _, and begins with a letter or digit (line 5)",
            ],
        ),
        (
            source("\"a\\nb\\u001b[2J\" = 1\n"),
            &["sources.meters.a\\nb\\u{1b}[2J: is not known here: remove it (line 4)"],
        ),
        (
            source(&format!("{PREVIOUS} = 1\n")),
            &[
                "sources.meters.(a name of 16 characters, not shown: it may be a secret): is not known here: remove it (line 4)",
            ],
        ),
        (
            source("").replace(CURRENT, "short"),
            &["sources.meters.tokens[0]: is shorter than 16 characters (line 3)"],
        ),
    ];
    for (text, problems) in cases {
        let mut lines: Vec<String> = problems.iter().map(|p| format!("problem  {p}")).collect();
        lines.push(match problems.len() {
            1 => "1 problem.".to_owned(),
            count => format!("{count} problems."),
        });
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        assert_lines(&check(&[], &["-"], text), &lines);
    }
}

#[test]
fn what_settings_and_secrets_do_to_one_another_is_told() {
    let hint = "         -> Give the document with the secrets as another FILE, or --without-secrets to check only settings.";
    let missing = |name, line| {
        format!(
            "problem  sources.{name}.tokens: is missing: without tokens, anybody could push to this source (allow_unsigned = true allows that) ({line})"
        )
    };
    let settings = ("s.toml", SETTINGS.as_bytes());
    assert_lines(
        &check(&[settings], &["s.toml"], ""),
        &[
            &missing("gateways", "line 5"),
            &missing("meters", "line 1"),
            hint,
            "2 problems.",
        ],
    );

    let misspelt = SECRETS.replace("meters", "meter");
    assert_lines(
        &check(&[settings], &["s.toml", "-"], &misspelt),
        &[
            "problem  sources.meter.platform: is missing: meter is only in standard input (did you mean meters?). Add the source to the settings, or correct its name (standard input, line 1)",
            &missing("meters", "s.toml, line 1"),
            hint,
            "2 problems.",
        ],
    );

    let overlap = SECRETS.replace(PREVIOUS, &format!("{CURRENT}x"));
    assert_lines(
        &check(&[settings], &["s.toml", "-"], &overlap),
        &[
            "problem  sources.meters.tokens[1]: is a prefix or suffix of sources.meters.tokens[0], or the other way round (standard input, line 1)",
            "1 problem.",
        ],
    );

    // Problems of settings are also found without their tokens.
    let wrong = SETTINGS.replace("freshness_seconds = 60", "freshness_seconds = -1");
    assert_lines(
        &check(&[], &["-", "--without-secrets"], &wrong),
        &[
            "problem  sources.gateways.freshness_seconds: must be a number of seconds from 0 (off) to 86400, got -1 (line 7)",
            "1 problem.",
        ],
    );

    let both = source("");
    let output = check(
        &[settings, ("b.toml", both.as_bytes())],
        &["s.toml", "b.toml", "-"],
        SECRETS,
    );
    assert!(
        stdout(&output).contains("\nwarning  b.toml: has secrets and settings: "),
        "{}",
        stdout(&output)
    );
    assert!(output.status.success());
}

#[test]
fn what_cannot_be_read_is_told_with_its_name() {
    let big = vec![b' '; 1024 * 1024 + 1];
    let files: &[(&str, &[u8])] = &[
        ("latin.toml", b"# caf\xe9\n"),
        ("blank.toml", b"\xef\xbb\xbf \r\n"),
        ("big.toml", &big),
    ];
    let output = check(
        files,
        &["absent.toml", ".", "latin.toml", "blank.toml", "big.toml"],
        "",
    );
    assert_lines(
        &output,
        &[
            "problem  absent.toml: cannot be read: No such file or directory (os error 2)",
            "problem  .: cannot be read: Is a directory (os error 21)",
            "problem  latin.toml: is not UTF-8 text: save it as UTF-8",
            "problem  blank.toml: is empty: a configuration has at least one source, [sources.NAME]",
            "problem  big.toml: has more than 1 MiB, which is too much for a configuration",
            "5 problems.",
        ],
    );
}

#[test]
fn silent_sources_that_are_pushed_have_alarms_by_their_limit() {
    let doors = "[sources.doors]\nplatform = \"tencent-iot-hub\"\nsilent_after_minutes = 15\n";
    let house = TUYA.to_owned() + "region = \"eu\"\nsilent_after_minutes = 15\n";
    let text = format!("{doors}{SETTINGS}{house}");
    let printed = stdout(&check(&[], &["-", "--without-secrets"], &text));
    let commands: Vec<&str> = printed
        .lines()
        .filter(|line| line.starts_with("silence  "))
        .collect();
    let together = SILENCE[1].replace("=gateways", "=doors,gateways");
    assert_eq!(commands, [SILENCE[0], &together], "{printed}");
}

#[test]
fn a_document_that_its_place_in_aws_would_not_take_is_told() {
    let comment = "# a comment of some length\n";
    for (repetitions, expected) in [
        (1, None),
        (150, Some("Intelligent-Tiering")),
        (400, Some("an SSM parameter takes 8192")),
    ] {
        let text = SETTINGS.to_owned() + &comment.repeat(repetitions);
        let output = check(&[], &["-", "--without-secrets"], &text);
        let printed = stdout(&output);
        assert!(output.status.success(), "{printed}");
        let warning = printed.lines().find(|line| line.starts_with("warning  "));
        assert_eq!(warning.is_some(), expected.is_some(), "{printed}");
        assert!(
            warning
                .unwrap_or_default()
                .contains(expected.unwrap_or_default()),
            "{printed}"
        );
    }
}

/// Documents with a token where tokens belong, and where they do not.
const PLACES: [&str; 16] = [
    "[sources.a]\nplatform = \"tencent-iot-hub\"\ntokens = [\"TOKEN\"]\n",
    "[sources.a]\nplatform = \"tencent-iot-hub\"\ntokens = [\"TOKEN\", \"TOKEN\", \"TOKEN\"]\n",
    "[sources.a]\nplatform = \"tencent-iot-hub\"\ntokens = \"TOKEN\"\n",
    "[sources.a]\nplatform = \"TOKEN\"\npayload = \"TOKEN\"\nutc_offset = \"TOKEN\"\n",
    "[sources.a]\nfreshness_seconds = \"TOKEN\"\nallow_unsigned = \"TOKEN\"\nchannel = \"TOKEN\"\n",
    "[sources.a]\nTOKEN = \"TOKEN\"\ntokens.TOKEN = 1\n",
    "[sources.TOKEN]\nplatform = \"tencent-iot-hub\"\ntokens = [\"short\"]\n",
    "[sources.a]\nsilent_after_minutes = \"TOKEN\"\n[TOKEN]\n",
    "[sources.a]\ntokens = [TOKEN]\n",
    "[sources.a]\ntokens = [\"TOKEN]\n",
    "[sources.a]\n[sources.a.TOKEN]\n[sources.a.TOKEN]\n",
    "[sources.a]\nplatform = \"tencent-iot-hub\"\ntokens = [\"TOKEN\"]\n[targets.TOKEN]\ntype = \"sqs\"\nqueue_url = \"https://q/1/events\"\n",
    "[sources]\na = \"TOKEN\"\nTOKEN = 1\n[targets.t]\ntype = \"TOKEN\"\nqueue_url = \"https://TOKEN@sqs/1/q?TOKEN\"\n",
    "{\"sources\": {\"a\": {\"tokens\": [\"TOKEN\"], \"tokens\": []}}}",
    "{\"sources\": {\"a\": {\"tokens\": [TOKEN]}}, \"TOKEN\": 1}",
    "{\"sources\": {\"a\": {\"platform\": \"tencent-iot-hub\", \"TOKEN\": [\"TOKEN\"]}}, \"TOKEN\": 1}",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 160, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_token_is_ever_printed(
        token in "[A-Z][A-Za-z0-9]{15,39}",
        place in proptest::sample::select(&PLACES[..]),
        cut in prop_oneof![3 => Just(usize::MAX), 1 => 0_usize..200],
        alone in any::<bool>(),
    ) {
        let text: String = place.replace("TOKEN", &token).chars().take(cut).collect();
        let settings = ("s.toml", SETTINGS.as_bytes());
        let args: &[&str] = if alone { &["-", "--without-secrets"] } else { &["s.toml", "-"] };
        let output = check(&[settings], args, &text);
        let printed = stdout(&output) + &String::from_utf8_lossy(&output.stderr);
        prop_assert!(!printed.contains(&token), "{printed}");
        let starts = ["ok       ", "source   ", "target   ", "problem  ", "warning  ", "         -> "];
        let (lines, last) = printed.trim_end().rsplit_once('\n').unwrap_or(("", printed.trim_end()));
        prop_assert!(lines.lines().all(|line| starts.iter().any(|start| line.starts_with(start))), "{printed}");
        let problems = lines.lines().filter(|line| line.starts_with("problem  ")).count();
        prop_assert_eq!(output.status.code(), Some(i32::from(problems > 0)), "{}", printed);
        let closing = match problems {
            0 => "No problems.".to_owned(),
            1 => "1 problem.".to_owned(),
            count => format!("{count} problems."),
        };
        prop_assert_eq!(last, closing);
    }
}

#[test]
fn targets_that_no_deployment_has_on_purpose_are_told() {
    let queue = |url: &str| format!("type = \"sqs\"\nqueue_url = \"{url}\"\n");
    let topic = |arn: &str| format!("type = \"sns\"\ntopic_arn = \"{arn}\"\n");
    let bus = |name: &str| format!("type = \"eventbridge\"\nevent_bus = \"{name}\"\n");
    let aws = "https://sqs.eu-west-1.amazonaws.com/123456789012/";
    let sns = "arn:aws:sns:eu-west-1:123456789012:";
    let cases = [
        (
            vec![
                queue(&format!("{aws}a.fifo")),
                queue(&format!("{aws}b.fifo")),
                topic(&format!("{sns}a.fifo")),
                bus("a"),
                bus("b"),
                bus("b") + "region = \"eu-west-1\"\n",
            ],
            vec![],
        ),
        (vec![queue("http://127.0.0.1:9324/0/a.fifo")], vec![]),
        (
            vec![queue(
                "http://sqs.eu-west-1.amazonaws.com/123456789012/a.fifo",
            )],
            vec!["problem  targets.t0.queue_url: must begin with https://"],
        ),
        (
            vec![queue(
                "https://sqs.eu-west-1.amazonaws.co/123456789012/a.fifo",
            )],
            vec!["problem  targets.t0.queue_url: is not a host of SQS"],
        ),
        (
            vec![
                queue(&format!("{aws}a.fifo")),
                queue("https://eu-west-1.queue.amazonaws.com/123456789012/a.fifo"),
            ],
            vec!["problem  targets.t1.queue_url: is also the queue of targets.t0"],
        ),
        (
            vec![
                topic(&format!("{sns}a.fifo")),
                topic(&format!("{sns}a.fifo")),
            ],
            vec!["problem  targets.t1.topic_arn: is also the topic of targets.t0"],
        ),
        (
            vec![bus("a"), bus("a")],
            vec!["problem  targets.t1.event_bus: is also the event bus of targets.t0"],
        ),
        (
            vec![queue(&format!("{aws}a"))],
            vec!["warning  targets.t0.queue_url: is not a FIFO queue"],
        ),
        (
            vec![topic(&format!("{sns}a"))],
            vec!["warning  targets.t0.topic_arn: is not a FIFO topic"],
        ),
    ];
    for (targets, expected) in cases {
        let tables = targets.iter().enumerate();
        let tables = tables.map(|(number, table)| format!("[targets.t{number}]\n{table}"));
        let output = check(&[], &["-"], &source(&tables.collect::<String>()));
        let printed = stdout(&output);
        let told: Vec<&str> = printed
            .lines()
            .filter(|line| line.starts_with("problem ") || line.starts_with("warning "))
            .collect();
        assert_eq!(told.len(), expected.len(), "{printed}");
        for (line, words) in told.iter().zip(&expected) {
            assert!(line.starts_with(words), "{printed}");
        }
        let fails = expected.iter().any(|line| line.starts_with("problem"));
        assert_eq!(output.status.code(), Some(i32::from(fails)), "{printed}");
    }
}

#[test]
fn each_kind_of_target_is_explained() {
    let text = source(
        "[targets.a]\ntype = \"sns\"\ntopic_arn = \"arn:aws:sns:eu-west-1:123456789012:events.fifo\"\n\
         [targets.b]\ntype = \"eventbridge\"\nevent_bus = \"meters\"\n",
    );
    let printed = stdout(&check(&[], &["-"], &text));
    for line in [
        "target   a: SNS, FIFO topic events.fifo, takes every event\n",
        "target   b: EventBridge, event bus meters, no order, takes every event\n",
    ] {
        assert!(printed.contains(line), "{line} in {printed}");
    }
}

#[test]
fn what_goes_to_each_target_is_said_in_words() {
    let target = |name: &str, filters: &str| {
        let aws = "https://sqs.eu-west-1.amazonaws.com/123456789012/";
        format!("[targets.{name}]\ntype = \"sqs\"\nqueue_url = \"{aws}{name}.fifo\"\n{filters}\n")
    };
    let alerts = "filters = [{ any = [{ suffix = { type = \".alert.v1\" } }, { exact = { product = \"P1\" } }] }]";
    let doors = "filters = [{ exact = { source_name = \"doors\" } }]";
    let targets = [target("a", alerts), target("b", ""), target("c", doors)].concat();
    let output = check(&[], &["-"], &source(&targets));
    let printed = stdout(&output);
    for line in [
        "target   a: SQS, FIFO queue a.fifo, takes events where type ends with \".alert.v1\" or product is \"P1\"",
        "target   b: SQS, FIFO queue b.fifo, takes every event",
        "target   c: SQS, FIFO queue c.fifo, takes events where source_name is \"doors\"",
    ] {
        assert!(
            printed.lines().any(|told| told == line),
            "{line} in {printed}"
        );
    }
    let warning = "warning  targets.c.filters: there is no source \"doors\" in these documents";
    assert!(printed.contains(warning), "{printed}");
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn one_token_in_several_sources_is_one_problem() {
    let table = |name: &str| {
        format!("[sources.{name}]\nplatform = \"tencent-iot-hub\"\ntokens = [\"{CURRENT}\"]\n")
    };
    let text = source(&(table("doors") + &table("windows")));
    assert_lines(
        &check(&[], &["-"], &text),
        &[
            "problem  sources.doors.tokens[0]: is the same as sources.meters.tokens[0] and sources.windows.tokens[0]: every source needs its own tokens (line 6)",
            "1 problem.",
        ],
    );
}

#[test]
fn settings_that_are_checked_alone_have_no_secrets() {
    let key = "access_key = \"00112233445566778899aabbccddeeff\"\n";
    let house = format!("{TUYA}region = \"eu\"\n{key}");
    for (text, place) in [(source(""), "meters.tokens"), (house, "house.access_key")] {
        let output = check(&[], &["-", "--without-secrets"], &text);
        let printed = stdout(&output);
        let expected = format!("problem  sources.{place}: is a secret");
        assert!(printed.starts_with(&expected), "{printed}");
        let line = 1 + text
            .lines()
            .position(|line| line.contains(place.split('.').next_back().unwrap()))
            .unwrap();
        assert!(printed.contains(&format!("(line {line})")), "{printed}");
        assert_eq!(output.status.code(), Some(1));
        assert!(!printed.contains(CURRENT) && !printed.contains("00112233"));
    }
}

#[test]
fn a_problem_hides_no_mistake_of_a_target() {
    let url = "https://sqs.eu-west-1.amazonaws.com/123456789012/events";
    let text = source(&format!(
        "[sources.doors]\nplatform = \"none\"\n[targets.a]\ntype = \"sqs\"\n\
         queue_url = \"{url}.fifo\"\n[targets.b]\ntype = \"sqs\"\nqueue_url = \"{url}.fifo\"\n\
         [targets.c]\ntype = \"sqs\"\nqueue_url = \"{url}\"\n"
    ));
    let output = check(&[], &["-"], &text);
    let printed = stdout(&output);
    for line in [
        "problem  sources.doors.platform: must be one of",
        "problem  targets.b.queue_url: is also the queue of targets.a: it would get twice each event that both take (line 11)",
        "warning  targets.c.queue_url: is not a FIFO queue",
    ] {
        assert!(printed.contains(line), "{line} in {printed}");
    }
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn the_schema_is_printed() {
    let output = Command::new(env!("CARGO_BIN_EXE_thingrelay"))
        .args(["config", "schema"])
        .searched()
        .unwrap();
    assert!(output.status.success());
    let schema: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let tokens = &schema["$defs"]["http"]["properties"]["tokens"];
    assert_eq!(tokens["writeOnly"], true, "{schema}");
}

#[test]
fn webhooks_are_summed_up_and_their_secrets_are_looked_for() {
    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const WEBHOOK: &str =
        "[targets.crm]\ntype = \"webhook\"\nurl = \"https://crm.example.com/k3J9xQ7p\"\n";
    const QUEUE: &str =
        "queue_url = \"https://sqs.eu-west-1.amazonaws.com/123456789012/crm.fifo\"\n";
    let settings = source(&format!("{WEBHOOK}{QUEUE}"));
    let files = |secrets: &str| {
        let files = [
            ("a.toml", settings.as_bytes()),
            ("b.json", secrets.as_bytes()),
        ];
        check(&files, &["a.toml", "b.json"], "")
    };
    let secrets = format!("{{\"targets\": {{\"crm\": {{\"signing_secrets\": [\"{SECRET}\"]}}}}}}");
    let source_line = "source   meters: tencent-iot-hub, 1 token, fresh within 300 s";
    let target = |secrets: &str| {
        format!(
            "target   crm: webhook at crm.example.com, in order per device, {secrets}, takes every event"
        )
    };
    assert_lines(
        &files(&secrets),
        &[
            "ok       a.toml, b.json",
            source_line,
            &target("1 signing secret"),
            "warning  a.toml: has secrets and settings: in AWS, tokens and keys belong in Secrets Manager, and settings in SSM, where the consumer reads them, which has no access to the secrets",
            "No problems.",
        ],
    );
    let wrong = files("{\"targets\": {\"crm\": {\"signing_secrets\": [\"k3J9xQ7pLm2Vt8Wz\"]}}}");
    let printed = stdout(&wrong);
    let expected =
        "problem  targets.crm.signing_secrets[0]: must begin with whsec_ (b.json, line 1)";
    assert!(printed.contains(expected), "{printed}");
    assert!(!printed.contains("k3J9xQ7p"), "{printed}");

    let missing = stdout(&check(&[], &["-"], &settings));
    let expected =
        "problem  targets.crm.signing_secrets: is missing: the secrets that sign the requests";
    assert!(missing.contains(expected), "{missing}");
    let elsewhere = format!("[sources.meters]\nplatform = \"tencent-iot-hub\"\n{WEBHOOK}");
    let elsewhere = elsewhere.replace("https:", "http:") + "allow_http = true\n";
    assert_lines(
        &check(&[], &["--without-secrets", "-"], &elsewhere),
        &[
            "ok       standard input",
            "source   meters: tencent-iot-hub, tokens elsewhere, fresh within 300 s",
            &target("signing secrets elsewhere"),
            "warning  targets.crm.url: begins with http://: anybody on the way can read the events (line 5)",
            "warning  targets.crm.queue_url: is missing: in AWS, events wait until it names the queue of the webhook's stack (line 3)",
            "No problems.",
        ],
    );
    let both = elsewhere + &format!("signing_secrets = [\"{SECRET}\"]\n");
    let refused = stdout(&check(&[], &["--without-secrets", "-"], &both));
    let expected = "problem  targets.crm.signing_secrets: is a secret, and standard input is only for settings";
    assert!(refused.contains(expected), "{refused}");
}
