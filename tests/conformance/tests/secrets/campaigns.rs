//! What is shown of a campaign.

use std::time::Duration;

use wechatpay_core::bulk::{
    Decision, Details, Fact, Health, History, Intent, Lease, Lookup, Now, Order, Policy, Sender, Standing,
    Step, Stop, Supply, Verdict,
};

use crate::*;

#[test]
fn the_steps_and_records_of_a_campaign_show_no_user() {
    let mut shown = Shown::without([OPENID]);
    let operation = SendCoupon::new(RequiredCouponFields {
        openid: OPENID.into(),
        appid: "wx".into(),
        stock_id: "1".into(),
        stock_creator_mchid: "2".into(),
        out_request_no: "n".into(),
    });
    let intent = Intent { id: 1, operation: operation.clone(), history: History::default() };
    let lease = Lease { intents: vec![intent], more: false, order: Order::Go };
    let now =
        |seconds: u64| Now { elapsed: Duration::from_secs(seconds), unix: (TIMESTAMP + seconds) * 1000 };
    shown.debug(&lease);
    shown.debug(&lease.intents[0]);
    shown.debug(&lease.intents[0].history);
    shown.debug(&lease.order);
    shown.debug(&now(0));

    let mut sender = Sender::new(Policy::default(), Health::default());
    shown.debug(&sender.poll(now(0)));
    sender.leased(now(0), lease);
    let step = sender.poll(now(0));
    shown.debug(&step);
    let Step::Record(batch) = step else { panic!() };
    shown.debug(&batch);
    shown.debug(&batch.records[0]);
    shown.debug(&batch.records[0].fact);
    sender.recorded(now(0), Order::Go);
    let step = sender.poll(now(0));
    assert!(matches!(step, Step::Send { .. }));
    shown.debug(&step);
    shown.debug(&sender.progress(now(0)));

    let mut lookup = Lookup::new(&operation);
    let rejected = format!(r#"{{"code":"RESOURCE_NOT_EXISTS","message":"{OPENID}"}}"#);
    let (client, platform, _) = pair(TIMESTAMP);
    let user = User { openid: OPENID.into(), appid: "wx".into() };
    let query = QueryCoupon::new(user, "9867041".into());
    let rejected = client.response(&query, &platform.signed_response(404, &rejected, TIMESTAMP), TIMESTAMP);
    assert_eq!(lookup.on_detail(rejected).unwrap(), None);
    shown.debug(&lookup);

    // A response that repeats the request, and stops the campaign.
    let echo = format!(r#"{{"code":"NO_AUTH","message":"{OPENID}","detail":{{"value":"{OPENID}"}}}}"#);
    let result = client.response(&operation, &platform.signed_response(403, &echo, TIMESTAMP), TIMESTAMP);
    let details = Details::of(result.as_ref().unwrap_err());
    shown.debug(&details);
    shown.text(&serde_json::to_string(&details).unwrap());
    let verdict = Verdict::of::<SendCoupon>(&result);
    shown.debug(&verdict);
    sender.ended(now(1), 1, &result);
    let step = sender.poll(now(1));
    let Step::Record(batch) = &step else { panic!("{step:?}") };
    shown.debug(batch);
    shown.debug(batch.health.as_ref().unwrap());
    let stop: &Stop = batch.stop.as_ref().unwrap();
    shown.debug(stop);
    sender.recorded(now(1), Order::Go);
    let Step::End(end) = sender.poll(now(1)) else { panic!() };
    shown.debug(&end);
    shown.debug(&Policy::default());
    shown.debug(&Standing::Planned);
    shown.debug(&Decision::Repeat);
    shown.debug(&Supply::There { per_day: None });
    shown.debug(&Fact::Found("1".to_owned()));
}
