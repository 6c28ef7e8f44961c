//! The page of `thingrelay dev`: what happens to each call, live, and the means to play the platform
//! and to break things on purpose.
//!
//! The page has a port of its own, so that a tunnel to the push endpoint does not publish it.
//!
//! # Layout
//!
//! * [`call`]: a call, and how far it has come.
//! * [`calls`]: the last calls, in a bounded memory.
//! * [`rates`]: rates and latencies.
//! * [`recorder`]: records what happens to each call.
//! * [`faults`]: what is broken on purpose.
//! * [`watched`]: the staging queue and the targets, watched and broken.
//! * [`query`]: which calls a request asks for.
//! * [`codes`]: what the codes mean.
//! * [`desk`]: what the page can show.
//! * [`playing`]: plays the platform.
//! * [`orders`]: what else a user does on the page.
//! * [`guard`]: which requests are answered.
//! * [`reply`], [`files`], [`stream`](mod@stream): answers.
//! * [`server`]: the HTTP server.

pub(crate) mod call;
pub(crate) mod calls;
pub(crate) mod codes;
pub(crate) mod desk;
pub(crate) mod faults;
pub(crate) mod files;
pub(crate) mod guard;
pub(crate) mod orders;
pub(crate) mod playing;
pub(crate) mod query;
pub(crate) mod rates;
pub(crate) mod recorder;
pub(crate) mod reply;
pub(crate) mod server;
pub(crate) mod stream;
pub(crate) mod watched;

pub(crate) use desk::{Desk, Figures, Run, Source, Target};
pub(crate) use recorder::Recorder;
pub(crate) use watched::Watch;

use anyhow::Context;
use guard::Guard;
use std::{io, net::SocketAddr, sync::Arc};
use tokio::net::TcpListener;
use tokio_util::task::AbortOnDropHandle;

/// The page's socket, before anything is served.
#[derive(Debug)]
pub(crate) struct Page {
    listener: TcpListener,
    address: SocketAddr,
}

impl Page {
    /// Starts to listen on the address, or on a free port if the address is in use and `otherwise`
    /// is allowed.
    ///
    /// # Errors
    /// The address cannot be used.
    pub(crate) async fn bind(address: SocketAddr, or_free: bool) -> anyhow::Result<Page> {
        let listener = match TcpListener::bind(address).await {
            Err(error) if or_free && error.kind() == io::ErrorKind::AddrInUse => {
                TcpListener::bind(SocketAddr::new(address.ip(), 0)).await
            }
            bound => bound,
        };
        let listener = listener.with_context(|| {
            format!("the page cannot listen on {address}: choose another with --page, or --no-page")
        })?;
        let address = listener.local_addr()?;
        Ok(Page { listener, address })
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Serves until the handle is dropped.
    pub(crate) fn serve(self, watch: Watch, run: Run) -> AbortOnDropHandle<()> {
        let desk = Arc::new(Desk { watch, run });
        let guard = Guard::of(self.address);
        AbortOnDropHandle::new(tokio::spawn(server::serve(self.listener, guard, desk)))
    }
}
