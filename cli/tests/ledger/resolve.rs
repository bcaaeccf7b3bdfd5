//! What people say about intents, and which commands they gave.

use wechatpay_cli::ledger::{Author, Ledger as _, LedgerError, Resolution, Resolved, Selection};
use wechatpay_core::bulk::{Decision, Fact, Policy, Standing, Store as _, Verdict};

use super::common::{Kept, NOW, batch, began, ended, sent, standings};

const AFTER: u64 = NOW + 1_000_000;

/// Of five users, the first has a coupon, two are doubtful, one is under way, and one is planned.
fn mixed() -> Kept {
    let kept = Kept::with_users(5);
    let mut facts = vec![(1, began(1, NOW)), (1, sent(1, "1")), (4, began(1, NOW))];
    for intent in [2, 3] {
        facts.extend([(intent, began(1, NOW)), (intent, ended(1, NOW, Verdict::Unknown { failed: false }))]);
        facts.extend([(intent, began(2, NOW)), (intent, ended(2, NOW + 200, Verdict::Invalid))]);
    }
    kept.holding().record(&batch(facts)).unwrap();
    kept
}

fn resolve_at(
    kept: &mut Kept,
    selection: Selection,
    resolution: Resolution,
    at: u64,
) -> Result<(u64, u64), LedgerError> {
    let author = Author { who: "li".into(), note: "asked the user".into(), at };
    let lock = kept.ledger.lock_run().unwrap();
    let resolved = kept.ledger.resolve(&lock, "c", &selection, &resolution, &author, &Policy::default())?;
    let Resolved { changed, unchanged, .. } = resolved;
    Ok((changed, unchanged))
}

fn resolve(kept: &mut Kept, selection: Selection, resolution: Resolution) -> Result<(u64, u64), LedgerError> {
    resolve_at(kept, selection, resolution, AFTER)
}

fn a_decision_counts_where_it_has_an_effect() {
    let mut kept = mixed();
    let doubtful = || Selection::Standing("doubtful".into());
    let not_sent = || Resolution::Decided(Decision::NotSent);
    assert_eq!(resolve(&mut kept, Selection::Id(3), not_sent()).unwrap(), (1, 0));
    assert_eq!(resolve(&mut kept, doubtful(), Resolution::Decided(Decision::Repeat)).unwrap(), (1, 0));
    assert_eq!(resolve(&mut kept, Selection::All, Resolution::Decided(Decision::Cancel)).unwrap(), (1, 4));
    let expected = [
        Standing::Sent("1".into()),
        Standing::Retry(AFTER),
        Standing::Refused,
        Standing::Sending,
        Standing::Cancelled,
    ];
    // Cancelling came last. It is not kept for what was tried, so the former decisions still count.
    assert_eq!(standings(&mut kept.ledger), expected);
    assert!(kept.ledger.check().unwrap().is_sound());
    // A coupon that is heard of late beats the decision.
    kept.holding().record(&batch([(3, Fact::Found("3".into()))])).unwrap();
    assert_eq!(standings(&mut kept.ledger)[2], Standing::Sent("3".into()));
}

fn a_decision_counts_although_the_clock_was_set_back() {
    let mut kept = mixed();
    let decided = Resolution::Decided(Decision::NotSent);
    assert_eq!(resolve_at(&mut kept, Selection::Id(2), decided, NOW - 600_000).unwrap(), (1, 0));
    assert_eq!(standings(&mut kept.ledger)[1], Standing::Refused);
}

fn a_coupon_that_was_found_belongs_to_one_intent() {
    let mut kept = mixed();
    let error = resolve(&mut kept, Selection::Id(2), Resolution::Found("1".into())).unwrap_err();
    assert_eq!(error.to_string(), "the coupon 1 is that of intent 1");
    let doubtful = Selection::Standing("doubtful".into());
    let error = resolve(&mut kept, doubtful, Resolution::Found("2".into())).unwrap_err();
    assert!(matches!(error, LedgerError::OneIntent(2)), "{error}");
    assert_eq!(resolve(&mut kept, Selection::Id(2), Resolution::Found("2".into())).unwrap(), (1, 0));
    assert_eq!(resolve(&mut kept, Selection::Id(2), Resolution::Found("2".into())).unwrap(), (0, 1));
    assert_eq!(standings(&mut kept.ledger)[1], Standing::Sent("2".into()));
}

fn commands_are_noted() {
    let mut kept = Kept::new();
    kept.ledger.note("li", "send plan", "{\"campaign\":\"c\"}").unwrap();
    kept.ledger.note("wang", "send run", "").unwrap();
    let notes = kept.ledger.notes().unwrap();
    let notes: Vec<_> = notes.iter().map(|note| (note.who.as_str(), note.command.as_str())).collect();
    assert_eq!(notes, [("li", "send plan"), ("wang", "send run")]);
}

everywhere!(
    a_decision_counts_where_it_has_an_effect,
    a_decision_counts_although_the_clock_was_set_back,
    a_coupon_that_was_found_belongs_to_one_intent,
    commands_are_noted,
);
