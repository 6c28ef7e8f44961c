//! The binary of the function `verify`.

use lambda_http::{Error, run, service_fn};
use std::{convert::Infallible, sync::Arc};
use thingrelay::{
    clock::Clock,
    config::{Live, Reader, environment},
    telemetry,
};
use verify::Verify;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init_for_lambda(&environment::log_level());
    let config = Arc::new(Live::new(environment::config(Reader::Edge)?));
    let verify = Arc::new(Verify::new(config, Clock::system()));
    run(service_fn(move |request| {
        let verify = Arc::clone(&verify);
        async move { Ok::<_, Infallible>(verify.handle(request).await) }
    }))
    .await
}
