//! Receipt handles. A handle names a queue, a message in it, and one receive of that message.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::error::{ErrorCode, SqsError};
use crate::queue::attempts::Receipt;

/// The bytes of a handle: three numbers of eight bytes and a mark of the format.
const LENGTH: usize = 25;
const FORMAT: u8 = 1;

/// The handle for one receive of one message.
pub(crate) fn handle(queue: u64, handed: Receipt) -> String {
    let mut bytes = Vec::with_capacity(LENGTH);
    bytes.push(FORMAT);
    bytes.extend(queue.to_be_bytes());
    bytes.extend(handed.sequence.to_be_bytes());
    bytes.extend(handed.receipt.to_be_bytes());
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Reads a handle of this queue. A handle of another queue is refused.
pub(crate) fn read(handle: &str, queue: u64) -> Result<Receipt, SqsError> {
    parse(handle)
        .filter(|(of, _)| *of == queue)
        .map(|(_, handed)| handed)
        .ok_or_else(|| {
            SqsError::new(
                ErrorCode::ReceiptHandleIsInvalid,
                "The input receipt handle is invalid.",
            )
        })
}

fn parse(handle: &str) -> Option<(u64, Receipt)> {
    let bytes = URL_SAFE_NO_PAD.decode(handle).ok()?;
    let (format, numbers) = bytes.split_first()?;
    if *format != FORMAT || bytes.len() != LENGTH {
        return None;
    }
    let mut numbers = numbers
        .chunks_exact(8)
        .filter_map(|chunk| Some(u64::from_be_bytes(chunk.try_into().ok()?)));
    let queue = numbers.next()?;
    let handed = Receipt {
        sequence: numbers.next()?,
        receipt: numbers.next()?,
    };
    Some((queue, handed))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_handle_is_read_as_it_is_written(queue: u64, sequence: u64, receipt: u64) {
            let handed = Receipt { sequence, receipt };
            let handle = handle(queue, handed);
            prop_assert_eq!(read(&handle, queue), Ok(handed));
            prop_assert!(read(&handle, queue ^ 1).is_err());
        }

        #[test]
        fn other_text_is_refused(text in ".{0,60}") {
            prop_assume!(parse(&text).is_none());
            prop_assert_eq!(
                read(&text, 1).map_err(|error| error.code),
                Err(ErrorCode::ReceiptHandleIsInvalid)
            );
        }
    }
}
