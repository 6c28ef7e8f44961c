//! The further settings of a source of Tuya.

use super::{
    Certificates, Problem, Problems,
    key::{Key, KeyGroup, Shape, words},
    table::{Table, must_be},
};
use crate::secret::is_placeholder;
use crate::tuya::{
    Access, AccessId, AccessKey, Endpoint, Environment, REGIONS, SignaturePolicy, Topic,
};

/// How a source is pulled from Tuya's message service.
#[derive(Debug, Clone)]
pub struct Tuya {
    /// The Access ID, and the key that encrypts every message.
    pub access: Access,
    /// Where the service is.
    pub endpoint: Endpoint,
    /// Whose devices the source is about: those in production, or those of tests.
    pub environment: Environment,
    /// Whether the source also pulls the notices of the service itself.
    pub notices: bool,
    /// What happens to a message whose sign is wrong.
    pub signature: SignaturePolicy,
    /// The authorities that verify the service's certificate, if not those of the system.
    pub ca: Option<Certificates>,
}

impl Tuya {
    /// The topics that are pulled: events, then notices.
    pub fn topics(&self) -> impl Iterator<Item = Topic> {
        let notices = self.notices.then_some(Topic::Notice);
        [self.environment.topic()].into_iter().chain(notices)
    }
}

const ENVIRONMENTS: [(&str, Environment); 2] = [
    ("production", Environment::Production),
    ("test", Environment::Test),
];

const POLICIES: [(&str, SignaturePolicy); 3] = [
    ("off", SignaturePolicy::Off),
    ("log", SignaturePolicy::Log),
    ("enforce", SignaturePolicy::Enforce),
];

/// The keys of a source of Tuya.
pub(super) const KEYS: KeyGroup = KeyGroup {
    title: "Tuya: `platform = \"tuya\"`",
    keys: &[
        Key::new(
            "access_id",
            Shape::Text {
                pattern: "^[A-Za-z0-9_-]{1,64}$",
                what: "1 to 64 letters, digits, `-` and `_`",
            },
            "required",
            "Access ID/Client ID of the cloud project.",
        ),
        Key::new(
            "access_key",
            Shape::Text {
                pattern: "^[!-~]{24,}$",
                what: "at least 24 visible ASCII characters",
            },
            "required",
            "Access Secret/Client Secret of the cloud project.",
        )
        .secret(),
        Key::new(
            "region",
            Shape::Word(|| REGIONS.to_vec()),
            "this or `url`",
            "The project's data center.",
        ),
        Key::new(
            "url",
            Shape::Text {
                pattern: "^(wss|ws|pulsar\\+ssl)://",
                what: "`\"wss://HOST:PORT\"` or `\"pulsar+ssl://HOST:7285\"`",
            },
            "this or `region`",
            "The address of the message service, for any other data center.",
        ),
        Key::new(
            "environment",
            Shape::Word(|| words(&ENVIRONMENTS)),
            "`\"production\"`",
            "The devices whose messages are consumed.",
        ),
        Key::new(
            "notices",
            Shape::Boolean,
            "`false`",
            "Also consumes the notices about messages that pile up. Cannot be combined with a `url` that has a path.",
        ),
        Key::new(
            "signature",
            Shape::Word(|| words(&POLICIES)),
            "`\"log\"`",
            "What happens to a message whose sign is wrong or missing.",
        ),
        Key::new(
            "ca",
            Shape::pem("certificates in PEM"),
            "the system's",
            "The authorities of the service's certificate, if you use your own proxy.",
        ),
    ],
};

pub(super) fn read(table: &mut Table, problems: &mut Problems) -> Option<Tuya> {
    table.require("access_id", "the Access ID of the cloud project", problems);
    let what = "the Access Secret of the cloud project, which belongs to the secrets";
    table.require("access_key", what, problems);
    let id = table.take("access_id", problems, |value| {
        value.as_str().and_then(AccessId::parse).ok_or_else(|| {
            "must be 1 to 64 letters, digits, - and _: the Access ID of the cloud project"
                .to_owned()
        })
    });
    let key = table.take("access_key", problems, |value| {
        let key = value.as_str().filter(|text| !is_placeholder(text));
        key.and_then(AccessKey::parse).ok_or_else(|| {
            "must be at least 24 visible ASCII characters: the Access Secret of the cloud project"
                .to_owned()
        })
    });
    let endpoint = read_endpoint(table, problems);
    let environment = table.choice("environment", &ENVIRONMENTS, problems);
    let notices_place = table.place("notices");
    let notices = table.boolean("notices", problems);
    if notices == Some(true) && endpoint.as_ref().is_some_and(Endpoint::names_a_topic) {
        problems.push(Problem::new(
            notices_place,
            "cannot be combined with a url that has a path: such a url names one topic",
        ));
    }
    let signature = table.choice("signature", &POLICIES, problems);
    let ca = table.take("ca", problems, |value| {
        value
            .as_str()
            .and_then(Certificates::parse)
            .ok_or_else(|| "must be the text of one or more certificates in PEM".to_owned())
    });
    Some(Tuya {
        access: Access::new(id?, key?),
        endpoint: endpoint?,
        environment: environment.unwrap_or(Environment::Production),
        notices: notices.unwrap_or(false),
        signature: signature.unwrap_or(SignaturePolicy::Log),
        ca,
    })
}

/// The endpoint of the region, or of the URL.
fn read_endpoint(table: &mut Table, problems: &mut Problems) -> Option<Endpoint> {
    let places = [table.place("region"), table.place("url")];
    let given = (table.has("region"), table.has("url"));
    let regions = REGIONS.map(|region| (region, region));
    let region = table.choice("region", &regions, problems);
    let region = region.and_then(Endpoint::of_region);
    let url = table.take("url", problems, |value| {
        let text = value.as_str().ok_or_else(|| "must be a text".to_owned())?;
        Endpoint::parse(text).map_err(|error| error.to_string())
    });
    let [region_place, url_place] = places;
    match given {
        (false, false) => problems.push(Problem::new(
            region_place,
            format!(
                "is missing: {}, or set url instead",
                must_be(REGIONS.into_iter())
            ),
        )),
        (true, true) => problems.push(Problem::new(
            url_place,
            "cannot be combined with region: keep one of them",
        )),
        _ => {}
    }
    url.or(region)
}

#[cfg(test)]
mod tests;
