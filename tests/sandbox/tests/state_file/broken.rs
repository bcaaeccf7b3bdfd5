//! Files that cannot be used, and records that were cut off.

use std::fs;

use serde_json::json;
use wechatpay_sandbox::{Credentials, Options, Sandbox};

use super::Folder;
use super::common::{NOW, credentials, terms};

/// A file with a stock and two coupons.
fn with_coupons() -> Folder {
    let folder = Folder::new();
    let client = folder.open("s");
    let stock = client.create_and_start(&terms("create-1"));
    client.send_ok("o1", &stock, "send-1");
    client.send_ok("o2", &stock, "send-2");
    folder
}

#[test]
fn a_record_that_was_cut_off_is_removed_and_said() {
    let folder = with_coupons();
    let journal = fs::read(folder.path("s.journal-1")).unwrap();
    let records = |bytes: &[u8]| bytes.iter().filter(|byte| **byte == b'\n').count().saturating_sub(1);
    let whole = records(&journal);
    assert!(whole >= 4, "{whole}");
    // At every beginning and end of a record, and at some places within.
    let near = |len: &usize| journal[len.saturating_sub(2)..(len + 2).min(journal.len())].contains(&b'\n');
    for len in (0..=journal.len()).filter(|len| near(len) || len % 97 == 0) {
        let part = &journal[..len];
        folder.copy("s", "torn");
        fs::write(folder.path("torn.journal-1"), part).unwrap();
        let client = folder.open("torn");
        let is_whole = part.is_empty() || part.ends_with(b"\n");
        assert_eq!(client.sandbox.notes().is_empty(), is_whole, "{len}: {:?}", client.sandbox.notes());
        if let [note] = client.sandbox.notes() {
            let torn = part.rsplit(|byte| *byte == b'\n').next().unwrap().len();
            assert!(note.contains(&format!("its {torn} bytes were removed")), "{note}");
        }
        // The whole records are there. Those of counts may be anywhere between them.
        let lines = part.split_inclusive(|byte| *byte == b'\n').filter(|line| line.ends_with(b"\n"));
        let expected = lines.filter(|line| String::from_utf8_lossy(line).contains("{\"coupon\":")).count();
        assert_eq!(client.count("coupons"), expected, "{len}");
        // And others can follow.
        client.advance(1);
        drop(client);
        assert_eq!(folder.open("torn").count("coupons"), expected, "{len}");
    }
}

