//! What the table of a source may say whose platform is Tuya.

use super::{Certificates, Problem, Problems, Reader, table::Table};
use crate::tuya::{Access, AccessId, AccessKey, Endpoint, Environment, REGIONS, SignaturePolicy};

/// How a source is pulled from Tuya's message service.
#[derive(Debug, Clone)]
pub struct Tuya {
    /// Who we are there, and the key that everything is encrypted with.
    pub access: Access,
    /// Where the service is.
    pub endpoint: Endpoint,
    /// Whose devices: those in use or those of tests.
    pub environment: Environment,
    /// Whether the notices of the service itself are pulled, too.
    pub notices: bool,
    /// What becomes of a message whose sign does not fit.
    pub signature: SignaturePolicy,
    /// The authorities that the service's certificate is checked against, where those of the
    /// system are not meant.
    pub ca: Option<Certificates>,
}

const KEYS: [&str; 8] = [
    "access_id",
    "access_key",
    "region",
    "url",
    "environment",
    "notices",
    "signature",
    "ca",
];

pub(super) fn read(table: &mut Table, reader: Reader, problems: &mut Problems) -> Option<Tuya> {
    if reader != Reader::Edge {
        for key in KEYS {
            table.discard(key);
        }
        return None;
    }
    for (key, what) in [
        ("access_id", "the Access ID of the cloud project"),
        (
            "access_key",
            "the Access Secret of the cloud project, which belongs to the secrets",
        ),
    ] {
        if !table.has(key) {
            problems.push(Problem::new(
                table.place(key),
                format!("is missing: {what}"),
            ));
        }
    }
    let id = table.take("access_id", problems, |value| {
        value.as_str().and_then(AccessId::parse).ok_or_else(|| {
            "is 1 to 64 letters, digits, - and _: the Access ID of the cloud project".to_owned()
        })
    });
    let key = table.take("access_key", problems, |value| {
        value.as_str().and_then(AccessKey::parse).ok_or_else(|| {
            "is at least 24 visible ASCII characters: the Access Secret of the cloud project"
                .to_owned()
        })
    });
    let endpoint = read_endpoint(table, problems);
    let environment = table.take("environment", problems, |value| match value.as_str() {
        Some("production") => Ok(Environment::Production),
        Some("test") => Ok(Environment::Test),
        _ => Err("is \"production\" or \"test\"".to_owned()),
    });
    let notices_place = table.place("notices");
    let notices = table.boolean("notices", problems);
    if notices == Some(true) && endpoint.as_ref().is_some_and(Endpoint::names_a_topic) {
        problems.push(Problem::new(
            notices_place,
            "cannot stand together with a url that has a path: that names one topic",
        ));
    }
    let signature = table.take("signature", problems, |value| match value.as_str() {
        Some("off") => Ok(SignaturePolicy::Off),
        Some("log") => Ok(SignaturePolicy::Log),
        Some("enforce") => Ok(SignaturePolicy::Enforce),
        _ => Err("is \"off\", \"log\" or \"enforce\"".to_owned()),
    });
    let ca = table.take("ca", problems, |value| {
        value
            .as_str()
            .and_then(Certificates::parse)
            .ok_or_else(|| "is the text of one or more certificates in PEM".to_owned())
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

/// The region's endpoint, or the one that a URL names.
fn read_endpoint(table: &mut Table, problems: &mut Problems) -> Option<Endpoint> {
    let places = [table.place("region"), table.place("url")];
    let given = (table.has("region"), table.has("url"));
    let region = table.take("region", problems, |value| {
        value
            .as_str()
            .and_then(Endpoint::of_region)
            .ok_or_else(|| format!("is one of {}", regions()))
    });
    let url = table.take("url", problems, |value| {
        let text = value.as_str().ok_or_else(|| "is a string".to_owned())?;
        Endpoint::parse(text).map_err(|error| error.to_string())
    });
    let [region_place, url_place] = places;
    match given {
        (false, false) => problems.push(Problem::new(
            region_place,
            format!("is missing: one of {}, or a url in its place", regions()),
        )),
        (true, true) => problems.push(Problem::new(
            url_place,
            "cannot stand together with region: keep one of them",
        )),
        _ => {}
    }
    url.or(region)
}

fn regions() -> String {
    let names = REGIONS.iter().map(|name| format!("\"{name}\""));
    names.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests;
