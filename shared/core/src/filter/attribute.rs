//! What filters compare: the context attributes of an event, and the names of its device and source.

use super::Comparison;
use crate::{
    event::{
        EventType,
        cloud_event::{CONTENT_TYPE, SPEC_VERSION},
    },
    normalize::OutgoingEvent,
    source::{Platform, SourceName},
};

/// What a filter compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attribute {
    /// The event's id.
    Id,
    /// `/{platform}/{source name}`.
    Source,
    /// The version of CloudEvents.
    SpecVersion,
    /// The event's type.
    Type,
    /// `{product}/{device}`, encoded.
    Subject,
    /// When it happened.
    Time,
    /// The media type of `data`.
    DataContentType,
    /// The JSON Schema of `data`.
    DataSchema,
    /// The same as the subject.
    PartitionKey,
    /// The device's product, as in `data.device.product`.
    Product,
    /// The device's name, as in `data.device.name`.
    Device,
    /// The source's name in the configuration.
    SourceName,
}

impl Attribute {
    /// Every attribute, in the order of the documentation.
    pub const ALL: [Attribute; 12] = [
        Attribute::Type,
        Attribute::Source,
        Attribute::Subject,
        Attribute::Id,
        Attribute::Time,
        Attribute::PartitionKey,
        Attribute::DataSchema,
        Attribute::DataContentType,
        Attribute::SpecVersion,
        Attribute::Product,
        Attribute::Device,
        Attribute::SourceName,
    ];

    /// The name in filters. No attribute of CloudEvents can be called `source_name`: their names
    /// have no underscore.
    pub fn as_str(self) -> &'static str {
        match self {
            Attribute::Id => "id",
            Attribute::Source => "source",
            Attribute::SpecVersion => "specversion",
            Attribute::Type => "type",
            Attribute::Subject => "subject",
            Attribute::Time => "time",
            Attribute::DataContentType => "datacontenttype",
            Attribute::DataSchema => "dataschema",
            Attribute::PartitionKey => "partitionkey",
            Attribute::Product => "product",
            Attribute::Device => "device",
            Attribute::SourceName => "source_name",
        }
    }

    /// Whether an event has the attribute, and it is as `test` says.
    pub(super) fn is_in(self, event: &OutgoingEvent, test: impl Fn(&str) -> bool) -> bool {
        let device = event.device.as_ref();
        let value = match self {
            Attribute::Id => Some(event.id.as_str()),
            Attribute::Source => Some(event.source.as_str()),
            Attribute::Subject | Attribute::PartitionKey => event.subject.as_deref(),
            Attribute::Time => return test(event.time.to_text().as_str()),
            Attribute::Product => device.and_then(|device| device.product.as_deref()),
            Attribute::Device => device.map(|device| device.name.as_ref()),
            Attribute::SourceName => Some(event.source_name()),
            Attribute::SpecVersion
            | Attribute::Type
            | Attribute::DataContentType
            | Attribute::DataSchema => self.of_type(event.kind),
        };
        value.is_some_and(test)
    }

    /// The value, if it is the same in every event of a type.
    pub(super) fn of_type(self, kind: EventType) -> Option<&'static str> {
        match self {
            Attribute::SpecVersion => Some(SPEC_VERSION),
            Attribute::Type => Some(kind.as_str()),
            Attribute::DataContentType => Some(CONTENT_TYPE),
            Attribute::DataSchema => Some(kind.schema()),
            Attribute::Id
            | Attribute::Source
            | Attribute::Subject
            | Attribute::Time
            | Attribute::PartitionKey
            | Attribute::Product
            | Attribute::Device
            | Attribute::SourceName => None,
        }
    }

    /// Whether only an event with a device has it.
    pub(super) fn is_of_a_device(self) -> bool {
        matches!(
            self,
            Attribute::Subject | Attribute::PartitionKey | Attribute::Product | Attribute::Device
        )
    }

    /// Whether an event can have such a value; `true` where that is not clear.
    pub fn can_be(self, comparison: Comparison, text: &str) -> bool {
        let slashes = text.matches('/').count();
        match self {
            Attribute::SpecVersion
            | Attribute::Type
            | Attribute::DataContentType
            | Attribute::DataSchema => EventType::ALL.iter().any(|kind| {
                let value = self.of_type(*kind);
                value.is_some_and(|value| comparison.holds(value, text))
            }),
            Attribute::Subject | Attribute::PartitionKey => match comparison {
                Comparison::Exact => slashes == 1,
                Comparison::Prefix | Comparison::Suffix => slashes <= 1,
            },
            Attribute::Source => Platform::ALL.into_iter().any(|platform| {
                let place = ["/", platform.as_str(), "/"].concat();
                let name = text.strip_prefix(place.as_str());
                match comparison {
                    Comparison::Exact => name.is_some_and(is_name),
                    Comparison::Prefix => place.starts_with(text) || name.is_some_and(is_name),
                    Comparison::Suffix => match text.rsplit_once('/') {
                        Some((before, name)) => {
                            place.trim_end_matches('/').ends_with(before) && is_name(name)
                        }
                        None => is_end_of_name(text),
                    },
                }
            }),
            Attribute::SourceName => match comparison {
                Comparison::Exact | Comparison::Prefix => is_name(text),
                Comparison::Suffix => is_end_of_name(text),
            },
            Attribute::Id | Attribute::Time | Attribute::Product | Attribute::Device => true,
        }
    }
}

fn is_name(text: &str) -> bool {
    SourceName::parse(text).is_some()
}

/// A name may end in what it must not begin with.
fn is_end_of_name(text: &str) -> bool {
    is_name(text) || text.len() < SourceName::MAX_LEN && is_name(&["a", text].concat())
}