#[test]
fn a_journal_that_was_not_yet_used_follows_one_that_was_cut_off() {
    let folder = with_coupons();
    let journal = fs::read(folder.path("s.journal-1")).unwrap();
    let last = journal.windows(8).rposition(|bytes| bytes == br#""coupon""#).unwrap();
    let torn = &journal[..last];
    fs::write(folder.path("s.journal-1"), torn).unwrap();
    let header =
        String::from_utf8(journal[..=journal.iter().position(|byte| *byte == b'\n').unwrap()].to_vec());
    let header = header.unwrap().replace("\"generation\":1", "\"generation\":2");
    // With a record, the end of the one before it was lost.
    let record =
        String::from_utf8(journal.split_inclusive(|byte| *byte == b'\n').nth(1).unwrap().to_vec()).unwrap();
    fs::write(folder.path("s.journal-2"), format!("{header}{record}")).unwrap();
    assert!(folder.refusal("s").contains("its last record is incomplete"));
    for part in ["", &header[..10], &header] {
        fs::write(folder.path("s.journal-1"), torn).unwrap();
        fs::write(folder.path("s.journal-2"), part).unwrap();
        let client = folder.open("s");
        assert_eq!(client.count("coupons"), 1);
        client.advance(1);
        drop(client);
        let client = folder.open("s");
        assert_eq!((client.count("coupons"), &client.state()["clock"]["advanced_seconds"]), (1, &json!(1)));
    }
}

#[test]
fn a_last_record_without_its_content_is_removed_too() {
    let folder = with_coupons();
    let mut journal = fs::read(folder.path("s.journal-1")).unwrap();
    // As after a power failure.
    journal.extend_from_slice(&[0; 30]);
    journal.push(b'\n');
    fs::write(folder.path("s.journal-1"), &journal).unwrap();
    let client = folder.open("s");
    assert_eq!(client.sandbox.notes().len(), 1);
    assert_eq!(client.count("coupons"), 2);
}

#[test]
fn a_changed_byte_is_found_and_the_file_is_left_alone() {
    let folder = with_coupons();
    let journal = fs::read(folder.path("s.journal-1")).unwrap();
    let lines: Vec<&[u8]> = journal.split_inclusive(|byte| *byte == b'\n').collect();
    // The second record is not the last one, so it was not cut off.
    let position = lines[0].len() + lines[1].len();
    for at in (position..position + lines[2].len() - 1).step_by(13) {
        let mut changed = journal.clone();
        changed[at] ^= 1;
        fs::write(folder.path("s.journal-1"), &changed).unwrap();
        assert_eq!(
            folder.refusal("s"),
            format!(
                "the state file s.journal-1 is broken at byte {position} (its checksum is wrong), and was left as it \
                 is; restore a copy of it, or choose another file"
            )
        );
    }
}

#[test]
fn a_snapshot_is_whole_or_refused() {
    let folder = with_coupons();
    let client = folder.open("s");
    client.control_post("/state/save", json!({})).ok();
    drop(client);
    let snapshot = fs::read(folder.path("s")).unwrap();
    let header = snapshot.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    for len in (header..snapshot.len()).step_by(7) {
        fs::write(folder.path("s"), &snapshot[..len]).unwrap();
        let refusal = folder.refusal("s");
        assert!(refusal.starts_with("the state file s is broken at byte "), "{len}: {refusal}");
    }
    fs::write(folder.path("s"), &snapshot).unwrap();
    assert_eq!(folder.open("s").count("coupons"), 2);
}

#[test]
fn what_is_no_state_file_is_left_alone() {
    let folder = Folder::new();
    for content in ["# Notes\n", "{}\n", "[1]", "{\"wechatpay-sandbox\":\"other\",\"format\":1}\n", "\0"] {
        fs::write(folder.path("notes.md"), content).unwrap();
        assert_eq!(
            folder.refusal("notes.md"),
            "notes.md is not a state file of wechatpay-sandbox, and was left as it is"
        );
        // Not even a lock is created.
        assert_eq!(folder.files().len(), 1);
    }
    fs::create_dir(folder.path("folder")).unwrap();
    let error = folder.try_open("folder").unwrap_err().to_string();
    assert!(
        error.ends_with("folder is not a state file of wechatpay-sandbox, and was left as it is"),
        "{error}"
    );
}

#[test]
fn a_file_of_a_newer_version_is_left_alone() {
    let folder = with_coupons();
    let newer = "{\"wechatpay-sandbox\":\"state file\",\"format\":2,\"anything\":[]}\n";
    fs::write(folder.path("s"), newer).unwrap();
    assert_eq!(
        folder.refusal("s"),
        "the state file s has the format 2 of a newer wechatpay-sandbox; this version reads the format 1, and has \
         left the file as it is"
    );
}

#[test]
fn a_missing_part_is_named() {
    let folder = with_coupons();
    let snapshot = fs::read(folder.path("s")).unwrap();
    fs::remove_file(folder.path("s")).unwrap();
    assert_eq!(
        folder.refusal("s"),
        "the state file s.journal-1 is incomplete: s is missing; restore it, or choose another file"
    );
    fs::write(folder.path("s"), snapshot).unwrap();
    folder.open("s").control_post("/state/save", json!({})).ok();
    fs::remove_file(folder.path("s.journal-2")).unwrap();
    assert_eq!(
        folder.refusal("s"),
        "the state file s is incomplete: s.journal-2 is missing; restore it, or choose another file"
    );
}

#[test]
fn a_file_in_use_and_one_of_another_merchant_are_refused() {
    let folder = with_coupons();
    let client = folder.open("s");
    assert_eq!(folder.refusal("s"), "another sandbox uses the state file s: stop it, or choose another file");
    drop(client);
    let other = Credentials::generate(NOW).unwrap();
    let error = Sandbox::with_options(other, Options::new().state_file(folder.path("s"))).unwrap_err();
    let (error, mchid) = (error.to_string(), credentials().mchid());
    assert!(
        error.contains(&format!("is of merchant {mchid}, and the credentials are of another one")),
        "{error}"
    );
    assert_eq!(folder.open("s").count("coupons"), 2);
}

#[test]
fn a_folder_that_does_not_exist_is_named() {
    let folder = Folder::new();
    let error = folder.try_open("missing/s").unwrap_err().to_string();
    assert!(error.contains("missing") && error.contains("could not be used"), "{error}");
}

#[test]
fn a_changed_byte_in_the_last_record_is_no_record_that_was_cut_off() {
    let folder = with_coupons();
    let journal = fs::read(folder.path("s.journal-1")).unwrap();
    let position = journal[..journal.len() - 1].iter().rposition(|byte| *byte == b'\n').unwrap() + 1;
    let mut changed = journal.clone();
    changed[journal.len() - 20] ^= 1;
    fs::write(folder.path("s.journal-1"), &changed).unwrap();
    let refusal = folder.refusal("s");
    assert!(
        refusal.starts_with(&format!("the state file s.journal-1 is broken at byte {position} ")),
        "{refusal}"
    );
}

#[test]
fn a_file_of_others_with_the_name_of_an_unfinished_snapshot_stays() {
    let folder = with_coupons();
    let client = folder.open("s");
    fs::write(folder.path("s.new"), "my thesis\n").unwrap();
    let error = client.control_post("/state/save", json!({}));
    error.assert_error(500, "SYSTEM_ERROR");
    assert!(error.json["message"].as_str().unwrap().contains("s.new is in the way"), "{error:?}");
    assert_eq!(fs::read(folder.path("s.new")).unwrap(), b"my thesis\n");
    // One that a killed process left is replaced.
    for left in ["", "{\"wechatpay-sandbox\":\"sta", "{\"wechatpay-sandbox\":\"state file\",\"format\":1,"] {
        fs::write(folder.path("s.new"), left).unwrap();
        client.control_post("/state/save", json!({})).ok();
        assert!(!folder.path("s.new").exists());
    }
    drop(client);
    assert_eq!(folder.open("s").count("coupons"), 2);
}

#[cfg(unix)]
#[test]
fn the_target_of_a_symbolic_link_is_the_state_file() {
    let folder = Folder::new();
    fs::create_dir(folder.path("data")).unwrap();
    std::os::unix::fs::symlink("data/real", folder.path("link")).unwrap();
    for restored in [false, true] {
        let client = folder.open("link");
        assert_eq!(client.sandbox.is_restored(), restored);
        client.control_post("/state/save", json!({})).ok();
        assert!(folder.path("data/real").is_file());
        assert!(fs::symlink_metadata(folder.path("link")).unwrap().is_symlink());
        assert!(folder.try_open("data/real").is_err(), "it is locked");
    }
}

#[test]
fn an_impossible_generation_is_refused() {
    let folder = with_coupons();
    let snapshot = String::from_utf8(fs::read(folder.path("s")).unwrap()).unwrap();
    for (from, to) in
        [("\"generation\":1", "\"generation\":18446744073709551615"), ("\"format\":1", "\"format\":0")]
    {
        fs::write(folder.path("s"), snapshot.replace(from, to)).unwrap();
        folder.refusal("s");
    }
}
