//! Every type of the official Go package `services/cashcoupons`, as listed in `vectors/go_package.txt`, exists here
//! under the same name or alias, with all its fields and values.

use std::collections::BTreeMap;
use std::fmt::Debug;

use wechatpay_conformance::public_types::{PublicType, public_types};

use crate::*;

/// The entries of this kind in the list: each name, and the words that follow it.
fn listed(kind: &str) -> Vec<(&'static str, Vec<&'static str>)> {
    let lines = include_str!("../../vectors/go_package.txt").lines();
    let words =
        lines.map(|line| line.split(' ')).filter_map(|mut words| (words.next()? == kind).then_some(words));
    words.map(|mut words| (words.next().unwrap(), words.collect())).collect()
}

/// The only type with this name or alias, and its real name.
fn find<'a>(types: &'a BTreeMap<String, PublicType>, name: &str) -> (&'a str, &'a PublicType) {
    let called = |(own, found): &(&String, &PublicType)| {
        *own == name || found.aliases.iter().any(|alias| alias == name)
    };
    let found: Vec<_> = types.iter().filter(called).collect();
    let [(own, found)] = found.as_slice() else { panic!("expected one type {name}, found {found:?}") };
    (own, found)
}

#[test]
fn every_type_of_the_go_package_exists() {
    let types = public_types(&workspace("core/src"));
    let module = std::fs::read_to_string(workspace("core/src/cashcoupons/mod.rs")).unwrap();
    let aliases = module.lines().find(|line| line.starts_with("#![doc(alias(")).unwrap();
    let mut names = BTreeSet::new();
    for (name, _) in ["struct", "enum"].into_iter().flat_map(listed) {
        find(&types, name);
        assert!(names.insert(name), "{name} is listed twice");
    }
    for (name, _) in listed("service") {
        assert!(aliases.contains(&format!("{name:?}")), "{name} is not in {aliases}");
        assert!(names.insert(name), "{name} is listed twice");
    }
    assert_eq!(names.len(), 64, "the index of the package has 64 types");
}

#[test]
fn every_field_of_the_go_package_exists() {
    struct Names(Vec<&'static str>);
    impl EachOperation for Names {
        fn operation<O: ArbitraryOperation>(&mut self) {
            self.0.extend(std::any::type_name::<O>().rsplit("::").next());
        }
    }
    let mut operations = Names(Vec::new());
    each_operation(&mut operations);
    let types = public_types(&workspace("core/src"));
    for (name, fields) in listed("struct") {
        let (own, found) = find(&types, name);
        for field in fields {
            assert!(
                found.fields.iter().any(|name| name == field),
                "{name} is {own}, which has no field {field}"
            );
        }
        if name.ends_with("Request") {
            assert!(operations.0.contains(&own), "{name} is {own}, which is not an operation");
        }
    }
}

#[test]
fn every_value_of_the_go_package_is_known() {
    type Lists = BTreeMap<&'static str, Vec<&'static str>>;
    fn known<T: PartialEq + Debug + From<&'static str>>(lists: &mut Lists, known: &[T]) {
        let name = std::any::type_name::<T>().rsplit("::").next().unwrap();
        for text in lists.remove(name).unwrap_or_else(|| panic!("{name} is not listed")) {
            assert!(known.contains(&T::from(text)), "{text} is not one of {known:?}");
        }
    }
    let mut lists: Lists = ["enum", "text"].into_iter().flat_map(listed).collect();
    known(&mut lists, BackgroundColor::KNOWN);
    known(&mut lists, CouponStatus::KNOWN);
    known(&mut lists, CouponType::KNOWN);
    known(&mut lists, DeductBalanceMethod::KNOWN);
    known(&mut lists, JumpTarget::KNOWN);
    known(&mut lists, PlatformFavorStockStatus::KNOWN);
    known(&mut lists, StockStatus::KNOWN);
    known(&mut lists, StockType::KNOWN);
    known(&mut lists, TradeType::KNOWN);
    assert!(lists.is_empty(), "{lists:?}");
}
