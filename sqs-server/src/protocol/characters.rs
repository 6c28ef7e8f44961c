//! The characters of bodies and attributes.
//! (API reference, SendMessage.)

use crate::error::{ErrorCode, SqsError};

/// Whether SQS accepts the character: it must be legal in XML 1.0.
pub(super) fn is_legal(character: char) -> bool {
    matches!(character,
        '\t' | '\n' | '\r' | '\u{20}'..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}'
        | '\u{10000}'..='\u{10FFFF}')
}

/// Refuses text with characters that are not legal in XML 1.0.
pub(crate) fn check_characters(text: &str) -> Result<(), SqsError> {
    if text.chars().all(is_legal) {
        return Ok(());
    }
    Err(SqsError::new(
        ErrorCode::InvalidMessageContents,
        "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | \
         #xE000 to #xFFFD | #x10000 to #x10FFFF.",
    ))
}
