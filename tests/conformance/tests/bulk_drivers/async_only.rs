//! What only futures can do: be sent to another thread, and be dropped.

use std::future::pending;

use tokio::sync::Notify;
use wechatpay_core::{Operation, Paged};

use crate::campaign::policy;
use crate::*;

/// A store that others can look into. From the nth recording on it never returns, and says so.
#[derive(Clone)]
struct Shared {
    memory: Arc<Mutex<Memory>>,
    hangs_from: usize,
    records: usize,
    hangs: Arc<Notify>,
}

impl Shared {
    fn new(memory: Memory) -> Self {
        let (memory, hangs) = (Arc::new(Mutex::new(memory)), Arc::default());
        Self { memory, hangs_from: usize::MAX, records: 0, hangs }
    }
}

impl AsyncStore<SendCoupon> for Shared {
    type Error = String;

    async fn lease(&mut self, most: usize) -> Result<Lease<SendCoupon>, String> {
        self.memory.lock().unwrap().lease(most)
    }

    async fn record(&mut self, batch: &Batch) -> Result<Recorded, String> {
        self.records += 1;
        if self.records >= self.hangs_from {
            self.hangs.notify_one();
            pending::<()>().await;
        }
        self.memory.lock().unwrap().record(batch)
    }
}

/// A check at compile time.
#[test]
fn the_futures_can_be_sent_to_another_thread() {
    fn send(_: impl Send) {}
    fn of_any<O, S>(client: &wechatpay_hyper::Client, sender: Sender<O>, store: &mut S, operation: &O)
    where
        O: BulkOperation<Response: Send> + Sync + 'static,
        O::Check: Operation<Response: Send>,
        O::List: Paged<Response: Send, Item: Send> + 'static,
        O::Detail: Operation<Response: Send>,
        S: AsyncStore<O, Error: Send> + Send,
    {
        send(client.find(operation));
        send(client.send_all(sender, store, pending(), |_| {}));
    }
    let (core, _, _) = pair(now());
    let mut store = Shared::new(Memory::new([], policy()));
    let sender = Sender::new(policy(), Health::default());
    of_any(&wechatpay_hyper::Client::new(core), sender, &mut store, &send_coupon());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dropped_future_sends_nothing_more_and_the_next_one_finishes() {
    let campaign = Campaign::start(1);
    let mut store = Shared::new(Memory::new(campaign.users(200), policy()));
    store.hangs_from = 20;
    let client = wechatpay_hyper::Client::new(campaign.served.client());
    let sender = || Sender::new(policy(), store.memory.lock().unwrap().health.clone());
    let (first, mut shared, run) = (sender(), store.clone(), client.clone());
    let run = tokio::spawn(async move { run.send_all(first, &mut shared, pending(), |_| {}).await });
    store.hangs.notified().await;
    run.abort();
    assert!(run.await.unwrap_err().is_cancelled());
    // Only what was recorded before may have arrived.
    let recorded: usize = store.memory.lock().unwrap().rows.iter().map(Row::sent).sum();
    let arrived: usize = campaign.arrived().values().sum();
    assert!((1..=recorded).contains(&arrived), "{arrived} of {recorded}");

    store.hangs_from = usize::MAX;
    store.memory.lock().unwrap().begin_run(Trouble::None);
    let end = client.send_all(sender(), &mut store.clone(), pending(), |_| {}).await;
    assert_eq!(end, Ok(End::Complete));
    campaign.check_coupons(&store.memory.lock().unwrap());
}
