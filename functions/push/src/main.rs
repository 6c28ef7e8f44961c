//! The binary of the function `push`.

use lambda_http::{Error, run, service_fn};
use push::Push;
use std::{convert::Infallible, sync::Arc};
use thingrelay::{
    clock::Clock,
    config::{Live, Reader, environment},
    queue::{Patience, Queue},
    telemetry,
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init_for_lambda(&environment::log_level());
    let config = Arc::new(Live::new(environment::config(Reader::Edge)?));
    let staging_url = environment::queue_url(environment::STAGING_QUEUE_URL)?;
    let staging = Queue::open(staging_url, Patience::Edge).await;
    let push = Arc::new(Push::new(config, staging, Clock::system()));
    run(service_fn(move |request| {
        let push = Arc::clone(&push);
        async move { Ok::<_, Infallible>(push.handle(request).await) }
    }))
    .await
}
