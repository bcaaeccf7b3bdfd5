//! A ledger that cannot be written.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use crate::Campaign;

/// A run whose files can only become so large, as on a disk that is full.
#[test]
fn a_full_disk_sends_nothing_that_is_not_recorded() {
    let campaign = Campaign::planned(400);
    let ledger = campaign.program.path("wechatpay-ledger.db");
    // The log of the database grows to a few pages more.
    let blocks = fs::metadata(&ledger).unwrap().len() / 512 + 20;
    let program = campaign.program.command(&Campaign::line("--rate 500"));
    let mut limited = Command::new("sh");
    let line = program.get_args().map(|arg| arg.to_str().unwrap()).collect::<Vec<_>>().join(" ");
    // POSIX counts blocks of 512 bytes. The signal is ignored, so that writing fails instead.
    limited.args([
        "-c",
        &format!("trap '' XFSZ; ulimit -f {blocks}; exec {} {line}", env!("CARGO_BIN_EXE_wechatpay")),
    ]);
    limited.current_dir(ledger.parent().unwrap()).env_clear();
    limited.envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let ran = campaign.program.end(limited.output().unwrap());
    assert!([1, 4].contains(&ran.code), "{ran:?}");
    assert!(ran.stderr.contains("wechatpay-ledger.db"), "{ran:?}");
    let coupons = campaign.coupons().len();
    assert!((1..400).contains(&coupons), "{coupons}");
    // Whatever is out has its attempt in the ledger.
    let exported = campaign.program.run("send export spring").succeeded();
    for number in campaign.coupons().keys() {
        let row = exported.stdout.lines().find(|row| row.contains(number.as_str())).unwrap();
        assert!(!row.contains(",planned,"), "{row}");
    }
    campaign.run("--rate 500").succeeded();
    campaign.assert_whole(400);
}

#[test]
fn a_ledger_beside_which_no_file_can_be_made_sends_nothing() {
    let campaign = Campaign::planned(20);
    let log = campaign.program.path("wechatpay-ledger.db-wal");
    drop(fs::remove_file(&log));
    fs::create_dir(&log).unwrap();
    let ran = campaign.run("").failed(1);
    assert!(ran.stderr.contains("cannot be opened: its folder must exist and be writable"), "{ran:?}");
    assert_eq!(campaign.merchant.requests("coupon.send"), 0);
    fs::remove_dir(&log).unwrap();
    campaign.run("").succeeded();
    campaign.assert_whole(20);
}

#[test]
fn a_ledger_that_is_read_only_sends_nothing() {
    let campaign = Campaign::planned(20);
    let ledger = campaign.program.path("wechatpay-ledger.db");
    let folder = ledger.parent().unwrap();
    let set = |mode: u32| {
        fs::set_permissions(&ledger, fs::Permissions::from_mode(mode & 0o666)).unwrap();
        fs::set_permissions(folder, fs::Permissions::from_mode(mode)).unwrap();
    };
    set(0o555);
    // Root may write everything.
    if fs::OpenOptions::new().append(true).open(&ledger).is_ok() {
        println!("not tested: this user may write read-only files");
        set(0o755);
        return;
    }
    let ran = campaign.run("").failed(1);
    assert!(ran.stderr.contains("read-only"), "{ran:?}");
    assert_eq!(campaign.merchant.requests("coupon.send"), 0);
    set(0o755);
    campaign.run("").succeeded();
    campaign.assert_whole(20);
}
