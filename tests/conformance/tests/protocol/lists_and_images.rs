//! Lists in pages, and uploads of images.

use std::cell::RefCell;

use crate::*;

/// Reads a list of `total` entries in pages of the requested size, at most `max_size`. Past its end the simulated
/// platform returns an error, like the real one. Returns the entries and the offsets of the requests.
fn list(total: u32, max_size: u32, first: ListAvailableMerchants) -> (Result<Vec<String>, Error>, Vec<u32>) {
    let (client, platform, _) = pair(TIMESTAMP);
    let offsets = RefCell::new(Vec::new());
    let send = |operation: &ListAvailableMerchants| {
        let target = target(&client, operation);
        offsets.borrow_mut().push(operation.offset);
        assert!(
            target.contains(&format!("offset={}&limit={}", operation.offset, operation.limit)),
            "{target}"
        );
        let size = operation.limit.min(max_size);
        let from = operation.offset * size;
        let response = if from >= total && from > 0 {
            platform.signed_response(400, r#"{"code":"MCH_NOT_EXISTS","message":"商户号不合法"}"#, TIMESTAMP)
        } else {
            let data: Vec<_> = (from..total.min(from + size)).map(|n| n.to_string()).collect();
            let body = json!({"total_count": total, "data": data, "offset": operation.offset, "limit": size, "stock_id": "1"});
            platform.signed_response(200, &body.to_string(), TIMESTAMP)
        };
        read_response::<ListAvailableMerchants>(&client, &response, TIMESTAMP)
    };
    let items =
        Pages::new(first).items(send).map(|item| item.map(|mchid| mchid.as_str().to_owned())).collect();
    (items, offsets.into_inner())
}

fn target(client: &Client, operation: &impl Operation) -> String {
    client.request(operation, stamp()).unwrap().uri().path_and_query().unwrap().to_string()
}

fn first() -> ListAvailableMerchants {
    ListAvailableMerchants::new("1".into(), "2".into())
}

#[test]
fn a_list_ends_with_its_last_entry_without_another_request() {
    for (total, most, size, pages) in [
        (0, 50, 50, 1),
        (1, 50, 50, 1),
        (49, 50, 50, 1),
        (50, 50, 50, 1),
        (51, 50, 50, 2),
        (100, 50, 50, 2),
        (7, 50, 3, 3),
        (9, 50, 3, 3),
        // The platform returns smaller pages than requested.
        (25, 10, 50, 3),
        (30, 10, 50, 3),
    ] {
        let (items, offsets) = list(total, most, first().page(0, size));
        let expected: Vec<_> = (0..total).map(|n| n.to_string()).collect();
        assert_eq!(items.unwrap(), expected, "{total} {most} {size}");
        assert_eq!(offsets, (0..pages).collect::<Vec<_>>(), "{total} {most} {size}");
    }
}

#[test]
fn a_list_can_begin_at_any_page_and_ends_after_an_error() {
    let (items, offsets) = list(10, 50, first().page(2, 3));
    assert_eq!((items.unwrap().len(), offsets), (4, vec![2, 3]));
    // Pages smaller than requested: the third page of ten entries begins with entry 20.
    let (items, offsets) = list(60, 10, first().page(2, 50));
    assert_eq!((items.unwrap()[0].as_str(), offsets), ("20", vec![2, 3, 4, 5]));
    let (items, offsets) = list(10, 50, first().page(7, 3));
    assert_eq!((items.unwrap_err().api().unwrap().http_status().as_u16(), offsets), (400, vec![7]));
}

#[test]
fn inconsistent_pages_do_not_cause_endless_requests() {
    let (client, platform, _) = pair(TIMESTAMP);
    let pages = |body: &str, limit: usize| {
        let body = body.to_owned();
        let send = |_: &ListStocks| {
            read_response::<ListStocks>(&client, &platform.signed_response(200, &body, TIMESTAMP), TIMESTAMP)
        };
        Pages::new(ListStocks::new("1".into())).iter(send).take(limit).count()
    };
    // The page, and the error that the list contradicts its count.
    assert_eq!(pages(r#"{"total_count":100,"offset":0,"limit":10}"#, 50), 2);
    assert_eq!(pages(r#"{"total_count":-1,"offset":0,"limit":-1}"#, 50), 2);
    let stock = r#"{"stock_id":"1","stock_creator_mchid":"2","status":"running"}"#;
    // Three entries, one on each page. Without a limit, one page of the requested size has all of them.
    assert_eq!(pages(&format!(r#"{{"total_count":3,"offset":0,"limit":0,"data":[{stock}]}}"#), 50), 2);
    assert_eq!(pages(&format!(r#"{{"total_count":3,"offset":0,"limit":1,"data":[{stock}]}}"#), 50), 3);
}

#[test]
fn coupons_are_listed_in_pages_of_the_default_size() {
    let (client, platform, _) = pair(TIMESTAMP);
    let coupon = json!({"stock_creator_mchid": "1", "stock_id": "2", "coupon_id": "3", "status": "SENDED"});
    let targets = RefCell::new(Vec::new());
    let send = |operation: &ListCouponsByFilter| {
        targets.borrow_mut().push(target(&client, operation));
        let (from, total) = (operation.offset.unwrap_or(0) * 20, 41);
        let data = vec![coupon.clone(); 20.min(total - from) as usize];
        let body = json!({"total_count": total, "data": data, "offset": 0, "limit": 20}).to_string();
        read_response::<ListCouponsByFilter>(
            &client,
            &platform.signed_response(200, &body, TIMESTAMP),
            TIMESTAMP,
        )
    };
    let list = ListCouponsByFilter::by_creator(User { openid: "o".into(), appid: "wx".into() }, "1".into());
    assert_eq!(Pages::new(list).items(send).filter(Result::is_ok).count(), 41);
    let base = "/v3/marketing/favor/users/o/coupons?appid=wx&creator_mchid=1";
    let expected = [base.to_owned(), format!("{base}&offset=1"), format!("{base}&offset=2")];
    assert_eq!(targets.into_inner(), expected);
}

/// Lists the coupons that `list` requests from a platform with `total` coupons, which ignores the page and always sends
/// the first `sent`. Returns the number of coupons, the error at the end, and the number of requests.
fn list_without_pages(list: ListCouponsByFilter, sent: usize, total: i64) -> (usize, Option<Error>, usize) {
    let (client, platform, _) = pair(TIMESTAMP);
    let coupon = json!({"stock_creator_mchid": "1", "stock_id": "2", "coupon_id": "3", "status": "SENDED"});
    let body =
        json!({"total_count": total, "data": vec![coupon; sent], "offset": 0, "limit": 20}).to_string();
    let mut requests = 0;
    let mut coupons: Vec<_> = Pages::new(list)
        .items(|operation| {
            requests += 1;
            client.response(operation, &platform.signed_response(200, &body, TIMESTAMP), TIMESTAMP)
        })
        .collect();
    let error = coupons.pop_if(|last| last.is_err()).map(Result::unwrap_err);
    (coupons.len(), error, requests)
}

#[test]
fn the_list_of_usable_coupons_is_one_response() {
    let usable = || {
        ListCouponsByFilter::by_available_merchant(
            User { openid: "o".into(), appid: "wx".into() },
            "1".into(),
        )
    };
    for list in [usable(), usable().page(0, 10), usable().page(3, 10), usable().stock_id("9".into())] {
        let (coupons, error, requests) = list_without_pages(list.clone(), 30, 30);
        assert_eq!((coupons, error.is_none(), requests), (30, true, 1), "{list:?}");
        // The platform has more coupons, and no way to ask for them.
        let (coupons, error, requests) = list_without_pages(list, 20, 30);
        assert_eq!((coupons, requests), (20, 1));
        assert!(matches!(error, Some(Error::List(_))), "{error:?}");
    }
    // The creator takes precedence, and then there are pages. A platform that repeats the first one is found out.
    let mut both = usable();
    both.creator_mchid = Some("1".into());
    let (coupons, error, requests) = list_without_pages(both, 20, 30);
    assert_eq!((coupons, requests), (40, 2));
    let Some(Error::List(error)) = error else { panic!("{error:?}") };
    assert_eq!((error.received(), error.total_count(), error.skipped()), (40, 30, 0));
}

const PNG: &[u8] = b"\x89PNG\r\n\x1a\nrest";
/// `printf '\x89PNG\r\n\x1a\nrest' | sha256sum`.
const PNG_SHA256: &str = "f02a830cf03a1cf756c0461481db682bc9254a5a399f847494d33850c3ff7156";

#[test]
fn an_image_is_sent_as_a_form_with_a_signed_description() {
    for provider in PROVIDERS {
        let upload = UploadMarketingImage::new(provider, "logo 1.PNG", PNG).unwrap();
        let client = official_client(provider);
        let meta = format!(r#"{{"filename":"logo 1.PNG","sha256":"{PNG_SHA256}"}}"#);
        let message = client.unsigned(&upload, stamp()).unwrap().message();
        let target = "/v3/marketing/favor/media/image-upload";
        let expected = format!("POST\n{target}\n{TIMESTAMP}\n593BEC0C930BF1AFEB40B4A08C8FB242\n{meta}\n");
        assert_eq!(String::from_utf8(message).unwrap(), expected);

        let request = client.request(&upload, stamp()).unwrap();
        let content_type = request.headers()["content-type"].to_str().unwrap();
        let boundary = content_type.strip_prefix("multipart/form-data;boundary=").unwrap();
        assert!(boundary.len() <= 70, "RFC 2046 allows no more: {boundary}");
        let expected = [
            format!(
                "--{boundary}\r\nContent-Disposition: form-data; name=\"meta\";\r\nContent-Type: application/json\r\n\r\n\
                 {meta}\r\n--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"logo 1.PNG\";\r\n\
                 Content-Type: image/png\r\n\r\n"
            )
            .as_bytes(),
            PNG,
            format!("\r\n--{boundary}--\r\n").as_bytes(),
        ]
        .concat();
        assert_eq!(request.body(), &expected);
    }
}

#[test]
fn invalid_images_are_rejected_before_sending() {
    let client = official_client(PROVIDERS[0]);
    let problem = |upload: &UploadMarketingImage| match client.request(upload, stamp()) {
        Err(BuildError::Field(field)) => field.to_string(),
        other => panic!("{other:?}"),
    };
    let image = |name: &str, content: &[u8]| {
        UploadMarketingImage::new(PROVIDERS[0], name, Bytes::copy_from_slice(content)).unwrap()
    };
    let long = format!("{}.png", "x".repeat(125));
    for (name, content, expected) in [
        ("", PNG, "filename is empty"),
        (long.as_str(), PNG, "filename has 129 characters; the limit is 128"),
        ("logo", PNG, "filename must end in .jpg, .bmp or .png"),
        ("logo.gif", PNG, "filename must end in .jpg, .bmp or .png"),
        ("png", PNG, "filename must end in .jpg, .bmp or .png"),
        (
            "a\"; filename=\"b.png",
            PNG,
            "filename contains the character '\"'; allowed are ASCII characters except quotes, backslashes and control characters",
        ),
        (
            "a\r\nX: y.png",
            PNG,
            "filename contains the character '\\r'; allowed are ASCII characters except quotes, backslashes and control characters",
        ),
        (
            "图.png",
            PNG,
            "filename contains the character '图'; allowed are ASCII characters except quotes, backslashes and control characters",
        ),
        ("logo.png", b"", "file is empty"),
        ("logo.png", b"GIF89a", "file must be a JPG, BMP or PNG image"),
    ] {
        assert_eq!(problem(&image(name, content)), expected);
    }
    let mut large = PNG.to_vec();
    large.resize(2 * 1024 * 1024, 0);
    client.request(&image("logo.png", &large), stamp()).unwrap();
    large.push(0);
    assert_eq!(problem(&image("logo.png", &large)), "file has 2097153 bytes; the limit is 2097152");
    for name in ["a.jpg", "a.JPG", "a.bmp"] {
        client.request(&image(name, b"\xff\xd8\xff\xe0"), stamp()).unwrap();
        client.request(&image(name, b"BM1234"), stamp()).unwrap();
    }
    let mut other_hash = image("logo.png", PNG);
    other_hash.meta.sha256 = "0".to_owned();
    assert_eq!(problem(&other_hash), "sha256 must be a SHA-256 hash of 64 hexadecimal digits");
    // A wrong hash, and a file that contains the boundary made from it. The form would end too early.
    let mut inside = image("logo.png", &[PNG, b"file-", "a".repeat(64).as_bytes()].concat());
    inside.meta.sha256 = "a".repeat(64);
    assert_eq!(problem(&inside), "sha256 is not the hash of the file, because the file contains this value");
}

#[test]
fn an_image_url_is_decoded_with_any_content_type() {
    let (client, platform, _) = pair(TIMESTAMP);
    let response =
        platform.signed_response(200, r#"{"media_url":"https://wxpaylogo.qpic.cn/x/0"}"#, TIMESTAMP);
    let response = with_header(response, "content-type", "text/plain");
    let answer = read_response::<UploadMarketingImage>(&client, &response, TIMESTAMP).unwrap();
    assert_eq!(answer.media_url, "https://wxpaylogo.qpic.cn/x/0");
}
