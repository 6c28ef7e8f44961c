//! Plays a history on every server at once and compares the answers.

use std::fmt;
use std::time::Duration;

use futures::future::join_all;
use tokio::time::{Instant, sleep};

use crate::call::{Call, Delivery, Resolver};
use crate::deviation::{self, Deviation};
use crate::history::{Command, Hidden, History, Queue};
use crate::server::{Answer, Part, Server, Session, is_lost};
use crate::step::Step;

/// How long the counts of the servers may differ after a timeout.
const COUNT_LIMIT: Duration = Duration::from_secs(5);

/// How often the counts are asked for.
const POLL: Duration = Duration::from_millis(50);

/// What became of the comparison with one server.
#[derive(Clone, Debug, Default)]
pub(crate) struct Compared {
    /// The number of commands whose answers were compared.
    pub(crate) commands: usize,
    /// The deviations that were seen.
    pub(crate) seen: Vec<&'static Deviation>,
    /// Whether the comparison ended early, since the machine was so slow that a timeout may have
    /// ended during a command, or since the other server did not answer.
    pub(crate) in_doubt: bool,
}

/// An answer that differs from that of the embedded server.
#[derive(Debug)]
pub(crate) struct Difference {
    calls: Vec<Call>,
    deliveries: Vec<Delivery>,
    ours: Answer,
    server: &'static str,
    theirs: Answer,
}

/// Another server during a history.
struct Peer {
    /// Its place among the servers.
    place: usize,
    compared: Compared,
}

/// Plays a history. The first server is the embedded one, with which the others are compared.
///
/// From a known deviation on, a server has other messages in other states than the embedded one, so
/// the rest of the history is not compared with it.
pub(crate) async fn play(
    servers: &[Server],
    history: &History,
) -> Result<Vec<Compared>, Difference> {
    let sessions = servers.iter().map(|server| server.open(history.settings));
    let mut sessions = join_all(sessions).await;
    let mut peers: Vec<Peer> = (1..servers.len())
        .map(|place| Peer {
            place,
            compared: Compared::default(),
        })
        .collect();
    let mut resolver = Resolver::default();
    let mut calls = Vec::new();
    let mut deliveries: Vec<Delivery> = Vec::new();
    let mut commands = history.commands.iter();
    loop {
        let is_pressed = |peer: &Peer| peer.is_compared() && sessions[peer.place].is_pressed();
        // A slow machine waits for a timeout before it ends by itself.
        let next = if sessions[0].is_pressed() || peers.iter().any(is_pressed) {
            Some(&Command::AwaitTimeouts)
        } else {
            commands.next()
        };
        let Some(command) = next else {
            break;
        };
        let Some(call) = resolver.resolve(command, &deliveries) else {
            continue;
        };
        let answers = answers(&mut sessions, &peers, &call, &deliveries).await;
        let (ours, _) = &answers[0];
        for peer in peers.iter_mut().filter(|peer| peer.is_compared()) {
            let (theirs, _) = &answers[peer.place];
            let is_late = sessions[0].in_doubt || sessions[peer.place].in_doubt;
            if is_late || is_lost(theirs) {
                peer.compared.in_doubt = true;
                continue;
            }
            let step = Step {
                history,
                earlier: &calls,
                call: &call,
                deliveries: &deliveries,
                ours,
                theirs,
            };
            let Some(seen) = deviation::explain(servers[peer.place].name, &step) else {
                calls.push(call);
                return Err(Difference {
                    calls,
                    deliveries,
                    ours: ours.clone(),
                    server: servers[peer.place].name,
                    theirs: theirs.clone(),
                });
            };
            peer.compared.commands += 1;
            peer.compared.seen.extend(seen);
        }
        if !peers.iter().any(Peer::is_compared) {
            break;
        }
        note(&mut deliveries, &call, &answers);
        calls.push(call);
    }
    Ok(peers.into_iter().map(|peer| peer.compared).collect())
}

