//! Lists that are returned in pages.
//!
//! The platform returns an error for a page past the end, so `total_count` determines the end of a list.

use std::fmt;

use crate::answer::Answer;
use crate::error::{Error, ListError};
use crate::operation::Operation;

/// An operation that requests one page of a list.
///
/// Implement it for a list of another product. Take what [`OFFSET`](Self::OFFSET) counts from the documentation of the
/// list: the platform has both kinds. A list whose `offset` is the number of a page (分页页码):
///
/// ```
/// # use serde::{Deserialize, Serialize};
/// use wechatpay_core::{Offset, Operation, Paged, Totals};
/// # use wechatpay_core::http::Method;
///
/// /// 根据过滤条件查询用户的券, of the product 商家券.
/// #[derive(Clone, Serialize)]
/// struct ListBusinessCoupons {
///     openid: String,
///     appid: String,
///     creator_merchant: String,
///     offset: u32,
///     limit: u32,
/// }
///
/// #[derive(Deserialize)]
/// struct BusinessCoupons {
///     data: Option<Vec<BusinessCoupon>>,
///     total_count: Option<i64>,
///     limit: Option<i64>,
/// }
///
/// #[derive(Deserialize)]
/// struct BusinessCoupon {
///     coupon_code: String,
/// }
///
/// impl Operation for ListBusinessCoupons {
///     // …
/// #     const NAME: &'static str = "business_coupon.list";
/// #     const METHOD: Method = Method::GET;
/// #     const PATH: &'static str = "/v3/marketing/busifavor/users/{openid}/coupons";
/// #     const IDEMPOTENT: bool = true;
///     type Response = BusinessCoupons;
/// }
///
/// impl Paged for ListBusinessCoupons {
///     const OFFSET: Offset = Offset::Pages;
///     type Item = BusinessCoupon;
///
///     fn position(&self) -> (u32, u32) {
///         (self.offset, self.limit)
///     }
///
///     fn at(self, offset: u32) -> Self {
///         Self { offset, ..self }
///     }
///
///     fn totals(page: &BusinessCoupons) -> Totals {
///         Totals::new(page.total_count, page.limit)
///     }
///
///     fn items(page: BusinessCoupons) -> Vec<BusinessCoupon> {
///         page.data.unwrap_or_default()
///     }
/// }
/// ```
///
/// A list whose `offset` is the number of the first entry (分页开始位置) differs in one line:
///
/// ```
/// # use serde::{Deserialize, Serialize};
/// use wechatpay_core::{Offset, Operation, Paged, Totals};
/// # use wechatpay_core::http::Method;
///
/// /// 查询投诉单列表. With `offset=10`, the response begins with the eleventh complaint.
/// #[derive(Clone, Serialize)]
/// struct ListComplaints {
///     begin_date: String,
///     end_date: String,
///     offset: u32,
///     limit: u32,
/// }
///
/// #[derive(Deserialize)]
/// struct Complaints {
///     data: Option<Vec<Complaint>>,
///     total_count: Option<i64>,
///     limit: Option<i64>,
/// }
///
/// #[derive(Deserialize)]
/// struct Complaint {
///     complaint_id: String,
/// }
///
/// impl Operation for ListComplaints {
///     // …
/// #     const NAME: &'static str = "complaint.list";
/// #     const METHOD: Method = Method::GET;
/// #     const PATH: &'static str = "/v3/merchant-service/complaints-v2";
/// #     const IDEMPOTENT: bool = true;
///     type Response = Complaints;
/// }
///
/// impl Paged for ListComplaints {
///     const OFFSET: Offset = Offset::Entries;
///     type Item = Complaint;
///
///     fn position(&self) -> (u32, u32) {
///         (self.offset, self.limit)
///     }
///
///     fn at(self, offset: u32) -> Self {
///         Self { offset, ..self }
///     }
///
///     fn totals(page: &Complaints) -> Totals {
///         Totals::new(page.total_count, page.limit)
///     }
///
///     fn items(page: Complaints) -> Vec<Complaint> {
///         page.data.unwrap_or_default()
///     }
/// }
/// ```
pub trait Paged: Operation {
    /// What `offset` counts. It has no default: with the wrong one, entries would be skipped or repeated.
    const OFFSET: Offset;

