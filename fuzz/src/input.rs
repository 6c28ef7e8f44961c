//! How a target reads its input: a text as the platform would send it, and behind the last NUL the
//! edits that make a second text of it. So a seed is a readable file.

use libfuzzer_sys::arbitrary::{Result, Unstructured};

use crate::document;

/// The first byte of an input that is not the text itself but the choices of which a document is
/// made.
pub const GENERATED: u8 = 1;

/// The text of an input, and the text that a small change makes of it.
pub fn pair(input: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let (body, edits) = match input.iter().rposition(|byte| *byte == 0) {
        Some(at) => (&input[..at], &input[at + 1..]),
        None => (input, &[][..]),
    };
    let body = match body.split_first() {
        Some((&GENERATED, choices)) => {
            document::text(&mut Unstructured::new(choices)).unwrap_or_default()
        }
        _ => body.to_vec(),
    };
    let mut other = body.clone();
    let mut edits = Unstructured::new(edits);
    while !edits.is_empty() && edit(&mut other, &mut edits).is_ok() {}
    (body, other)
}

fn edit(text: &mut Vec<u8>, edits: &mut Unstructured<'_>) -> Result<()> {
    let at = edits.int_in_range(0..=text.len())?;
    let length = edits.int_in_range(0..=4)?;
    let end = text.len().min(at + length);
    let with: Vec<u8> = match edits.int_in_range(0..=3)? {
        0 => Vec::new(),
        1 => text[at..end].iter().map(|byte| byte ^ 0x20).collect(),
        2 => edits.bytes(length.min(edits.len()))?.to_vec(),
        _ => text[at..end].repeat(2),
    };
    text.splice(at..end, with);
    Ok(())
}
