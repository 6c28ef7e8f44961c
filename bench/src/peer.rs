use std::env;
use std::ffi::OsString;
use std::path::PathBuf;

/// Programs in another language. `cargo xtask` installs them, and leaves one out, with a word, where
/// the machine lacks its tools.
pub(crate) struct Peer {
    /// The program that runs them.
    pub(crate) interpreter: PathBuf,
    /// Where they are, with their packages.
    pub(crate) directory: PathBuf,
}

impl Peer {
    /// Python, from `peers/python`.
    pub(crate) fn python() -> Option<Self> {
        Self::find("THINGRELAY_PEER_PYTHON")
    }

    /// Node.js, from `peers/node`.
    pub(crate) fn node() -> Option<Self> {
        Self::find("THINGRELAY_PEER_NODE")
    }

    /// A variable has both, as a search path.
    fn find(variable: &str) -> Option<Self> {
        let paths: OsString = env::var_os(variable)?;
        let mut paths = env::split_paths(&paths);
        Some(Self {
            interpreter: paths.next()?,
            directory: paths.next()?,
        })
    }
}
