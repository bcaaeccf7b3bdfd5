//! `/_sandbox/openapi.json`: the control interface in the OpenAPI format, made from the table of its requests.

use serde_json::{Map, Value, json};

use crate::control::call::Route;
use crate::protocol::json::set;
use crate::protocol::reply::Reply;

/// The description of these requests.
pub(crate) fn document(routes: &[Route]) -> Reply {
    let mut paths: Map<String, Value> = Map::new();
    for route in routes {
        let path = paths.entry(route.path).or_insert_with(|| json!({}));
        set(path, &route.method.as_str().to_ascii_lowercase(), operation(route));
    }
    Reply::ok(json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Control interface of wechatpay-sandbox",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "What users, time or an operator would do. It has no authentication.",
        },
        "paths": paths,
    }))
}

fn operation(route: &Route) -> Value {
    let in_path = route.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let in_path = in_path
        .map(|name| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } }));
    let in_query = route.query.iter().map(|parameter| {
        json!({
            "name": parameter.name,
            "in": "query",
            "description": parameter.summary,
            "schema": parameter.values.schema(),
        })
    });
    let schema = if route.content_type == "application/json" { "object" } else { "string" };
    let content = json!({ route.content_type: { "schema": { "type": schema } } });
    let error = json!({
        "description": "An error: code and message, and detail.field and detail.issue if a field is wrong.",
        "content": { "application/json": { "schema": { "type": "object" } } },
    });
    let mut json = json!({
        "summary": route.summary,
        "parameters": in_path.chain(in_query).collect::<Vec<_>>(),
        "responses": { "200": { "description": route.summary, "content": content }, "default": error },
    });
    if [http::Method::POST, http::Method::PUT].contains(&route.method) {
        let body = json!({ "required": false, "content": { "application/json": { "schema": { "type": "object" } } } });
        set(&mut json, "requestBody", body);
    }
    json
}
