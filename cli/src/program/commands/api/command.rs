//! `api`.

use serde_json::{Map, Value, json};
use wechatpay_hyper::PROVIDER;
use wechatpay_hyper::core::bytes::Bytes;
use wechatpay_hyper::core::http::Request;
use wechatpay_hyper::core::http::header::AUTHORIZATION;
use wechatpay_hyper::core::{Answer, Error, Operation as _, Stamp};

use crate::program::arguments::Api;
use crate::program::clock::unix_seconds;
use crate::program::commands::api::call::{Call, Delete, Get, Patch, Post, Put, Verb};
use crate::program::commands::api::input::Input;
use crate::program::commands::api::pages::all;
use crate::program::connection::Connection;
use crate::program::exit::Exit;
use crate::program::failure::Failure;
use crate::program::output::members;
use crate::program::session::Session;
use crate::program::texts::text;

/// Sends any request, signed, and verifies the response.
///
/// # Errors
/// The [`Failure`] of the call. It has the body of the response, and whether that is verified.
pub(crate) async fn api(session: &Session, arguments: &Api) -> Result<Exit, Failure> {
    let input = Input::new(arguments)?;
    match arguments.method.to_ascii_uppercase().as_str() {
        "GET" if arguments.paginate => pages(session, input).await,
        _ if arguments.paginate => Err(Failure::usage(text!("--paginate is for GET only"))),
        "GET" => one::<Get>(session, arguments, input).await,
        "POST" => one::<Post>(session, arguments, input).await,
        "PUT" => one::<Put>(session, arguments, input).await,
        "PATCH" => one::<Patch>(session, arguments, input).await,
        "DELETE" => one::<Delete>(session, arguments, input).await,
        _ => Err(Failure::usage(text!("METHOD must be GET, POST, PUT, PATCH or DELETE"))),
    }
}

async fn one<V: Verb>(session: &Session, arguments: &Api, input: Input) -> Result<Exit, Failure> {
    let call = Call::<V>::new(input.target(), input.body);
    // Before a sandbox is started.
    call.parts().map_err(Error::from)?;
    let connection = Connection::open(session).await?;
    if arguments.dry_run {
        return dry_run(session, &connection, &call);
    }
    let answer =
        connection.client().send(&call).await.map_err(|error| Failure::with_body(error, V::READS))?;
    let json = json!({
        "http_status": answer.http_status().as_u16(), "request_id": answer.request_id(),
        "verified": answer.is_verified(), "body": content(&answer.value),
    });
    session.output.document(members(json), || text(arguments, &answer))?;
    Ok(Exit::Done)
}

fn text(arguments: &Api, answer: &Answer<Vec<u8>>) -> String {
    let body = String::from_utf8_lossy(&answer.value).into_owned();
    if !arguments.include {
        return body;
    }
    let request_id = answer.request_id().map(|id| format!("Request-ID: {id}\n")).unwrap_or_default();
    format!("{}\n{request_id}\n{body}", answer.http_status())
}

/// The body as JSON, or as text if it is none.
fn content(body: &[u8]) -> Value {
    serde_json::from_slice(body).unwrap_or_else(|_| String::from_utf8_lossy(body).into())
}

async fn pages(session: &Session, input: Input) -> Result<Exit, Failure> {
    let connection = Connection::open(session).await?;
    let whole = all(&connection, input).await?;
    let entries: Vec<Map<String, Value>> = whole.entries.iter().map(members).collect();
    session.output.list(whole.head.clone(), entries, || {
        let mut list = whole.head.clone();
        list.insert("data".to_owned(), whole.entries.clone().into());
        serde_json::to_string(&list).unwrap_or_default()
    })?;
    Ok(Exit::Done)
}

/// Writes the request. Its signature is left out: whoever has it can send the request for five minutes.
fn dry_run<V: Verb>(session: &Session, connection: &Connection, call: &Call<V>) -> Result<Exit, Failure> {
    let stamp = Stamp::new(unix_seconds(), PROVIDER.random)
        .map_err(|error| Failure::failed(text!("no nonce could be made")).because(&error))?;
    let request: Request<Bytes> = connection.client().core().request(call, stamp).map_err(Error::from)?;
    let shown = |value: &wechatpay_hyper::core::http::HeaderValue| {
        String::from_utf8_lossy(value.as_bytes()).into_owned()
    };
    let headers = request.headers().iter().filter(|(name, _)| **name != AUTHORIZATION);
    let headers: Map<String, Value> =
        headers.map(|(name, value)| (name.as_str().to_owned(), shown(value).into())).collect();
    let json = json!({
        "dry_run": true, "method": request.method().as_str(), "url": request.uri().to_string(), "headers": headers,
        "body": content(request.body()),
    });
    session.output.document(members(json), || {
        let headers =
            headers.iter().map(|(name, value)| format!("{name}: {}\n", value.as_str().unwrap_or_default()));
        let headers: String = headers.collect();
        let body = String::from_utf8_lossy(request.body());
        format!("{} {}\n{headers}authorization: (left out)\n\n{body}", request.method(), request.uri())
            .trim_end()
            .to_owned()
    })?;
    Ok(Exit::Done)
}
