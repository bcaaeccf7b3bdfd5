use std::fmt;
use std::thread;
use std::time::{Duration, Instant};

use wechatpay_core::bulk::{
    Batch, Health, Intent, IntentId, Lease, Order, Policy, Record, Recorded, Reservation, Starts, Store,
};
use wechatpay_core::cashcoupons::SendCoupon;
use wechatpay_core::error::CryptoError;
use wechatpay_core::types::Mchid;

use super::clock::Offset;
use super::config::Settings;
use super::db::Session;
use super::lanes::{self, Lanes, Next};
use super::lock::{self, join};
use super::pace::Trip;
use crate::ledger::request::Requests;
use crate::ledger::sql::{Failure, Sql, campaigns, from_sql, intents, record, to_sql};
use crate::ledger::{Campaign, LedgerError, Location, StorageProblem, lane};

/// After what time a worker asks for more time for its lanes. It has them for three times as long.
const RENEW: Duration = Duration::from_secs(10);
/// How long a worker waits for a database that is away, and how often it tries.
const AWAY: Duration = Duration::from_secs(60);
const TRY: Duration = Duration::from_millis(500);
/// After what time no more intents are collected for the sender, if it has some.
const LEASING: Duration = Duration::from_secs(1);

/// One campaign of a [`PostgresLedger`](super::PostgresLedger), for a sender: a worker. It has a connection of its own.
///
/// Workers share the users of a campaign and the pace. When the database is away, a worker waits for it for a minute, and
/// sends nothing.
pub struct PostgresStore {
    link: Link,
    location: Location,
    id: i64,
    campaign: Campaign,
    requests: Requests,
    policy: Policy,
    worker: i64,
    offset: Offset,
    lanes: Lanes,
    /// How many lanes are taken next.
    taking: usize,
    renewed: Instant,
    trip: Trip,
    /// What this worker last wrote of the health of the campaign.
    health: Health,
}

/// A connection that is made again when it is lost.
struct Link {
    settings: Settings,
    session: Option<Session>,
    /// Since when the database is away.
    away: Option<Instant>,
}

impl Link {
    fn session(&mut self) -> Result<&mut Session, Failure> {
        if self.session.as_ref().is_none_or(Session::is_closed) {
            self.session = None;
            let session = Session::open(&self.settings)?;
            // So others see that a run is under way.
            join(&session, &lock::key(&self.settings.schema))?;
            self.session = Some(session);
        }
        // It was just put there.
        self.session.as_mut().ok_or(Failure::Foreign)
    }

    /// Does what can be done again, until it succeeds or the database is away for too long. After that it is tried once.
    fn persist<T>(&mut self, mut work: impl FnMut(&mut Session) -> Result<T, Failure>) -> Result<T, Failure> {
        let began = instant();
        loop {
            let done = self.session().and_then(&mut work);
            match done {
                Err(Failure::Database(StorageProblem::Unreachable, source)) => {
                    self.session = None;
                    if self.away.get_or_insert(began).elapsed() >= AWAY {
                        return Err(Failure::Database(StorageProblem::Unreachable, source));
                    }
                    wait(TRY);
                }
                // Another transaction was in the way, and this one was not kept.
                Err(Failure::Database(StorageProblem::Busy, _)) if began.elapsed() < AWAY => {}
                done => {
                    self.away = None;
                    return done;
                }
            }
        }
    }
}

impl PostgresStore {
    pub(super) fn new(
        settings: &Settings,
        location: &Location,
        mchid: &Mchid,
        name: &str,
        worker: &str,
        policy: &Policy,
    ) -> Result<Self, LedgerError> {
        let mut link = Link { settings: settings.clone(), session: None, away: None };
        let opened = link.session().and_then(|session| {
            let offset = Offset::measure(session)?;
            let (id, campaign, worker) = session.write(|sql| {
                let (id, campaign) = campaigns::named(sql, name)?;
                let now = sql.now();
                let new = format!(
                    "INSERT INTO worker(name, campaign, began_at, seen_at) VALUES (?1, ?2, {now}, {now}) RETURNING id"
                );
                let worker = sql.first(&new, &[worker.into(), id.into()], |row| row.get(0))?;
                Ok((id, campaign, worker.ok_or(Failure::Foreign)?))
            })?;
            Ok((offset, id, campaign, worker))
        });
        let (offset, id, campaign, worker) = opened.map_err(|failure| failure.at(location))?;
        Ok(Self {
            link,
            location: location.clone(),
            id,
            requests: campaigns::requests(mchid, &campaign),
            policy: policy.clone(),
            worker,
            offset,
            lanes: Lanes::default(),
            taking: 1,
            renewed: instant(),
            trip: Trip::default(),
            health: campaign.health.clone(),
            campaign,
        })
    }

