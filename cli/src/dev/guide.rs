//! The text that is printed at the start: push URLs, what is pulled, and commands to try.

use super::{
    demo::DemoSource,
    lambda::{EmulatorUrl, example, handover::Change},
};
use crate::output::colour::Colour;
use std::{collections::BTreeMap, fmt::Write, path::Path};
use thingrelay::telemetry::counters::Row;
use thingrelay_core::{
    config::{self, EdgeSource, Ingress, Target, TargetKind},
    source::SourceName,
    tuya::{Environment, Topic},
};

/// The most lines of a start, without those of an emulator.
const MOST_LINES: usize = 10;
/// The lines besides those of the sources and the command to try: the page, the targets outside this
/// machine, where events go, how to end.
const OTHER_LINES: usize = 4;
/// The lines of the command to try.
const NEXT_LINES: usize = 2;

/// The parts of the run.
#[derive(Debug)]
pub(crate) struct Guide<'a> {
    /// The URL of the page, if there is one.
    pub(crate) page: Option<&'a str>,
    /// The URL of the endpoint on this machine.
    pub(crate) endpoint: &'a str,
    /// The same as platforms reach it.
    pub(crate) push_url: &'a str,
    /// The sources in use.
    pub(crate) sources: &'a BTreeMap<SourceName, EdgeSource>,
    /// The targets to which events are forwarded.
    pub(crate) targets: &'a [Target],
    /// How the user starts this program.
    pub(crate) program: &'a str,
    /// The sources that were made up for this run, if the user gave no configuration.
    pub(crate) demo: &'a [DemoSource],
    /// The URL of the embedded queue server.
    pub(crate) queues: &'a str,
    /// The place where the queues are kept, as text.
    pub(crate) kept: &'a str,
    /// The emulator, if the functions run there.
    pub(crate) emulator: Option<Emulator<'a>>,
}

/// An emulator that runs the functions.
#[derive(Debug)]
pub(crate) struct Emulator<'a> {
    pub(crate) url: &'a EmulatorUrl,
    /// The file from which the emulator reads the functions' environment.
    pub(crate) env_file: &'a Path,
    /// Whether the file has changed.
    pub(crate) change: Change,
}