    /// The type of the list's entries.
    type Item;

    /// Returns the requested `offset` and `limit`: where the page begins, and the number of entries per page. Where the
    /// request leaves them out, returns the documented defaults.
    fn position(&self) -> (u32, u32);

    /// Returns the same operation with another `offset`.
    #[must_use]
    fn at(self, offset: u32) -> Self;

    /// Returns what a response states about the list.
    fn totals(page: &Self::Response) -> Totals;

    /// Returns the entries of a page.
    fn items(page: Self::Response) -> Vec<Self::Item>;

    /// Whether the list comes in pages, as most lists do. `false` if the platform ignores `offset` and `limit` of this
    /// request: then there is only one response.
    fn has_pages(&self) -> bool {
        true
    }
}

/// What the `offset` of a list counts. In both cases it starts from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Offset {
    /// Pages: `offset` is the number of a page (分页页码), and the next page is `offset + 1`.
    Pages,
    /// Entries: `offset` is the number of the first entry (分页开始位置), and the next page begins after the entries of
    /// this one.
    Entries,
}

/// What a page states about its list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Totals {
    /// The number of entries on all pages. If it is absent, a full page means that there is another one.
    pub total_count: Option<i64>,
    /// The number of entries per page, which may differ from the requested one.
    pub limit: Option<i64>,
}

impl Totals {
    /// `total_count` and `limit` of a response, each an `i64` or an `Option<i64>`.
    pub fn new(total_count: impl Into<Option<i64>>, limit: impl Into<Option<i64>>) -> Self {
        Self { total_count: total_count.into(), limit: limit.into() }
    }
}

/// Implements [`Paged`] for an operation whose page number and page size are the fields `offset` and `limit`, as in
/// most lists.
macro_rules! paged {
    ($operation:ty, $collection:ty, $item:ty) => {
        impl $crate::pages::Paged for $operation {
            const OFFSET: $crate::pages::Offset = $crate::pages::Offset::Pages;
            type Item = $item;

            fn position(&self) -> (u32, u32) {
                (self.offset, self.limit)
            }

            fn at(mut self, offset: u32) -> Self {
                self.offset = offset;
                self
            }

            fn totals(page: &$collection) -> $crate::pages::Totals {
                $crate::pages::Totals::new(page.total_count, page.limit)
            }

            fn items(page: $collection) -> Vec<$item> {
                page.data
            }
        }
    };
}

pub(crate) use paged;

/// Iterates over the pages of a list, starting with the page that the operation requests. It performs no IO.
///
/// ```
/// use wechatpay_core::cashcoupons::ListStocks;
/// use wechatpay_core::{Answer, Error, Operation, Pages};
///
/// # fn send<O: Operation>(_: &O) -> Result<Answer<O::Response>, Error> { unimplemented!() }
/// # fn list() -> Result<(), Error> {
/// // `send` is any function that sends an operation. The drivers provide `list` for this.
/// for stock in Pages::new(ListStocks::new("9856888".into())).items(|operation| send(operation)) {
///     println!("{}", stock?.stock_id);
/// }
/// # Ok(()) }
/// ```
pub struct Pages<O> {
    next: Option<O>,
    /// The number of entries before the first requested page. Not known before the first response.
    skipped: Option<u64>,
    received: u64,
    /// The latest `total_count`.
    total: Option<i64>,
    contradiction: Option<ListError>,
}

impl<O: Paged> Pages<O> {
    /// Starts with the page that `first` requests, which may be in the middle of the list.
    pub fn new(first: O) -> Self {
        Self { next: Some(first), skipped: None, received: 0, total: None, contradiction: None }
    }

    /// Returns the next operation to send, or `None` at the end of the list. Then call [`finish`](Self::finish).
    pub fn next_operation(&self) -> Option<&O> {
        self.next.as_ref()
    }

