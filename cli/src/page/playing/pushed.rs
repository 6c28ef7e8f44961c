//! Requests to the endpoint.

use super::{Reply, Signing, wrong_secret};
use crate::{
    page::{desk::Desk, reply::ReplyError},
    platform::{Address, Connection, Connector, Fields, Kind, Signer, request::random_letters},
};
use anyhow::Context;
use bytes::Bytes;
use http::{Method, StatusCode};
use std::time::Duration;
use thingrelay_core::{config::EdgeSource, secret::Secret};

/// How long to wait for an answer of the endpoint.
const LIMIT: Duration = Duration::from_secs(10);
/// How long a signature that is made to be stale is out of date, in seconds.
const STALE: u64 = 86_400;

/// A connection to the endpoint.
pub(super) struct Pushed {
    connection: Connection,
    signer: Signer,
    is_check: bool,
    sign: Signing,
}

impl Pushed {
    pub(super) async fn open(
        desk: &Desk,
        source: &EdgeSource,
        kind: Kind,
        is_check: bool,
        sign: Signing,
    ) -> Result<Pushed, ReplyError> {
        let name = source.name.as_str();
        let token = desk.source(name).and_then(|source| source.token.clone());
        let token = match (sign, token) {
            (Signing::WrongToken, _) => Secret::new(wrong_secret()),
            (_, Some(token)) => token,
            // The source takes unsigned messages.
            (_, None) => Secret::new(String::new()),
        };
        let url = format!("{}/{name}", desk.run.endpoint);
        let address: Address = url.parse().context("the push URL cannot be used")?;
        let connector = Connector::new(&address).context("the endpoint cannot be reached")?;
        let signer = Signer::new(address, token, kind.header_family());
        let connection = connector.open().await;
        Ok(Pushed {
            connection: connection.context("the endpoint cannot be reached")?,
            signer,
            is_check,
            sign,
        })
    }

    pub(super) async fn send(
        &mut self,
        message: Bytes,
        fields: &Fields<'_>,
    ) -> Result<Reply, ReplyError> {
        let signer = &self.signer;
        let time = match self.sign {
            Signing::Stale => fields.timestamp.saturating_sub(STALE),
            _ => fields.timestamp,
        };
        let request = match (self.sign, self.is_check) {
            (Signing::Missing, true) => signer.unsigned(Method::GET, Bytes::new()),
            (Signing::Missing, false) => signer.unsigned(Method::POST, message),
            (_, true) => signer.url_check(&random_letters(16), time),
            (_, false) => signer.push(message, time),
        };
        let answer = self.connection.exchange(request, LIMIT).await;
        let answer = answer.context("the endpoint does not answer")?;
        Ok(Reply {
            is_accepted: answer.status == StatusCode::OK,
            status: Some(answer.status.as_u16()),
            body: String::from_utf8_lossy(&answer.body).into_owned(),
            ..Reply::after(answer.took)
        })
    }
}
