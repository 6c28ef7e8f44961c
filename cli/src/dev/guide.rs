//! The text that is printed at the start: push URLs, what is pulled, and commands to try.

use super::{
    curl,
    demo::DemoSource,
    lambda::{EmulatorUrl, example, handover::Change},
};
use crate::output::colour::Colour;
use std::{collections::BTreeMap, fmt::Write, path::Path};
use thingrelay_core::{
    config::{self, EdgeSource, Ingress, Target, TargetKind},
    source::SourceName,
    tuya::{Environment, Topic},
};

/// The parts of the run.
#[derive(Debug)]
pub(crate) struct Guide<'a> {
    pub(crate) endpoint: &'a str,
    /// The sources in use.
    pub(crate) sources: &'a BTreeMap<SourceName, EdgeSource>,
    /// The targets to which events are forwarded.
    pub(crate) targets: &'a [Target],
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
        for Target { kind, .. } in self.targets {
            if let TargetKind::Webhook(_) = kind {
                let real = format!("Events are sent to the webhook {}.", kind.address());
                writeln!(
                    text,
                    "{} --local-targets keeps them in a local queue.",
                    strong(&real)
                )?;
            } else if !kind.is_loopback() {
                let (noun, address) = (kind.noun(), kind.address());
                let real = format!("Events are forwarded to the real {noun} {address}.");
                writeln!(
                    text,
                    "{} --local-targets forwards to a local queue.",
                    strong(&real)
                )?;
            }
        }
        for source in self.sources.values() {
            if let Ingress::Tuya(tuya) = &source.ingress {
                let title = format!(
                    "{}  source {}, pulled from {}",
                    source.platform,
                    source.name,
                    tuya.endpoint.origin()
                );
                writeln!(text, "{}", strong(&title))?;
                write_topics(text, tuya)?;
                match &self.emulator {
                    Some(emulator) => emulator.write_pull(text, "tuya")?,
                    None => writeln!(
                        text,
                        "  No other pull of this source gets the messages that are pulled here."
                    )?,
                }
                writeln!(text)?;
                continue;
            }
            if let Ingress::Ckafka(ckafka) = &source.ingress {
                self.write_ckafka(text, source, ckafka, strong)?;
                continue;
            }
            let url = format!("{}/{}", self.endpoint, source.name);
            let title = format!("{}  push URL of source {}", source.platform, source.name);
            writeln!(text, "{}\n  {url}", strong(&title))?;
            let made_up = self
                .demo
                .iter()
                .find(|demo| demo.name == source.name.as_str());
            if let Some(demo) = made_up {
                writeln!(text, "  token: {}", demo.token)?;
                writeln!(text, "  The URL check, which prints its Echostr:")?;
                writeln!(text, "{}", curl::check(&url, &demo.token))?;
                writeln!(text, "  A signed push, whose event appears below:")?;
                writeln!(text, "{}\n", curl::push(&url, &demo.token))?;
            } else if !self.demo.is_empty() && source.name.as_str() == example::NAME {
                writeln!(
                    text,
                    "  The event files of verify, push and consumer use this source.\n"
                )?;
            }
        }
        for Target { name, kind, .. } in self.targets {
            writeln!(text, "Events go to {} ({name}).", kind.address())?;
        }
        writeln!(text, "Queues are at {}, {}.", self.queues, self.kept)?;
        if let Some(emulator) = &self.emulator {
            emulator.write(text, strong)?;
        }
        writeln!(text, "Ctrl-C forwards the accepted messages, and ends.\n")
    }
}

impl Guide<'_> {
    fn write_ckafka(
        &self,
        text: &mut String,
        source: &config::EdgeSource,
        ckafka: &config::Ckafka,
        strong: impl Fn(&str) -> String,
    ) -> std::fmt::Result {
        let topics = ckafka.topics.join(", ");
        let name = &source.name;
        let how = match &ckafka.pull {
            Some(_) => "pulled from CKafka",
            None => "records of CKafka",
        };
        let title = format!("{}  source {name}, {how}", source.platform);
        writeln!(text, "{}", strong(&title))?;
        match &ckafka.pull {
            Some(pull) => writeln!(
                text,
                "  {}: topics {topics}, group {}",
                ckafka.brokers.join(","),
                pull.group
            )?,
            None => writeln!(
                text,
                "  topics {topics}: Lambda's event source delivers them to the function ckafka"
            )?,
        }
        match (&self.emulator, &ckafka.pull) {
            (Some(emulator), Some(_)) => emulator.write_pull(text, "ckafka-pull")?,
            (Some(emulator), None) => emulator.write_batch(text)?,
            (None, Some(_)) => writeln!(
                text,
                "  Records that are pulled here are committed, and no other pull of this group gets them."
            )?,
            (None, None) => writeln!(text, "  They are not consumed here.")?,
        }
        writeln!(text)
    }
}

/// The topics that are pulled from a source.
fn write_topics(text: &mut String, tuya: &config::Tuya) -> std::fmt::Result {
    let what = match tuya.environment {
        Environment::Production => "production",
        Environment::Test => "test",
    };
    let id = &tuya.access.id;
    let topic = tuya.environment.topic().of(id);
    writeln!(text, "  {what}: {topic}, subscription {id}-sub")?;
    if tuya.notices {
        writeln!(text, "  notices: {}", Topic::Notice.of(id))?;
    }
    Ok(())
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
            endpoint: "http://127.0.0.1:9001",
            sources: &config.sources,
            targets: &config.targets,
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
tuya  source house, pulled from wss://mqe.tuyaeu.com:8285
  test: persistent://relaytestid000000001/out/event-test, subscription relaytestid000000001-sub
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
}
