//! A function that answers 200 and does nothing else: the floor of what a function takes.

use lambda_http::{Body, Error, Request, Response, run, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    run(service_fn(handle)).await
}

async fn handle(_: Request) -> Result<Response<Body>, Error> {
    Ok(Response::new(Body::Empty))
}
