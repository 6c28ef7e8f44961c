use std::net::SocketAddr;

use anyhow::Result;
use serde_json::json;

use crate::bench::loopback::{Answer, Server};

/// The names by which a function asks for its documents.
pub(super) const SETTINGS: &str = "/bench/settings";
pub(super) const SECRETS: &str = "bench/tokens";

/// SSM and Secrets Manager on loopback, with one document each.
pub(super) struct Documents(Server);

impl Documents {
    pub(super) fn start(settings: &'static str, secrets: &'static str) -> Result<Self> {
        let server = Server::start(move |request| {
            let (status, body) = match request.header("x-amz-target") {
                Some("AmazonSSM.GetParameter") => (
                    "200 OK",
                    json!({ "Parameter": {
                        "ARN": format!("arn:aws:ssm:us-east-1:123456789012:parameter{SETTINGS}"),
                        "Name": SETTINGS,
                        "Type": "String",
                        "Value": settings,
                        "Version": 1,
                    } }),
                ),
                Some("secretsmanager.GetSecretValue") => (
                    "200 OK",
                    json!({
                        "ARN": "arn:aws:secretsmanager:us-east-1:123456789012:secret:bench/tokens",
                        "Name": SECRETS,
                        "SecretString": secrets,
                        "VersionId": "a1b2c3d4-5678-90ab-cdef-111111111111",
                    }),
                ),
                // A connection that is made ahead of its first call.
                _ => ("404 Not Found", json!({})),
            };
            Some(Answer {
                status,
                headers: vec![("Content-Type", "application/x-amz-json-1.1".to_owned())],
                body: body.to_string(),
            })
        })?;
        Ok(Self(server))
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.0.address()
    }
}
