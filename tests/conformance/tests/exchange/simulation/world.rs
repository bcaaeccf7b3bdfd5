//! Runs a plan.

mod checks;

use std::collections::BTreeMap;

use serde_json::Value;
use wechatpay_core::cashcoupons::StockId;

use super::callers::{
    ATTEMPTS, AnyExchange, AnyStep, CREDENTIALS, TOTAL, client, exchange, favor, max_coupons,
};
use super::plan::{Event, Fault, Life, Plan, Trip, Wants};
use crate::*;

pub(crate) struct World<'a> {
    plan: &'a Plan,
    sandbox: LocalSandbox,
    stock_id: StockId,
    /// The client that the callers share.
    client: Client,
    time: Duration,
    /// The error of the callers' wall clock, in seconds.
    clock: i64,
    paused: bool,
    /// Future events, by time and then in the order in which they were scheduled.
    agenda: BTreeMap<(Duration, u64), Next>,
    /// The last number given to an event, a message or a nonce.
    counter: u64,
    /// All exchanges that were started.
    runs: Vec<Run>,
    pub(crate) crashes: u32,
    pub(crate) fetches: u32,
    /// The number of requests that arrived after their callers had stopped waiting.
    pub(crate) late: u32,
}

enum Next {
    Begin { caller: usize, life: usize },
    Poll { run: usize },
    Arrive { run: usize, message: u64, request: Box<Request<Bytes>>, trip: Trip, deadline: Duration },
    Receive { run: usize, message: u64, result: Result<Response<Bytes>, TransportError> },
    Event(Event),
}

/// The exchange of one life of a caller.
#[derive(Default)]
struct Run {
    caller: usize,
    life: usize,
    started_at: Duration,
    /// `None` after the exchange has ended or the caller has crashed.
    exchange: Option<Box<dyn AnyExchange>>,
    /// How the exchange ended: `Some(None)` is a success.
    end: Option<Option<Outcome>>,
    steps: u32,
    /// The number of requests sent.
    sent: usize,
    /// The number of the message whose response is awaited, or 0.
    waits_for: u64,
    attempts: u32,
    fetches: u32,
    fetching: bool,
    /// The error of the wall clock when the last fetch began.
    clock_at_fetch: i64,
    /// The number of requests of the operation that reached the platform.
    reached: u32,
    /// Whether one of the requests created the coupon or favor.
    created: bool,
}

impl<'a> World<'a> {
    /// Runs a plan to its end, or until a check fails.
    pub(crate) fn run(plan: &'a Plan) -> Result<Self, String> {
        let sandbox = LocalSandbox::new(&CREDENTIALS, Some(TIMESTAMP));
        let mut world = Self {
            plan,
            stock_id: sandbox.running_stock(),
            client: client(&sandbox, plan.knows),
            sandbox,
            time: Duration::ZERO,
            clock: 0,
            paused: false,
            agenda: BTreeMap::new(),
            counter: 0,
            runs: Vec::new(),
            crashes: 0,
            fetches: 0,
            late: 0,
        };
        for (time, event) in &plan.events {
            world.schedule(Duration::from_millis(*time), Next::Event(*event));
        }
        for caller in 0..plan.callers.len() {
            world.start_life(caller, 0);
        }
        while let Some(((time, _), next)) = world.agenda.pop_first() {
            world.time = time;
            world.handle(next)?;
        }
        world.check_no_duplicates()?;
        Ok(world)
    }

    /// The results of the exchanges that ended. `None` is a success.
    pub(crate) fn ends(&self) -> impl Iterator<Item = Option<Outcome>> {
        self.runs.iter().filter_map(|run| run.end)
    }

    fn handle(&mut self, next: Next) -> Result<(), String> {
        match next {
            Next::Begin { caller, life } => {
                let own = self.plan.callers[caller].lives[life].own_client;
                let client = if own { client(&self.sandbox, self.plan.knows) } else { self.client.clone() };
                let exchange = match self.plan.callers[caller].wants {
                    Wants::Coupon(number) => {
                        exchange(&client, &self.coupon(number), |a| a.coupon_id.as_str())
                    }
                    Wants::Favor(number) => exchange(&client, &favor(number), |a| a.stock_id.as_str()),
                };
                self.runs.push(Run {
                    caller,
                    life,
                    started_at: self.time,
                    exchange: Some(exchange),
                    ..Run::default()
                });
                self.schedule(Duration::ZERO, Next::Poll { run: self.runs.len() - 1 });
            }
            Next::Poll { run } => self.poll(run)?,
            Next::Arrive { run, message, request, trip, deadline } => {
                self.arrive(run, message, request, trip, deadline)?;
            }
            Next::Receive { run, message, result } => {
                let now = self.wall_clock();
                if self.runs[run].waits_for == message && self.next_step(run) {
                    self.runs[run].fetching = false;
                    self.runs[run].waits_for = 0;
                    self.runs[run].exchange.as_mut().unwrap().receive(result, now);
                    self.poll(run)?;
                }
            }
            Next::Event(Event::Rotate) => {
                self.sandbox.rotate();
            }
            Next::Event(Event::Forget) => {
                let keys = self.client.platform();
                for serial in keys.serials() {
                    keys.remove(&serial);
                }
            }
            Next::Event(event @ (Event::Pause | Event::Restart)) => {
                let (id, mchid) = (self.stock_id.clone(), CREDENTIALS.mchid().into());
                let paused = matches!(event, Event::Pause);
                match (self.paused, paused) {
                    (false, true) => drop(self.sandbox.execute(&PauseStock::new(id, mchid))),
                    (true, false) => drop(self.sandbox.execute(&RestartStock::new(id, mchid))),
                    _ => {}
                }
                self.paused = paused;
            }
            Next::Event(Event::Clock(seconds)) => self.clock += seconds,
        }
        Ok(())
    }

