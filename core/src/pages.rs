//! Lists that come in pages.
//!
//! Asking for a page past the end is an error at the platform, so what ends a list is its `total_count`.

use std::fmt;

use crate::error::Error;
use crate::operation::Operation;
use crate::response::Answer;

/// An operation that asks for one page of a list. Pages are numbered from 0.
pub trait Paged: Operation {
    /// What the list is of.
    type Item;

    /// Which page it asks for, and how many entries a page has.
    fn position(&self) -> (u32, u32);

    /// The same for another page.
    #[must_use]
    fn at_page(self, number: u32) -> Self;

    /// How many entries there are on all pages, and how many a page has according to the answer.
    fn totals(page: &Self::Response) -> (i64, i64);

    /// The entries of a page.
    fn items(page: Self::Response) -> Vec<Self::Item>;
}

/// Implements [`Paged`] where page and size are the fields `offset` and `limit`, as most lists have them.
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
                (page.total_count, page.limit)
            }

            fn items(page: $collection) -> Vec<$item> {
                page.data
            }
        }
    };
}

pub(crate) use paged;

/// Goes through the pages of a list from the one its operation asks for. Without IO, like all here.
///
/// ```
/// use wechatpay_core::cashcoupons::ListStocks;
/// use wechatpay_core::{Answer, Error, Operation, Pages};
///
/// # fn send<O: Operation>(_: &O) -> Result<Answer<O::Response>, Error> { unimplemented!() }
/// # fn list() -> Result<(), Error> {
/// // Whatever sends operations will do; drivers have `list` for it.
/// for stock in Pages::new(ListStocks::new("9856888".into())).items(|operation| send(operation)) {
///     println!("{}", stock?.stock_id);
/// }
/// # Ok(()) }
/// ```
pub struct Pages<O> {
    next: Option<O>,
    /// How many entries there are up to here; not known before the first page has come.
    seen: Option<i64>,
}

impl<O: Paged> Pages<O> {
    /// Begins with the page that `first` asks for.
    pub fn new(first: O) -> Self {
        Self { next: Some(first), seen: None }
    }

    /// What to ask for next; `None` when the list is over.
    pub fn next_operation(&self) -> Option<&O> {
        self.next.as_ref()
    }

    /// Takes the answer to it.
    ///
    /// A page without entries ends the list, whatever its `total_count` says: entries can go while it is read.
    pub fn on_page(&mut self, page: O::Response) -> Vec<O::Item> {
        let (total, size) = O::totals(&page);
        let items = O::items(page);
        self.next = self.next.take().and_then(|asked| {
            let (number, asked_size) = asked.position();
            // The platform numbers pages by the size it uses, whatever was asked for.
            let size = if size > 0 { size } else { asked_size.into() };
            let before = self.seen.unwrap_or(i64::from(number).saturating_mul(size));
            let seen = before.saturating_add(i64::try_from(items.len()).unwrap_or(i64::MAX));
            self.seen = Some(seen);
            let number = number.checked_add(1)?;
            let more = !items.is_empty() && seen < total && i64::from(number).saturating_mul(size) < total;
            more.then(|| asked.at_page(number))
        });
        items
    }

    /// The pages as an iterator, by whatever sends operations. It ends after an error.
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

    /// The entries of all pages as an iterator. Pages are asked for as they are needed; it ends after an error.
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
