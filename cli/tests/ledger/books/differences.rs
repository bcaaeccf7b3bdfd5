//! How differences become open, closed and gone.

use wechatpay_cli::ledger::{Author, DifferenceState, Ledger as _, LedgerError};

use super::made_up::{Books, LATER, USES};

fn author(note: &str) -> Author {
    Author { who: "zhang".to_owned(), note: note.to_owned(), at: LATER + 1 }
}

/// With an open U3 and an open R1.
fn differing() -> Books {
    let mut books = Books::sent();
    books.uses("", &[USES[0], USES[1], USES[2], ("9", "t9", "1.00", "2026-11-23 10:00:00")]);
    books.stock(|stock| {
        stock["distributed_coupons"] = 4.into();
        stock["stock_use_rule"]["max_amount"] = 1000.into();
    });
    books
}

fn comparing_twice_adds_nothing() {
    let mut books = differing();
    let first = books.kept.ledger.reconcile("c", LATER).unwrap();
    assert_eq!((first.open, first.new, first.closed, first.gone), (2, 2, 0, 0));
    let before = books.kept.dump();
    let second = books.kept.ledger.reconcile("c", LATER).unwrap();
    assert_eq!((second.open, second.new, second.closed, second.gone), (2, 0, 0, 0));
    assert_eq!(books.kept.dump(), before);
}

fn comparing_changes_no_intent() {
    let mut books = differing();
    let before = books.kept.export("c");
    books.open();
    assert_eq!(books.kept.export("c"), before);
    assert!(books.kept.ledger.check().unwrap().is_sound());
}

fn a_difference_is_closed_with_a_note_and_stays_closed() {
    let mut books = differing();
    assert_eq!(books.open(), ["R1 9865000", "U3 9/t9"]);
    let id = books.all().iter().find(|it| it.key == "9/t9").unwrap().id;
    let error = books.kept.ledger.close_difference("c", id, &author(" ")).unwrap_err();
    assert!(matches!(error, LedgerError::NoNote), "{error}");
    books.kept.ledger.close_difference("c", id, &author("sent by hand")).unwrap();
    assert_eq!(books.open(), ["R1 9865000"]);
    let all = books.all();
    let closed = all.iter().find(|it| it.id == id).unwrap();
    assert_eq!(closed.state, DifferenceState::Closed);
    assert_eq!((closed.who.as_deref(), closed.note.as_deref()), (Some("zhang"), Some("sent by hand")));
    assert_eq!((closed.first_seen, closed.closed_at), (LATER, Some(LATER + 1)));
    let error = books.kept.ledger.close_difference("c", id, &author("again")).unwrap_err();
    assert!(matches!(error, LedgerError::NoDifference(_)), "{error}");
}

fn a_closed_difference_that_says_something_else_is_open_again() {
    let mut books = differing();
    books.open();
    let id = books.all().iter().find(|it| it.key == "9865000").unwrap().id;
    books.kept.ledger.close_difference("c", id, &author("one was sent by hand")).unwrap();
    assert_eq!(books.open(), ["U3 9/t9"]);
    books.stock(|stock| {
        stock["distributed_coupons"] = 9.into();
        stock["stock_use_rule"]["max_amount"] = 1000.into();
    });
    assert_eq!(books.open(), ["R1 9865000", "U3 9/t9"]);
    let all = books.all();
    let again = all.iter().find(|it| it.id == id).unwrap();
    assert_eq!((again.first_seen, again.closed_at, again.note.as_deref()), (LATER, None, None));
}

fn a_difference_that_has_vanished_is_gone_and_can_come_back() {
    let mut books = differing();
    books.open();
    books.stock(|stock| stock["stock_use_rule"]["max_amount"] = 1000.into());
    let kept = books.kept.ledger.reconcile("c", LATER + 5).unwrap();
    assert_eq!((kept.open, kept.gone), (1, 1));
    let all = books.all();
    let gone = all.iter().find(|it| it.key == "9865000").unwrap();
    assert_eq!((gone.state, gone.gone_at), (DifferenceState::Gone, Some(LATER + 5)));
    assert_eq!(books.kept.ledger.reconcile("c", LATER + 6).unwrap().gone, 0, "it is counted once");
    books.stock(|stock| {
        stock["distributed_coupons"] = 4.into();
        stock["stock_use_rule"]["max_amount"] = 1000.into();
    });
    assert_eq!(books.open(), ["R1 9865000", "U3 9/t9"]);
    assert_eq!(books.all().len(), 2);
}

fn after_two_coupons_for_one_number_a_person_lets_the_campaign_go_on() {
    let mut books = Books::closed();
    books.kept.sql("INSERT INTO settlement(intent, at, fact) VALUES (2, 0, '{\"found\":\"7\"}')");
    assert!(books.kept.ledger.reconcile("c", LATER).unwrap().stopped);
    books.kept.ledger.resume("c").unwrap();
    assert!(books.kept.ledger.reconcile("c", LATER).unwrap().stopped, "nobody has looked at it");
    let id = books.all()[0].id;
    books.kept.ledger.close_difference("c", id, &author("the second one was revoked")).unwrap();
    books.kept.ledger.resume("c").unwrap();
    assert!(!books.kept.ledger.reconcile("c", LATER).unwrap().stopped);
    assert!(books.kept.ledger.campaign("c").unwrap().stop.is_none());
}

fn campaigns_have_books_of_their_own() {
    let mut books = differing();
    books.kept.plan("d", "openid\no8\n").unwrap();
    books.open();
    let id = books.all()[0].id;
    let error = books.kept.ledger.close_difference("d", id, &author("x")).unwrap_err();
    assert!(matches!(error, LedgerError::NoDifference(_)), "{error}");
    let error = books.kept.ledger.reconcile("e", LATER).unwrap_err();
    assert!(matches!(error, LedgerError::NoCampaign(_)), "{error}");
}

everywhere!(
    comparing_twice_adds_nothing,
    comparing_changes_no_intent,
    a_difference_is_closed_with_a_note_and_stays_closed,
    a_closed_difference_that_says_something_else_is_open_again,
    a_difference_that_has_vanished_is_gone_and_can_come_back,
    after_two_coupons_for_one_number_a_person_lets_the_campaign_go_on,
    campaigns_have_books_of_their_own,
);
