//! The settings, which are rotated and broken.

use std::io;
use std::time::Duration;

use thingrelay::settings::documents::{ReadDocuments, ReadError};
use tokio::time::sleep;

use crate::fault::{Fault, Party};
use crate::planted::Planted;
use crate::temper::Settings;
use crate::world::World;

/// The name of the source that pushes.
pub(crate) const PUSHED: &str = "meters";
/// The name of the source whose messages are pulled.
pub(crate) const PULLED: &str = "plant";

/// The tokens, each of which follows the one before it.
const TOKENS: [&str; 6] = [
    "k7Vq2ZtR9mXw5yBn1cJd8fHs3gLp6aQe",
    "Wd4hT8sKq1Zx6Rv3Nb7Yj2Mf9Gp5Lc0A",
    "zB5nU1eXo8Tk3Wq6Hs9Jd2Vr7Gy4Mp0C",
    "Fj6aS2lPz9Ou4Ci1Xe7Kw3Nt8Rb5Dy0V",
    "Qm3gE7vYh1Lb5Ts9Zk2Fw6Xc4Nj8Pd0R",
    "Hb2cD6uWg0Ka4Sr8Yj1Ev5Vb3Mi7Oc9Q",
];

/// The secrets of a webhook: the current one, and the one that its receiver has still.
const SIGNING_SECRETS: [&str; 2] = ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", RECEIVERS_SECRET];

pub(crate) const RECEIVERS_SECRET: &str = "whsec_Zk8yQ3JXb1B0N2xMd0E5eEhnVnNKZDRLYk11VXoxRmU=";

/// A token that no document has.
pub(crate) const FORGERS_TOKEN: &str = "Xc4Nj8Pd0RQm3gE7vYh1Lb5Ts9Zk2Fw6";

/// The documents of a function.
#[derive(Debug)]
pub(crate) struct SimulatedDocuments {
    pub(crate) world: World,
    pub(crate) planted: Option<Planted>,
    pub(crate) reader: Reader,
}

/// Who reads the documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reader {
    /// `push`, which needs the secrets of the sources.
    Edge,
    Consumer,
    /// `webhook`, which needs the secrets of its target.
    Webhook,
}

/// The settings in force.
fn in_force(world: &World) -> (Settings, usize) {
    let now = world.now();
    let mut settings = Settings::Good(0);
    let mut token = 0;
    for rotation in world
        .temper()
        .rotations
        .iter()
        .filter(|rotation| rotation.at <= now)
    {
        if let Settings::Good(number) = rotation.to {
            token = number;
        }
        settings = rotation.to;
    }
    if world.is_calm() {
        settings = Settings::Good(token);
    }
    (settings, token)
}

/// The token that the source signs with: the one before the newest, as it is the last to change.
pub(crate) fn signing_token(world: &World) -> &'static str {
    let (_, newest) = in_force(world);
    token(newest.saturating_sub(1))
}

fn token(number: usize) -> &'static str {
    TOKENS[number % TOKENS.len()]
}

impl ReadDocuments for SimulatedDocuments {
    async fn read(&self) -> Result<Vec<String>, ReadError> {
        let world = &self.world;
        let is_edge = self.reader == Reader::Edge;
        let place = match self.reader {
            Reader::Edge => "settings.edge",
            Reader::Consumer => "settings.consumer",
            Reader::Webhook => "settings.webhook",
        };
        let (fault, mut chance) = world.fault(Party::Settings, place, |_| true);
        sleep(Duration::from_millis(chance.rng.u64(5..60))).await;
        match fault {
            Some(Fault::HangBefore) => sleep(Duration::from_secs(5)).await,
            Some(Fault::Garbled) => return Ok(vec!["[sources".to_owned()]),
            _ => {}
        }
        if fault.is_some() {
            return Err(ReadError::File {
                path: "settings".into(),
                source: io::Error::other("as told"),
            });
        }
        let (settings, newest) = in_force(world);
        if settings == Settings::Unparsable {
            return Ok(vec!["[sources".to_owned()]);
        }
        let platform = if settings == Settings::BrokenSource {
            "tencent-iot-hob"
        } else {
            "tencent-iot-hub"
        };
        let mut text = format!("[sources.{PUSHED}]\nplatform = \"{platform}\"\n");
        match self.planted {
            Some(Planted::TakesUnsigned) if is_edge => text.push_str("allow_unsigned = true\n"),
            _ if is_edge => {
                let mut tokens = vec![token(newest)];
                if newest > 0 {
                    tokens.push(token(newest - 1));
                }
                text.push_str(&format!("tokens = {tokens:?}\n"));
            }
            _ => {}
        }
        if self.planted == Some(Planted::TakesStale) {
            text.push_str("freshness_seconds = 86400\n");
        }
        text.push_str(&format!(
            "[sources.{PULLED}]\nplatform = \"tencent-iot-hub\"\nchannel = \"ckafka\"\ntopics = [\"iot\"]\n"
        ));
        if settings != Settings::NoTarget && !is_edge {
            for target in world.targets() {
                let address = match settings {
                    Settings::BrokenTarget if target.number == 0 => "nowhere".to_owned(),
                    _ => world.address(target),
                };
                text.push_str(&target.table(&address, |filters| self.tampered(filters)));
                if target.is_webhook {
                    let seconds = world.temper().give_up_seconds;
                    text.push_str(&format!("give_up_after_seconds = {seconds}\n"));
                    if self.reader == Reader::Webhook {
                        text.push_str(&format!("signing_secrets = {SIGNING_SECRETS:?}\n"));
                    }
                }
            }
        }
        Ok(vec![text])
    }
}

impl SimulatedDocuments {
    /// The filters of a target, or what a mistake makes of them.
    fn tampered(&self, mut filters: Vec<String>) -> Vec<String> {
        match self.planted {
            Some(Planted::PassesAll) => filters.clear(),
            Some(Planted::FirstFilterOnly) => filters.truncate(1),
            _ => {}
        }
        filters
    }
}
