//! Reads a document as a stream: its lists may be long.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Value, json};
use wechatpay_core::types::{Timestamp, UnixSeconds};

use crate::faults::{MAX_PENDING, StoredFault};
use crate::import::coupon::{self, ReadCoupon};
use crate::import::others::{self, LimitCounts};
use crate::import::{notification, stock};
use crate::limits::Limits;
use crate::platform::Platform;
use crate::protocol::json::Object;
use crate::protocol::notify_url::notify_url;
use crate::protocol::parameters::Parameters;
use crate::protocol::problem::{escaped, refused};
use crate::protocol::reply::Reply;
use crate::protocol::signing_keys::NotificationKey;
use crate::protocol::standing::Standing;
use crate::routes;
use crate::state::change::{Change, Counts};
use crate::state::coupon::{Coupon, CouponId};
use crate::state::id::Id;
use crate::state::notification::Notification;
use crate::state::platform_favor::PlatformFavor;
use crate::state::stock::{Stock, StockId};

const LISTS: [&str; 6] = ["stocks", "coupons", "platform_favors", "images", "notifications", "faults"];
/// The members of an export that are not read: keys stay as they are.
const DERIVED: [&str; 1] = ["platform_keys"];
const MEMBERS: &str = "is not known; the members are stocks, coupons, platform_favors, images, notifications, faults, \
                       limits, limit_counts, clock, notify_url, notifications_signed_by, merchant_certificate and \
                       requests";

/// A state that was read.
#[derive(Default)]
pub(crate) struct Imported {
    others: Vec<Change>,
    turns: Vec<Change>,
    counts: Counts,
    faults: Vec<StoredFault>,
    stocks: Vec<Stock>,
    favors: Vec<PlatformFavor>,
    images: Vec<Value>,
    coupons: Vec<Coupon>,
    notifications: Vec<Notification>,
}

impl Imported {
    /// How many there are of each list.
    pub(crate) fn json(&self) -> Value {
        json!({
            "stocks": self.stocks.len(), "coupons": self.coupons.len(), "platform_favors": self.favors.len(),
            "images": self.images.len(), "notifications": self.notifications.len(), "faults": self.faults.len(),
        })
    }

    /// The changes that make an empty state to this one, and the callbacks, which are added to those of before, because
    /// their numbers are never used again.
    pub(crate) fn into_changes(self) -> (Vec<Change>, Vec<Notification>) {
        let mut changes = self.others;
        changes.extend(self.turns);
        changes.extend(self.faults.into_iter().map(Change::Fault));
        changes.extend(self.stocks.into_iter().map(|stock| Change::Stock(Box::new(stock))));
        changes.extend(self.favors.into_iter().map(Change::PlatformFavor));
        let images = self.images.into_iter().enumerate();
        changes.extend(images.map(|(position, image)| Change::Image { position, image }));
        changes.extend(self.coupons.into_iter().map(Change::Coupon));
        changes.push(Change::Counts(self.counts));
        (changes, self.notifications)
    }
}

/// Reads a document. `now` is the real time, the default of times.
///
/// # Errors
/// The first mistake, with its JSON pointer.
pub(crate) fn read(json: &[u8], platform: &Platform, now: UnixSeconds) -> Result<Imported, Reply> {
    let mut operations: Vec<&str> = routes::names();
    operations.extend(platform.options.responses.names());
    let mut reader = Reader {
        platform,
        now,
        operations,
        imported: Imported::default(),
        seen: BTreeSet::new(),
        stock_numbers: HashSet::new(),
        favor_numbers: HashSet::new(),
        coupon_numbers: HashSet::new(),
        default_amounts: Vec::new(),
        notification_ids: HashSet::new(),
        at: String::new(),
        refused: None,
    };
    let mut deserializer = serde_json::Deserializer::from_slice(json);
    let read = Document(&mut reader).deserialize(&mut deserializer).and_then(|()| deserializer.end());
    if let Some(refused) = reader.refused {
        return Err(refused);
    }
    read.map_err(|error| match error.is_data() {
        true => refused("body", &reader.at, Value::Null, &format!("is not valid: {error}")),
        false => refused("body", "", Value::Null, &format!("is not JSON: {error}")),
    })?;
    reader.finish()
}

