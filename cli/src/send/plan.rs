//! Which messages are sent: devices, numbers, bodies.

use super::args::Messages;
use crate::platform::{Fields, Template, ckafka, kind::Recipe, tuya};
use bytes::Bytes;
use rand::{RngExt, SeedableRng, rngs::StdRng};

/// All messages of a run.
#[derive(Debug)]
pub(crate) struct Plan {
    content: Content,
    product: String,
    messages: u64,
    devices: u32,
    seed: u64,
    first_seq: u64,
}

/// A device and its progress.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Device {
    /// The index of the device, from 0.
    pub(crate) index: u32,
    /// How many of its messages are finished, accepted or not.
    pub(crate) done: u64,
    /// The number of all its messages.
    pub(crate) messages: u64,
    /// The message that was sent and not accepted, and is sent again.
    pub(crate) pending: Option<Pending>,
}

/// A message that waits for its retry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pending {
    /// The same message: a retry has the same body.
    pub(crate) message: Message,
    /// How often the message was sent.
    pub(crate) attempts: usize,
}

/// A message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Message {
    /// A POST with this body.
    Push(Bytes),
    /// A GET with its own Echostr.
    UrlCheck,
}

/// The content of the messages.
#[derive(Debug)]
pub(super) enum Content {
    /// The messages that Tencent Cloud pushes.
    Tencent(Recipe),
    /// The messages that Tuya puts on its message service.
    Tuya(tuya::Recipe),
    /// The records that Tencent Cloud puts on CKafka.
    Ckafka(ckafka::Recipe),
    /// The body that the user gives.
    Template(Template),
    /// An Echostr.
    UrlCheck,
}

// === impl Plan ===

impl Plan {
    /// A plan for as many messages of this content as the user asks for.
    pub(super) fn new(content: Content, messages: &Messages) -> Plan {
        let seed = messages.seed.unwrap_or_else(|| rand::rng().random());
        Plan {
            content,
            product: messages.product.clone(),
            messages: messages.count,
            devices: messages.devices,
            seed,
            first_seq: StdRng::seed_from_u64(seed).random_range(1..=1 << 31),
        }
    }

    /// The number of all messages.
    pub(crate) fn messages(&self) -> u64 {
        self.messages
    }

    /// The number of devices that have messages.
    pub(crate) fn device_count(&self) -> u64 {
        self.messages.min(u64::from(self.devices))
    }

    /// The devices at the start. The messages are dealt out to them in turn.
    pub(crate) fn devices(&self) -> Vec<Device> {
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
    pub(crate) fn message(&self, device: &Device, timestamp: u64) -> Message {
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
        match &self.content {
            Content::Tencent(recipe) => Message::Push(recipe.fill(&fields)),
            Content::Tuya(recipe) => Message::Push(recipe.fill(&fields)),
            Content::Ckafka(recipe) => Message::Push(recipe.fill(&fields)),
            Content::Template(template) => Message::Push(template.fill(&fields)),
            Content::UrlCheck => Message::UrlCheck,
        }
    }
}

// === impl Message ===

impl Message {
    /// The body; empty if there is none.
    pub(super) fn body(&self) -> Bytes {
        match self {
            Message::Push(body) => body.clone(),
            Message::UrlCheck => Bytes::new(),
        }
    }
}

// === impl Device ===

impl Device {
    pub(crate) fn name(&self) -> String {
        format!("device-{:04}", self.index + 1)
    }
}

/// SplitMix64's finaliser. The random value of a message depends on its place alone, so it does not
/// depend on the order in which devices send.
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
            let content = Content::Template(Template::parse(b"{seq}"));
            let product = "P".to_owned();
            let plan = Plan { content, product, messages, devices, seed, first_seq: 1 };
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
