//! Log lines, JSON or text, each with the id of its request.

use super::{format::Format, request::request_at_work, threshold::Threshold};
use crate::clock::Clock;
use serde::Serialize;
use std::{
    borrow::Cow,
    fmt::{Debug, Write as _},
    io::Write as _,
};
use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    level_filters::LevelFilter,
    span,
    subscriber::Interest,
};
use tracing_subscriber::{
    Layer,
    layer::Context,
    registry::{LookupSpan, Scope},
};

/// The field in which the Lambda runtime gives its span the id of the request. Lines have a field
/// of the same name, as Lambda's own JSON lines do.
const REQUEST_ID: &str = "requestId";
/// The names of a line's own members.
const RESERVED: [&str; 5] = ["timestamp", "level", "message", REQUEST_ID, "target"];

/// Writes each event as one line.
pub(super) struct Lines<W> {
    format: Format,
    threshold: Threshold,
    clock: Clock,
    write: W,
}

struct RequestId(String);

impl<W> Lines<W> {
    pub(super) fn new(format: Format, threshold: Threshold, write: W) -> Self {
        Lines {
            format,
            threshold,
            clock: Clock::system(),
            write,
        }
    }

    /// The span of a request is needed at every level, and no other span is.
    fn takes(&self, metadata: &Metadata<'_>) -> bool {
        if metadata.is_span() {
            metadata.fields().field(REQUEST_ID).is_some()
        } else {
            self.threshold.takes(metadata)
        }
    }

    fn line(&self, event: &Event<'_>, request_id: Option<&str>) -> Vec<u8> {
        let mut fields = Fields {
            format: self.format,
            message: String::new(),
            others: Vec::new(),
        };
        event.record(&mut fields);
        let at = self.clock.now().to_text();
        let metadata = event.metadata();
        let mut line = Vec::with_capacity(256);
        match self.format {
            Format::Json => {
                let members = [
                    ("timestamp", Some(at.as_str())),
                    ("level", Some(metadata.level().as_str())),
                    ("message", Some(&*fields.message)),
                    (REQUEST_ID, request_id),
                    ("target", Some(metadata.target())),
                ];
                let mut first = b'{';
                for (name, value) in members {
                    if let Some(value) = value {
                        line.push(first);
                        first = b',';
                        push_member(&mut line, name, value);
                    }
                }
                line.append(&mut fields.others);
                line.push(b'}');
            }
            Format::Text => {
                let message = fields.message.replace(char::is_control, " ");
                let level = metadata.level();
                let target = metadata.target();
                // Writing to memory cannot fail.
                let _ = write!(line, "{} {level:<5} {message}", at.as_str());
                if let Some(id) = request_id {
                    let _ = write!(line, " {REQUEST_ID}={id}");
                }
                line.append(&mut fields.others);
                let _ = write!(line, " target={target}");
            }
        }
        line.push(b'\n');
        line
    }
}

impl<S, W> Layer<S> for Lines<W>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: Fn(&[u8]) + 'static,
{
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        if self.takes(metadata) {
            Interest::always()
        } else {
            Interest::never()
        }
    }

    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        self.takes(metadata)
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        // The span of a request has the level INFO.
        Some(self.threshold.most().max(LevelFilter::INFO))
    }

    fn on_new_span(
        &self,
        attributes: &span::Attributes<'_>,
        id: &span::Id,
        context: Context<'_, S>,
    ) {
        let mut found = FindRequestId(None);
        attributes.record(&mut found);
        if let (Some(span), Some(id)) = (context.span(id), found.0) {
            span.extensions_mut().insert(RequestId(id));
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let id = context.event_scope(event).and_then(request_id);
        let id = id.or_else(|| request_at_work().clone());
        (self.write)(&self.line(event, id.as_deref()));
    }
}

fn request_id<'a, S: LookupSpan<'a>>(mut scope: Scope<'a, S>) -> Option<String> {
    scope.find_map(|span| {
        let extensions = span.extensions();
        let RequestId(id) = extensions.get()?;
        Some(id.clone())
    })
}

struct FindRequestId(Option<String>);

impl Visit for FindRequestId {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == REQUEST_ID {
            self.0 = Some(value.to_owned());
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == REQUEST_ID {
            // The runtime passes its `String` as a reference, which may come quoted.
            self.0 = Some(format!("{value:?}").trim_matches('"').to_owned());
        }
    }
}

/// The fields of an event: the message, and the others as the line shows them.
struct Fields {
    format: Format,
    message: String,
    others: Vec<u8>,
}

impl Fields {
    fn push(&mut self, field: &Field, value: impl Serialize) {
        self.others.push(match self.format {
            Format::Json => b',',
            Format::Text => b' ',
        });
        let name = match field.name() {
            name if RESERVED.contains(&name) => Cow::Owned(format!("field_{name}")),
            name => Cow::Borrowed(name),
        };
        match self.format {
            Format::Json => push_member(&mut self.others, &name, value),
            Format::Text => {
                self.others.extend_from_slice(name.as_bytes());
                self.others.push(b'=');
                let begin = self.others.len();
                push_json(&mut self.others, value);
                unquote(&mut self.others, begin);
            }
        }
    }
}

impl Visit for Fields {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.push(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.push(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.push(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.push(field, value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "message" {
            self.message.push_str(value);
        } else {
            self.push(field, value);
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == "message" {
            // Writing to memory cannot fail.
            let _ = write!(self.message, "{value:?}");
        } else {
            self.record_str(field, &format!("{value:?}"));
        }
    }
}

/// Removes the quotes from text that is clear without them.
fn unquote(line: &mut Vec<u8>, begin: usize) {
    let plain = |byte: &u8| byte.is_ascii_graphic() && !b"\"\\=".contains(byte);
    let value = line.get(begin..).unwrap_or_default();
    if let [b'"', inner @ .., b'"'] = value
        && !inner.is_empty()
        && inner.iter().all(plain)
    {
        line.pop();
        line.remove(begin);
    }
}

fn push_member(line: &mut Vec<u8>, name: &str, value: impl Serialize) {
    push_json(line, name);
    line.push(b':');
    push_json(line, value);
}

fn push_json(line: &mut Vec<u8>, value: impl Serialize) {
    // Text and numbers cannot fail; a float that JSON cannot express becomes null.
    let _ = serde_json::to_writer(line, &value);
}

#[cfg(test)]
mod tests;
