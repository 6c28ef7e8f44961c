//! The sources of a run without configuration: one for each platform that pushes.

use crate::token;
use std::{fmt::Write, io};
use thingrelay::source::Platform;

/// A source made up for this run.
#[derive(Debug, Clone)]
pub struct DemoSource {
    /// The last part of its push URL.
    pub name: &'static str,
    /// Whose messages it takes.
    pub platform: Platform,
    /// Its token. It is printed on purpose: it is worth nothing after this run.
    pub token: String,
}

/// A source for each platform that pushes, each with a token of its own.
///
/// # Errors
/// Only when the operating system gives no random bytes.
pub fn sources() -> io::Result<Vec<DemoSource>> {
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

/// The configuration document of these sources.
pub fn document(sources: &[DemoSource]) -> String {
    let mut text = String::new();
    for source in sources {
        // Writing to memory has no way to fail.
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
    use thingrelay::config::{Config, Reader};

    #[test]
    fn the_document_has_no_problems_and_a_source_for_each_platform() {
        let sources = sources().unwrap();
        let config = Config::parse(&[&document(&sources)], Reader::Edge).unwrap();
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
