//! The sources of a run without a configuration: one for each platform that pushes.

use super::private_file;
use crate::token;
use anyhow::Context;
use serde_json::{Map, Value};
use std::{
    fmt::Write,
    fs,
    io::{self, ErrorKind},
    path::Path,
};
use thingrelay_core::{config::EdgeConfig, source::Platform};

/// The file in the data directory that keeps the sources of runs without a configuration.
const KEPT: &str = "sources.toml";

/// A source that was made up for this run.
#[derive(Debug, Clone)]
pub(crate) struct DemoSource {
    /// The last part of the source's push URL.
    pub(crate) name: &'static str,
    /// The platform whose messages the source accepts.
    pub(crate) platform: Platform,
    /// The token of the source. It is printed on purpose: it is worthless after this run.
    pub(crate) token: String,
}

/// One source for each platform that pushes, each with its own token.
///
/// # Errors
/// The operating system gives no random bytes.
pub(crate) fn sources() -> io::Result<Vec<DemoSource>> {
    ["hub", "explorer", "video"]
        .into_iter()
        .zip(Platform::PUSHING)
        .map(|(name, platform)| {
            Ok(DemoSource {
                name,
                platform,
                token: token::generate()?,
            })
        })
        .collect()
}

/// The sources of the last run with this directory, or new sources, which are kept there. Push URLs
/// and tokens that a person has copied stay valid.
///
/// # Errors
/// The directory or the file in it cannot be used. A damaged file is left unchanged.
pub(crate) fn kept_in(directory: &Path) -> anyhow::Result<Vec<DemoSource>> {
    fs::create_dir_all(directory)
        .with_context(|| format!("cannot create the directory {}", directory.display()))?;
    let path = directory.join(KEPT);
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let sources = sources()?;
            private_file::replace(&path, &document(&sources))?;
            return Ok(sources);
        }
        Err(error) => {
            return Err(error).with_context(|| format!("cannot read {}", path.display()));
        }
    };
    with_tokens_of(&text, toml::from_str(&text).ok())?.with_context(|| {
        format!(
            "{} is damaged: a token of sources.hub, sources.explorer or sources.video is missing or \
             wrong; restore the file, or delete it to get new tokens",
            path.display()
        )
    })
}

/// Sources with the tokens of a document, which was read as `settings`; `None` if a token is
/// missing or the document is not a configuration.
///
/// # Errors
/// The operating system gives no random bytes.
pub(crate) fn with_tokens_of(
    document: &str,
    settings: Option<Map<String, Value>>,
) -> io::Result<Option<Vec<DemoSource>>> {
    let mut made = sources()?;
    let Some(known) = settings.filter(|_| EdgeConfig::parse(&[document]).is_ok()) else {
        return Ok(None);
    };
    for source in &mut made {
        let table = known.get("sources").and_then(|all| all.get(source.name));
        let token = table.and_then(|table| table.get("tokens")?.get(0)?.as_str());
        let Some(token) = token else {
            return Ok(None);
        };
        token.clone_into(&mut source.token);
    }
    Ok(Some(made))
}

/// The configuration document of these sources.
pub(crate) fn document(sources: &[DemoSource]) -> String {
    let mut text = String::new();
    for source in sources {
        // Writing to memory cannot fail.
        let _ = write!(
            text,
            "[sources.{}]\nplatform = \"{}\"\ntokens = [\"{}\"]\n\n",
            source.name, source.platform, source.token
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn tokens(sources: &[DemoSource]) -> Vec<&str> {
        sources.iter().map(|source| source.token.as_str()).collect()
    }

    #[test]
    fn tokens_are_kept_in_a_file_that_its_owner_alone_can_read() {
        let directory = tempfile::tempdir().unwrap();
        let data = directory.path().join("data");
        let first = kept_in(&data).unwrap();
        let second = kept_in(&data).unwrap();
        assert_eq!(tokens(&second), tokens(&first));
        let path = data.join(KEPT);
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_damaged_file_is_refused_and_stays_as_it_is() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(KEPT);
        let whole = document(&kept_in(directory.path()).unwrap());
        let one_source = whole.split("\n\n").next().unwrap();
        let damaged = [
            "",
            &whole[..whole.len() / 2],
            one_source,
            "[sources.hub]\ntokens = [\"short\"]\n",
        ];
        for text in damaged {
            fs::write(&path, text).unwrap();
            let told = format!("{:#}", kept_in(directory.path()).unwrap_err());
            assert!(told.contains("delete it to get new tokens"), "{told}");
            assert!(told.contains(KEPT), "{told}");
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
    }

    #[test]
    fn the_document_has_no_problems_and_a_source_for_each_platform() {
        let sources = sources().unwrap();
        let config = EdgeConfig::parse(&[&document(&sources)]).unwrap();
        let platforms: Vec<Platform> = sources.iter().map(|source| source.platform).collect();
        assert_eq!(platforms, Platform::PUSHING);
        for source in &sources {
            let known = config
                .sources
                .values()
                .find(|known| known.name.as_str() == source.name);
            assert_eq!(known.map(|known| known.platform), Some(source.platform));
        }
    }
}
