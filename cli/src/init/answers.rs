//! Which sources a user has, from arguments or from questions.

use anyhow::{Context, bail};
use std::{
    io::{BufRead, Write},
    str::FromStr,
};
use thingrelay_core::source::{Platform, SourceName};

/// A source that a user has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) name: SourceName,
    pub(super) platform: Platform,
    pub(super) channel: Channel,
}

/// How its messages come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Channel {
    /// The platform pushes them.
    Http,
    /// They are pulled from CKafka.
    Ckafka,
    /// They are pulled from Tuya's message service.
    Pulsar,
}

/// The choices, in the order of their numbers.
const CHOICES: [(&str, Platform, Channel); 7] = [
    ("tencent-iot-hub", Platform::TencentIotHub, Channel::Http),
    (
        "tencent-iot-explorer",
        Platform::TencentIotExplorer,
        Channel::Http,
    ),
    (
        "tencent-iot-video",
        Platform::TencentIotVideo,
        Channel::Http,
    ),
    (
        "tencent-iot-hub/ckafka",
        Platform::TencentIotHub,
        Channel::Ckafka,
    ),
    (
        "tencent-iot-explorer/ckafka",
        Platform::TencentIotExplorer,
        Channel::Ckafka,
    ),
    (
        "tencent-iot-video/ckafka",
        Platform::TencentIotVideo,
        Channel::Ckafka,
    ),
    ("tuya", Platform::Tuya, Channel::Pulsar),
];

impl FromStr for Answer {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, word) = text
            .split_once('=')
            .ok_or("expected NAME=PLATFORM, such as meters=tencent-iot-hub")?;
        let name = source_name(name)?;
        let choice = CHOICES.iter().find(|(known, ..)| *known == word);
        let (_, platform, channel) = choice.ok_or_else(|| {
            let known = CHOICES.map(|(known, ..)| known).join(", ");
            format!("`{word}` is not a platform: expected {known}")
        })?;
        Ok(Answer {
            name,
            platform: *platform,
            channel: *channel,
        })
    }
}

fn source_name(text: &str) -> Result<SourceName, String> {
    SourceName::parse(text).ok_or_else(|| {
        format!(
            "`{text}` is not a name: it has 1 to 64 of a-z, 0-9, - and _, and begins with a letter or digit"
        )
    })
}

/// The sources, if no two have one name.
///
/// # Errors
/// The error names the first name that comes twice.
pub(super) fn distinct(answers: Vec<Answer>) -> anyhow::Result<Vec<Answer>> {
    for (place, answer) in answers.iter().enumerate() {
        if answers.iter().take(place).any(|it| it.name == answer.name) {
            bail!("two sources have the name {}", answer.name);
        }
    }
    Ok(answers)
}

/// Asks for sources until an empty line. A wrong answer is asked for again.
///
/// # Errors
/// The terminal cannot be read or written, or there is no source.
pub(super) fn ask(
    input: &mut impl BufRead,
    output: &mut impl Write,
) -> anyhow::Result<Vec<Answer>> {
    let mut answers: Vec<Answer> = Vec::new();
    writeln!(output, "Where do your messages come from?")?;
    for (number, (word, ..)) in CHOICES.iter().enumerate() {
        writeln!(output, "  {}  {word}", number + 1)?;
    }
    loop {
        let question = if answers.is_empty() {
            "A number: "
        } else {
            "Another number, or Enter to end: "
        };
        let Some(line) = line(question, input, output)? else {
            break;
        };
        if line.is_empty() && !answers.is_empty() {
            break;
        }
        let number = line.parse::<usize>().ok();
        let choice = number.and_then(|number| CHOICES.get(number.checked_sub(1)?));
        let Some((word, platform, channel)) = choice else {
            writeln!(output, "Type a number from 1 to {}.", CHOICES.len())?;
            continue;
        };
        loop {
            let question = format!("A name for this source ({word}), such as meters: ");
            let Some(line) = self::line(&question, input, output)? else {
                bail!("the source has no name");
            };
            let name = match source_name(&line) {
                Ok(name) if answers.iter().all(|it| it.name != name) => name,
                Ok(name) => {
                    writeln!(output, "Another source has the name {name}.")?;
                    continue;
                }
                Err(problem) => {
                    writeln!(output, "{problem}.")?;
                    continue;
                }
            };
            answers.push(Answer {
                name,
                platform: *platform,
                channel: *channel,
            });
            break;
        }
    }
    if answers.is_empty() {
        bail!("there is no source to write");
    }
    Ok(answers)
}

/// The answer to a question, without white space around it; `None` at the end of the input.
fn line(
    question: &str,
    input: &mut impl BufRead,
    output: &mut impl Write,
) -> anyhow::Result<Option<String>> {
    write!(output, "{question}")?;
    output.flush()?;
    let mut line = String::new();
    let read = input
        .read_line(&mut line)
        .context("cannot read the answer")?;
    Ok((read > 0).then(|| line.trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_are_asked_until_the_answers_make_sense() {
        let typed = "9\n1\nMeters\nmeters\n7\nmeters\nhomes\n\n";
        let mut asked = Vec::new();
        let answers = ask(&mut typed.as_bytes(), &mut asked).unwrap();
        let given = ["meters=tencent-iot-hub", "homes=tuya"].map(|text| text.parse().unwrap());
        assert_eq!(answers, given);
        let asked = String::from_utf8(asked).unwrap();
        for told in [
            "from 1 to 7",
            "`Meters` is not a name",
            "has the name meters",
        ] {
            assert!(asked.contains(told), "{told}: {asked}");
        }
        assert!(ask(&mut "".as_bytes(), &mut Vec::new()).is_err());
        assert!(ask(&mut "1\n".as_bytes(), &mut Vec::new()).is_err());
    }

    #[test]
    fn arguments_that_make_no_sense_are_refused() {
        for text in [
            "meters",
            "=tuya",
            "Meters=tuya",
            "meters=mqtt",
            "meters=tuya/ckafka",
        ] {
            assert!(text.parse::<Answer>().is_err(), "{text}");
        }
        let twice = ["a=tuya", "a=tencent-iot-hub"].map(|text| text.parse().unwrap());
        assert!(distinct(twice.to_vec()).is_err());
    }
}
