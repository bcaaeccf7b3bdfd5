//! Searches for the message that was signed: the right one with one change, then with two.

use crate::diagnosis::message::{BODY, Lines, METHOD, NONCE, Shape, TARGET, TIMESTAMP};
use crate::diagnosis::proof::{Again, Proof};
use crate::diagnosis::variation::{Mistake, Variation};

/// Limits of one search, which also bound the memory.
const MAX_CANDIDATES: u32 = 200_000;
const MAX_HASHED: usize = 96 * 1024 * 1024;
const MAX_KEPT: usize = 8 * 1024 * 1024;
/// Each candidate with a larger body costs so much that its likely variations are tried before those of the other lines,
/// which would use up the limits.
const LARGE_BODY: usize = 16 * 1024;
const LIKELY_BODIES: usize = 120;
/// Those that do not depend on what the body says, and are short.
const SIMPLE_BODIES: usize = 5;

/// A change of one line, or of the shape.
#[derive(Clone, Copy)]
pub(crate) enum Change<'a> {
    Line(usize, &'a Variation),
    Shape(&'a Shape, Mistake),
}

/// A mistake that was made, and the line that was signed instead if it is in one line.
pub(crate) struct Made {
    pub(crate) mistake: Mistake,
    pub(crate) line: Option<(usize, Vec<u8>)>,
}

/// The message that was signed.
pub(crate) struct Signed {
    pub(crate) mistakes: Vec<Made>,
    pub(crate) again: Option<Again>,
    pub(crate) message: Vec<u8>,
}

pub(crate) enum Outcome {
    Found(Signed),
    Unknown,
    /// The search ended before all candidates were tried.
    Unfinished,
}

/// What may have been changed. The body's variations are made when they are needed.
pub(crate) struct Axes<'a> {
    pub(crate) shapes: Vec<(Shape, Mistake)>,
    pub(crate) methods: Vec<Variation>,
    pub(crate) targets: Vec<Variation>,
    pub(crate) timestamps: Vec<Variation>,
    pub(crate) nonces: Vec<Variation>,
    pub(crate) bodies: Box<dyn Iterator<Item = Variation> + 'a>,
    /// The variations of another target, for two mistakes in it.
    pub(crate) targets_of: &'a dyn Fn(&str) -> Vec<Variation>,
}

/// Why a search stops.
enum Stop {
    Found(Signed),
    Limit,
}

struct Search<'a> {
    proof: &'a Proof,
    lines: Lines<'a>,
    go_on: &'a mut dyn FnMut() -> bool,
    candidates: u32,
    hashed: usize,
    message: Vec<u8>,
    right: Shape,
}

/// Searches for the signed message. `go_on` is asked before each candidate.
pub(crate) fn search(
    proof: &Proof,
    lines: Lines<'_>,
    axes: Axes<'_>,
    go_on: &mut dyn FnMut() -> bool,
) -> Outcome {
    let message = Vec::new();
    let mut search = Search {
        proof,
        lines,
        go_on,
        candidates: MAX_CANDIDATES,
        hashed: MAX_HASHED,
        message,
        right: Shape::new(),
    };
    match search.all(axes) {
        Ok(()) => Outcome::Unknown,
        Err(Stop::Found(signed)) => Outcome::Found(signed),
        Err(Stop::Limit) => Outcome::Unfinished,
    }
}

