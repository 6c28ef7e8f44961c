//! ListQueues and ListDeadLetterSourceQueues, page by page.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use super::request::{in_range, queue_name};
use super::service::Service;
use crate::error::SqsError;
use crate::registry::Page;
use crate::registry::naming::is_queue_name;

/// The most names on a page of a list.
const MAXIMUM_PAGE: u32 = 1000;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct ListRequest {
    queue_url: Option<String>,
    queue_name_prefix: Option<String>,
    next_token: Option<String>,
    max_results: Option<i64>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ListAnswer {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    queue_urls: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

/// Like `ListAnswer`, but with the member that the model spells in lower case here.
#[derive(Debug, Serialize)]
pub(crate) struct SourcesAnswer {
    #[serde(rename = "queueUrls")]
    queue_urls: Vec<String>,
    #[serde(rename = "NextToken", skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

/// `ListQueues`.
pub(crate) fn list(service: &Service, request: &ListRequest) -> Result<ListAnswer, SqsError> {
    let (max, after) = paging(request)?;
    let prefix = request.queue_name_prefix.as_deref().unwrap_or_default();
    let page = service
        .broker
        .look(|registry| registry.list(prefix, after.as_deref(), max));
    let (queue_urls, next_token) = urls(service, &page, request.max_results);
    Ok(ListAnswer {
        queue_urls,
        next_token,
    })
}

/// `ListDeadLetterSourceQueues`.
pub(crate) fn dead_letter_sources(
    service: &Service,
    request: &ListRequest,
) -> Result<SourcesAnswer, SqsError> {
    let name = queue_name(request.queue_url.as_deref())?;
    let (max, after) = paging(request)?;
    let page = service
        .broker
        .look(|registry| registry.dead_letter_sources(name, after.as_deref(), max))?;
    let (queue_urls, next_token) = urls(service, &page, request.max_results);
    Ok(SourcesAnswer {
        queue_urls,
        next_token,
    })
}

fn paging(request: &ListRequest) -> Result<(usize, Option<String>), SqsError> {
    let max = in_range("MaxResults", request.max_results, 1..=MAXIMUM_PAGE)?;
    let max = usize::try_from(max.unwrap_or(MAXIMUM_PAGE)).unwrap_or(usize::MAX);
    let invalid = || SqsError::invalid_parameter("Invalid or expired next token.");
    let after = match request.next_token.as_deref() {
        None | Some("") => None,
        Some(token) => {
            let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| invalid())?;
            let name = String::from_utf8(bytes).map_err(|_| invalid())?;
            if !is_queue_name(&name) {
                return Err(invalid());
            }
            Some(name)
        }
    };
    Ok((max, after))
}

/// The page's URLs, and its token if the request set `MaxResults`. (API reference, ListQueues:
/// "NextToken is null if there are no additional results or if MaxResults was not set".)
fn urls(service: &Service, page: &Page, max_results: Option<i64>) -> (Vec<String>, Option<String>) {
    let urls = page.names.iter().map(|name| service.queue_url(name));
    let token = page.next_after.as_ref().filter(|_| max_results.is_some());
    (
        urls.collect(),
        token.map(|name| URL_SAFE_NO_PAD.encode(name)),
    )
}
