//! Secrets are wiped from memory when the values that held them are dropped.
//!
//! A child process loads a key, signs, decrypts and drops everything. Then it searches all of its memory for the
//! secrets, which it only has in masked form. A second child drops nothing and must find the secrets, to prove that the
//! search works.
#![cfg(target_os = "linux")]

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::hint::black_box;
use std::io::Read as _;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use wechatpay_conformance::der::{NAMES, private_key};
use wechatpay_conformance::{PROVIDERS, PUBLIC_KEY_ID, TIMESTAMP, WITH_OAEP, pair, sealed, stamp};
use wechatpay_core::cashcoupons::{CouponUsed, RequiredCouponFields, SendCoupon};
use wechatpay_core::crypto::{ApiV3Key, CryptoProvider, load_verifying_key};
use wechatpay_core::zeroize::Zeroizing;
use wechatpay_core::{Client, Merchant, PlatformKeys};

/// The bits that are flipped in masked bytes, so that the search does not find its own patterns.
const MASK: u8 = 0xa5;
/// The environment variable with the arguments of the child: the provider, whether to drop, and the folder.
const ARGUMENTS: &str = "WECHATPAY_WIPED";
/// The text that is decrypted with the private key.
const OPENED: &str = "a sensitive field that is so long that freeing its memory, of which an allocator uses the first \
                      bytes for itself, leaves enough of it to be found";

fn masked(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().map(|byte| byte ^ MASK).collect()
}

/// The length of the longest pattern, in bytes.
const LONGEST: usize = 40;

/// The patterns to search for: up to 40 bytes from the middle of each secret, which an allocator does not overwrite.
fn patterns(pem: &str, api_v3_key: &str) -> Vec<(String, Vec<u8>)> {
    let line = pem.lines().nth(12).unwrap();
    let mut patterns = vec![
        ("APIv3 key".to_owned(), api_v3_key.as_bytes().to_vec()),
        ("PEM".to_owned(), line.as_bytes()[8..48].to_vec()),
        ("opened field".to_owned(), OPENED.as_bytes()[64..96].to_vec()),
    ];
    for (name, number) in NAMES.iter().zip(private_key(pem).iter().skip(1)).skip(2) {
        let at = number.len() / 2 - 16;
        let mut middle = number[at..at + 32].to_vec();
        patterns.push((format!("{name}, big-endian"), middle.clone()));
        // The order of limbs in memory, for any limb size.
        middle.reverse();
        patterns.push((format!("{name}, little-endian"), middle));
    }
    assert!(patterns.iter().all(|(_, pattern)| pattern.len() <= LONGEST));
    patterns
}

/// Writes the files that a child needs: the merchant's files, and the masked patterns.
fn prepare(folder: &Path) {
    let (_, platform, credentials) = pair(TIMESTAMP);
    let (pem, api_v3_key) = (credentials.private_key_pem(), credentials.api_v3_key());
    let write = |name: &str, content: &[u8]| fs::write(folder.join(name), content).unwrap();
    write("key.pem", pem.as_bytes());
    // Other forms of the same file, which are converted while it is read.
    write("key.escaped", pem.replace('\n', "\\n").as_bytes());
    write("key.base64", STANDARD.encode(pem).as_bytes());
    write("key.utf16", &pem.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>());
    let body: String = pem.lines().filter(|line| !line.starts_with("--")).collect();
    write("key.der", &STANDARD.decode(body).unwrap());
    write("cert.pem", credentials.certificate_pem().as_bytes());
    write("api_v3_key", api_v3_key.as_bytes());
    write("platform.pem", platform.public_key_pem.as_bytes());
    write("mchid", credentials.mchid().as_bytes());
    write("serial_no", credentials.serial_no().as_bytes());
    let coupon = r#"{"stock_creator_mchid":"1","stock_id":"2","coupon_id":"3","status":"USED"}"#;
    let resource = sealed(api_v3_key, "coupon", coupon);
    let body = serde_json::json!({"id": "1", "event_type": "COUPON.USE", "resource": resource});
    let body = body.to_string();
    write("callback", body.as_bytes());
    let headers: Vec<_> =
        platform.headers(&body, TIMESTAMP).iter().map(|(name, value)| format!("{name}\t{value}\n")).collect();
    write("headers", headers.concat().as_bytes());
    let own = load_verifying_key(WITH_OAEP[0], credentials.certificate_pem()).unwrap();
    write("field", STANDARD.encode(own.encrypt(OPENED.as_bytes()).unwrap()).as_bytes());
    let patterns = patterns(pem, api_v3_key).into_iter();
    let patterns: Vec<_> =
        patterns.map(|(name, bytes)| format!("{name}\t{}\n", STANDARD.encode(masked(&bytes)))).collect();
    write("patterns", patterns.concat().as_bytes());
}

