use super::{Batch, BulkOperation, Lease, Order};

/// Where intents and their facts are kept: a ledger. For blocking drivers.
///
/// Two rules make that nobody gets a coupon twice, whatever crashes:
///
/// - [`record`](Self::record) returns only when the whole batch is durable, and keeps all of it or nothing.
/// - An intent is in the hands of one sender at a time. After a crash, [`lease`](Self::lease) hands it out again with all
///   the facts that were recorded. An attempt without an end may have taken effect; the sender knows that.
pub trait Store<O: BulkOperation> {
    /// Why the store failed.
    type Error;

    /// Hands out at most `most` intents that are not final and were not handed out to this sender yet. With `most` of 0 it
    /// only returns what a person has ordered.
    ///
    /// # Errors
    /// When the store failed. The sender then ends without sending anything more.
    fn lease(&mut self, most: usize) -> Result<Lease<O>, Self::Error>;

    /// Keeps a batch, and returns what a person has ordered.
    ///
    /// # Errors
    /// When the batch was not kept. The sender then ends without sending anything more.
    fn record(&mut self, batch: &Batch) -> Result<Order, Self::Error>;
}

/// [`Store`] for async drivers.
pub trait AsyncStore<O: BulkOperation> {
    /// Why the store failed.
    type Error;

    /// As [`Store::lease`].
    ///
    /// # Errors
    /// When the store failed. The sender then ends without sending anything more.
    fn lease(&mut self, most: usize) -> impl Future<Output = Result<Lease<O>, Self::Error>> + Send;

    /// As [`Store::record`].
    ///
    /// # Errors
    /// When the batch was not kept. The sender then ends without sending anything more.
    fn record(&mut self, batch: &Batch) -> impl Future<Output = Result<Order, Self::Error>> + Send;
}