    /// Returns the campaign as it was when the store was opened.
    pub fn campaign(&self) -> &Campaign {
        &self.campaign
    }

    /// Returns by how many milliseconds the clock of the database is ahead of the one of this machine. The ledger has the
    /// time of the database.
    pub fn clock_offset(&self) -> i64 {
        self.offset.millis()
    }

    /// Gives lanes back that are done, and asks for more time for the others.
    fn renew(&mut self) -> Result<(), Failure> {
        let done = self.lanes.done();
        if done.is_empty() && self.renewed.elapsed() < RENEW {
            return Ok(());
        }
        let worker = self.worker;
        let began = instant();
        let kept = self.link.persist(|session| session.write(|sql| Lanes::renew(sql, worker, &done)))?;
        self.renewed = began;
        self.lanes.keep(&kept);
        Ok(())
    }

    fn order(&mut self) -> Result<Order, Failure> {
        let id = self.id;
        self.link.persist(|session| session.read(|sql| campaigns::order(sql, id)))
    }

    /// Hands out intents of lanes that this worker has, and takes more lanes: more each time, because the database may be
    /// far away, and a lane may have few intents.
    fn hand_out(&mut self, most: usize) -> Result<Vec<Intent<SendCoupon>>, Failure> {
        let (worker, campaign, began) = (self.worker, self.id, instant());
        let mut all = Vec::new();
        // Attempts that wait to be recorded must not wait for long. The sender asks again.
        while all.len() < most && (all.is_empty() || began.elapsed() < LEASING) {
            let Some(next) = self.lanes.next() else {
                let (lanes, taking) = (&self.lanes, self.taking);
                let take = |sql: &dyn Sql| lanes.take(sql, worker, campaign, taking);
                let taken = self.link.persist(|session| session.write(take))?;
                if taken.is_empty() {
                    break;
                }
                self.taking = taking.saturating_mul(2).min(lanes::MOST);
                taken.into_iter().for_each(|taken| self.lanes.begin(taken));
                continue;
            };
            let wanted = most.saturating_sub(all.len());
            let requests = &self.requests;
            let intents = self
                .link
                .persist(|session| session.read(|sql| page(sql, requests, campaign, &next, wanted)))?;
            let of_lanes = intents
                .iter()
                .map(|intent| Ok((lane(&intent.operation.openid)?.into(), to_sql(intent.id))))
                .collect::<Result<Vec<(i64, i64)>, CryptoError>>();
            let of_lanes = of_lanes.map_err(LedgerError::Crypto)?;
            let new = self.lanes.hand_out(&next.lanes, &of_lanes, intents.len() < wanted);
            all.extend(intents.into_iter().filter(|intent| new.contains(&to_sql(intent.id))));
        }
        if all.len() >= most {
            self.taking = 1;
        }
        for intent in &mut all {
            intent.history = self.offset.for_sender(&intent.history);
        }
        Ok(all)
    }

    /// Whether another worker has intents that this one may have to take over.
    fn is_anything_open(&mut self) -> Result<bool, Failure> {
        let id = self.id;
        let open = "SELECT 1 FROM intent WHERE campaign = ?1 AND standing IN ('planned', 'sending', 'retry') LIMIT 1";
        self.link
            .persist(|session| session.read(|sql| Ok(sql.first(open, &[id.into()], |_| Ok(()))?.is_some())))
    }
}

/// What is needed to keep a batch.
struct Keeping<'a> {
    lanes: &'a Lanes,
    worker: i64,
    campaign: i64,
    policy: &'a Policy,
    /// The health that was written last.
    health: &'a Health,
}

impl Keeping<'_> {
    /// Keeps a batch. Returns what was kept, the intents that are not those of this worker any more, and the order.
    fn keep(
        &self,
        sql: &dyn Sql,
        batch: &Batch,
        records: &[Record],
    ) -> Result<(Vec<record::Kept>, Vec<IntentId>, Order), Failure> {
        let began: Vec<i64> = record::begun(records).map(|(intent, _)| to_sql(intent)).collect();
        let lost = self.lanes.lost(sql, self.worker, &began)?;
        let lost: Vec<IntentId> = lost.into_iter().map(from_sql).collect();
        let records = record::without_lost(records, |intent| lost.contains(&intent));
        let kept = record::keep(sql, self.campaign, &records, self.policy, |_| None)?;
        if let Some(stop) = &batch.stop {
            campaigns::stop(sql, self.campaign, stop)?;
        }
        // Last, because all workers write it.
        if let Some(health) = batch.health.as_ref().filter(|health| *health != self.health) {
            let now = campaigns::health_for_update(sql, self.campaign)?;
            campaigns::set_health(sql, self.campaign, &now.with_changes(self.health, health))?;
        }
        Ok((kept, lost, campaigns::order(sql, self.campaign)?))
    }
}

