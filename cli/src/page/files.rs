//! The files of the page. They are part of this program.

use super::reply::{self, Body};
use http::Response;

const HTML: &str = "text/html; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";
const ICON: &str = "image/svg+xml";

/// Path, type and content.
const FILES: [(&str, &str, &str); 13] = [
    ("/", HTML, include_str!("web/index.html")),
    ("/page.css", STYLE, include_str!("web/page.css")),
    ("/icon.svg", ICON, include_str!("web/icon.svg")),
    ("/main.js", SCRIPT, include_str!("web/main.js")),
    ("/calls.js", SCRIPT, include_str!("web/calls.js")),
    ("/detail.js", SCRIPT, include_str!("web/detail.js")),
    ("/dom.js", SCRIPT, include_str!("web/dom.js")),
    ("/faults.js", SCRIPT, include_str!("web/faults.js")),
    ("/list.js", SCRIPT, include_str!("web/list.js")),
    ("/send.js", SCRIPT, include_str!("web/send.js")),
    ("/sources.js", SCRIPT, include_str!("web/sources.js")),
    ("/stream.js", SCRIPT, include_str!("web/stream.js")),
    ("/totals.js", SCRIPT, include_str!("web/totals.js")),
];

/// The file at a path.
pub(crate) fn file(path: &str) -> Option<Response<Body>> {
    let (_, kind, content) = FILES.iter().find(|(known, _, _)| *known == path)?;
    Some(reply::file(kind, *content))
}