impl Search<'_> {
    fn all(&mut self, axes: Axes<'_>) -> Result<(), Stop> {
        let Axes { shapes, methods, targets, timestamps, nonces, mut bodies, targets_of } = axes;
        self.attempt(&[], true)?;
        let large = self.lines.get(BODY).is_some_and(|body| body.len() > LARGE_BODY);
        let (mut kept, mut room) = (Vec::new(), MAX_KEPT);
        if large {
            self.bodies(&mut bodies.by_ref().take(SIMPLE_BODIES), &mut kept, &mut room)?;
        }
        for (shape, mistake) in &shapes {
            self.attempt(&[Change::Shape(shape, *mistake)], true)?;
        }
        if large {
            self.bodies(&mut bodies.by_ref().take(LIKELY_BODIES), &mut kept, &mut room)?;
        }
        let lines = [(METHOD, &methods), (TARGET, &targets), (NONCE, &nonces), (TIMESTAMP, &timestamps)];
        for (line, variations) in lines {
            for variation in variations {
                self.attempt(&[Change::Line(line, variation)], true)?;
            }
        }
        self.bodies(&mut bodies, &mut kept, &mut room)?;
        self.pairs(&shapes, &lines, &kept)?;
        for one in targets.iter().take(30) {
            let text = String::from_utf8_lossy(&one.value);
            for other in &targets_of(&text) {
                self.attempt(&[Change::Line(TARGET, one), Change::Line(TARGET, other)], false)?;
            }
        }
        Ok(())
    }

    /// Tries variations of the body, and keeps them for the pairs while there is room.
    fn bodies(
        &mut self,
        bodies: &mut dyn Iterator<Item = Variation>,
        kept: &mut Vec<Variation>,
        room: &mut usize,
    ) -> Result<(), Stop> {
        for variation in bodies {
            self.attempt(&[Change::Line(BODY, &variation)], true)?;
            if let Some(left) = room.checked_sub(variation.value.len()) {
                *room = left;
                kept.push(variation);
            }
        }
        Ok(())
    }

    fn pairs(
        &mut self,
        shapes: &[(Shape, Mistake)],
        [(_, m), (_, t), (_, n), (_, s)]: &[(usize, &Vec<Variation>); 4],
        bodies: &[Variation],
    ) -> Result<(), Stop> {
        fn on(line: usize, variations: &[Variation], most: usize) -> Vec<Change<'_>> {
            variations.iter().take(most).map(|variation| Change::Line(line, variation)).collect()
        }
        let shape = |most: usize| -> Vec<Change<'_>> {
            shapes.iter().take(most).map(|(shape, mistake)| Change::Shape(shape, *mistake)).collect()
        };
        let pairs = [
            (shape(28), on(BODY, bodies, 400)),
            (shape(28), on(TARGET, t, 400)),
            (on(METHOD, m, 12), on(TARGET, t, 400)),
            (on(METHOD, m, 12), on(BODY, bodies, 600)),
            (on(METHOD, m, 12), shape(28)),
            (on(TARGET, t, 120), on(BODY, bodies, 120)),
            (on(NONCE, n, 12), on(TARGET, t, 400)),
            (on(NONCE, n, 12), on(BODY, bodies, 400)),
            (on(NONCE, n, 12), shape(28)),
            (on(TIMESTAMP, s, 18), shape(28)),
            (on(TIMESTAMP, s, 18), on(TARGET, t, 400)),
            (on(TIMESTAMP, s, 18), on(BODY, bodies, 400)),
            (on(TIMESTAMP, s, 18), on(NONCE, n, 12)),
            (on(TIMESTAMP, s, 18), on(METHOD, m, 12)),
            (on(TARGET, t, 40), on(BODY, bodies, 1500)),
            (on(TARGET, t, 600), on(BODY, bodies, 60)),
        ];
        for (ones, others) in &pairs {
            for one in ones {
                for other in others {
                    self.attempt(&[*one, *other], false)?;
                }
            }
        }
        Ok(())
    }

    /// Checks whether the message with these changes was signed.
    fn attempt(&mut self, changes: &[Change<'_>], again: bool) -> Result<(), Stop> {
        let mut lines = self.lines;
        let mut shape = &self.right;
        for change in changes {
            match change {
                Change::Line(line, variation) => {
                    if let Some(place) = lines.get_mut(*line) {
                        *place = &variation.value;
                    }
                }
                Change::Shape(other, _) => shape = other,
            }
        }
        let len = lines.iter().fold(0_usize, |sum, line| sum.saturating_add(line.len()));
        self.candidates = self.candidates.checked_sub(1).ok_or(Stop::Limit)?;
        self.hashed = self.hashed.checked_sub(len).ok_or(Stop::Limit)?;
        if !(self.go_on)() {
            return Err(Stop::Limit);
        }
        shape.write(&lines, &mut self.message);
        let found = match self.proof.proves(&self.message) {
            true => Some(None),
            false if again => self.proof.proves_again(&self.message).map(Some),
            false => None,
        };
        let Some(again) = found else { return Ok(()) };
        let made = |change: &Change<'_>| match change {
            Change::Line(line, variation) => {
                Made { mistake: variation.mistake, line: Some((*line, variation.value.clone())) }
            }
            Change::Shape(_, mistake) => Made { mistake: *mistake, line: None },
        };
        Err(Stop::Found(Signed {
            mistakes: changes.iter().map(made).collect(),
            again,
            message: std::mem::take(&mut self.message),
        }))
    }
}