impl Guide<'_> {
    /// The text, with a line feed at its end.
    pub(crate) fn text(&self, colour: Colour) -> String {
        let mut text = String::new();
        // Writing to memory cannot fail.
        let _ = self.write(&mut text, colour);
        text
    }

    fn write(&self, text: &mut String, colour: Colour) -> std::fmt::Result {
        let strong = |words: &str| colour.paint("1", words);
        if let Some(page) = self.page {
            writeln!(text, "{} {}", strong("Page:"), strong(page))?;
        }
        self.write_real_targets(text, strong)?;
        self.write_sources(text, strong)?;
        let targets = self.targets.iter();
        let targets =
            targets.map(|Target { name, kind, .. }| format!("{} ({name})", kind.address()));
        let targets = match targets.collect::<Vec<_>>().join(", ") {
            none if none.is_empty() => "no target".to_owned(),
            some => some,
        };
        writeln!(
            text,
            "Events go to {targets}. Queues are at {}, {}.",
            self.queues, self.kept
        )?;
        if let Some(emulator) = &self.emulator {
            emulator.write(text, strong)?;
        } else if let Some(made_up) = self.demo.first() {
            let DemoSource { name, token, .. } = made_up;
            let url = format!("{}/{name}", self.endpoint);
            let command = format!("{} curl {url} --token {token} | sh", self.program);
            writeln!(text, "Next: send a message on the page, or by")?;
            writeln!(text, "  {}", strong(&command))?;
        }
        writeln!(text, "Ctrl-C forwards the accepted messages, and ends.\n")
    }

    /// Names the targets outside this machine.
    fn write_real_targets(
        &self,
        text: &mut String,
        strong: impl Fn(&str) -> String,
    ) -> std::fmt::Result {
        let is_real =
            |kind: &TargetKind| matches!(kind, TargetKind::Webhook(_)) || !kind.is_loopback();
        let real = self.targets.iter().filter(|target| is_real(&target.kind));
        let real: Vec<String> = real
            .map(|Target { kind, .. }| format!("the {} {}", kind.noun(), kind.address()))
            .collect();
        if real.is_empty() {
            return Ok(());
        }
        let told = strong(&format!("Events are sent to {}.", real.join(", ")));
        writeln!(text, "{told} --local-targets keeps them in local queues.")
    }

    /// Names as many sources as there is room for.
    fn write_sources(
        &self,
        text: &mut String,
        strong: impl Fn(&str) -> String,
    ) -> std::fmt::Result {
        let next = if self.demo.is_empty() { 0 } else { NEXT_LINES };
        let mut room = match self.emulator {
            // Its lines are commands that are needed.
            Some(_) => usize::MAX,
            None => MOST_LINES - OTHER_LINES - next,
        };
        let sources = self.sources.values().map(|source| {
            let mut lines = String::new();
            self.write_source(&mut lines, source, &strong)?;
            Ok((lines.lines().count(), lines))
        });
        let sources = sources.collect::<Result<Vec<_>, _>>()?;
        if sources.iter().map(|(count, _)| count).sum::<usize>() > room {
            // For the line about the others.
            room -= 1;
        }
        for (named, (count, lines)) in sources.iter().enumerate() {
            let Some(left) = room.checked_sub(*count) else {
                let more = sources.len() - named;
                let place = self.page.map_or("", |_| ", on the page");
                return writeln!(text, "  and {more} more sources{place}");
            };
            text.push_str(lines);
            room = left;
        }
        Ok(())
    }

    fn write_source(
        &self,
        text: &mut String,
        source: &EdgeSource,
        strong: impl Fn(&str) -> String,
    ) -> std::fmt::Result {
        let (name, platform) = (&source.name, source.platform);
        match &source.ingress {
            Ingress::Tuya(tuya) => {
                let origin = tuya.endpoint.origin();
                let topics = topics(tuya);
                let title = format!("{platform}  source {name}, pulled from {origin}");
                writeln!(text, "{}: {topics}", strong(&title))?;
                match &self.emulator {
                    Some(emulator) => emulator.write_pull(text, "tuya"),
                    None => writeln!(
                        text,
                        "  No other pull of this source gets the messages that are pulled here."
                    ),
                }
            }
            Ingress::Ckafka(ckafka) => self.write_ckafka(text, source, ckafka, strong),
            Ingress::Http(_) => {
                let url = format!("{}/{name}", self.push_url);
                let mut demo = self.demo.iter();
                let made_up = demo.find(|demo| demo.name == name.as_str());
                let token =
                    made_up.map_or_else(String::new, |demo| format!("  token {}", demo.token));
                writeln!(text, "  {}  {platform}{token}", strong(&url))?;
                if made_up.is_none() && !self.demo.is_empty() && name.as_str() == example::NAME {
                    writeln!(
                        text,
                        "  The event files of verify, push and consumer use this source."
                    )?;
                }
                Ok(())
            }
        }
    }

    fn write_ckafka(
        &self,
        text: &mut String,
        source: &EdgeSource,
        ckafka: &config::Ckafka,
        strong: impl Fn(&str) -> String,
    ) -> std::fmt::Result {
        let topics = ckafka.topics.join(", ");
        let name = &source.name;
        let title = format!("{}  source {name}, records of CKafka", source.platform);
        match &ckafka.pull {
            Some(pull) => {
                let brokers = ckafka.brokers.join(",");
                let group = &pull.group;
                let title = format!("{}  source {name}, pulled from CKafka", source.platform);
                writeln!(
                    text,
                    "{}: {brokers}, topics {topics}, group {group}",
                    strong(&title)
                )?;
            }
            None => writeln!(text, "{}: topics {topics}", strong(&title))?,
        }
        match (&self.emulator, &ckafka.pull) {
            (Some(emulator), Some(_)) => emulator.write_pull(text, "ckafka-pull"),
            (Some(emulator), None) => emulator.write_batch(text),
            (None, Some(_)) => writeln!(
                text,
                "  Records that are pulled here are committed, and no other pull of this group gets them."
            ),
            (None, None) => writeln!(
                text,
                "  Lambda's event source delivers them to the function ckafka. They are not consumed here."
            ),
        }
    }
}