/// Notes what a call has done to the messages, by the answers to it.
fn note(deliveries: &mut Vec<Delivery>, call: &Call, answers: &[(Answer, Vec<String>)]) {
    let (Ok(parts), _) = &answers[0] else {
        return;
    };
    let succeeded = |place: usize| !parts[place].values.contains_key("error");
    match call {
        Call::Receive { from, hidden, .. } => {
            for (place, part) in parts.iter().enumerate() {
                for earlier in deliveries.iter_mut() {
                    if earlier.from == *from && earlier.message == part.values["message"] {
                        earlier.hidden = None;
                    }
                }
                let receipt = |(_, receipts): &(Answer, Vec<String>)| {
                    receipts.get(place).cloned().unwrap_or_default()
                };
                deliveries.push(Delivery {
                    from: *from,
                    body: part.name.clone(),
                    message: part.values["message"].clone(),
                    hidden: Some(*hidden).filter(|hidden| *hidden != Hidden::NotAtAll),
                    receipts: answers.iter().map(receipt).collect(),
                });
            }
        }
        Call::Delete(delivery) => deliveries[*delivery].hidden = None,
        Call::DeleteBatch(_, picked) => {
            for (place, delivery) in picked.iter().enumerate() {
                if succeeded(place) {
                    deliveries[*delivery].hidden = None;
                }
            }
        }
        Call::Hide(delivery, hidden) => deliveries[*delivery].hide(*hidden),
        Call::HideBatch(_, picked, hidden) => {
            for (place, delivery) in picked.iter().enumerate() {
                if succeeded(place) {
                    deliveries[*delivery].hide(*hidden);
                }
            }
        }
        Call::AwaitTimeouts => {
            for delivery in deliveries {
                delivery.hidden = delivery.hidden.filter(|hidden| *hidden == Hidden::Long);
            }
        }
        Call::Purge => {
            for delivery in deliveries {
                if delivery.from == Queue::Source {
                    delivery.hidden = None;
                }
            }
        }
        Call::Send(_) | Call::SendBatch(_) | Call::Count(_) => {}
    }
}

/// What every server that is still compared answers; other places are empty.
async fn answers(
    sessions: &mut [Session],
    peers: &[Peer],
    call: &Call,
    deliveries: &[Delivery],
) -> Vec<(Answer, Vec<String>)> {
    let deadline = Instant::now() + COUNT_LIMIT;
    loop {
        let asked = sessions.iter_mut().enumerate().map(|(place, session)| {
            let is_compared = place == 0 || peers[place - 1].is_compared();
            async move {
                if is_compared {
                    session.answer(call, place, deliveries).await
                } else {
                    (Ok(Vec::new()), Vec::new())
                }
            }
        });
        let answers = join_all(asked).await;
        let differs = |peer: &&Peer| peer.is_compared() && answers[peer.place].0 != answers[0].0;
        let is_early = matches!(call, Call::AwaitTimeouts) && Instant::now() < deadline;
        if !is_early || peers.iter().find(differs).is_none() {
            return answers;
        }
        sleep(POLL).await;
    }
}

impl Peer {
    fn is_compared(&self) -> bool {
        let compared = &self.compared;
        let ended = |last: &&Deviation| last.ends_the_comparison();
        !compared.in_doubt && !compared.seen.last().is_some_and(ended)
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, delivery) in self.deliveries.iter().enumerate() {
            writeln!(
                f,
                "delivery {place}: {} of {:?}",
                delivery.body, delivery.from
            )?;
        }
        for call in &self.calls {
            writeln!(f, "{call:?}")?;
        }
        writeln!(f, "  sqs-server: {}", text(&self.ours))?;
        write!(f, "  {}: {}", self.server, text(&self.theirs))
    }
}

fn text(answer: &Answer) -> String {
    match answer {
        Ok(parts) => {
            let parts: Vec<String> = parts.iter().map(Part::to_string).collect();
            format!("[{}]", parts.join(", "))
        }
        Err(code) => code.clone(),
    }
}
