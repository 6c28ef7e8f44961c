//! Text from elsewhere that is safe on a terminal.

/// The text without characters that would control a terminal.
pub(crate) fn printable(text: &str) -> String {
    let characters = text.chars().flat_map(|c| {
        let is_plain = !c.is_control() || matches!(c, '\n' | '\t');
        let (plain, escaped) = match is_plain {
            true => (Some(c), None),
            false => (None, Some(c.escape_default())),
        };
        plain.into_iter().chain(escaped.into_iter().flatten())
    });
    characters.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_character_controls_the_terminal() {
        assert_eq!(
            printable("a\u{1b}[31m\n温\u{9b}"),
            "a\\u{1b}[31m\n温\\u{9b}"
        );
    }
}
