use crate::program;
use crate::task_error::TaskError;

/// The tools besides Rust that the build of `ckafka-pull` needs for librdkafka and OpenSSL, each
/// with its Debian package.
const TOOLS: [(&str, &str); 4] = [
    ("cc", "gcc"),
    ("cmake", "cmake"),
    ("make", "make"),
    ("perl", "perl"),
];

/// Whether this machine has all tools to compile C.
pub(crate) fn find() -> Result<(), TaskError> {
    TOOLS
        .iter()
        .try_for_each(|(name, package)| program::find(name, package).map(drop))
}
