use std::env;
use std::ffi::OsString;
use std::path::PathBuf;

/// Programs in another language. `cargo xtask` installs them; if the machine lacks their tools, it
/// leaves them out and says so.
pub(crate) struct Peer {
    /// The program that runs them.
    pub(crate) interpreter: PathBuf,
    /// The directory of the programs and their packages.
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

    /// The variable holds both paths, as a search path.
    fn find(variable: &str) -> Option<Self> {
        let paths: OsString = env::var_os(variable)?;
        let mut paths = env::split_paths(&paths);
        Some(Self {
            interpreter: paths.next()?,
            directory: paths.next()?,
        })
    }
}
