/// Passes every operation to a macro, as `module: Operation => Response;`. This is the only list of operations:
/// the re-exports, [`each_operation`](crate::testing::each_operation) and the proptest strategies are generated from
/// it. The response is omitted if an earlier line already lists it.
macro_rules! operations {
    ($to:ident) => {
        $to! {
            stock::create: CreateCouponStock => CreateCouponStockResponse;
            stock::start: StartStock => StartStockResponse;
            stock::pause: PauseStock => PauseStockResponse;
            stock::restart: RestartStock => RestartStockResponse;
            stock::stop: StopStock => StopStockResponse;
            stock::query: QueryStock => Stock;
            stock::list: ListStocks => StockCollection;
            stock::merchants: ListAvailableMerchants => AvailableMerchantCollection;
            stock::items: ListAvailableSingleitems => AvailableSingleitemCollection;
            stock::modify_merchants: ModifyAvailableMerchants => ModifyAvailableMerchantResponse;
            stock::modify_items: ModifyAvailableSingleitems => ModifyAvailableSingleitemResponse;
            stock::modify_budget: ModifyStockBudget => ModifyStockBudgetResponse;
            stock::use_flow: UseFlow => UseFlowResponse;
            stock::refund_flow: RefundFlow => RefundFlowResponse;
            stock::use_flow_by_day: UseFlowByDay => UseFlowByDayResponse;
            stock::refund_flow_by_day: RefundFlowByDay => RefundFlowByDayResponse;
            coupon::send: SendCoupon => SendCouponResponse;
            coupon::query: QueryCoupon => Coupon;
            coupon::list: ListCouponsByFilter => CouponCollection;
            callback_url::set: SetCallback => SetCallbackResponse;
            callback_url::query: QueryCallback => Callback;
            media: UploadMarketingImage => UploadMarketingImageResponse;
            #[cfg(feature = "unpublished")]
            platform_favor::create: CreatePlatformFavor => PlatformFavorStockEntity;
            #[cfg(feature = "unpublished")]
            platform_favor::query: QueryPlatformFavor;
        }
    };
}

pub(crate) use operations;
