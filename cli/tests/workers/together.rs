//! Workers that share the work.

use serde_json::json;

use crate::campaign::list;
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
fn rows_can_be_added_while_workers_send() {
    let Some(server) = postgres::shared() else { return };
    let crew = Crew::new(server, 300, 0);
    crew.plan();
    let workers = [crew.start("--rate 100"), crew.start("--rate 100")];
    crew.campaign.handled(20);
    crew.campaign.program.write("users.csv", list(0..600));
    // Neither waits for the other's rows for long, nor each for the other's.
    crew.campaign.program.run(&Crew::plan_line()).succeeded();
    for worker in workers {
        crew.end(worker).succeeded();
    }
    // The workers may have ended before.
    crew.campaign.run("").succeeded();
    crew.assert_whole(600);
}

#[test]
fn a_schema_that_exists_needs_no_right_to_create_one() {
    let Some(server) = postgres::shared() else { return };
    let crew = Crew::new(server, 3, 0);
    server.execute("public", "CREATE ROLE plain LOGIN");
    // A word of SQL can be its name.
    server.execute("public", r#"CREATE SCHEMA "user" AUTHORIZATION plain"#);
    let (address, schema) = server.schema();
    let address = address.replace("user=postgres", "user=plain").replace(&schema, "user");
    crew.campaign.program.run(&format!("--ledger {address} {}", Crew::plan_line())).succeeded();
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
    let status = crew.campaign.status();
    assert_eq!((&status["running"], status["workers"].as_array().unwrap().len()), (&json!(true), 2));
    assert!(status["workers"][0]["name"].as_str().unwrap().contains("process"), "{status}");
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

#[test]
fn a_database_that_cannot_be_used_is_named_without_its_password() {
    let merchant = crate::merchant::Merchant::new();
    let program = merchant.program().set("WECHATPAY_LEDGER", "postgres://ann:s3cret@127.0.0.1:1/x");
    let ran = program.run("send status spring").failed(1);
    assert!(ran.stderr.contains("postgres://ann@127.0.0.1:1/x: the database cannot be reached"), "{ran:?}");
    for address in [
        "postgres://ann:s3cret@[",
        "postgres://ann:s3cret@h/x?sslmode=on",
        "postgres://ann:s3cret@h/x?sslcert=c",
        "postgres://ann:s3cret@h?schema=A-b",
    ] {
        let ran = program.run(&format!("--ledger {address} send status spring")).failed(8);
        assert!(
            !ran.stderr.contains("s3cret") && ran.stderr.contains("the ledger postgres://ann@"),
            "{ran:?}"
        );
    }
    // Nothing but a merchant's own settings leads to money there.
    let program = crate::program::Program::new();
    program.write("users.csv", "openid\no1\n");
    let ran =
        program.run("--ledger postgres://127.0.0.1:1/x send plan users.csv --campaign c --stock 1").failed(8);
    assert!(ran.stderr.contains("no WECHATPAY_* is set"), "{ran:?}");
}

/// What PostgreSQL's own programs take.
#[test]
fn the_password_comes_from_a_file_that_only_its_owner_can_read() {
    use std::os::unix::fs::PermissionsExt as _;
    let program = crate::program::Program::new().set("WECHATPAY_LEDGER", "postgres://ann@127.0.0.1:1/x");
    let file = program.write("pass", "*:*:*:ann:s3cret\n");
    let program = program.set("PGPASSFILE", "pass");
    let ran = program.run("send status spring").failed(8);
    assert!(ran.stderr.contains("can be read by others") && !ran.stderr.contains("s3cret"), "{ran:?}");
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o600)).unwrap();
    let ran = program.run("send status spring").failed(1);
    assert!(ran.stderr.contains("the database cannot be reached"), "{ran:?}");
}
