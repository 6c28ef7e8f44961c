//! The binary of the function `push`.

use lambda_http::{Error, LambdaEvent, lambda_runtime::run, service_fn};
use push::Push;
use std::{convert::Infallible, process::ExitCode, sync::Arc};
use thingrelay::{
    clock::Clock,
    endpoint::Event,
    environment,
    queue::SendTimeout,
    start::staging,
    telemetry::{self, Telemetry},
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let telemetry = telemetry::init_for_lambda(environment::telemetry());
    telemetry.ended(serve(telemetry).await)
}

async fn serve(telemetry: &'static Telemetry) -> Result<(), Error> {
    let (staging, refresh) = staging(environment::documents()?, SendTimeout::Edge).await?;
    let push = Arc::new(Push::new(
        refresh.current_config(),
        staging,
        Clock::system(),
    ));
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