/// The next intents of lanes.
fn page(
    sql: &dyn Sql,
    requests: &Requests,
    campaign: i64,
    next: &Next,
    most: usize,
) -> Result<Vec<Intent<SendCoupon>>, Failure> {
    let doubtful = if next.doubtful { "" } else { " AND standing <> 'doubtful'" };
    let statement = format!(
        "{} AND campaign = ?1 AND id > ?2 AND lane = ANY(CAST(string_to_array(CAST(?3 AS TEXT), ',') AS BIGINT[])){doubtful} \
         ORDER BY lane, id LIMIT ?4",
        intents::OPEN
    );
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let lanes = next.lanes.iter().map(i64::to_string).collect::<Vec<_>>().join(",");
    let values = [campaign.into(), next.last.into(), (&lanes).into(), most.into()];
    intents::read(sql, requests, &statement, &values)
}

impl Store<SendCoupon> for PostgresStore {
    type Error = LedgerError;

    fn lease(&mut self, most: usize) -> Result<Lease<SendCoupon>, LedgerError> {
        let leased = (|| {
            self.renew()?;
            let order = self.order()?;
            let intents = match order {
                Order::Go if most > 0 => self.hand_out(most)?,
                _ => Vec::new(),
            };
            let more = !intents.is_empty() || most == 0 || self.is_anything_open()?;
            Ok(Lease { intents, more, order })
        })();
        leased.map_err(|failure: Failure| failure.at(&self.location))
    }

    fn record(&mut self, batch: &Batch) -> Result<Recorded, LedgerError> {
        let in_ledger = |record: &Record| {
            let mut record = record.clone();
            record.fact = self.offset.to_ledger(record.fact);
            record
        };
        let records: Vec<Record> = batch.records.iter().map(in_ledger).collect();
        let renewed = self.renew();
        let Self { link, lanes, worker, id, policy, health, .. } = self;
        let keeping = Keeping { lanes, worker: *worker, campaign: *id, policy, health };
        let recorded = renewed
            .and_then(|()| link.persist(|session| session.write(|sql| keeping.keep(sql, batch, &records))));
        let (kept, lost, order) = recorded.map_err(|failure| failure.at(&self.location))?;
        if let Some(health) = &batch.health {
            self.health.clone_from(health);
        }
        for intent in kept {
            self.lanes.stands(to_sql(intent.intent), &intent.standing);
        }
        for intent in &lost {
            self.lanes.let_go(to_sql(*intent));
        }
        Ok(Recorded::from(order).with_lost(lost))
    }

    fn shares_pace(&self) -> bool {
        true
    }

    fn reserve(&mut self, reservation: &Reservation) -> Result<Starts, LedgerError> {
        let Self { link, trip, location, .. } = self;
        let starts = link.persist(|session| trip.reserve(session, reservation));
        starts.map_err(|failure| failure.at(location))
    }
}

impl Drop for PostgresStore {
    /// Gives everything back, so that others need not wait. If that fails, they wait.
    fn drop(&mut self) {
        let (worker, lanes) = (self.worker, self.lanes.quiet());
        if let Some(session) = self.link.session.as_mut().filter(|session| !session.is_closed()) {
            let _ = session.write(|sql| {
                lanes::give_back(sql, worker, &lanes)?;
                let ended = format!("UPDATE worker SET ended_at = {} WHERE id = ?1", sql.now());
                sql.execute(&ended, &[worker.into()])
            });
            lock::release(session);
        }
    }
}

impl fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresStore")
            .field("campaign", &self.campaign.name)
            .field("worker", &self.worker)
            .finish_non_exhaustive()
    }
}

#[expect(clippy::disallowed_methods, reason = "the time of leases, and how long a database is away")]
fn instant() -> Instant {
    Instant::now()
}

#[expect(clippy::disallowed_methods, reason = "until the database is tried again")]
fn wait(time: Duration) {
    thread::sleep(time);
}