struct Reader<'a> {
    platform: &'a Platform,
    now: UnixSeconds,
    /// Those that a fault can name.
    operations: Vec<&'a str>,
    imported: Imported,
    /// The members that were read.
    seen: BTreeSet<String>,
    stock_numbers: HashSet<String>,
    favor_numbers: HashSet<String>,
    coupon_numbers: HashSet<Box<str>>,
    /// The positions of the coupons whose amount of the order is the threshold of the coupon.
    default_amounts: Vec<usize>,
    notification_ids: HashSet<String>,
    /// What is being read.
    at: String,
    refused: Option<Reply>,
}

impl Reader<'_> {
    fn entry(&mut self, list: &str, at: usize, value: Value) -> Result<(), Reply> {
        let (pointer, now) = (format!("/{list}/{at}"), self.now);
        let credentials = &self.platform.credentials;
        let mchid = credentials.mchid();
        let repeated = |field: &str, number: &str| {
            let rule = "must not be that of another entry";
            Err(refused("body", &format!("/{list}/{at}/{field}"), number.into(), rule))
        };
        match list {
            "stocks" => {
                let stock = stock::read(value, pointer, now, StockId::at(at), mchid)?;
                let number = stock.terms.out_request_no.as_str();
                if !self.stock_numbers.insert(number.to_owned()) {
                    return repeated("terms/out_request_no", number);
                }
                self.imported.stocks.push(stock);
            }
            "coupons" => {
                let merchant = (mchid, credentials.appid());
                let read = coupon::read(value, pointer, now, CouponId::at(at), merchant)?;
                let ReadCoupon { coupon, default_amount, forgotten } = read;
                if !forgotten && !self.coupon_numbers.insert(coupon.out_request_no.clone()) {
                    return repeated("out_request_no", &coupon.out_request_no);
                }
                if default_amount {
                    self.default_amounts.push(at);
                }
                self.imported.coupons.push(coupon);
            }
            "platform_favors" => {
                let favor = others::favor(value, pointer, now, Id::at(at), mchid)?;
                let number = favor.text("out_request_no").unwrap_or_default();
                if !self.favor_numbers.insert(number.to_owned()) {
                    return repeated("terms/out_request_no", number);
                }
                self.imported.favors.push(favor);
            }
            "images" => self.imported.images.push(others::image(value, pointer, now)?),
            "notifications" => {
                let read = notification::read(value, pointer, now, &mut self.notification_ids)?;
                self.imported.notifications.push(read);
            }
            _ => self.fault(value, pointer)?,
        }
        Ok(())
    }

    fn fault(&mut self, value: Value, pointer: String) -> Result<(), Reply> {
        if self.imported.faults.len() >= MAX_PENDING {
            let rule = format!("is one too many; {MAX_PENDING} faults can be pending");
            return Err(refused("body", &pointer, value, &rule));
        }
        let mut body = others::object(value, &pointer)?;
        let mut parameters = Parameters::at(
            body.remove("id").into_iter().map(|id| ("id".to_owned(), id)).collect(),
            pointer.clone(),
        );
        let last = self.imported.counts.last_fault;
        let id = parameters.positive("id")?.unwrap_or(last.saturating_add(1));
        if id <= last {
            return Err(parameters.invalid("id", id.into(), &format!("must be larger than {last}")));
        }
        self.imported.counts.last_fault = id;
        let fault = StoredFault::read(id, body, &self.operations).map_err(|error| error.below(&pointer))?;
        self.imported.faults.push(fault);
        Ok(())
    }

    fn member(&mut self, name: &str, value: Value) -> Result<(), Reply> {
        let pointer = format!("/{}", escaped(name));
        if value.is_null() && name == "notify_url" {
            return Ok(());
        }
        match name {
            "clock" => {
                let mut clock = others::object(value, &pointer)?;
                clock.retain(|name, _| !["platform_time", "real_time"].contains(&name.as_str()));
                let mut clock = Parameters::at(clock, pointer);
                let advanced = clock.number("advanced_seconds")?.unwrap_or(0);
                if Timestamp::from_unix(self.now.saturating_add(advanced)).is_none() {
                    let rule = "must not lead beyond the year 9999";
                    return Err(clock.invalid("advanced_seconds", advanced.into(), rule));
                }
                clock.end("is not known here")?;
                self.imported.others.push(Change::Clock(advanced));
            }
            "notify_url" => {
                let body = Object::from_iter([(name.to_owned(), value.clone())]);
                let rule = "must be an https URL without a query, or an http URL on this machine or on a host of \
                            --deliver-to";
                let url = notify_url(&body, &self.platform.options);
                let url = url.map_err(|_| refused("body", &pointer, value, rule))?;
                self.imported.others.extend(url.map(Change::Callback));
            }
            "notifications_signed_by" => {
                let key = value.as_str().and_then(NotificationKey::named);
                let rule = "must be \"certificate\", \"public_key\" or \"mixed\"";
                let key = key.ok_or_else(|| refused("body", &pointer, value, rule))?;
                self.imported.others.push(Change::SignedBy(key));
            }
            "merchant_certificate" => {
                let standing = Standing::good().read(&others::object(value, &pointer)?);
                self.imported.others.push(Change::Standing(standing.map_err(|error| error.below(&pointer))?));
            }
            "limits" => {
                let object = others::object(value, &pointer)?;
                Limits::read(object.clone(), &routes::names()).map_err(|error| error.below(&pointer))?;
                self.imported.others.push(Change::Limits(object));
            }
            "limit_counts" => {
                let counts: LimitCounts = others::typed(value, &pointer)?;
                self.imported.turns.push(Change::Turns(counts.turns));
                self.imported.counts.refused = counts.refused;
            }
            "requests" => {
                let requests: BTreeMap<String, u64> = others::typed(value, &pointer)?;
                self.imported.counts.requests = requests;
            }
            _ if DERIVED.contains(&name) => {}
            _ => return Err(refused("body", &pointer, value, MEMBERS)),
        }
        Ok(())
    }

    /// Checks what needs the whole document.
    fn finish(mut self) -> Result<Imported, Reply> {
        let stocks = &self.imported.stocks;
        for (at, coupon) in self.imported.coupons.iter().enumerate() {
            if stocks.get(coupon.stock_id.position()).is_none() {
                let members = Parameters::at(Object::new(), format!("/coupons/{at}"));
                return Err(coupon::unknown_stock(&members, &coupon.stock_id.to_string()));
            }
        }
        for at in self.default_amounts {
            let Some(coupon) = self.imported.coupons.get_mut(at) else { continue };
            let minimum = stocks.get(coupon.stock_id.position()).map_or(0, Stock::transaction_minimum);
            if let Some(used) = &mut coupon.used {
                used.order_amount = minimum;
            }
        }
        Ok(self.imported)
    }

    /// Keeps a mistake, and returns an error that ends the reading.
    fn keep<E: serde::de::Error>(&mut self, result: Result<(), Reply>) -> Result<(), E> {
        result.map_err(|reply| {
            self.refused = Some(reply);
            E::custom("refused")
        })
    }
}

struct Document<'a, 'b>(&'a mut Reader<'b>);

impl<'de> DeserializeSeed<'de> for Document<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Document<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<String>()? {
            self.0.at = format!("/{}", escaped(&name));
            if !self.0.seen.insert(name.clone()) {
                return Err(A::Error::custom("it is there twice"));
            }
            if LISTS.contains(&name.as_str()) {
                map.next_value_seed(List(self.0, &name))?;
            } else {
                let read = self.0.member(&name, map.next_value()?);
                self.0.keep(read)?;
            }
        }
        Ok(())
    }
}

struct List<'a, 'b>(&'a mut Reader<'b>, &'a str);

impl<'de> DeserializeSeed<'de> for List<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for List<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let mut at = 0_usize;
        while let Some(value) = list.next_element::<Value>()? {
            let read = self.0.entry(self.1, at, value);
            self.0.keep(read)?;
            at = at.saturating_add(1);
        }
        Ok(())
    }
}
