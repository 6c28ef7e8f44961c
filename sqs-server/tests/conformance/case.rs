//! A case.

use std::future::Future;
use std::pin::Pin;

use crate::case_error::Outcome;
use crate::server::Context;

/// One thing that SQS documents.
#[derive(Clone, Copy)]
pub(crate) struct Case {
    /// The module's and the function's name, such as `tags::tags_are_removed_by_key`.
    pub(crate) name: &'static str,
    /// The page of AWS's documentation that describes it.
    pub(crate) page: &'static str,
    /// Asks the server, and fails if the server behaves differently.
    pub(crate) run: fn(Context) -> Pin<Box<dyn Future<Output = Outcome> + Send>>,
}

/// The cases of one module, each with the page that it follows.
macro_rules! cases {
    ($($page:ident: $($name:ident),+ $(,)?;)+) => {
        /// The cases of this subject.
        pub(crate) const CASES: &[$crate::case::Case] = &[$($(
            $crate::case::Case {
                name: concat!(module_path!(), "::", stringify!($name)),
                page: $crate::page::$page,
                run: |context| Box::pin($name(context)),
            },
        )+)+];
    };
}

pub(crate) use cases;
