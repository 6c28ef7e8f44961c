//! A hint for commands in their former form, which named neither the platform nor the thing to
//! check.

use clap::error::ErrorKind;
use std::ffi::OsString;

/// The hint, if a command in its former form caused the error.
pub(crate) fn hint(error: &clap::Error, arguments: &[OsString]) -> Option<&'static str> {
    let is_about_form = matches!(
        error.kind(),
        ErrorKind::InvalidSubcommand | ErrorKind::UnknownArgument
    );
    let [_, command, next, rest @ ..] = arguments else {
        return None;
    };
    let next = next.to_str().filter(|_| is_about_form)?;
    let mut words = rest.iter().filter_map(|word| word.to_str()).chain([next]);
    match command.to_str()? {
        "send" if !["tencent", "tuya", "kafka"].contains(&next) => Some(
            "hint: the platform comes first: `thingrelay send tencent URL`, `send tuya URL` or `send kafka HOST:PORT`",
        ),
        "check" if !["url", "sources"].contains(&next) => {
            Some(if words.any(|word| word.starts_with("--config")) {
                "hint: `thingrelay check sources --config FILE` checks the sources of a configuration"
            } else {
                "hint: `thingrelay check url URL` checks a URL"
            })
        }
        _ => None,
    }
}
