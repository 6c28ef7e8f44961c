//! The binary of the function `verify`.

use lambda_http::{Error, run, service_fn};
use std::{convert::Infallible, sync::Arc};
use thingrelay::{
    aws::Aws,
    clock::Clock,
    config::{Reader, Refresh, environment},
    documents::Documents,
    telemetry,
};
use verify::Verify;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init_for_lambda(&environment::log_level());
    let documents = Documents::open(environment::documents()?, &Aws::new()).await;
    let refresh = Arc::new(Refresh::begin(documents, Reader::Edge, Clock::system()).await?);
    let verify = Arc::new(Verify::new(refresh.live(), Clock::system()));
    run(service_fn(move |request| {
        let (refresh, verify) = (Arc::clone(&refresh), Arc::clone(&verify));
        async move {
            refresh.refresh().await;
            Ok::<_, Infallible>(verify.handle(request).await)
        }
    }))
    .await
}
