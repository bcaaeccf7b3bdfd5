//! `api --paginate`.

use serde::Serialize;
use serde_json::{Map, Value};
use wechatpay_hyper::core::cashcoupons::CouponCollection;
use wechatpay_hyper::core::error::{BuildError, DecodeError};
use wechatpay_hyper::core::http::Method;
use wechatpay_hyper::core::{Body, Error, Offset, Operation, Paged, Pages, Parts, Totals, Verified};

use crate::program::commands::api::input::Input;
use crate::program::connection::Connection;
use crate::program::failure::Failure;
use crate::program::texts::text;

/// All entries of a list, and the members of its first page beside them.
pub(super) struct Whole {
    pub(super) head: Members,
    pub(super) entries: Vec<Value>,
}

/// Requests all pages. `offset` counts pages, as in the API of coupons.
///
/// # Errors
/// The [`Failure`] of a call, and one if the response is no list, or the list contradicts its own count.
pub(super) async fn all(connection: &Connection, input: Input) -> Result<Whole, Failure> {
    let offset = input.parameter("offset").unwrap_or("0").parse();
    let offset = offset.map_err(|_| Failure::usage(text!("-q offset must be the number of a page")))?;
    let mut pages = Pages::new(Page { input, offset });
    let (mut first, mut entries) = (None, Vec::new());
    while let Some(page) = pages.next_operation() {
        let answer = connection.client().send(page).await;
        let page = answer.map_err(|error| Failure::with_body(error, true))?.into_value();
        if !is_list(&page) {
            return Err(Failure::failed(text!("the response is no list: it has no data")));
        }
        first.get_or_insert_with(|| without_data(&page));
        entries.extend(pages.on_page(page));
    }
    pages.finish().map_err(|error| Failure::reading(Error::from(error)))?;
    let mut head: Members = first.unwrap_or_default();
    // They are those of one page.
    head.remove("offset");
    head.remove("limit");
    Ok(Whole { head, entries })
}

/// A page of a list that is known only when the program runs.
#[derive(Clone, Serialize)]
struct Page {
    #[serde(skip)]
    input: Input,
    #[serde(skip)]
    offset: u32,
}

/// The response to it.
type Members = Map<String, Value>;

impl Operation for Page {
    const NAME: &'static str = "api";
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/";
    const IDEMPOTENT: bool = true;
    type Response = Members;

    fn parts(&self) -> Result<Parts, BuildError> {
        Parts::of_target(Self::PATH, self.input.page(self.offset), Body::Empty)
    }

    fn decode(response: Verified<'_>) -> Result<Members, DecodeError> {
        let page = response.json()?;
        match counts(&page) {
            Ok(_) => Ok(page),
            Err(_) => Err(response.error(text!("total_count or limit is no integer"))),
        }
    }
}

impl Paged for Page {
    const OFFSET: Offset = Offset::Pages;
    type Item = Value;

    /// Without a limit, one page is all that there is, unless the response states a limit.
    fn position(&self) -> (u32, u32) {
        let limit = self.input.parameter("limit").and_then(|limit| limit.parse().ok());
        (self.offset, limit.unwrap_or(u32::MAX))
    }

    fn at(self, offset: u32) -> Self {
        Self { offset, ..self }
    }

    fn totals(page: &Members) -> Totals {
        counts(page).map_or(Totals::new(None, None), |counts| Totals::new(counts.total_count, counts.limit))
    }

    fn items(mut page: Members) -> Vec<Value> {
        match page.remove("data") {
            Some(Value::Array(entries)) => entries,
            _ => Vec::new(),
        }
    }

    /// The list of the coupons that can be used at a merchant has no pages.
    fn has_pages(&self) -> bool {
        self.input.parameter("available_mchid").is_none() || self.input.parameter("creator_mchid").is_some()
    }
}

/// Whether it is a page of a list. One without entries may lack its data.
fn is_list(page: &Members) -> bool {
    match page.get("data") {
        Some(Value::Array(_)) => true,
        None | Some(Value::Null) => page.contains_key("total_count"),
        Some(_) => false,
    }
}

fn without_data(page: &Members) -> Members {
    let others = page.iter().filter(|(name, _)| *name != "data");
    others.map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// The counts of a list, which may be texts: those of a list of coupons.
fn counts(page: &Members) -> serde_json::Result<CouponCollection> {
    serde_json::from_value(Value::Object(without_data(page)))
}
