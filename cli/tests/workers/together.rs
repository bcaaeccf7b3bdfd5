//! Workers that share the work.

use serde_json::json;

use crate::crew::Crew;
use crate::postgres;

#[test]
fn four_workers_that_start_at_once_on_a_new_ledger_share_it() {
    let Some(server) = postgres::shared() else { return };
    let crew = Crew::new(server, 400, 200);
    // The tables do not exist yet.
    let plans: Vec<_> =
        (0..4).map(|_| crew.campaign.program.command(&Crew::plan_line()).spawn().unwrap()).collect();
    for plan in plans {
        crew.end(plan).succeeded();
    }
    crew.limits(json!({ "coupon.send": { "per_second": 100 } }));
    let workers: Vec<_> = (0..4).map(|_| crew.start("--rate 100")).collect();
    let joined = workers.into_iter().map(|worker| crew.end(worker).succeeded());
    let joined =
        joined.filter(|ran| ran.stderr.contains("another run is under way; this one shares its work"));
    assert_eq!(joined.count(), 3);
    crew.assert_whole(600);
    // One request for each coupon.
    assert_eq!(crew.answers(), [(200, 600)].into());
    assert!(crew.most_in_a_second() <= 100, "{}", crew.most_in_a_second());
    println!("at most {} in a second", crew.most_in_a_second());
}

#[test]
fn a_run_that_shares_nothing_is_refused_while_others_work_and_a_stop_reaches_all() {
    let Some(server) = postgres::shared() else { return };
    let crew = Crew::new(server, 300, 0);
    crew.plan();
    let workers = [crew.start("--rate 20"), crew.start("--rate 20")];
    crew.campaign.handled(10);
    let refused = crew.campaign.run("").failed(7);
    assert!(refused.stderr.contains("--join"), "{refused:?}");
    assert_eq!(crew.campaign.status()["running"], true);
    crew.campaign.program.run("send pause spring").succeeded();
    for worker in workers {
        // Paused, or the last answers of the other one were not there yet.
        let ran = crew.end(worker);
        assert!([4, 5].contains(&ran.code), "{ran:?}");
    }
    let before = crew.answers();
    assert_eq!(crew.campaign.status()["running"], false);
    crew.campaign.program.run("send resume spring").succeeded();
    crew.campaign.run("").succeeded();
    assert!(before[&200] < 300, "{before:?}");
    crew.assert_whole(300);
}
