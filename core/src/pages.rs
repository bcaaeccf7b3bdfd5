//! Lists that are returned in pages.
//!
//! The platform returns an error for a page past the end, so `total_count` determines the end of a list.

use std::fmt;

use crate::error::Error;
use crate::operation::Operation;
use crate::response::Answer;

/// An operation that requests one page of a list. Pages are numbered from 0.
pub trait Paged: Operation {
    /// The type of the list's entries.
    type Item;

    /// Returns the requested page number and the number of entries per page.
    fn position(&self) -> (u32, u32);

    /// Returns the same operation for another page.
    #[must_use]
    fn at_page(self, number: u32) -> Self;

    /// Returns the number of entries on all pages, and the number of entries per page that the response states.
    fn totals(page: &Self::Response) -> (i64, i64);

    /// Returns the entries of a page.
    fn items(page: Self::Response) -> Vec<Self::Item>;
}

/// Implements [`Paged`] for an operation whose page number and page size are the fields `offset` and `limit`, as in
/// most lists.
macro_rules! paged {
    ($operation:ty, $collection:ty, $item:ty) => {
        impl $crate::pages::Paged for $operation {
            type Item = $item;

            fn position(&self) -> (u32, u32) {
                (self.offset, self.limit)
            }

            fn at_page(mut self, number: u32) -> Self {
                self.offset = number;
                self
            }

            fn totals(page: &$collection) -> (i64, i64) {
                (page.total_count.unwrap_or_default(), page.limit.unwrap_or_default())
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
    /// The number of entries up to this point. Not known before the first page arrives.
    seen: Option<i64>,
}

impl<O: Paged> Pages<O> {
    /// Starts with the page that `first` requests.
    pub fn new(first: O) -> Self {
        Self { next: Some(first), seen: None }
    }

    /// Returns the next operation to send, or `None` at the end of the list.
    pub fn next_operation(&self) -> Option<&O> {
        self.next.as_ref()
    }

    /// Takes the response to [`next_operation`](Self::next_operation) and returns its entries.
    ///
    /// A page without entries ends the list, whatever its `total_count`: entries may disappear while the list is read.
    pub fn on_page(&mut self, page: O::Response) -> Vec<O::Item> {
        let (total, size) = O::totals(&page);
        let items = O::items(page);
        self.next = self.next.take().and_then(|requested| {
            let (number, requested_size) = requested.position();
            // The platform numbers pages by the page size it uses, which may differ from the requested one.
            let size = if size > 0 { size } else { requested_size.into() };
            let before = self.seen.unwrap_or(i64::from(number).saturating_mul(size));
            let seen = before.saturating_add(i64::try_from(items.len()).unwrap_or(i64::MAX));
            self.seen = Some(seen);
            let number = number.checked_add(1)?;
            let more = !items.is_empty() && seen < total && i64::from(number).saturating_mul(size) < total;
            more.then(|| requested.at_page(number))
        });
        items
    }

    /// Returns the pages as an iterator. `send` sends the operations. The iterator ends after an error.
    pub fn iter<S>(mut self, mut send: S) -> impl Iterator<Item = Result<Vec<O::Item>, Error>>
    where
        S: FnMut(&O) -> Result<Answer<O::Response>, Error>,
    {
        std::iter::from_fn(move || {
            let operation = self.next.as_ref()?;
            match send(operation) {
                Ok(answer) => Some(Ok(self.on_page(answer.into_value()))),
                Err(error) => {
                    self.next = None;
                    Some(Err(error))
                }
            }
        })
        .fuse()
    }

    /// Returns the entries of all pages as an iterator. Pages are requested as needed. The iterator ends after an
    /// error.
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
        // The requested page and size; entries, total and size of the response; the next page.
        for ((number, size), (stocks, total, limit), next) in [
            ((0, 10), (10, 21, 10), Some(1)),
            ((1, 10), (10, 21, 10), Some(2)),
            ((1, 10), (10, 20, 10), None),
            ((2, 10), (1, 21, 10), None),
            // An empty page ends the list.
            ((0, 10), (0, 21, 10), None),
            // The platform uses another size, or states none.
            ((0, 10), (5, 11, 5), Some(1)),
            ((1, 10), (5, 11, 5), Some(2)),
            ((0, 10), (10, 11, 0), Some(1)),
            ((1, 10), (10, 20, -1), None),
            // Fewer entries than the size, so the pages end before the entries do.
            ((1, 10), (7, 20, 10), None),
            ((u32::MAX, 10), (10, i64::MAX, 10), None),
        ] {
            let mut pages = Pages::new(ListStocks::new("1".into()).page(number, size));
            assert_eq!(pages.next_operation().map(Paged::position), Some((number, size)));
            assert_eq!(pages.on_page(page(stocks, total, limit)).len(), stocks);
            let case = format!("page {number} of {size}: {stocks} of {total}, {limit} a page");
            assert_eq!(pages.next_operation().map(|next| next.position().0), next, "{case}");
            let shown = format!("Pages {{ operation: \"stock.list\", next: {next:?}, .. }}");
            assert_eq!(format!("{pages:?}"), shown);
        }
    }
}
