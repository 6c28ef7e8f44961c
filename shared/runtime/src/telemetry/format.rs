//! The format of log lines.

/// The format of log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// One flat JSON object per line.
    Json,
    /// Text for people.
    Text,
}

impl Format {
    /// The format with the name that Lambda uses; JSON for any other name.
    pub fn of(name: &str) -> Format {
        if name.trim().eq_ignore_ascii_case("text") {
            Format::Text
        } else {
            Format::Json
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_written_only_if_it_is_asked_for() {
        let cases = [
            ("JSON", Format::Json),
            ("json", Format::Json),
            ("Text", Format::Text),
            ("TEXT ", Format::Text),
            ("", Format::Json),
            ("xml", Format::Json),
        ];
        for (name, expected) in cases {
            assert_eq!(Format::of(name), expected, "{name}");
        }
    }
}
