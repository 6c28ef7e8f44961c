//! The size limits of SSM and Secrets Manager.

use super::{findings::Findings, layers::Kind};
use crate::documents::input::Input;
use thingrelay_core::config::Problem;

/// The size limit of a standard parameter, in bytes.
///
/// Source: <https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html>
const STANDARD_PARAMETER: usize = 4096;
/// The size limit of an advanced parameter, in bytes; from the same page.
const ADVANCED_PARAMETER: usize = 8192;
/// The size limit of a secret, in bytes.
///
/// Source: <https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html>
const SECRET: usize = 65_536;

/// Warns of a document that is too large for its place in AWS.
pub(crate) fn check(input: &Input, kind: Kind, findings: &mut Findings) {
    if let Some(message) = message(input.text.len(), kind) {
        findings.warning(Problem::new(&input.name, message));
    }
}

fn message(bytes: usize, kind: Kind) -> Option<String> {
    match kind {
        Kind::Settings if bytes > ADVANCED_PARAMETER => Some(format!(
            "has {bytes} bytes, and an SSM parameter takes {ADVANCED_PARAMETER}: remove comments, or write it as compact JSON"
        )),
        Kind::Settings if bytes > STANDARD_PARAMETER => Some(format!(
            "has {bytes} bytes, and a standard SSM parameter takes {STANDARD_PARAMETER}: put it with --tier Intelligent-Tiering, so that it becomes an advanced one, which costs a little"
        )),
        Kind::Secrets if bytes > SECRET => Some(format!(
            "has {bytes} bytes, and Secrets Manager takes {SECRET}: remove comments, or write it as compact JSON"
        )),
        Kind::Settings | Kind::Secrets | Kind::Both => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_told_from_the_first_byte_too_many() {
        let cases = [
            (4096, Kind::Settings, None),
            (4097, Kind::Settings, Some("Intelligent-Tiering")),
            (8192, Kind::Settings, Some("Intelligent-Tiering")),
            (8193, Kind::Settings, Some("takes 8192")),
            (65_536, Kind::Secrets, None),
            (65_537, Kind::Secrets, Some("takes 65536")),
            (65_537, Kind::Both, None),
        ];
        for (bytes, kind, expected) in cases {
            let found = message(bytes, kind);
            let as_expected = match (&found, expected) {
                (Some(found), Some(expected)) => found.contains(expected),
                (found, expected) => found.is_none() && expected.is_none(),
            };
            assert!(as_expected, "{bytes} {kind:?}: {found:?}");
        }
    }
}
