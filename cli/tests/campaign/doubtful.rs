//! A coupon that may be out, until a person decides.

use crate::campaign::{Campaign, list};
use crate::merchant::STOCK;

/// A user has one coupon fewer than the stock allows, and two more rows. The first attempt of the last one is lost, and
/// its repetition is refused: the lost one may be why.
///
/// Takes minutes, because a doubtful coupon is looked for only when no attempt can take effect any more: see `.ci/long`.
#[test]
#[ignore = "takes minutes; .ci/long runs it"]
fn the_whole_a_refusal_after_a_lost_answer_is_doubtful_until_a_person_decides() {
    let campaign = Campaign::planned(5);
    campaign.run("").succeeded();
    let user = list(0..1).lines().nth(1).unwrap().split(',').next().unwrap().to_owned();
    campaign.program.write("more.csv", format!("openid,order\n{user},a\n{user},b\n"));
    campaign
        .program
        .run(&format!("send plan more.csv --campaign more --stock {STOCK} --key-column order"))
        .succeeded();
    campaign.fault("close_before", 1, 1);
    let run = format!("send run more --confirm {STOCK}");
    let ran = campaign.program.run(&run).failed(4);
    assert!(ran.stderr.ends_with("next: wechatpay send resolve more --query\n"), "{ran:?}");

    let doubtful = campaign.program.run("send resolve more").failed(4);
    assert!(doubtful.stdout.contains("RULE_LIMIT"), "{doubtful:?}");
    let asked = campaign.program.run("send resolve more --query").failed(4);
    assert!(asked.stdout.contains("1 were not found, which proves nothing"), "{asked:?}");

    // Another run looks again, and sends nothing.
    let requests = campaign.merchant.requests("coupon.send");
    let again = campaign.program.run(&run).failed(4);
    assert!(again.stderr.contains("Doubtful coupons are looked for"), "{again:?}");
    assert_eq!(campaign.merchant.requests("coupon.send"), requests);

    let mut decision = campaign.program.command("send resolve more --as not-sent --key b --note");
    let decided = campaign.program.end(decision.arg("support says so").output().unwrap()).succeeded();
    assert_eq!(decided.stdout, "1 row was changed\n");
    campaign.program.run(&run).failed(3);
    let status = campaign.program.json("send status more");
    assert_eq!(
        (&status["sent"], &status["refused"], &status["unresolved"]),
        (&1.into(), &1.into(), &0.into())
    );
    assert_eq!(campaign.coupons().len(), 6);
}
