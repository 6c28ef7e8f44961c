use super::program;
use crate::suite::Failure;

/// What `ckafka-pull` takes to be built besides Rust, for librdkafka and OpenSSL, each with the
/// Debian package that brings it.
const TOOLS: [(&str, &str); 4] = [
    ("cc", "gcc"),
    ("cmake", "cmake"),
    ("make", "make"),
    ("perl", "perl"),
];

/// Whether this machine has all that is needed to compile C.
pub(crate) fn find() -> Result<(), Failure> {
    TOOLS
        .iter()
        .try_for_each(|(name, package)| program::find(name, package).map(drop))
}
