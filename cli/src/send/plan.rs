//! Which messages there are: devices, numbers, bodies.

use super::{args::Args, destination::Played};
use crate::platform::{Fields, Template, ckafka, kind::Recipe, tuya};
use anyhow::Context;
use bytes::Bytes;
use rand::{RngExt, SeedableRng, rngs::StdRng};
use std::{
    io::{self, Read},
    path::Path,
};

/// The whole of what a run sends.
#[derive(Debug)]
pub struct Plan {
    source: Source,
    product: String,
    messages: u64,
    devices: u32,
    seed: u64,
    first_seq: u64,
}

/// A device and how far it has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// From 0.
    pub index: u32,
    /// How many of its messages are done with, whichever way.
    pub done: u64,
    /// How many it has in all.
    pub messages: u64,
    /// The message that was sent and not accepted.
    pub pending: Option<Pending>,
}

/// A message that waits for its retry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pending {
    /// The very message: a retry has the same body.
    pub message: Message,
    /// How often it was sent.
    pub attempts: usize,
}

/// What is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// A POST with this body.
    Push(Bytes),
    /// A GET with an Echostr of its own.
    UrlCheck,
}

#[derive(Debug)]
enum Source {
    Kind(Recipe),
    Tuya(tuya::Recipe),
    Ckafka(ckafka::Recipe),
    Template(Template),
    UrlCheck,
}

// === impl Plan ===

impl Plan {
    /// Reads the file, if there is one.
    pub fn new(args: &Args) -> anyhow::Result<Plan> {
        let source = match (&args.file, &args.template) {
            _ if args.get => Source::UrlCheck,
            (Some(path), _) => Source::Template(Template::parse(&read(path)?)),
            (None, Some(template)) => Source::Template(Template::parse(template.as_bytes())),
            (None, None) => match args.url.platform() {
                Played::Tencent => Source::Kind(args.kind.recipe()),
                Played::Tuya => Source::Tuya(
                    tuya::Recipe::of(args.kind)
                        .context("Tuya has no messages of this kind: give one with --template")?,
                ),
                Played::Ckafka => Source::Ckafka(
                    ckafka::Recipe::of(args.kind)
                        .context("a custom push never comes to CKafka: give another --kind")?,
                ),
            },
        };
        let seed = args.seed.unwrap_or_else(|| rand::rng().random());
        Ok(Plan {
            source,
            product: args.product.clone(),
            messages: args.count,
            devices: args.devices,
            seed,
            first_seq: StdRng::seed_from_u64(seed).random_range(1..=1 << 31),
        })
    }

    /// The number of messages in all.
    pub fn messages(&self) -> u64 {
        self.messages
    }

    /// The `protocol` of Tuya's envelope, where the kind of message has one of its own.
    pub fn protocol(&self) -> Option<i64> {
        match &self.source {
            Source::Tuya(recipe) => Some(recipe.protocol()),
            Source::Kind(_) | Source::Ckafka(_) | Source::Template(_) | Source::UrlCheck => None,
        }
    }

    /// The number of devices that have any message.
    pub fn device_count(&self) -> u64 {
        self.messages.min(u64::from(self.devices))
    }

    /// The devices at the start: messages are dealt out in turn.
    pub fn devices(&self) -> Vec<Device> {
        let devices = u64::from(self.devices);
        let (each, more) = (self.messages / devices, self.messages % devices);
        (0..self.devices)
            .map(|index| Device {
                index,
                done: 0,
                messages: each + u64::from(u64::from(index) < more),
                pending: None,
            })
            .filter(|device| device.messages > 0)
            .collect()
    }

    /// The next message of a device, at this time in Unix seconds.
    pub fn message(&self, device: &Device, timestamp: u64) -> Message {
        let place = device.done * u64::from(self.devices) + u64::from(device.index);
        let name = device.name();
        let fields = Fields {
            device: &name,
            product: &self.product,
            seq: self.first_seq + place,
            timestamp,
            n: device.done + 1,
            random: (scramble(self.seed ^ scramble(place)) >> 32) as u32,
        };
        match &self.source {
            Source::Kind(recipe) => Message::Push(recipe.fill(&fields)),
            Source::Tuya(recipe) => Message::Push(recipe.fill(&fields)),
            Source::Ckafka(recipe) => Message::Push(recipe.fill(&fields)),
            Source::Template(template) => Message::Push(template.fill(&fields)),
            Source::UrlCheck => Message::UrlCheck,
        }
    }
}

// === impl Device ===

impl Device {
    /// What it is called.
    pub fn name(&self) -> String {
        format!("device-{:04}", self.index + 1)
    }
}

fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    let mut body = Vec::new();
    if path.as_os_str() == "-" {
        io::stdin()
            .lock()
            .read_to_end(&mut body)
            .context("standard input cannot be read")?;
    } else {
        body = std::fs::read(path).with_context(|| format!("{} cannot be read", path.display()))?;
    }
    Ok(body)
}

/// SplitMix64's finaliser: the random value of a message depends on its place alone, so that it is
/// the same whatever the order in which devices send.
fn scramble(place: u64) -> u64 {
    let mut z = place.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashSet;

    proptest! {
        #[test]
        fn messages_are_dealt_out_evenly_and_each_has_its_own_seq(
            messages in 1_u64..500,
            devices in 1_u32..60,
            seed: u64,
        ) {
            let source = Source::Template(Template::parse(b"{seq}"));
            let product = "P".to_owned();
            let plan = Plan { source, product, messages, devices, seed, first_seq: 1 };
            let mut bodies = HashSet::new();
            let mut counts = Vec::new();
            for mut device in plan.devices() {
                counts.push(device.messages);
                while device.done < device.messages {
                    let Message::Push(body) = plan.message(&device, 0) else { panic!() };
                    bodies.insert(body);
                    device.done += 1;
                }
            }
            prop_assert_eq!(bodies.len() as u64, messages);
            prop_assert_eq!(counts.iter().sum::<u64>(), messages);
            prop_assert_eq!(counts.len() as u64, plan.device_count());
            let (least, most) = (counts.iter().min(), counts.iter().max());
            prop_assert!(most.copied() <= least.map(|least| least + 1));
        }
    }
}
