//! Any response to any operation: an unsigned response is never a success, a validly signed response is never rejected
//! because of its signature, and nothing panics.
#![no_main]

use arbitrary::Arbitrary;
use bytes::Bytes;
use http::{Response, StatusCode};
use libfuzzer_sys::fuzz_target;
use wechatpay_core::testing::{ArbitraryOperation, simplest};
use wechatpay_core::{Error, Outcome, ResponseSignature};
use wechatpay_fuzz::{
    NOW, Only, Signature, Task, client, has_signature, is_well_signed, message, show, with_operation,
};

#[derive(Debug, Arbitrary)]
struct Input<'a> {
    operation: u8,
    status: Status,
    signature: Signature<'a>,
    body: &'a [u8],
}

#[derive(Debug, Clone, Copy, Arbitrary)]
enum Status {
    Ok,
    NoContent,
    Accepted,
    Any(u16),
}

impl Task for Input<'_> {
    fn run<O: ArbitraryOperation>(&mut self) {
        let status = match self.status {
            Status::Ok => StatusCode::OK,
            Status::NoContent => StatusCode::NO_CONTENT,
            Status::Accepted => StatusCode::ACCEPTED,
            Status::Any(status) => StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST),
        };
        let mut response = Response::new(Bytes::copy_from_slice(self.body));
        *response.status_mut() = status;
        *response.headers_mut() = self.signature.headers();
        let headers = response.headers();
        let (signed, well_signed) = (has_signature(headers), is_well_signed(headers));
        let client = client(Only(message(headers, self.body)));
        let operation: O = simplest().unwrap();
        let optional = O::RESPONSE_SIGNATURE == ResponseSignature::WhenPresent;
        match client.response(&operation, &response, NOW) {
            Ok(answer) => {
                assert!(status.is_success() && status != StatusCode::ACCEPTED);
                assert!(well_signed || (optional && !signed), "accepted without a signature");
                assert_eq!(answer.is_verified(), well_signed);
                assert_eq!(answer.raw(), self.body);
                // Encoding and decoding the value again gives the same value. The JSON text may differ.
                let json = serde_json::to_vec(&answer.value).unwrap();
                *response.body_mut() = json.into();
                let client = wechatpay_fuzz::client(Only(message(response.headers(), response.body())));
                assert_eq!(client.response(&operation, &response, NOW).unwrap().value, answer.value);
                std::hint::black_box(format!("{answer:?}"));
            }
            Err(error) => {
                show(&error);
                match &error {
                    Error::Verify(_) => {
                        assert!(!well_signed, "rejected although it is validly signed");
                        assert_eq!(error.outcome(), Outcome::Unknown);
                    }
                    Error::Api(api) => {
                        assert!(!status.is_success() || status == StatusCode::ACCEPTED);
                        assert_eq!(api.is_verified(), well_signed);
                        assert!(well_signed || status == 401 || error.outcome() == Outcome::Unknown);
                        std::hint::black_box((
                            api.detail(),
                            api.internal_code(),
                            api.retry_after(),
                            api.code(),
                        ));
                    }
                    Error::Mismatch(mismatch) => {
                        assert!(well_signed || (optional && !signed));
                        assert_eq!((mismatch.http_status(), &mismatch.body()[..]), (status, self.body));
                        assert_eq!(error.outcome(), Outcome::Unknown);
                    }
                    Error::Decode(decode) => {
                        assert!(well_signed || (optional && !signed));
                        assert_eq!((decode.http_status(), &decode.body()[..]), (status, self.body));
                    }
                    other => panic!("{other:?}"),
                }
            }
        }
    }
}

fuzz_target!(|input: Input<'_>| {
    let mut input = input;
    let operation = input.operation;
    with_operation(operation, &mut input);
});