    fn poll(&mut self, index: usize) -> Result<(), String> {
        if !self.next_step(index) {
            return Ok(());
        }
        let (elapsed, now) = (self.time - self.runs[index].started_at, self.wall_clock());
        self.counter += 1;
        let mut entropy = [0; 16];
        entropy[..8].copy_from_slice(&self.counter.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes());
        let stamp = Stamp { unix_seconds: now, nonce: Nonce::from_entropy(entropy) };
        let step = self.runs[index].exchange.as_mut().unwrap().poll(elapsed, stamp);
        let life = self.life(index);
        match step {
            AnyStep::Send { request, reason, timeout } => {
                let trip = life.trips.get(self.runs[index].sent).copied();
                let trip = trip.unwrap_or(Trip { out: 0, fault: Fault::None, back: 0 });
                if timeout.is_zero() || elapsed + timeout > TOTAL {
                    return self
                        .fail(index, &format!("sends a request with {timeout:?} left at {elapsed:?}"));
                }
                self.record_sent(index, reason)?;
                let message = self.runs[index].waits_for;
                let (out, deadline) = (Duration::from_millis(trip.out), self.time + timeout);
                let failure = |kind: TransportErrorKind| Next::Receive {
                    run: index,
                    message,
                    result: Err(kind.into()),
                };
                if let Fault::NoConnection = trip.fault {
                    self.schedule(out.min(timeout), failure(TransportErrorKind::NotSent));
                } else {
                    if out >= timeout {
                        self.schedule(timeout, failure(TransportErrorKind::MaybeSent));
                    }
                    let arrive = Next::Arrive { run: index, message, request, trip, deadline };
                    self.schedule(out, arrive);
                }
            }
            AnyStep::Sleep(duration) => {
                let late = Duration::from_millis(life.oversleeps);
                self.schedule(duration + late, Next::Poll { run: index });
            }
            AnyStep::Done(result) => {
                self.record_end(index, elapsed, result)?;
                self.next_life(index);
            }
        }
        Ok(())
    }

    fn arrive(
        &mut self,
        index: usize,
        message: u64,
        request: Box<Request<Bytes>>,
        trip: Trip,
        deadline: Duration,
    ) -> Result<(), String> {
        let wants = self.plan.callers[self.runs[index].caller].wants;
        let fetch = request.uri().path() == "/v3/certificates";
        let before = self.ids(wants).len();
        if let Fault::Sandbox(fault) = trip.fault {
            self.sandbox.fault("*", fault);
        }
        let wire = self.sandbox.sandbox.respond(*request, TIMESTAMP + self.time.as_secs());
        let created = self.ids(wants).len() > before;
        let run = &mut self.runs[index];
        if run.waits_for != message || run.exchange.is_none() {
            self.late += 1;
        }
        if !fetch {
            run.reached += 1;
            run.created |= created;
            self.check_outcome(index)?;
        }
        if self.time < deadline {
            let left = deadline - self.time;
            let (result, after) = deliver(wire, left, 1024 * 1024);
            let after = after + Duration::from_millis(trip.back);
            let result = if after < left { result } else { Err(TransportErrorKind::MaybeSent.into()) };
            self.schedule(after.min(left), Next::Receive { run: index, message, result });
        }
        Ok(())
    }

    /// Counts a step. Returns false if the exchange has ended, or if the caller has crashed or crashes at this step.
    fn next_step(&mut self, index: usize) -> bool {
        let crash = self.life(index).crash;
        let run = &mut self.runs[index];
        run.steps += 1;
        if run.exchange.is_some() && crash.is_some_and(|step| run.steps >= step) {
            run.exchange = None;
            self.crashes += 1;
            self.next_life(index);
        }
        self.runs[index].exchange.is_some()
    }

    fn next_life(&mut self, index: usize) {
        let Run { caller, life, .. } = self.runs[index];
        self.start_life(caller, life + 1);
    }

    fn start_life(&mut self, caller: usize, life: usize) {
        if let Some(plan) = self.plan.callers[caller].lives.get(life) {
            self.schedule(Duration::from_millis(plan.pause), Next::Begin { caller, life });
        }
    }

    fn life(&self, index: usize) -> &'a Life {
        let run = &self.runs[index];
        &self.plan.callers[run.caller].lives[run.life]
    }

    fn schedule(&mut self, duration: Duration, next: Next) {
        self.counter += 1;
        self.agenda.insert((self.time + duration, self.counter), next);
    }

    fn wall_clock(&self) -> UnixSeconds {
        (TIMESTAMP + self.time.as_secs()).checked_add_signed(self.clock).unwrap()
    }

    fn coupon(&self, number: u8) -> SendCoupon {
        let (mchid, appid) = (CREDENTIALS.mchid().into(), CREDENTIALS.appid().into());
        let number = format!("n-{number}");
        SendCoupon::new(RequiredCouponFields {
            openid: "o".into(),
            appid,
            stock_id: self.stock_id.clone(),
            stock_creator_mchid: mchid,
            out_request_no: number.as_str().into(),
        })
    }
}
