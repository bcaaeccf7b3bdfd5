//! Workers that die, sleep, lose the database, or have another time.

use std::process::{Child, Command};

use wechatpay_core::types::Timestamp;

use crate::crew::Crew;
use crate::merchant::now;
use crate::postgres::{self, Server};

fn signal(worker: &Child, signal: &str) {
    let sent = Command::new("kill").arg(signal).arg(worker.id().to_string()).status().unwrap();
    assert!(sent.success());
}

/// Takes half a minute: so long the lanes of a worker that says nothing are its own.
#[test]
fn the_users_of_a_worker_that_died_or_sleeps_are_taken_over() {
    let Some(server) = postgres::shared() else { return };
    let crew = Crew::new(server, 300, 100);
    crew.plan();
    let mut workers: Vec<_> = (0..4).map(|_| crew.start("--rate 60")).collect();
    crew.campaign.handled(100);
    let (mut died, asleep) = (workers.remove(0), workers.remove(0));
    died.kill().unwrap();
    died.wait().unwrap();
    signal(&asleep, "-STOP");
    for worker in workers {
        crew.end(worker).succeeded();
    }
    // What the sleeping one was about to do does no harm.
    signal(&asleep, "-CONT");
    crew.end(asleep).succeeded();
    crew.assert_whole(400);
    assert!(crew.most_in_a_second() <= 60, "{}", crew.most_in_a_second());
}

#[test]
fn a_database_that_is_restarted_does_not_end_the_workers() {
    let Some(mut server) = Server::start() else { return };
    let crew = Crew::new(&server, 300, 100);
    crew.plan();
    let workers: Vec<_> = (0..3).map(|_| crew.start("--rate 100")).collect();
    for _ in 0..3 {
        crew.campaign.handled(60);
        server.restart();
    }
    for worker in workers {
        crew.end(worker).succeeded();
    }
    crew.assert_whole(400);
}

/// The platform takes stamps of the last and next five minutes.
#[test]
fn clocks_ten_minutes_apart_do_no_harm() {
    let Some(server) = postgres::shared() else { return };
    if Command::new("faketime").arg("--version").output().is_err() {
        return postgres::left_out("faketime");
    }
    let (crew, began) = (Crew::new(server, 200, 100), now());
    crew.plan();
    crew.campaign.merchant.control(
        "faults",
        &serde_json::json!({
            "operation": "coupon.send", "fault": "system_error", "times": 30, "skip": 20
        }),
    );
    let at = |offset: &str| {
        let worker = crew.command("--rate 60");
        let mut faked = Command::new("faketime");
        faked.arg("-f").arg(offset).arg(worker.get_program()).args(worker.get_args());
        faked.current_dir(worker.get_current_dir().unwrap()).env_clear();
        faked.envs(worker.get_envs().filter_map(|(name, value)| Some((name, value?))));
        faked.env("PATH", std::env::var_os("PATH").unwrap());
        faked.stdin(std::process::Stdio::null());
        faked.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().unwrap()
    };
    let workers = [at("+290s"), at("-290s"), at("+0s")];
    for worker in workers {
        crew.end(worker).succeeded();
    }
    crew.assert_whole(300);
    assert!(crew.most_in_a_second() <= 60, "{}", crew.most_in_a_second());
    // All times are those of the database.
    let export = crew.campaign.program.run("send export spring").succeeded().stdout;
    for row in export.lines().skip(1) {
        let last = Timestamp::new(row.rsplit(',').next().unwrap()).unix_seconds().unwrap();
        let last = u64::try_from(last).unwrap();
        assert!((began..=now()).contains(&last), "{row}");
    }
}
