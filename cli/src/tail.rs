//! `thingrelay tail`: follows the log lines and queues of a deployed stack, in the format of `dev`.
//!
//! # Layout
//!
//! * [`args`]: the arguments.
//! * [`line`](mod@line): a line of a function's log, and whether it is shown.
//! * [`text`]: a line for a person.
//! * [`logs`]: reads the log group of a function.
//! * [`depths`]: the queues that have changed.

mod args;
mod depths;
mod line;
mod logs;
mod text;

pub(crate) use args::Args;

use crate::{
    dev::printer::{Printer, Style},
    output::{colour::Colour, log::Log, verbosity::Verbosity},
    signals::Signals,
    stack::{Stack, clients::Clients, error::StackError},
};
use depths::Depths;
use futures::future::join_all;
use line::Shown;
use logs::{Entry, Follower};
use std::{io, os::fd::AsFd, process::ExitCode, time::Duration};
use text::Form;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

/// The pause between two rounds. An account may call FilterLogEvents some times a second, and a stack
/// has up to four log groups.
const PAUSE: Duration = Duration::from_secs(3);
/// How many rounds pass until the queues are looked at again.
const ROUNDS: u32 = 3;
/// How many further rounds a run that does not follow may take, if not everything can be read.
const TRIES: u32 = 5;

/// Prints until a signal, or once.
///
/// # Errors
/// AWS refuses what is asked.
pub(crate) async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let log = Log::start(Colour::of(&io::stderr()))?;
    let mut signals = Signals::take(None)?;
    let gone = CancellationToken::new();
    let style = match args.json {
        true => Style::Json,
        false => Style::Readable(Colour::of(&io::stdout())),
    };
    let out = io::stdout().as_fd().try_clone_to_owned()?;
    let printer = Printer::start(out, style, gone.clone())?;
    let ended = tokio::select! {
        ended = follow(&args, style, &printer, &log) => ended,
        _ = signals.next() => Ok(()),
        () = gone.cancelled() => Ok(()),
    };
    // A reader that reads no more misses the last lines.
    let _ = printer.finish().await;
    log.finish().await;
    ended?;
    Ok(ExitCode::SUCCESS)
}

async fn follow(args: &Args, style: Style, printer: &Printer, log: &Log) -> Result<(), StackError> {
    let (clients, stacks) = args.stacks.find().await?;
    log.tell(&levels(&stacks));
    let with_logs = stacks.iter().filter(|it| !it.log_groups().is_empty());
    let form = Form {
        style,
        names_stack: with_logs.count() > 1,
    };
    let mut tail = Tail::new(clients, &stacks, args, form);
    let mut is_failing = false;
    for round in 0_u32.. {
        let with_queues = args.no_follow || round % ROUNDS == 0;
        let failure = tail.round(with_queues, printer).await.err();
        match failure {
            None if args.no_follow => return Ok(()),
            Some(failure) if args.no_follow && round == TRIES => return Err(failure),
            Some(failure) if !failure.is_temporary() => return Err(failure),
            Some(failure) if !is_failing => {
                log.tell(&format!(
                    "not everything can be read, trying again: {failure}\n"
                ));
                is_failing = true;
            }
            None if is_failing => {
                log.tell("everything can be read again\n");
                is_failing = false;
            }
            _ => {}
        }
        sleep(PAUSE).await;
    }
    Ok(())
}

/// Says which stacks write no line for messages without problems.
fn levels(stacks: &[Stack]) -> String {
    let mut text = String::new();
    for stack in stacks {
        let Some(level) = stack.log_level.as_deref() else {
            continue;
        };
        let missing = match level {
            "TRACE" | "DEBUG" => continue,
            "ERROR" | "FATAL" => "messages without problems, nor for refusals",
            _ => "messages without problems",
        };
        text += &format!(
            "the log level of {} is {level}: there are no lines for {missing}. To see them, deploy the stack with the parameter LogLevel=DEBUG\n",
            stack.name
        );
    }
    text
}

/// What is followed.
struct Tail {
    clients: Clients,
    followers: Vec<Follower>,
    depths: Depths,
    shown: Shown,
    form: Form,
}

impl Tail {
    fn new(clients: Clients, stacks: &[Stack], args: &Args, form: Form) -> Tail {
        let groups = stacks.iter().flat_map(|stack| {
            let groups = stack.log_groups().into_iter();
            groups.map(|group| Follower::new(&stack.name, group, args.since.millis()))
        });
        let steps = !matches!(Verbosity::asked(), Verbosity::Quiet | Verbosity::Normal);
        Tail {
            clients,
            followers: groups.collect(),
            depths: Depths::new(stacks),
            shown: Shown {
                source: args.source.clone(),
                steps,
            },
            form,
        }
    }

    /// Prints what is new.
    ///
    /// # Errors
    /// Something could not be read. The next round reads it, and all else is printed.
    async fn round(&mut self, with_queues: bool, printer: &Printer) -> Result<(), StackError> {
        let mut failure = self.page(|_| true, printer).await.err();
        while failure.is_none() && self.followers.iter().any(Follower::has_more) {
            failure = self.page(Follower::has_more, printer).await.err();
        }
        if with_queues {
            let (changes, outcome) = self.depths.changes(&self.clients).await;
            failure = failure.or(outcome.err());
            for change in &changes {
                printer.ready().await;
                printer.print(self.form.change(change));
            }
        }
        failure.map_or(Ok(()), Err)
    }

    /// Prints the next page of some log groups, with the lines of all in the order of time.
    async fn page(
        &mut self,
        is_asked: fn(&Follower) -> bool,
        printer: &Printer,
    ) -> Result<(), StackError> {
        let followers = self.followers.iter_mut().filter(|it| is_asked(it));
        let pages = followers.map(|follower| follower.page(&self.clients, &self.shown));
        let mut failure = Ok(());
        let mut entries: Vec<Entry> = Vec::new();
        for page in join_all(pages).await {
            match page {
                Ok(found) => entries.extend(found),
                Err(error) => failure = failure.and(Err(error)),
            }
        }
        entries.sort_by_key(|entry| entry.at);
        for entry in &entries {
            printer.ready().await;
            printer.print(self.form.entry(entry));
        }
        failure
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stack::tests::stack;

    #[test]
    fn what_a_level_leaves_out_is_said() {
        let cases = [
            ("TRACE", ""),
            ("DEBUG", ""),
            ("INFO", "no lines for messages without problems. To"),
            ("WARN", "no lines for messages without problems. To"),
            ("ERROR", "nor for refusals"),
        ];
        for (level, words) in cases {
            let mut stack = stack("CREATE_COMPLETE", &[]);
            stack.log_level = Some(level.to_owned());
            let text = levels(&[stack]);
            assert_eq!(text.is_empty(), words.is_empty(), "{level}: {text}");
            assert!(text.contains(words), "{level}: {text}");
        }
    }
}
