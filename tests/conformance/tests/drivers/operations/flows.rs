//! Flow files: the uses and refunds of a stock, in total and by day.

use super::*;

with_every_driver!(flow_files_of_a_stock, flow_files_of_a_day);

/// Downloads a flow file and reads its rows.
fn rows(driver: &impl Driver, operation: &impl Operation<Response: FileLink + Send>) -> Vec<FlowRow> {
    // The content before the current position of the sink must be kept.
    let mut sink = Cursor::new(b"kept".to_vec());
    sink.set_position(4);
    let file = driver.download(operation, sink).unwrap();
    FlowRows::from(file).collect::<Result<_, _>>().unwrap()
}

fn flow_files_of_a_stock<D: Driver>() {
    let (local, driver, mchid) = start::<D>();
    let stock_id = local.begun_stock(&driver);
    let coupons = send_coupons(&local, &driver, &stock_id, 3);
    redeem(&local, &coupons[0], r#"{"order_amount":12345}"#);
    redeem(&local, &coupons[1], "");
    refund(&local, &coupons[1]);

    let early = driver.send(&UseFlow::new(stock_id.clone())).unwrap_err();
    let early = early.api().unwrap();
    assert_eq!((early.http_status().as_u16(), early.code()), (404, Some(&ErrorCode::ResourceNotExists)));
    assert!(early.hint().unwrap().contains("10:00") && early.to_string().ends_with(early.hint().unwrap()));
    assert!(download(&driver, &RefundFlow::new(stock_id.clone())).is_err());

    local.advance(3 * DAY);
    let used = rows(&driver, &UseFlow::new(stock_id.clone()));
    let [first, second] = used.as_slice() else { panic!("{used:?}") };
    assert_eq!((first.coupon_id.as_ref(), second.coupon_id.as_ref()), (Some(&coupons[0]), Some(&coupons[1])));
    assert_eq!((first.discount_amount, first.order_amount), (Some(Fen::new(100)), Some(Fen::new(12_345))));
    assert_eq!((first.stock_id.as_ref(), &first.consume_mchid), (Some(&stock_id), &Some(mchid)));
    let refunded = rows(&driver, &RefundFlow::new(stock_id));
    assert_eq!(refunded.iter().map(|row| row.coupon_id.as_ref()).collect::<Vec<_>>(), [Some(&coupons[1])]);
}

fn flow_files_of_a_day<D: Driver>() {
    let (local, driver, _) = start::<D>();
    let stock_id = local.begun_stock(&driver);
    let coupons = send_coupons(&local, &driver, &stock_id, 2);
    let used = redeem(&local, &coupons[0], "");
    let refunded = refund(&local, &coupons[0]);
    let day = |time: &Value| -> BillDate { time.as_str().unwrap()[..10].parse().unwrap() };
    let day_of_use = day(&used["consume_information"]["consume_time"]);
    let day_of_refund = day(&refunded["refund"]["refund_time"]);

    let future = UseFlowByDay::new(stock_id.clone(), "2999-01-01".parse().unwrap());
    let error = driver.send(&future).unwrap_err();
    assert_eq!(error.api().unwrap().internal_code(), Some("268573590"));
    local.advance(DAY);
    let operation = UseFlowByDay::new(stock_id.clone(), day_of_use);
    assert_eq!(driver.send(&operation).unwrap().stock_useflow_count, Some(1));
    // The file has the row count of the response, which is checked when its rows are read.
    let file = download(&driver, &operation).unwrap();
    assert_eq!(file.rows(), Some(1));
    let found: Vec<FlowRow> = FlowRows::from(file).collect::<Result<_, _>>().unwrap();
    assert_eq!(found.iter().map(|row| row.coupon_id.as_ref()).collect::<Vec<_>>(), [Some(&coupons[0])]);
    let operation = RefundFlowByDay::new(stock_id, day_of_refund);
    assert_eq!(driver.send(&operation).unwrap().stock_refundflow_count, Some(1));
    assert_eq!(rows(&driver, &operation)[0].coupon_id.as_ref(), Some(&coupons[0]));
}
