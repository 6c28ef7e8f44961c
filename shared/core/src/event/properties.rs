//! The properties that a device reports.

use crate::{
    json::{
        Json,
        write::{ObjectWriter, value_of},
    },
    timestamp::Timestamp,
};
use std::borrow::Cow;

/// The properties of a report, in the form in which the platform sends them.
#[derive(Debug, Clone)]
pub enum Properties<'a> {
    /// An object whose members are the properties, and the time of their values.
    Members(Json<'a>, Timestamp),
    /// A list, in which a code can appear more than once.
    List(Vec<Property<'a>>),
}

/// A property with its value.
#[derive(Debug, Clone)]
pub struct Property<'a> {
    /// The platform's name of the property.
    pub code: Cow<'a, str>,
    /// The value as it came.
    pub value: Json<'a>,
    /// The time of the value.
    pub time: Timestamp,
    /// The number of the data point, if the platform numbers data points.
    pub dp_id: Option<Cow<'a, str>>,
}

impl Properties<'_> {
    /// The latest time of a property.
    pub fn latest(&self) -> Option<Timestamp> {
        match self {
            Properties::Members(_, time) => Some(*time),
            Properties::List(properties) => properties.iter().map(|property| property.time).max(),
        }
    }

    /// One item for each property, the values unchanged.
    pub(super) fn write(&self, out: &mut String) {
        out.push('[');
        match self {
            Properties::Members(properties, time) => write_members(out, *properties, *time),
            Properties::List(properties) => {
                for (index, property) in properties.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    property.write(out);
                }
            }
        }
        out.push(']');
    }
}

impl Property<'_> {
    fn write(&self, out: &mut String) {
        let mut item = ObjectWriter::begin(out);
        item.text("code", &self.code);
        value_of(item.member("value"), self.value);
        item.time("time", self.time);
        item.maybe_text("dp_id", self.dp_id.as_deref());
        item.end();
    }
}

fn write_members(out: &mut String, properties: Json<'_>, time: Timestamp) {
    let time = time.to_text();
    for (index, (code, value)) in properties.members().into_iter().flatten().enumerate() {
        if index > 0 {
            out.push(',');
        }
        let mut item = ObjectWriter::begin(out);
        value_of(item.member("code"), code.as_json());
        value_of(item.member("value"), value);
        item.plain("time", time.as_str());
        item.end();
    }
}