/// Runs a child and returns the names of the patterns that it found.
fn found(folder: &Path, provider: &str, dropped: bool) -> BTreeSet<String> {
    let end = if dropped { "drop" } else { "hold" };
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child", "--ignored", "--nocapture", "--test-threads=1"])
        .env(ARGUMENTS, format!("{provider}\t{end}\t{}", folder.display()))
        .output()
        .unwrap();
    let text = String::from_utf8(child.stdout).unwrap();
    assert!(child.status.success(), "{text}{}", String::from_utf8_lossy(&child.stderr));
    assert!(text.lines().any(|line| line == "searched"), "{text}");
    text.lines().filter_map(|line| line.strip_prefix("found\t")).map(str::to_owned).collect()
}

/// The patterns that may remain in memory, because the provider's library does not wipe all of its own memory. The
/// memory of this project's crates must be wiped in any case: PEM, DER (big-endian numbers) and decrypted text.
fn allowed_remains(provider: &CryptoProvider) -> &'static [&'static str] {
    match provider.name {
        // `rsa` creates moduli from the primes when it reads a key and when it signs, and frees them without wiping:
        // "TODO: zeroize intermediates" in its source.
        "rustcrypto" => &["p, little-endian", "q, little-endian"],
        // Wipes all memory when freeing it, like OpenSSL.
        "aws-lc-rs" => &[],
        // Wipes nothing, by decision of its author. The AES key schedule begins with the APIv3 key.
        // It reads the exponent d only to check its size, and frees that copy as it is.
        "ring" => &["APIv3 key", "d, little-endian", "p, little-endian", "q, little-endian"],
        // Wipes the key, but moving the parsed numbers leaves copies on the stack.
        "graviola" => &[
            "d, little-endian",
            "p, little-endian",
            "q, little-endian",
            "dP, little-endian",
            "dQ, little-endian",
            "qInv, little-endian",
        ],
        other => panic!("no remains are listed for the provider {other}"),
    }
}

