use super::{Batch, BulkOperation, Lease, Recorded, Reservation, Starts};

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

    /// Keeps a batch, and returns what a person has ordered. [`Order`](super::Order) is enough for a store of one sender.
    ///
    /// # Errors
    /// When the batch was not kept. The sender then ends without sending anything more.
    fn record(&mut self, batch: &Batch) -> Result<Recorded, Self::Error>;

    /// Whether the store keeps the pace for several senders: see [`reserve`](Self::reserve).
    fn shares_pace(&self) -> bool {
        false
    }

    /// Reserves starts of a pace that several senders share, such as [`SharedPace`](super::SharedPace). A sender asks only
    /// where [`shares_pace`](Self::shares_pace).
    ///
    /// # Errors
    /// When the store failed. The sender then ends without sending anything more.
    fn reserve(&mut self, reservation: &Reservation) -> Result<Starts, Self::Error> {
        let _ = reservation;
        Ok(Starts::default())
    }
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
    fn record(&mut self, batch: &Batch) -> impl Future<Output = Result<Recorded, Self::Error>> + Send;

    /// As [`Store::shares_pace`].
    fn shares_pace(&self) -> bool {
        false
    }

    /// As [`Store::reserve`].
    ///
    /// # Errors
    /// When the store failed. The sender then ends without sending anything more.
    fn reserve(
        &mut self,
        reservation: &Reservation,
    ) -> impl Future<Output = Result<Starts, Self::Error>> + Send {
        let _ = reservation;
        async { Ok(Starts::default()) }
    }
}