    /// Takes the response to [`next_operation`](Self::next_operation) and returns its entries.
    ///
    /// A page without entries ends the list, whatever its `total_count`. Without a `total_count`, so does a page with
    /// fewer entries than its size.
    pub fn on_page(&mut self, page: O::Response) -> Vec<O::Item> {
        let Totals { total_count, limit } = O::totals(&page);
        let items = O::items(page);
        let Some(requested) = self.next.take() else { return items };
        let count = u64::try_from(items.len()).unwrap_or(u64::MAX);
        let (offset, requested_limit) = requested.position();
        let (offset, requested_limit) = (u64::from(offset), u64::from(requested_limit));
        let limit = limit.and_then(|limit| u64::try_from(limit).ok()).filter(|limit| *limit > 0);
        // The platform numbers pages by the size it uses, which may be smaller than the requested one. A larger one
        // could be wrong, and must not end the list early.
        let size = limit.map_or(requested_limit, |limit| limit.min(requested_limit)).max(1);
        let skipped = *self.skipped.get_or_insert_with(|| match O::OFFSET {
            _ if !requested.has_pages() => 0,
            Offset::Pages => offset.saturating_mul(limit.unwrap_or(requested_limit)),
            Offset::Entries => offset,
        });
        self.received = self.received.saturating_add(count);
        self.total = total_count.or(self.total);
        let seen = skipped.saturating_add(self.received);
        let (next, begin) = match O::OFFSET {
            Offset::Pages => (offset.saturating_add(1), offset.saturating_add(1).saturating_mul(size)),
            Offset::Entries => (offset.saturating_add(count), seen),
        };
        let more = count > 0
            && requested.has_pages()
            && self.total.map_or(count >= size, |total| {
                u64::try_from(total).is_ok_and(|total| seen < total && begin < total)
            });
        self.next = u32::try_from(next).ok().filter(|_| more).map(|next| requested.at(next));
        if self.next.is_none() {
            self.contradiction = self.total.and_then(|total| ListError::check(skipped, self.received, total));
        }
        items
    }

    /// Checks that the list has as many entries as its last response counts. Call it when there is no next operation;
    /// before, nothing is known and the result is `Ok`.
    ///
    /// # Errors
    /// [`ListError`] when the list is shorter or longer than its `total_count`. The entries that were received are
    /// those of the platform, but some may be missing or repeated.
    pub fn finish(self) -> Result<(), ListError> {
        self.contradiction.map_or(Ok(()), Err)
    }

    /// Returns the pages as an iterator. `send` sends the operations. The iterator ends after an error. After the last
    /// page, a list that contradicts its own count gives [`Error::List`].
    pub fn iter<S>(self, mut send: S) -> impl Iterator<Item = Result<Vec<O::Item>, Error>>
    where
        S: FnMut(&O) -> Result<Answer<O::Response>, Error>,
    {
        let mut pages = Some(self);
        std::iter::from_fn(move || {
            let list = pages.as_mut()?;
            let result = list.next_operation().map(&mut send);
            match result {
                Some(Ok(answer)) => Some(Ok(list.on_page(answer.into_value()))),
                Some(Err(error)) => {
                    pages = None;
                    Some(Err(error))
                }
                None => pages.take()?.finish().err().map(|error| Err(error.into())),
            }
        })
    }

    /// Returns the entries of all pages as an iterator. Pages are requested as needed. The iterator ends after an
    /// error. After the last entry, a list that contradicts its own count gives [`Error::List`].
    pub fn items<S>(self, send: S) -> impl Iterator<Item = Result<O::Item, Error>>
    where
        S: FnMut(&O) -> Result<Answer<O::Response>, Error>,
    {
        self.iter(send).flat_map(|page| {
            let (items, error) = match page {
                Ok(items) => (items, None),
                Err(error) => (Vec::new(), Some(error)),
            };
            items.into_iter().map(Ok).chain(error.map(Err))
        })
    }
}

