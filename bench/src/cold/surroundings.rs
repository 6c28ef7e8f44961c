use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};

use anyhow::Result;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::{Request, Response};
use serde_json::json;
use thingrelay_tests::queue::url_at;

use super::event::Events;
use crate::loopback;
use crate::queue::Server;

/// Settings with tokens as a file, and the same settings as two documents.
const FILE: &str = r#"
[sources.meters]
platform = "tencent-iot-explorer"
tokens = ["Qm7RzT4nVb9KxW2sLc5HgJ8dFp3YtA6e"]
"#;
const SETTINGS: &str = r#"
[sources.meters]
platform = "tencent-iot-explorer"
"#;
const SECRETS: &str = r#"{"sources":{"meters":{"tokens":["Qm7RzT4nVb9KxW2sLc5HgJ8dFp3YtA6e"]}}}"#;

/// The names under which a function reads its documents.
pub(super) const PARAMETER: &str = "/bench/settings";
pub(super) const SECRET: &str = "bench/tokens";

/// The servers around the functions, all on loopback.
pub(super) struct Surroundings {
    pub(super) queue: Server,
    pub(super) urls: Urls,
    /// The parts of SSM and Secrets Manager from which a function reads its documents.
    pub(super) documents: SocketAddr,
    pub(super) events: Events,
    directory: PathBuf,
    /// A port that was free, on which nothing listens.
    closed: SocketAddr,
}

/// URLs of the queues.
pub(super) struct Urls {
    pub(super) staging: String,
    pub(super) events: String,
    pub(super) quarantine: String,
}

impl Surroundings {
    pub(super) async fn start(programs: &Path, directory: &Path) -> Result<Self> {
        let queue = Server::start(programs).await?;
        let urls = Urls {
            staging: queue.queues.create_fifo("staging").await,
            events: queue.queues.create_fifo("events").await,
            quarantine: queue.queues.create_standard("quarantine").await,
        };
        let surroundings = Self {
            queue,
            urls,
            documents: loopback::serve(document).await?,
            events: Events::default(),
            directory: directory.to_path_buf(),
            closed: TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?,
        };
        fs::write(surroundings.config_file(), FILE)?;
        Ok(surroundings)
    }

    /// The file with settings and tokens.
    pub(super) fn config_file(&self) -> PathBuf {
        self.directory.join("thingrelay.toml")
    }

    /// The URL of the queue at an address on which nothing listens: connections are refused at
    /// once.
    pub(super) fn refusing(&self, url: &str) -> String {
        url_at(&format!("http://{}", self.closed), url)
    }
}

fn document(request: &Request<Incoming>) -> Response<Full<hyper::body::Bytes>> {
    let target = request.headers().get("x-amz-target");
    let body = match target.map(|target| target.as_bytes()) {
        Some(b"AmazonSSM.GetParameter") => json!({ "Parameter": {
            "ARN": format!("arn:aws:ssm:us-east-1:123456789012:parameter{PARAMETER}"),
            "Name": PARAMETER,
            "Type": "String",
            "Value": SETTINGS,
            "Version": 1,
        } }),
        Some(b"secretsmanager.GetSecretValue") => json!({
            "ARN": "arn:aws:secretsmanager:us-east-1:123456789012:secret:bench/tokens",
            "Name": SECRET,
            "SecretString": SECRETS,
            "VersionId": "a1b2c3d4-5678-90ab-cdef-111111111111",
        }),
        // This is a connection that is opened before its first call.
        _ => json!({}),
    };
    let mut answer = Response::new(Full::new(body.to_string().into()));
    let content = hyper::header::HeaderValue::from_static("application/x-amz-json-1.1");
    let _ = answer
        .headers_mut()
        .insert(hyper::header::CONTENT_TYPE, content);
    answer
}
