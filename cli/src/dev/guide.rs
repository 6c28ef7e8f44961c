//! What is printed for people at the start: push URLs, and commands to try.

use super::{
    colour::Colour,
    curl,
    demo::DemoSource,
    lambda::{EmulatorUrl, example, handover::Change},
};
use std::{fmt::Write, path::Path};
use thingrelay::config::Config;

/// What the run consists of.
#[derive(Debug)]
pub struct Guide<'a> {
    /// The endpoint's URL.
    pub endpoint: &'a str,
    /// The configuration in use.
    pub config: &'a Config,
    /// The sources made up for this run, if it has no configuration of the user's.
    pub demo: &'a [DemoSource],
    /// The URL of the embedded queue server.
    pub queues: &'a str,
    /// Where the queues are kept, in words.
    pub kept: &'a str,
    /// The emulator, if the functions run there.
    pub emulator: Option<Emulator<'a>>,
}

/// An emulator that runs the functions.
#[derive(Debug)]
pub struct Emulator<'a> {
    /// Where it is.
    pub url: &'a EmulatorUrl,
    /// The file that it reads the functions' environment from.
    pub env_file: &'a Path,
    /// Whether that is as it was.
    pub change: Change,
}

impl Guide<'_> {
    /// The text, with a line feed at its end.
    pub fn text(&self, colour: Colour) -> String {
        let mut text = String::new();
        // Writing to memory has no way to fail.
        let _ = self.write(&mut text, colour);
        text
    }

    fn write(&self, text: &mut String, colour: Colour) -> std::fmt::Result {
        let strong = |words: &str| colour.paint("1", words);
        for source in self.config.sources.values() {
            let url = format!("{}/{}", self.endpoint, source.name);
            let title = format!("{}  push URL of source {}", source.platform, source.name);
            writeln!(text, "{}\n  {url}", strong(&title))?;
            let made_up = self
                .demo
                .iter()
                .find(|demo| demo.name == source.name.as_str());
            if let Some(demo) = made_up {
                writeln!(text, "  token: {}", demo.token)?;
                writeln!(text, "  The check of the URL, which prints its Echostr:")?;
                writeln!(text, "{}", curl::check(&url, &demo.token))?;
                writeln!(text, "  A signed push, whose event appears below:")?;
                writeln!(text, "{}\n", curl::push(&url, &demo.token))?;
            } else if !self.demo.is_empty() && source.name.as_str() == example::NAME {
                writeln!(
                    text,
                    "  The event files in functions/*/events are of this source.\n"
                )?;
            }
        }
        for target in &self.config.targets {
            let thingrelay::config::TargetKind::Sqs(sqs) = &target.kind;
            writeln!(text, "Events go to {} ({}).", sqs.queue_url, target.name)?;
        }
        writeln!(text, "Queues are at {}, {}.", self.queues, self.kept)?;
        if let Some(emulator) = &self.emulator {
            emulator.write(text, strong)?;
        }
        writeln!(text, "Ctrl-C forwards what was accepted, and ends.\n")
    }
}

impl Emulator<'_> {
    fn write(&self, text: &mut String, strong: impl Fn(&str) -> String) -> std::fmt::Result {
        let env_file = self.env_file.display();
        let port = match self.url.port() {
            // The emulator's own default.
            9000 => String::new(),
            port => format!(" -P {port}"),
        };
        let address = self
            .url
            .host()
            .trim_start_matches('[')
            .trim_end_matches(']');
        let address = if address == "localhost" {
            "127.0.0.1"
        } else {
            address
        };
        let when = match self.change {
            Change::None => {
                "The functions' environment is as it was, so an emulator that runs goes on; else start it:"
            }
            Change::Some => {
                "Start the emulator now, anew if it runs, in another terminal in this directory:"
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
}
