//! The binary of the function `ckafka-pull`.

use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use std::{
    process::ExitCode,
    sync::Arc,
    time::{Instant, SystemTime},
};
use thingrelay::{
    aws::Aws,
    clock::Clock,
    environment,
    pull::Puller,
    queue::{Patience, Queue},
    settings::{Refresh, documents::Documents},
    telemetry::{self, Telemetry},
};
use thingrelay_core::config::{Config, Reader};
use thingrelay_kafka::{Member, pulls};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let telemetry = telemetry::init_for_lambda(environment::telemetry());
    telemetry.ended(serve(telemetry).await)
}

async fn serve(telemetry: &'static Telemetry) -> Result<(), Error> {
    let aws = Aws::in_lambda();
    let staging_url = environment::queue_url(environment::STAGING_QUEUE_URL)?;
    let staging = Queue::open(&aws, staging_url, Patience::Background).await;
    let documents = Documents::open(environment::documents()?, &aws).await;
    let beginning = Refresh::begin(documents, Reader::Edge, Clock::system());
    let (refresh, ()) = tokio::join!(beginning, staging.connect());
    let refresh = Arc::new(refresh?);
    let clock = Clock::system();
    let pulls = move |config: &Config| pulls(config, &clock, &Member::function());
    let puller = Arc::new(Puller::new(refresh.live(), staging, pulls));
    run(service_fn(
        move |event: LambdaEvent<serde::de::IgnoredAny>| {
            let (refresh, puller) = (Arc::clone(&refresh), Arc::clone(&puller));
            async move {
                let id = event.context.request_id.as_str();
                let _counted = telemetry.invocation(id);
                refresh.renew().await;
                // An emulator may give a deadline that is long past: then there is none.
                let deadline = event.context.deadline().duration_since(SystemTime::now());
                let deadline = deadline.ok().map(|left| Instant::now() + left);
                Ok::<_, Error>(puller.handle(deadline, || telemetry.flush(id)).await)
            }
        },
    ))
    .await
}
