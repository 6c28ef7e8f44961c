//! Which messages are meant.

use super::kept::Facts;
use crate::arguments::time::{Time, time};

/// The messages that have all of these. Without any, every message.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Which messages")]
pub(crate) struct Selection {
    /// Accepted at this time or later: 2026-11-30T08:00:00Z, 2026-11-30 (UTC), or 90m, 3h or 2d ago.
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(crate) from: Option<Time>,

    /// Accepted before this time.
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(crate) to: Option<Time>,

    /// Of this source.
    #[arg(long, value_name = "NAME")]
    pub(crate) source: Option<String>,

    /// With an event of a device of this product.
    #[arg(long, value_name = "ID")]
    pub(crate) product: Option<String>,

    /// With an event of the device of this name.
    #[arg(long, value_name = "NAME")]
    pub(crate) device: Option<String>,

    /// With an event of this type, such as device.properties or
    /// io.thingrelay.device.properties.v1.
    #[arg(long = "type", value_name = "TYPE")]
    pub(crate) kind: Option<String>,

    /// With this id, or with an event of this id.
    #[arg(long, value_name = "ID")]
    pub(crate) id: Option<String>,
}

impl Selection {
    /// Whether a message with this body may be meant: a quick look, without its facts.
    pub(crate) fn may_take(&self, body: &str) -> bool {
        let id = self.id.as_deref().map(message_id);
        id.is_none_or(|id| body.contains(id))
    }

    pub(crate) fn takes(&self, facts: &Facts) -> bool {
        let is = |wanted: &Option<String>, found: Option<&str>| {
            wanted.as_deref().is_none_or(|wanted| found == Some(wanted))
        };
        let id = self.id.as_deref().map(message_id);
        let kind = self.kind.as_deref();
        let mut types = facts.types.iter();
        let mut devices = facts.devices.iter();
        self.from
            .as_ref()
            .is_none_or(|from| facts.received >= from.millis())
            && self
                .to
                .as_ref()
                .is_none_or(|to| facts.received < to.millis())
            && is(&self.source, facts.source.as_deref())
            && id.is_none_or(|id| facts.id.as_deref() == Some(id))
            && kind.is_none_or(|kind| types.any(|found| is_type(found, kind)))
            && (self.product.is_none() && self.device.is_none()
                || devices.any(|(product, name)| {
                    is(&self.product, product.as_deref()) && is(&self.device, Some(name))
                }))
    }
}

/// The id of the message of an event: without the event's number.
fn message_id(id: &str) -> &str {
    id.split_once('-').map_or(id, |(message, _)| message)
}

fn is_type(found: &str, wanted: &str) -> bool {
    let short = found.strip_prefix("io.thingrelay.");
    let short = short.and_then(|name| name.strip_suffix(".v1"));
    found == wanted || short == Some(wanted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recovery::kept::Form;

    #[test]
    fn a_message_is_taken_that_has_all_that_is_asked_for() {
        let facts = Facts {
            origin: "q".to_owned(),
            reason: "not_json".to_owned(),
            id: Some("ab".to_owned()),
            source: Some("meters".to_owned()),
            received: 100,
            devices: [
                (Some("P1".to_owned()), "a".to_owned()),
                (Some("P2".to_owned()), "b".to_owned()),
            ]
            .into(),
            types: ["io.thingrelay.device.online.v1".to_owned()].into(),
            group: "g".to_owned(),
            form: Form::Staged,
            run: None,
            obstacle: None,
        };
        let none = Selection::default();
        let text = |text: &str| Some(text.to_owned());
        let at = |millis| Some(Time::at(millis));
        let cases = [
            (none.clone(), true),
            (
                Selection {
                    from: at(100),
                    to: at(101),
                    ..none.clone()
                },
                true,
            ),
            (
                Selection {
                    from: at(101),
                    ..none.clone()
                },
                false,
            ),
            (
                Selection {
                    to: at(100),
                    ..none.clone()
                },
                false,
            ),
            (
                Selection {
                    source: text("meters"),
                    ..none.clone()
                },
                true,
            ),
            (
                Selection {
                    source: text("meter"),
                    ..none.clone()
                },
                false,
            ),
            (
                Selection {
                    id: text("ab"),
                    ..none.clone()
                },
                true,
            ),
            (
                Selection {
                    id: text("ab-0"),
                    ..none.clone()
                },
                true,
            ),
            (
                Selection {
                    id: text("a"),
                    ..none.clone()
                },
                false,
            ),
            (
                Selection {
                    kind: text("device.online"),
                    ..none.clone()
                },
                true,
            ),
            (
                Selection {
                    kind: text("io.thingrelay.device.online.v1"),
                    ..none.clone()
                },
                true,
            ),
            (
                Selection {
                    kind: text("online"),
                    ..none.clone()
                },
                false,
            ),
            (
                Selection {
                    product: text("P1"),
                    device: text("a"),
                    ..none.clone()
                },
                true,
            ),
            (
                Selection {
                    product: text("P1"),
                    device: text("b"),
                    ..none.clone()
                },
                false,
            ),
            (
                Selection {
                    device: text("b"),
                    ..none.clone()
                },
                true,
            ),
            (
                Selection {
                    product: text("P3"),
                    ..none.clone()
                },
                false,
            ),
        ];
        for (selection, expected) in cases {
            assert_eq!(selection.takes(&facts), expected, "{selection:?}");
        }
        let unread = Facts {
            id: None,
            source: None,
            devices: [].into(),
            types: [].into(),
            ..facts
        };
        assert!(none.takes(&unread));
        assert!(
            !Selection {
                source: text("meters"),
                ..none.clone()
            }
            .takes(&unread)
        );
        assert!(
            !Selection {
                device: text("a"),
                ..none
            }
            .takes(&unread)
        );
    }
}
