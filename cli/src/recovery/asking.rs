//! Asks before something is sent.

use crate::signals::Signals;
use std::{
    io::{self, BufRead, IsTerminal, Write},
    thread,
};
use tokio::sync::oneshot;

/// The answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Consent {
    Yes,
    No,
    /// There is nobody to ask.
    Unasked,
}

/// Asks on the terminal, unless `--yes` answers.
pub(crate) async fn ask(is_yes: bool, question: &str, signals: &mut Signals) -> Consent {
    if is_yes {
        return Consent::Yes;
    }
    if !io::stdin().is_terminal() {
        return Consent::Unasked;
    }
    // Without a reader, there is no answer either.
    let _ = write!(io::stderr().lock(), "{question} [y/N] ");
    let (sender, answer) = oneshot::channel();
    thread::spawn(move || {
        let mut answer = String::new();
        if io::stdin().lock().read_line(&mut answer).is_ok() {
            let _ = sender.send(answer);
        }
    });
    let answer = tokio::select! {
        answer = answer => answer.unwrap_or_default(),
        _ = signals.next() => return Consent::No,
    };
    match answer.trim().to_ascii_lowercase().as_str() {
        "y" | "yes" => Consent::Yes,
        _ => Consent::No,
    }
}
