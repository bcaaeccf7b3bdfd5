//! Lists of operations that are implemented outside the core, with every driver, from a scripted server.

use http::Method;
use serde::{Deserialize, Serialize};
use wechatpay_core::{Offset, Totals};

use crate::*;

with_every_driver!(
    an_offset_that_counts_pages_goes_up_by_one,
    an_offset_that_counts_entries_goes_up_by_the_entries,
    a_list_that_contradicts_its_count_is_an_error_after_its_entries,
    a_list_without_a_count_ends_with_a_page_that_is_not_full,
);

/// A list whose `offset` counts pages or entries.
#[derive(Clone, Serialize)]
struct List<const ENTRIES: bool> {
    offset: u32,
    limit: u32,
}

type InPages = List<false>;
type InEntries = List<true>;

#[derive(Deserialize)]
struct Numbers {
    data: Option<Vec<u32>>,
    total_count: Option<i64>,
    limit: Option<i64>,
}

impl<const ENTRIES: bool> Operation for List<ENTRIES> {
    const NAME: &'static str = "numbers.list";
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/v3/numbers";
    const IDEMPOTENT: bool = true;
    type Response = Numbers;
}

impl<const ENTRIES: bool> Paged for List<ENTRIES> {
    const OFFSET: Offset = if ENTRIES { Offset::Entries } else { Offset::Pages };
    type Item = u32;

    fn position(&self) -> (u32, u32) {
        (self.offset, self.limit)
    }

    fn at(self, offset: u32) -> Self {
        Self { offset, ..self }
    }

    fn totals(page: &Numbers) -> Totals {
        Totals::new(page.total_count, page.limit)
    }

    fn items(page: Numbers) -> Vec<u32> {
        page.data.unwrap_or_default()
    }
}

/// Reads the list that `first` requests from a server that sends these bodies. Returns the numbers, the error at the
/// end, and the targets of the requests.
fn read<D: Driver>(
    first: impl Paged<Item = u32, Response: Send> + 'static,
    bodies: &[&str],
) -> (Vec<u32>, Option<Error>, Vec<String>) {
    let (core, platform, _) = pair(now());
    let responses = bodies.iter().map(|body| wire(&platform.signed_response(200, body, now()))).collect();
    let server = Scripted::start(|_| responses);
    let mut entries = D::new(at(&core, &server.url)).entries(first);
    let error = entries.pop_if(|last| last.is_err()).map(Result::unwrap_err);
    let requests: Vec<_> = server.all().iter().map(|request| request.request().uri().to_string()).collect();
    (entries.into_iter().map(Result::unwrap).collect(), error, requests)
}

fn targets(offsets: &[u32]) -> Vec<String> {
    offsets.iter().map(|offset| format!("/v3/numbers?offset={offset}&limit=3")).collect()
}

fn an_offset_that_counts_pages_goes_up_by_one<D: Driver>() {
    for (first, bodies, expected, offsets) in [
        (
            0,
            [
                r#"{"total_count":7,"limit":3,"data":[1,2,3]}"#,
                r#"{"total_count":7,"limit":3,"data":[4,5,6]}"#,
                r#"{"total_count":7,"limit":3,"data":[7]}"#,
            ],
            vec![1, 2, 3, 4, 5, 6, 7],
            [0, 1, 2],
        ),
        // From the second page on. The platform's pages are smaller than requested.
        (
            1,
            [
                r#"{"total_count":7,"limit":2,"data":[3,4]}"#,
                r#"{"total_count":7,"limit":2,"data":[5,6]}"#,
                r#"{"total_count":7,"limit":2,"data":[7]}"#,
            ],
            vec![3, 4, 5, 6, 7],
            [1, 2, 3],
        ),
    ] {
        let (numbers, error, requests) = read::<D>(InPages { offset: first, limit: 3 }, &bodies);
        assert!(error.is_none(), "{error:?}");
        assert_eq!((numbers, requests), (expected, targets(&offsets)));
    }
}

fn an_offset_that_counts_entries_goes_up_by_the_entries<D: Driver>() {
    for (first, bodies, expected, offsets) in [
        (
            0,
            [
                r#"{"total_count":7,"limit":3,"data":[1,2,3]}"#,
                r#"{"total_count":7,"limit":3,"data":[4,5,6]}"#,
                r#"{"total_count":7,"limit":3,"data":[7]}"#,
            ],
            vec![1, 2, 3, 4, 5, 6, 7],
            [0, 3, 6],
        ),
        (
            2,
            [
                r#"{"total_count":7,"limit":2,"data":[3,4]}"#,
                r#"{"total_count":7,"limit":3,"data":[5]}"#,
                r#"{"total_count":7,"data":[6,7]}"#,
            ],
            vec![3, 4, 5, 6, 7],
            [2, 4, 5],
        ),
    ] {
        let (numbers, error, requests) = read::<D>(InEntries { offset: first, limit: 3 }, &bodies);
        assert!(error.is_none(), "{error:?}");
        assert_eq!((numbers, requests), (expected, targets(&offsets)));
    }
}

fn a_list_that_contradicts_its_count_is_an_error_after_its_entries<D: Driver>() {
    let assert_contradiction = |(numbers, error, requests): (Vec<u32>, Option<Error>, Vec<String>),
                                expected: (&[u32], &[u32], i64)| {
        assert_eq!((numbers.as_slice(), requests), (expected.0, targets(expected.1)));
        let error = error.expect("the list is not whole");
        let Error::List(list) = &error else { panic!("{error:?}") };
        assert_eq!((list.received(), list.total_count()), (numbers.len() as u64, expected.2));
        assert_eq!(error.outcome(), Outcome::Done);
    };
    let first = r#"{"total_count":7,"limit":3,"data":[1,2,3]}"#;
    for (bodies, expected) in [
        // No data, an empty page, a page with fewer entries, and one with more.
        (&[r#"{"total_count":7,"limit":3,"data":null}"#][..], (&[][..], &[0][..], 7)),
        (&[first, r#"{"total_count":8,"limit":3,"data":[]}"#], (&[1, 2, 3], &[0, 1], 8)),
        (&[first, r#"{"total_count":5,"limit":3,"data":[4]}"#], (&[1, 2, 3, 4], &[0, 1], 5)),
        (&[first, r#"{"total_count":5,"limit":3,"data":[1,2,3]}"#], (&[1, 2, 3, 1, 2, 3], &[0, 1], 5)),
    ] {
        assert_contradiction(read::<D>(InPages { offset: 0, limit: 3 }, bodies), expected);
    }
    // A list of entries goes on after a page with fewer entries.
    let short = [first, r#"{"total_count":5,"limit":3,"data":[4]}"#, r#"{"total_count":5,"limit":3}"#];
    assert_contradiction(
        read::<D>(InEntries { offset: 0, limit: 3 }, &short),
        (&[1, 2, 3, 4], &[0, 3, 4], 5),
    );
}

fn a_list_without_a_count_ends_with_a_page_that_is_not_full<D: Driver>() {
    let full = r#"{"data":[1,2,3]}"#;
    for last in [r#"{"data":[4]}"#, r#"{"data":[]}"#, "{}"] {
        let (numbers, error, requests) = read::<D>(InPages { offset: 0, limit: 3 }, &[full, last]);
        assert!(error.is_none() && numbers.starts_with(&[1, 2, 3]), "{error:?}");
        assert_eq!(requests, targets(&[0, 1]));
        let (_, error, requests) = read::<D>(InEntries { offset: 0, limit: 3 }, &[full, last]);
        assert!(error.is_none(), "{error:?}");
        assert_eq!(requests, targets(&[0, 3]));
    }
}
