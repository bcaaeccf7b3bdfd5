//! Lanes in PostgreSQL: whose they are while connections and workers come and go.

use wechatpay_cli::ledger::AnyStore;
use wechatpay_core::bulk::Store as _;

use super::common::{Kept, NOW, batch, began, in_postgres, pass, sent};

/// Ends an intent, so that its lane has nothing more to do, and lanes are looked at.
fn end(store: &mut AnyStore, intent: u64) {
    store.record(&batch([(intent, began(1, NOW)), (intent, sent(1, "9867041"))])).unwrap();
}

#[test]
fn lanes_that_were_taken_when_the_connection_was_lost_are_worked_on() {
    in_postgres(|| {
        let kept = Kept::with_users(7);
        let mut store = kept.store();
        let first = store.lease(1).unwrap().intents.remove(0).id;
        // It was written that this worker has all the others, and the answer never came.
        let taken = kept.sql(
            "UPDATE lane SET holder = (SELECT max(id) FROM worker), epoch = epoch + 1, until = 4102444800000 \
             WHERE holder IS NULL",
        );
        assert!(taken >= 249, "{taken}");
        assert!(store.lease(100).unwrap().more);
        end(&mut store, first);
        let mut all = pass(&mut store, 100);
        all.push(first);
        all.sort_unstable();
        assert_eq!(all, [1, 2, 3, 4, 5, 6, 7]);
    });
}

#[test]
fn what_was_in_hand_before_a_lane_was_lost_is_lost_also_if_the_lane_comes_back() {
    in_postgres(|| {
        let kept = Kept::with_users(7);
        let mut store = kept.store();
        assert_eq!(pass(&mut store, 100), [1, 2, 3, 4, 5, 6, 7]);
        // Another worker had all lanes but one meanwhile, tried an intent, and has gone.
        kept.sql(
            "UPDATE lane SET holder = NULL, epoch = epoch + 2, until = 0 \
             WHERE no NOT IN (SELECT lane FROM intent WHERE id = 1)",
        );
        kept.sql(
            "INSERT INTO attempt(intent, n, began_at, ended_at, verdict) VALUES (2, 1, 1, 2, '\"not_sent\"')",
        );
        end(&mut store, 1);
        // The lanes come back to this worker, whose sender still has their intents, and knows nothing of the attempt.
        assert_eq!(pass(&mut store, 100), [0; 0]);
        let lost = store.record(&batch([(2, began(1, NOW)), (3, began(1, NOW))])).unwrap().lost;
        assert_eq!(lost, [2, 3]);
        // From now on the sender has them no more, and gets them with all that is known.
        let intents = loop {
            let intents = store.lease(100).unwrap().intents;
            if intents.iter().any(|intent| intent.id == 2) {
                break intents;
            }
        };
        let two = intents.iter().find(|intent| intent.id == 2).unwrap();
        assert_eq!(two.history.last_end(), Some(2));
    });
}
