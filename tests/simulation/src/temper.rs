//! What a seed is like: which parties suffer, how often, from what, and what the traffic is.
//!
//! Faults that fall evenly find little, as retries hide them. So each seed has rates of its own for
//! each party, some kinds of faults and not others, and spells in which every call of a party fails.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::choices::{Chance, Choices};
use crate::fault::{Fault, Party};
use crate::target::{Service, Takes, Target};

/// The rates of which a party has one.
const RATES: [f64; 6] = [0.0, 0.0, 0.03, 0.1, 0.3, 0.7];

/// The nature of a seed.
#[derive(Debug, Clone)]
pub struct Temper {
    /// By party: the rate of faults among its calls.
    rates: BTreeMap<Party, f64>,
    /// By party: the kinds of faults.
    kinds: BTreeMap<Party, Vec<Fault>>,
    /// Times in which every call of a party suffers one fault.
    spells: Vec<Spell>,
    /// How long the event source waits at the beginning.
    pub backlog: Duration,
    /// How many batches are worked at a time.
    pub pollers: u32,
    /// How many devices there are.
    pub devices: u64,
    /// The longest pause between two messages.
    pub pause: Duration,
    /// The targets.
    pub targets: Vec<Target>,
    /// How many batches of a webhook are worked at a time.
    pub webhook_pollers: u32,
    /// From which age on a webhook gives an event up, in seconds.
    pub give_up_seconds: u64,
    /// How often the operator stages messages again.
    pub operations: u32,
    /// How many of the messages come by a broker.
    pub pulled: f64,
    /// How many members pull.
    pub members: usize,
    /// Whether the broker is told of each message alone, as Tuya's, and not of all up to one.
    pub acknowledges_each: bool,
    /// How many of the messages end their invocation.
    pub deadly: f64,
    /// How many of the messages a target refuses for good.
    pub refused: f64,
    /// Whether the queues are on disk, and all functions in one process.
    pub is_one_machine: bool,
    /// When that process ends, and for how long, if it does; whether with the power.
    pub restarts: Vec<Restart>,
    /// When the wall clock is set, and by how much.
    pub clock_steps: Vec<(Duration, i64)>,
    /// When the settings change.
    pub rotations: Vec<Rotation>,
}

#[derive(Debug, Clone)]
struct Spell {
    party: Party,
    from: Duration,
    to: Duration,
    fault: Fault,
}

/// The process ends.
#[derive(Debug, Clone, Copy)]
pub struct Restart {
    /// When.
    pub at: Duration,
    /// For how long.
    pub down: Duration,
    /// Whether what the system had not written to the disk is lost as well.
    pub power: bool,
}

/// The settings become others.
#[derive(Debug, Clone, Copy)]
pub struct Rotation {
    /// When.
    pub at: Duration,
    /// What they are from then on.
    pub to: Settings,
}

/// What the settings are like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settings {
    /// As they should be; the source signs with the token of that number.
    Good(usize),
    /// The source has a mistake.
    BrokenSource,
    /// A target has a mistake.
    BrokenTarget,
    /// The document cannot be parsed.
    Unparsable,
    /// There is no target.
    NoTarget,
}