/// A line for each source that is pushed and that nobody has called.
pub(crate) fn never_called(
    public: &str,
    sources: &BTreeMap<SourceName, EdgeSource>,
    counted: &[(Row, u64)],
) -> String {
    let pushed = sources.values().filter(|source| {
        let mut rows = counted.iter();
        let is_called = rows.any(|(row, _)| row.source.as_deref() == Some(source.name.as_str()));
        matches!(source.ingress, Ingress::Http(_)) && !is_called
    });
    pushed
        .map(|source| {
            let name = &source.name;
            format!(
                "The source {name} has never been called. Look at the rule in the platform's console: it is on, and its \
                 URL is {public}/{name}. Try the address with `thingrelay check url {public}/{name}`.\n"
            )
        })
        .collect()
}

/// The topics that are pulled from a source.
fn topics(tuya: &config::Tuya) -> String {
    let what = match tuya.environment {
        Environment::Production => "production",
        Environment::Test => "test",
    };
    let id = &tuya.access.id;
    let topic = tuya.environment.topic().of(id);
    let notices = match tuya.notices {
        true => format!(", and notices {}", Topic::Notice.of(id)),
        false => String::new(),
    };
    format!("{what} {topic}, subscription {id}-sub{notices}")
}

impl Emulator<'_> {
    /// How to pull a source that this process does not pull.
    fn write_pull(&self, text: &mut String, function: &str) -> std::fmt::Result {
        writeln!(
            text,
            "  Each call of the function {function} pulls it for a while:"
        )?;
        self.write_call(text, function, "schedule.json")
    }

    /// How records reach a source for which no event source brings records here.
    fn write_batch(&self, text: &mut String) -> std::fmt::Result {
        writeln!(text, "  Its event file has a record of the topic iot:")?;
        self.write_call(text, "ckafka", "batch.json")
    }

    fn write_call(&self, text: &mut String, function: &str, file: &str) -> std::fmt::Result {
        writeln!(
            text,
            "  cargo lambda invoke {function} -A {}{} --data-file functions/{function}/events/{file}",
            self.address(),
            self.port()
        )
    }

    fn write(&self, text: &mut String, strong: impl Fn(&str) -> String) -> std::fmt::Result {
        let env_file = self.env_file.display();
        let (address, port) = (self.address(), self.port());
        let when = match self.change {
            Change::None => {
                "The functions' environment has not changed, so a running emulator can continue; else start it:"
            }
            Change::Some => {
                "Start the emulator now, or restart it if it is running, in another terminal in this directory:"
            }
        };
        writeln!(
            text,
            "The functions find settings and queues in {env_file}."
        )?;
        writeln!(text, "{when}")?;
        writeln!(
            text,
            "  {}",
            strong(&format!("cargo lambda watch -A {address}{port}"))
        )
    }

    fn address(&self) -> &str {
        let host = self.url.host();
        match host.trim_start_matches('[').trim_end_matches(']') {
            "localhost" => "127.0.0.1",
            address => address,
        }
    }

    /// The argument for the emulator's port, after a space.
    fn port(&self) -> String {
        match self.url.port() {
            // This is the emulator's default.
            9000 => String::new(),
            port => format!(" -P {port}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use thingrelay_core::config::EdgeConfig;

    const SOURCES: &str = r#"
        [sources.house]
        platform = "tuya"
        access_id = "relaytestid000000001"
        access_key = "00112233445566778899aabbccddeeff"
        region = "eu"
        environment = "test"
    "#;

    fn guide(emulator: Option<Emulator<'_>>) -> String {
        let config = EdgeConfig::parse(&[SOURCES]).unwrap();
        let guide = Guide {
            page: None,
            endpoint: "http://127.0.0.1:9001",
            push_url: "http://127.0.0.1:9001",
            sources: &config.sources,
            targets: &config.targets,
            program: "thingrelay",
            demo: &[],
            queues: "http://127.0.0.1:9324",
            kept: "in memory",
            emulator,
        };
        guide.text(Colour::Off)
    }

    #[test]
    fn a_source_that_is_pulled_has_no_push_url() {
        let text = guide(None);
        let expected = "\
tuya  source house, pulled from wss://mqe.tuyaeu.com:8285: test persistent://relaytestid000000001/out/event-test, subscription relaytestid000000001-sub
  No other pull of this source gets the messages that are pulled here.
";
        assert!(text.starts_with(expected), "{text}");
        assert!(
            !text.contains("push URL") && !text.contains("9001"),
            "{text}"
        );
        assert!(!text.contains("00112233"), "{text}");
    }

    #[test]
    fn the_first_start_takes_ten_lines_at_most() {
        let demo = crate::dev::demo::sources().unwrap();
        let document = crate::dev::demo::document(&demo);
        let config = EdgeConfig::parse(&[&document]).unwrap();
        let guide = Guide {
            page: Some("http://127.0.0.1:9002"),
            endpoint: "http://127.0.0.1:9001",
            push_url: "http://127.0.0.1:9001",
            sources: &config.sources,
            targets: &config.targets,
            program: "thingrelay",
            demo: &demo,
            queues: "http://127.0.0.1:9324",
            kept: "in memory",
            emulator: None,
        };
        let text = guide.text(Colour::Off);
        assert!(text.trim_end().lines().count() <= 10, "{text}");
        assert!(text.starts_with("Page: http://127.0.0.1:9002\n"), "{text}");
        for source in &demo {
            let line = format!(
                "  http://127.0.0.1:9001/{}  {}  token {}\n",
                source.name, source.platform, source.token
            );
            assert!(text.contains(&line), "{text}");
        }
    }

    #[test]
    fn where_the_functions_run_elsewhere_it_says_how_to_pull() {
        let cases = [
            ("http://127.0.0.1:9000", "-A 127.0.0.1 --data-file "),
            ("http://localhost:9100", "-A 127.0.0.1 -P 9100 --data-file "),
            ("http://[::1]:9000", "-A ::1 --data-file "),
        ];
        for (url, expected) in cases {
            let url: EmulatorUrl = url.parse().unwrap();
            let text = guide(Some(Emulator {
                url: &url,
                env_file: Path::new("lambda.env"),
                change: Change::Some,
            }));
            let command = format!("  cargo lambda invoke tuya {expected}");
            assert!(text.contains(&command), "{text}");
            assert!(
                text.contains(expected.trim_end_matches(" --data-file ")),
                "{text}"
            );
            assert!(!text.contains("other pull of this source"), "{text}");
        }
    }

    #[test]
    fn behind_a_public_address_a_source_that_was_never_called_is_named() {
        let demo = crate::dev::demo::sources().unwrap();
        let document = crate::dev::demo::document(&demo);
        let config = EdgeConfig::parse(&[&document]).unwrap();
        let row = |source: &str| Row {
            name: "received".to_owned(),
            source: Some(source.to_owned()),
            reason: None,
            target: None,
        };
        let public = "https://a.example.org";
        let told = |called: &[&str]| {
            let counted: Vec<_> = called.iter().map(|source| (row(source), 1)).collect();
            never_called(public, &config.sources, &counted)
        };
        let names: Vec<&str> = demo.iter().map(|demo| demo.name).collect();
        assert_eq!(told(&names), "");
        let (first, others) = names.split_first().unwrap();
        let line = told(others);
        assert!(line.contains(&format!("{public}/{first}")), "{line}");
        assert_eq!(line.lines().count(), 1, "{line}");
        assert_eq!(told(&[]).lines().count(), names.len());
    }
}
