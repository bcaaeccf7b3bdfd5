//! What the program says to do next can be typed as it is.

use crate::campaign::Campaign;
use crate::merchant::STOCK;

#[test]
fn the_next_command_has_the_same_ledger_and_a_quoted_name() {
    let campaign = Campaign::new(5);
    let plan = format!("--ledger other.db send plan users.csv --stock {STOCK} --campaign");
    let mut planned = campaign.program.command(&plan);
    let planned = campaign.program.end(planned.arg("Mei's spring").output().unwrap()).succeeded();
    let next = format!(r"wechatpay --ledger other.db send run 'Mei'\''s spring' --confirm {STOCK}");
    assert!(planned.stdout.ends_with(&format!("{next}\n")), "{planned:?}");

    let mut run =
        campaign.program.command(&format!("--ledger other.db send run --confirm {STOCK} --limit 1"));
    let ran = campaign.program.end(run.arg("Mei's spring").output().unwrap()).succeeded();
    assert!(ran.stderr.ends_with(&format!("next: {next}\n")), "{ran:?}");
    assert_eq!(campaign.coupons().len(), 1);
}

#[test]
fn one_coupon_is_not_in_the_plural() {
    let campaign = Campaign::planned(5);
    let ran = campaign.run("--limit 1").succeeded();
    assert!(ran.stderr.contains("This will send up to 1 coupon of 1.00 yuan, 1.00 yuan in all,"), "{ran:?}");
}

#[test]
fn a_paused_campaign_says_how_it_goes_on() {
    let campaign = Campaign::planned(5);
    campaign.program.run("send pause spring").succeeded();
    let held = campaign.run("").failed(5);
    assert!(held.stderr.contains("advice: to go on: wechatpay send resume spring\n"), "{held:?}");
    assert!(campaign.coupons().is_empty());
}

#[test]
fn rows_that_are_looked_at_are_unresolved_only_if_they_are_open() {
    let campaign = Campaign::new(5);
    campaign
        .program
        .run(&format!("send plan users.csv --campaign spring --stock {STOCK} --key-column member"))
        .succeeded();
    campaign.run("").succeeded();
    let sent = campaign.program.run("send resolve spring --key 1").succeeded();
    assert!(sent.stdout.contains("sent"), "{sent:?}");
    let none = campaign.program.run("send resolve spring --key 9").succeeded();
    assert_eq!(none.stdout, "the campaign has no such row\n");
}

#[test]
fn a_user_who_is_in_the_list_twice_is_worth_a_warning() {
    let campaign = Campaign::new(5);
    let line = format!("send plan twice.csv --campaign spring --stock {STOCK}");
    campaign.program.write("twice.csv", "openid\noOne\noTwo\n");
    let once = campaign.program.run(&line).succeeded();
    assert!(!once.stderr.contains("warning"), "{once:?}");
    campaign.program.write("twice.csv", "openid\noOne\noTwo\noOne\n");
    let twice = campaign.program.run(&line).succeeded();
    let warning = "warning: users with more than one row: 1; each of them gets a coupon for each row\n";
    assert!(twice.stderr.contains(warning), "{twice:?}");
}

#[test]
fn a_campaign_that_is_planned_otherwise_is_not_told_to_take_another_name() {
    let campaign = Campaign::planned(5);
    let line = format!("send plan users.csv --campaign spring --stock {STOCK} --key-column member");
    let refused = campaign.program.run(&line).failed(2);
    let says = "was planned with the key column openid, not member: repeat it as it was planned. Under another name it \
                would be another campaign, in which the same users get another coupon\n";
    assert!(refused.stderr.contains(says), "{refused:?}");
}
