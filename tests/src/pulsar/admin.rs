//! Pulsar's REST API for its administrator.
//!
//! Source: <https://pulsar.apache.org/docs/4.0.x/admin-api-overview/>.

use std::net::SocketAddr;
use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE};
use hyper::{Method, Request, StatusCode};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;
use tokio::time::timeout;

/// How long a call may take on a busy machine.
const CALL_LIMIT: Duration = Duration::from_secs(30);

/// The administrator of one broker.
#[derive(Clone, Debug)]
pub struct Admin {
    address: SocketAddr,
    token: String,
}

impl Admin {
    /// An administrator with the API's address and a token.
    pub fn new(address: SocketAddr, token: String) -> Self {
        Admin { address, token }
    }

    /// The address of the API, and of the WebSocket service.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The value of the header `Authorization`.
    pub fn authorization(&self) -> String {
        format!("Bearer {}", self.token)
    }

    /// Whether messages can be sent and received.
    pub async fn is_ready(&self) -> bool {
        let answer = self.call(Method::GET, "brokers/health", None).await;
        answer.is_ok_and(|(status, _)| status == StatusCode::OK)
    }

    /// Reads the resource at `path`, below `/admin/v2`.
    ///
    /// # Panics
    ///
    /// If the resource does not exist.
    pub async fn get(&self, path: &str) -> Value {
        let answer = self.call(Method::GET, path, None).await;
        let (status, body) = answer.unwrap_or_else(|error| panic!("GET {path}: {error}"));
        let text = String::from_utf8_lossy(&body);
        assert_eq!(status, StatusCode::OK, "GET {path}: {text}");
        serde_json::from_slice(&body).unwrap_or_else(|_| panic!("GET {path} is not JSON: {text}"))
    }

    /// Creates the resource at `path`, below `/admin/v2`.
    ///
    /// # Panics
    ///
    /// If the broker refuses.
    pub async fn put(&self, path: &str, body: Value) {
        self.change(Method::PUT, path, body).await;
    }

    /// Adds to the resource at `path`, below `/admin/v2`.
    ///
    /// # Panics
    ///
    /// If the broker refuses.
    pub async fn post(&self, path: &str, body: Value) {
        self.change(Method::POST, path, body).await;
    }

    async fn change(&self, method: Method, path: &str, body: Value) {
        let answer = self.call(method.clone(), path, Some(body)).await;
        let (status, body) = answer.unwrap_or_else(|error| panic!("{method} {path}: {error}"));
        let text = String::from_utf8_lossy(&body);
        assert!(status.is_success(), "{method} {path}: {status} {text}");
    }

    async fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Result<(StatusCode, Bytes), String> {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("http://{}/admin/v2/{path}", self.address))
            .header(AUTHORIZATION, self.authorization());
        if body.is_some() {
            request = request.header(CONTENT_TYPE, "application/json");
        }
        let body = body.map(|body| body.to_string()).unwrap_or_default();
        let request = request.body(Full::<Bytes>::from(body));
        let request = request.map_err(|error| error.to_string())?;
        // Each call has its own client: the tests that share a broker have different runtimes.
        let client = Client::builder(TokioExecutor::new()).build_http::<Full<Bytes>>();
        let exchange = async {
            let answer = client
                .request(request)
                .await
                .map_err(|error| error.to_string())?;
            let status = answer.status();
            let body = answer.into_body().collect().await;
            let body = body.map_err(|error| error.to_string())?.to_bytes();
            Ok((status, body))
        };
        timeout(CALL_LIMIT, exchange)
            .await
            .unwrap_or_else(|_| Err(format!("no answer within {CALL_LIMIT:?}")))
    }
}
