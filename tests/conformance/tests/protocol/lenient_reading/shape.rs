//! Strategies for pairs of equivalent responses: in the documented form, and in a form that the platform may send.

use proptest::prelude::*;
use serde_json::{Map, Value};

/// The same response in two forms: as documented, and as the platform may send it.
pub(super) type Pair = BoxedStrategy<(Value, Value)>;

/// A field of an object, which may be absent in either form.
pub(super) struct Field(&'static str, BoxedStrategy<(Option<Value>, Option<Value>)>);

pub(super) fn required(name: &'static str, value: Pair) -> Field {
    Field(name, value.prop_map(|(strict, loose)| (Some(strict), Some(loose))).boxed())
}

/// A field that may be absent, in one of the ways in which an absent value may be written.
pub(super) fn optional(name: &'static str, value: Pair) -> Field {
    Field(name, prop_oneof![required(name, value).1, absent().prop_map(|loose| (None, loose))].boxed())
}

fn absent() -> impl Strategy<Value = Option<Value>> {
    prop::sample::select(vec![None, Some(Value::Null), Some("".into()), Some(Value::Array(Vec::new()))])
}

/// Like [`optional`], for a field that is no object. An empty object then means an absent value, too.
fn optional_unless_empty(name: &'static str, value: Pair) -> Field {
    let empty_object = Just((None, Some(Value::Object(Map::new()))));
    Field(name, prop_oneof![8 => optional(name, value).1, 1 => empty_object].boxed())
}

/// An object with these fields, and possibly with unknown fields.
pub(super) fn object<const N: usize>(fields: [Vec<Field>; N]) -> Pair {
    let (names, values): (Vec<_>, Vec<_>) =
        fields.into_iter().flatten().map(|Field(name, value)| (name, value)).unzip();
    let unknown = prop::collection::btree_map("new_[a-z]{0,4}", any_json(), 0..3);
    (values, unknown)
        .prop_map(move |(values, unknown)| {
            let (mut strict, mut loose) = (Map::new(), Map::from_iter(unknown));
            for (name, (as_documented, as_sent)) in names.iter().zip(values) {
                strict.extend(as_documented.map(|value| ((*name).to_owned(), value)));
                loose.extend(as_sent.map(|value| ((*name).to_owned(), value)));
            }
            (Value::Object(strict), Value::Object(loose))
        })
        .boxed()
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(2, 6, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::btree_map(any::<String>(), inner, 0..3)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

fn same(value: impl Strategy<Value = Value> + 'static) -> Pair {
    value.prop_map(|value| (value.clone(), value)).boxed()
}

/// A text that is not empty. If it is an integer, it may be sent as a number.
pub(super) fn any_text() -> Pair {
    let number = any::<i64>().prop_map(|number| (number.to_string().into(), number.into()));
    let large = any::<u64>().prop_map(|number| (number.to_string().into(), number.into()));
    prop_oneof![4 => same("(?s).{1,40}".prop_map(Value::from)), 1 => number, 1 => large].boxed()
}

pub(super) fn any_int() -> Pair {
    let loose = |(number, quoted): (i64, bool)| {
        (number.into(), if quoted { number.to_string().into() } else { number.into() })
    };
    any::<(i64, bool)>().prop_map(loose).boxed()
}

fn many(of: Pair) -> Pair {
    let lists = |(pairs, null): (Vec<_>, bool)| {
        let (strict, mut loose): (Vec<Value>, Vec<Value>) = pairs.into_iter().unzip();
        loose.extend(null.then_some(Value::Null));
        (strict.into(), loose.into())
    };
    (prop::collection::vec(of, 0..3), prop::bool::weighted(0.1)).prop_map(lists).boxed()
}

/// Fields of one kind. The names are separated by spaces.
fn each(names: &'static str, field: impl Fn(&'static str) -> Field) -> Vec<Field> {
    names.split(' ').map(field).collect()
}

pub(super) fn texts(names: &'static str) -> Vec<Field> {
    each(names, |name| required(name, any_text()))
}

pub(super) fn maybe_texts(names: &'static str) -> Vec<Field> {
    each(names, |name| optional_unless_empty(name, any_text()))
}

pub(super) fn maybe_ints(names: &'static str) -> Vec<Field> {
    each(names, |name| optional_unless_empty(name, any_int()))
}

pub(super) fn maybe_bools(names: &'static str) -> Vec<Field> {
    let bools = any::<(bool, bool)>()
        .prop_map(|(on, quoted)| (on.into(), if quoted { on.to_string().into() } else { on.into() }));
    let bools = bools.boxed();
    each(names, |name| optional_unless_empty(name, bools.clone()))
}

pub(super) fn lists(names: &'static str, of: fn() -> Pair) -> Vec<Field> {
    each(names, |name| optional_unless_empty(name, many(of())))
}

pub(super) fn maybe(name: &'static str, object: Pair) -> Vec<Field> {
    vec![optional(name, object)]
}

/// A list of texts, which older responses send as a single text.
pub(super) fn list_or_single_text(name: &'static str) -> Vec<Field> {
    let single = any_text().prop_map(|(strict, loose)| (vec![strict].into(), loose));
    vec![optional_unless_empty(name, prop_oneof![single, many(any_text())].boxed())]
}