impl Temper {
    /// The nature of a seed.
    pub fn of(choices: &Choices) -> Temper {
        let mut chance = choices.at("temper");
        let mut rates = BTreeMap::new();
        let mut kinds = BTreeMap::new();
        for party in Party::ALL {
            rates.insert(party, chance.of(&RATES));
            let mut some: Vec<Fault> = party.faults().to_vec();
            chance.rng.shuffle(&mut some);
            some.truncate(chance.rng.usize(1..=some.len()));
            kinds.insert(party, some);
        }
        // The disk is full for spells, not for a call.
        rates.insert(Party::Disk, 0.0);
        let millis = |millis: u64| Duration::from_millis(millis);
        let spells = (0..chance.of(&[0, 0, 2, 4, 8])).map(|_| {
            let party = chance.of(&Party::ALL);
            let from = millis(chance.rng.u64(0..120_000));
            let length = if chance.happens(0.1) { 900_000 } else { 12_000 };
            Spell {
                party,
                from,
                to: from + millis(chance.rng.u64(100..length)),
                fault: chance.of(party.faults()),
            }
        });
        let mut spells: Vec<Spell> = spells.collect();
        let is_one_machine = chance.happens(0.35);
        let restarts = (0..chance.of(&[0, 1, 1, 3])).map(|_| Restart {
            at: millis(chance.rng.u64(1_000..150_000)),
            down: millis(chance.rng.u64(10..20_000)),
            power: chance.happens(0.5),
        });
        let mut restarts: Vec<Restart> = restarts.collect();
        restarts.retain(|_| is_one_machine);
        restarts.sort_by_key(|restart| restart.at);
        let clock_steps = (0..chance.of(&[0, 0, 1, 3])).map(|_| {
            let by = chance.of(&[2_000, 200_000, 800_000_i64]);
            let at = millis(chance.rng.u64(0..150_000));
            (at, if chance.rng.bool() { by } else { -by })
        });
        let clock_steps = clock_steps.collect();
        // What a webhook needs is drawn at a place of its own.
        let mut of_webhook = choices.at("temper.webhook");
        for party in Party::OF_WEBHOOKS {
            rates.insert(party, of_webhook.of(&RATES));
            let mut some: Vec<Fault> = party.faults().to_vec();
            of_webhook.rng.shuffle(&mut some);
            some.truncate(of_webhook.rng.usize(1..=some.len()));
            kinds.insert(party, some);
        }
        for _ in 0..of_webhook.of(&[0, 0, 1, 3]) {
            let from = millis(of_webhook.rng.u64(0..120_000));
            spells.push(Spell {
                party: Party::Receiver,
                from,
                to: from + millis(of_webhook.rng.u64(1_000..200_000)),
                fault: of_webhook.of(Party::Receiver.faults()),
            });
        }
        let has_webhook = of_webhook.happens(0.5);
        let mut of_operator = choices.at("temper.operator");
        rates.insert(Party::Operator, of_operator.of(&[0.0, 0.03, 0.1, 0.3]));
        let mut some: Vec<Fault> = Party::Operator.faults().to_vec();
        of_operator.rng.shuffle(&mut some);
        some.truncate(of_operator.rng.usize(1..=some.len()));
        kinds.insert(Party::Operator, some);
        Temper {
            rates,
            kinds,
            spells,
            webhook_pollers: of_webhook.rng.u32(1..=3),
            give_up_seconds: of_webhook.of(&[60, 300, 86_400]),
            operations: of_operator.of(&[0, 0, 1, 4]),
            backlog: millis(chance.of(&[0, 0, 5_000, 30_000])),
            pollers: chance.rng.u32(1..=4),
            devices: chance.of(&[2, 3, 4, 8]),
            pause: millis(chance.of(&[10, 200, 1_000, 3_000])),
            targets: targets(&mut chance, has_webhook),
            pulled: chance.of(&[0.0, 0.0, 0.3, 0.6]),
            members: chance.of(&[1, 1, 2]),
            acknowledges_each: chance.happens(0.4),
            deadly: chance.of(&[0.0, 0.0, 0.0, 0.02]),
            refused: chance.of(&[0.0, 0.0, 0.05]),
            is_one_machine,
            restarts,
            clock_steps,
            rotations: rotations(&mut chance),
        }
    }

    /// The same traffic without a fault.
    pub fn calm(mut self) -> Temper {
        self.rates.clear();
        self.spells.clear();
        self.restarts.clear();
        self.clock_steps.clear();
        self.rotations.clear();
        self.operations = 0;
        self
    }

    /// The fault of a call, if it suffers one.
    pub fn fault(&self, party: Party, now: Duration, chance: &mut Chance) -> Option<Fault> {
        let suffers = chance.happens(self.rates.get(&party).copied().unwrap_or(0.0));
        let kind = self.kinds.get(&party).map(|kinds| chance.of(kinds));
        let spell = self
            .spells
            .iter()
            .find(|spell| spell.party == party && (spell.from..spell.to).contains(&now));
        match spell {
            Some(spell) => Some(spell.fault),
            None => kind.filter(|_| suffers),
        }
    }
}

fn targets(chance: &mut Chance, has_webhook: bool) -> Vec<Target> {
    let (queue, topic, bus) = (Service::Queue, Service::Topic, Service::Bus);
    let some = chance.of(&[
        [Some((queue, true)), None],
        [Some((queue, true)), None],
        [Some((queue, true)), Some((queue, true))],
        [Some((queue, true)), Some((queue, false))],
        [Some((queue, false)), None],
        [Some((topic, true)), None],
        [Some((topic, true)), Some((bus, false))],
        [Some((queue, true)), Some((topic, false))],
        [Some((bus, false)), None],
    ]);
    let some = (0..).zip(some.into_iter().flatten());
    // The first one is a webhook, if its queue can be a webhook's.
    let targets = some.map(|(number, (service, keeps_order))| Target {
        number,
        service,
        keeps_order,
        is_webhook: has_webhook && number == 0 && service == queue && keeps_order,
        takes: chance.of(&Takes::CHOICES),
    });
    targets.collect()
}

fn rotations(chance: &mut Chance) -> Vec<Rotation> {
    let mut at = Duration::ZERO;
    let mut token = 0;
    let mut rotations = Vec::new();
    for _ in 0..chance.of(&[0, 0, 0, 2, 4]) {
        at += Duration::from_millis(chance.rng.u64(1_000..120_000));
        let to = match chance.rng.u32(0..6) {
            0 => Settings::BrokenSource,
            1 => Settings::BrokenTarget,
            2 => Settings::Unparsable,
            3 => Settings::NoTarget,
            _ => {
                token += 1;
                Settings::Good(token)
            }
        };
        rotations.push(Rotation { at, to });
    }
    rotations
}
