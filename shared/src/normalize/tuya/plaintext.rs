//! What a decrypted message says of itself.

use crate::{event::data::Device, json::Json, staged::TuyaDelivery, timestamp::Timestamp};
use std::borrow::Cow;

/// The members of a message that mean something here.
#[derive(Debug)]
pub(super) struct Plaintext<'a> {
    /// `bizCode`: what it is about. A report of data has none.
    pub(super) code: Option<Cow<'a, str>>,
    /// `bizData`.
    pub(super) data: Option<Json<'a>>,
    /// `status` of a report of data.
    pub(super) status: Option<Json<'a>>,
    /// The device that it is about.
    pub(super) device: Option<Device<'a>>,
    data_time: Option<Json<'a>>,
    ts: Option<Json<'a>>,
}

impl<'a> Plaintext<'a> {
    /// Reads a message; any JSON is one. What stands in `bizData` counts before what stands beside
    /// it.
    pub(super) fn of(body: Json<'a>) -> Self {
        let [code, data, status, device, product, ts] =
            body.pick(["bizCode", "bizData", "status", "devId", "productKey", "ts"]);
        let [inner_device, inner_product, data_time, inner_status] = data
            .map_or([None; 4], |data| {
                data.pick(["devId", "productId", "time", "status"])
            });
        let first = |inner: Option<Json<'a>>, outer: Option<Json<'a>>| {
            let word = |value: Option<Json<'a>>| value.and_then(Json::word);
            word(inner).or_else(|| word(outer))
        };
        Plaintext {
            code: code.and_then(Json::word),
            data,
            status: status.or(inner_status),
            device: first(inner_device, device).map(|name| Device {
                product: first(inner_product, product),
                name,
            }),
            data_time,
            ts,
        }
    }

    /// The platform's word for this kind of message.
    pub(super) fn kind(&self, protocol: Option<i64>) -> Cow<'a, str> {
        match (&self.code, protocol) {
            (Some(code), _) => code.clone(),
            (None, Some(protocol)) => Cow::Owned(format!("protocol-{protocol}")),
            (None, None) => Cow::Borrowed("unknown"),
        }
    }

    /// When it happened: by the message, else by the envelope around it, else by the broker, else
    /// when it was received.
    pub(super) fn time(&self, delivery: &TuyaDelivery<'_>, received: Timestamp) -> Timestamp {
        let envelope = || Timestamp::from_platform_number(&delivery.t?.to_string());
        let published = || delivery.published.filter(|time| time.unix_millis() > 0);
        own_time(self.data_time)
            .or_else(|| own_time(self.ts))
            .or_else(envelope)
            .or_else(published)
            .unwrap_or(received)
    }
}

/// A time in seconds or milliseconds, a number or a string. 0 says that it is not known.
pub(super) fn own_time(value: Option<Json<'_>>) -> Option<Timestamp> {
    Timestamp::from_platform_number(&value?.text()?)
}
