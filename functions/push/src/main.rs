//! The binary of the function `push`.

use lambda_http::{Error, LambdaEvent, lambda_runtime::run, service_fn};
use push::Push;
use std::{convert::Infallible, process::ExitCode, sync::Arc};
use thingrelay::{
    aws::Aws,
    clock::Clock,
    endpoint::Event,
    environment,
    queue::{Patience, Queue},
    settings::{Refresh, documents::Documents},
    telemetry::{self, Telemetry},
};
use thingrelay_core::config::Reader;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let telemetry = telemetry::init_for_lambda(environment::telemetry());
    telemetry.ended(serve(telemetry).await)
}

async fn serve(telemetry: &'static Telemetry) -> Result<(), Error> {
    let aws = Aws::in_lambda();
    let staging_url = environment::queue_url(environment::STAGING_QUEUE_URL)?;
    let staging = Queue::open(&aws, staging_url, Patience::Edge).await;
    let documents = Documents::open(environment::documents()?, &aws).await;
    let beginning = Refresh::begin(documents, Reader::Edge, Clock::system());
    let (refresh, ()) = tokio::join!(beginning, staging.connect());
    let refresh = Arc::new(refresh?);
    let push = Arc::new(Push::new(refresh.live(), staging, Clock::system()));
    run(service_fn(move |event: LambdaEvent<Event>| {
        let (refresh, push) = (Arc::clone(&refresh), Arc::clone(&push));
        async move {
            let _counted = telemetry.invocation(event.context.request_id);
            refresh.refresh().await;
            Ok::<_, Infallible>(push.answer(event.payload).await)
        }
    }))
    .await
}