#[test]
fn dropped_secrets_are_wiped_except_by_known_libraries() {
    let folder = tempfile::tempdir().unwrap();
    prepare(folder.path());
    let mut wrong = Vec::new();
    for provider in PROVIDERS {
        let held = found(folder.path(), provider.name, false);
        // The search works: it finds secrets that were not dropped.
        for there in ["APIv3 key", "PEM"] {
            assert!(held.contains(there), "{}: {there} is not in {held:?}", provider.name);
        }
        assert!(held.iter().any(|name| name.starts_with("p, ")), "{}: {held:?}", provider.name);
        let left = found(folder.path(), provider.name, true);
        println!("{} held {held:?}\nand left {left:?}", provider.name);
        let allowed = allowed_remains(provider);
        let more = left.into_iter().filter(|name| !allowed.contains(&name.as_str()));
        wrong.extend(more.map(|name| format!("{}: {name}", provider.name)));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The child process. Does nothing without its arguments.
#[test]
#[ignore = "run by dropped_secrets_are_wiped_except_by_known_libraries"]
#[expect(clippy::disallowed_methods, reason = "the child reads its arguments from the environment")]
fn child() {
    let Ok(arguments) = std::env::var(ARGUMENTS) else { return };
    let [provider, end, folder] = arguments.split('\t').collect::<Vec<_>>().try_into().unwrap();
    let folder = PathBuf::from(folder);
    let provider = PROVIDERS.into_iter().find(|candidate| candidate.name == provider).unwrap();
    let search = Search::new(&folder);
    let held = deep(&mut || {
        // Several times, because a later run may overwrite what an earlier one has left.
        [(); 4].map(|()| Some(work(&folder, provider)).filter(|_| end == "hold"))
    });
    search.run();
    drop(black_box(held));
}

/// Runs `work` deep in the stack, so that later calls do not overwrite what it leaves there.
#[inline(never)]
fn deep<T>(work: &mut dyn FnMut() -> T) -> T {
    let far = [0_u8; 128 * 1024];
    black_box(&far);
    let result = work();
    black_box(&far);
    result
}

/// Uses the secrets in every way that a merchant does.
#[inline(never)]
fn work(folder: &Path, provider: &CryptoProvider) -> (Client, ApiV3Key, Zeroizing<Vec<u8>>) {
    let secret = |name: &str| Zeroizing::new(fs::read(folder.join(name)).unwrap());
    let text = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
    let pem = secret("key.pem");
    let key = ApiV3Key::new(secret("api_v3_key")).unwrap();
    let merchant = Merchant::from_pem(provider, text("mchid").into(), text("serial_no"), &pem).unwrap();
    let platform = PlatformKeys::new();
    platform.add_public_key(provider, PUBLIC_KEY_ID, text("platform.pem")).unwrap();
    let client = Client::new(merchant, platform).unwrap().with_api_v3_key(provider, key.clone());

    let send = SendCoupon::new(RequiredCouponFields {
        openid: "o".into(),
        appid: "wx".into(),
        stock_id: "1".into(),
        stock_creator_mchid: "1900007291".into(),
        out_request_no: "n".into(),
    });
    client.request(&send, stamp()).unwrap();
    let headers = text("headers");
    let headers = headers.lines().map(|line| line.split_once('\t').unwrap());
    client.notification_from::<CouponUsed>(headers, text("callback").as_bytes(), TIMESTAMP).unwrap();
    match client.merchant().open(text("field")) {
        Ok(field) => assert_eq!(Zeroizing::new(field).len(), OPENED.len()),
        Err(_) => assert!(WITH_OAEP.iter().all(|with| with.name != provider.name)),
    }
    for form in ["key.escaped", "key.base64", "key.utf16", "key.der"] {
        let mchid = Some(text("mchid").into());
        Merchant::from_certificate(provider, mchid, text("cert.pem"), secret(form)).unwrap();
    }
    // A key with an invalid character near its end: most of it has been read by then.
    let mut broken = pem.clone();
    let at = broken.len() - 100;
    broken[at] = b'!';
    assert!(Merchant::from_pem(provider, "1".into(), "0A", &broken).is_err());
    (client, key, pem)
}

/// Searches all writable memory of this process for the masked patterns. It allocates everything in advance, because a
/// later allocation could overwrite what it has to find.
struct Search {
    patterns: Vec<(String, Vec<u8>)>,
    /// Whether any pattern begins with this byte.
    first: [bool; 256],
    buffer: Vec<u8>,
    memory: File,
    maps: (File, String),
}

impl Search {
    fn new(folder: &Path) -> Self {
        let patterns = fs::read_to_string(folder.join("patterns")).unwrap();
        let patterns = patterns.lines().map(|line| line.split_once('\t').unwrap());
        let patterns: Vec<_> =
            patterns.map(|(name, bytes)| (name.to_owned(), STANDARD.decode(bytes).unwrap())).collect();
        let mut first = [false; 256];
        patterns.iter().for_each(|(_, pattern)| first[usize::from(pattern[0])] = true);
        // End the line that the test harness has begun.
        println!();
        Self {
            patterns,
            first,
            buffer: vec![0; 1024 * 1024],
            memory: File::open("/proc/self/mem").unwrap(),
            maps: (File::open("/proc/self/maps").unwrap(), String::with_capacity(1024 * 1024)),
        }
    }

    fn run(mut self) {
        let own = self.buffer.as_ptr().addr()..self.buffer.as_ptr().addr() + self.buffer.len();
        let (file, maps) = &mut self.maps;
        file.read_to_string(maps).unwrap();
        let mut searched = 0;
        for line in maps.lines() {
            // "start-end perms offset device inode path"
            let (addresses, rest) = line.split_once(' ').unwrap();
            let (start, end) = addresses.split_once('-').unwrap();
            let address = |text| usize::from_str_radix(text, 16).unwrap();
            let (start, end) = (address(start), address(end));
            if !rest.starts_with("rw") {
                continue;
            }
            // Skip the search buffer itself.
            for (mut at, end) in [(start, end.min(own.start)), (start.max(own.end), end)] {
                while at < end {
                    let len = self.buffer.len().min(end - at);
                    let bytes = &mut self.buffer[..len];
                    self.memory.read_exact_at(bytes, at as u64).unwrap();
                    bytes.iter_mut().for_each(|byte| *byte ^= MASK);
                    for (place, byte) in bytes.iter().enumerate() {
                        if !self.first[usize::from(*byte)] {
                            continue;
                        }
                        let here = |(_, pattern): &&(_, Vec<u8>)| bytes[place..].starts_with(pattern);
                        if let Some((name, _)) = self.patterns.iter().find(here) {
                            println!("found\t{name}");
                        }
                    }
                    searched += len;
                    // The pieces overlap, so that no pattern is missed at a boundary.
                    at += if at + len < end { len - LONGEST } else { len };
                }
            }
        }
        assert!(searched > 1024 * 1024);
        println!("searched");
    }
}
