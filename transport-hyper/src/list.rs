//! Provides lists as streams.

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::vec;

use futures_core::Stream;
use wechatpay_core::{Answer, Error, Operation, Paged, Pages};

use crate::client::Client;

/// A stream of the entries of a list. [`next`](Self::next) returns the entries without the trait [`Stream`]. The stream
/// ends after an error. After the last entry, a list that contradicts its own count gives [`Error::List`].
#[must_use = "nothing is asked for until it is polled"]
pub struct List<O: Paged> {
    client: Client,
    /// `None` after the end or an error.
    pages: Option<Pages<O>>,
    items: vec::IntoIter<O::Item>,
    asking: Option<Asking<O>>,
}

type Asking<O> = Pin<Box<dyn Future<Output = Result<Answer<<O as Operation>::Response>, Error>> + Send>>;

impl Client {
    /// Returns the entries of a list as a stream. Pages are requested when needed. The stream ends after an error. After
    /// the last entry, a list that contradicts its own count gives [`Error::List`].
    ///
    /// ```no_run
    /// # use wechatpay_hyper::core::cashcoupons::ListStocks;
    /// # async fn list(client: &wechatpay_hyper::Client) -> Result<(), wechatpay_hyper::core::Error> {
    /// let mut stocks = client.list(ListStocks::new("1900007291".into()));
    /// while let Some(stock) = stocks.next().await {
    ///     println!("{}", stock?.stock_name);
    /// }
    /// # Ok(()) }
    /// ```
    pub fn list<O>(&self, first: O) -> List<O>
    where
        O: Paged<Response: Send> + 'static,
    {
        let (client, items) = (self.clone(), Vec::new().into_iter());
        List { client, pages: Some(Pages::new(first)), items, asking: None }
    }
}

impl<O: Paged<Response: Send> + 'static> List<O> {
    /// Returns the next entry, or `None` at the end. Cancel safe: dropping the future loses no entry.
    ///
    /// # Errors
    /// The errors of [`Client::send`], and [`Error::List`] at the end.
    pub async fn next(&mut self) -> Option<Result<O::Item, Error>> {
        poll_fn(|cx| Pin::new(&mut *self).poll_next(cx)).await
    }
}

impl<O: Paged<Response: Send> + 'static> Stream for List<O> {
    type Item = Result<O::Item, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let list = &mut *self;
        loop {
            if let Some(item) = list.items.next() {
                return Poll::Ready(Some(Ok(item)));
            }
            let Some(pages) = &mut list.pages else { return Poll::Ready(None) };
            let Some(operation) = pages.next_operation() else {
                let end = list.pages.take().and_then(|pages| pages.finish().err());
                return Poll::Ready(end.map(|error| Err(error.into())));
            };
            let asking = list.asking.get_or_insert_with(|| Box::pin(list.client.send(operation)));
            let result = ready!(asking.as_mut().poll(cx));
            list.asking = None;
            match result {
                Ok(answer) => list.items = pages.on_page(answer.into_value()).into_iter(),
                Err(error) => {
                    list.pages = None;
                    return Poll::Ready(Some(Err(error)));
                }
            }
        }
    }
}

/// No field is structurally pinned.
impl<O: Paged> Unpin for List<O> {}

impl<O: Paged> fmt::Debug for List<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("List").field("pages", &self.pages).finish_non_exhaustive()
    }
}
