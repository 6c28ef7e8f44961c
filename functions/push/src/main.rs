//! The binary of the function `push`.

use lambda_http::{Error, run, service_fn};
use push::Push;
use std::{convert::Infallible, sync::Arc};
use thingrelay::{
    aws::Aws,
    clock::Clock,
    config::{Reader, Refresh, environment},
    documents::Documents,
    queue::{Patience, Queue},
    telemetry,
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init_for_lambda(&environment::log_level());
    let aws = Aws::new();
    let staging_url = environment::queue_url(environment::STAGING_QUEUE_URL)?;
    let staging = Queue::open(&aws, staging_url, Patience::Edge).await;
    let documents = Documents::open(environment::documents()?, &aws).await;
    let beginning = Refresh::begin(documents, Reader::Edge, Clock::system());
    let (refresh, ()) = tokio::join!(beginning, staging.connect());
    let refresh = Arc::new(refresh?);
    let push = Arc::new(Push::new(refresh.live(), staging, Clock::system()));
    run(service_fn(move |request| {
        let (refresh, push) = (Arc::clone(&refresh), Arc::clone(&push));
        async move {
            refresh.refresh().await;
            Ok::<_, Infallible>(push.handle(request).await)
        }
    }))
    .await
}