impl<O: Paged> fmt::Debug for Pages<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages")
            .field("operation", &O::NAME)
            .field("next", &self.next.as_ref().map(|next| next.position().0))
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cashcoupons::{ListStocks, StockCollection};
    use crate::{Advice, Outcome};

    /// A page of so many stocks.
    fn page(stocks: usize, total: i64, limit: i64) -> StockCollection {
        let stock = serde_json::json!({"stock_id": "1", "stock_creator_mchid": "1", "status": "running"});
        let data = vec![stock; stocks];
        serde_json::from_value(
            serde_json::json!({"total_count": total, "data": data, "limit": limit, "offset": 0}),
        )
        .unwrap()
    }

    #[test]
    fn the_total_and_the_entries_decide_whether_there_is_another_page() {
        // The requested page and size; entries, total and size of the response; the next page, and whether an end
        // agrees with the total.
        for ((number, size), (stocks, total, limit), next, agrees) in [
            ((0, 10), (10, 21, 10), Some(1), true),
            ((1, 10), (10, 21, 10), Some(2), true),
            ((1, 10), (10, 20, 10), None, true),
            ((2, 10), (1, 21, 10), None, true),
            ((0, 10), (0, 0, 10), None, true),
            // An empty page ends the list.
            ((0, 10), (0, 21, 10), None, false),
            ((2, 10), (0, 21, 10), None, false),
            // A list that is read from its end, or from beyond it.
            ((3, 10), (0, 30, 10), None, true),
            ((7, 10), (0, 30, 10), None, true),
            ((7, 10), (1, 30, 10), None, false),
            // The platform uses another size, or states none, or one that cannot be right.
            ((0, 10), (5, 11, 5), Some(1), true),
            ((1, 10), (5, 11, 5), Some(2), true),
            ((0, 10), (10, 11, 0), Some(1), true),
            ((1, 10), (10, 20, -1), None, true),
            ((0, 10), (10, 30, 100), Some(1), true),
            ((0, 10), (30, 30, 10), None, true),
            // More entries than there are.
            ((0, 10), (10, 9, 10), None, false),
            ((0, 10), (10, -1, 10), None, false),
            // Fewer entries than the size, so the pages end before the entries do.
            ((1, 10), (7, 20, 10), None, false),
            ((u32::MAX, 10), (10, i64::MAX, 10), None, false),
        ] {
            let mut pages = Pages::new(ListStocks::new("1".into()).page(number, size));
            assert_eq!(pages.next_operation().map(Paged::position), Some((number, size)));
            assert_eq!(pages.on_page(page(stocks, total, limit)).len(), stocks);
            let case = format!("page {number} of {size}: {stocks} of {total}, {limit} a page");
            assert_eq!(pages.next_operation().map(|next| next.position().0), next, "{case}");
            let shown = format!("Pages {{ operation: \"stock.list\", next: {next:?}, .. }}");
            assert_eq!(format!("{pages:?}"), shown);
            assert_eq!(pages.finish().is_ok(), agrees, "{case}");
        }
    }

    #[test]
    fn the_error_counts_what_was_received() {
        let mut pages = Pages::new(ListStocks::new("1".into()).page(1, 10));
        pages.on_page(page(10, 35, 10));
        pages.on_page(page(4, 34, 10));
        let third = pages.on_page(page(0, 36, 10));
        assert!(third.is_empty() && pages.next_operation().is_none());
        let error = pages.finish().unwrap_err();
        assert_eq!((error.skipped(), error.received(), error.total_count()), (10, 14, 36));
        let error = Error::from(error);
        assert_eq!(
            format!("{error:#}"),
            "the list contradicts its own count: 14 entries were received after the first 10, which were not requested, \
             but the last response counts 36"
        );
        assert_eq!((error.outcome(), error.advice()), (Outcome::Done, Advice::SOON));
        let from_the_beginning = ListError::check(0, 20, 30).unwrap();
        assert_eq!(
            from_the_beginning.to_string(),
            "20 entries were received, but the last response counts 30"
        );
    }
}
