//! A store in memory, which fails when it is told to.

use crate::*;

/// All rows of a campaign. The number of an intent is its position.
pub(crate) struct Memory {
    pub(crate) rows: Vec<Row>,
    pub(crate) policy: Policy,
    pub(crate) health: Health,
    pub(crate) stop: Option<Stop>,
    pub(crate) trouble: Trouble,
    /// The progress as it was last reported.
    pub(crate) progress: Progress,
    /// How often something was recorded in this run.
    records: usize,
    handed_out: usize,
    interrupted: Arc<AtomicBool>,
}

pub(crate) struct Row {
    pub(crate) operation: SendCoupon,
    pub(crate) facts: Vec<Fact>,
}

/// What happens at the nth recording of a run, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Trouble {
    None,
    /// Nothing is kept, once.
    FailsAt(usize),
    /// Nothing is kept any more.
    FailsFrom(usize),
    /// The batch is kept, but its caller hears of an error.
    KeepsAndFailsAt(usize),
    /// A person pauses the campaign.
    PausesAt(usize),
    /// The program is interrupted.
    InterruptsAt(usize),
}

impl Memory {
    pub(crate) fn new(coupons: impl IntoIterator<Item = SendCoupon>, policy: Policy) -> Self {
        let rows = coupons.into_iter().map(|operation| Row { operation, facts: Vec::new() }).collect();
        Self {
            rows,
            policy,
            health: Health::default(),
            stop: None,
            trouble: Trouble::None,
            progress: Progress::default(),
            records: 0,
            handed_out: 0,
            interrupted: Arc::default(),
        }
    }

    /// Sends what is left, with this trouble.
    pub(crate) fn run(&mut self, driver: &impl Driver, trouble: Trouble) -> Result<End, String> {
        self.begin_run(trouble);
        let (interrupted, mut reports) = (Arc::clone(&self.interrupted), Vec::new());
        let sender = Sender::new(self.policy.clone(), self.health.clone());
        let interrupt = || interrupted.load(Ordering::SeqCst);
        let end = driver.send_all(sender, self, interrupt, |progress| reports.push(progress.clone()));
        self.progress = reports.pop().unwrap();
        end
    }

    /// Hands everything out again that is not final.
    pub(crate) fn begin_run(&mut self, trouble: Trouble) {
        (self.trouble, self.records, self.handed_out) = (trouble, 0, 0);
        self.interrupted = Arc::default();
    }

    /// Sends what is left, to the end.
    pub(crate) fn complete(&mut self, driver: &impl Driver) {
        assert_eq!(self.run(driver, Trouble::None), Ok(End::Complete));
    }
}

impl Store<SendCoupon> for Memory {
    type Error = String;

    fn lease(&mut self, most: usize) -> Result<Lease<SendCoupon>, String> {
        let mut intents = Vec::new();
        while let Some(row) = self.rows.get(self.handed_out).filter(|_| intents.len() < most) {
            if !row.standing(&self.policy).is_final() {
                let (operation, history) = (row.operation.clone(), row.history());
                intents.push(Intent { id: self.handed_out as u64, operation, history });
            }
            self.handed_out += 1;
        }
        Ok(Lease { intents, more: self.handed_out < self.rows.len(), order: Order::Go })
    }

    fn record(&mut self, batch: &Batch) -> Result<Recorded, String> {
        self.records += 1;
        let fails = match self.trouble {
            Trouble::FailsAt(number) => self.records == number,
            Trouble::FailsFrom(number) => self.records >= number,
            _ => false,
        };
        if fails {
            return Err("the disk is full".to_owned());
        }
        for record in &batch.records {
            let facts = &mut self.rows[usize::try_from(record.intent).unwrap()].facts;
            if !facts.contains(&record.fact) {
                facts.push(record.fact.clone());
            }
        }
        self.health = batch.health.clone().unwrap_or_else(|| self.health.clone());
        self.stop = self.stop.take().or_else(|| batch.stop.clone());
        match self.trouble {
            Trouble::KeepsAndFailsAt(number) if self.records == number => {
                return Err("the connection was lost".to_owned());
            }
            Trouble::PausesAt(number) if self.records >= number => return Ok(Order::Pause.into()),
            Trouble::InterruptsAt(number) if self.records >= number => {
                self.interrupted.store(true, Ordering::SeqCst);
            }
            _ => {}
        }
        Ok(Order::Go.into())
    }
}

impl Row {
    pub(crate) fn history(&self) -> History {
        let mut history = History::default();
        self.facts.iter().cloned().for_each(|fact| history.add(fact));
        history
    }

    pub(crate) fn standing(&self, policy: &Policy) -> Standing {
        self.history().standing(policy)
    }

    /// How the attempts ended. `None` is an attempt whose end is not recorded.
    pub(crate) fn attempts(&self) -> Vec<Option<Verdict>> {
        let mut attempts = BTreeMap::new();
        for fact in &self.facts {
            match fact {
                Fact::Began { attempt, .. } => {
                    attempts.entry(*attempt).or_insert(None);
                }
                Fact::Ended { attempt, verdict, .. } => {
                    let end = attempts.get_mut(attempt).expect("what ends was recorded before it began");
                    *end = Some(verdict.clone());
                }
                _ => {}
            }
        }
        attempts.into_values().collect()
    }

    /// How many requests were sent, by what is recorded.
    pub(crate) fn sent(&self) -> usize {
        let sent = |end: &Option<Verdict>| !matches!(end, Some(Verdict::Withdrawn | Verdict::NotSent));
        self.attempts().iter().filter(|end| sent(end)).count()
    }
}
