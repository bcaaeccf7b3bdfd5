"""Drives the sandbox with the Python client wechatpayv3. Started by `run`, with the variables of wechatpay.env."""

import hashlib
import json
import os
import queue
import sys
import tempfile
import threading
import urllib.request
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

from wechatpayv3 import WeChatPay, WeChatPayType
from wechatpayv3.core import Core

BASE = os.environ["WECHATPAY_BASE_URL"]
MCHID = os.environ["WECHATPAY_MCHID"]
DAY = 86400

# The host is a constant in Core.__init__, which already downloads certificates. Only the host is replaced.
Core._gate_way = property(lambda core: BASE, lambda core, host: None)


def step(name, ok, answer):
    """Prints a step that succeeded, or the answer of one that failed."""
    if not ok:
        print(f"FAILED {name}: {answer}")
        sys.exit(1)
    print(f"ok {name}")


def call(name, answer):
    """Returns the JSON of a successful answer, whose signature the client has verified."""
    status, body = answer
    step(name, status == 200, answer)
    return json.loads(body)


def refused(name, answer, status, *words):
    step(name, answer[0] == status and all(word in answer[1] for word in words), answer)


def control(path, **body):
    request = urllib.request.Request(f"{BASE}/_sandbox/{path}", json.dumps(body).encode(), method="POST")
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def client(**keys):
    env = os.environ
    return WeChatPay(
        WeChatPayType.JSAPI,
        mchid=MCHID,
        private_key=Path(env["WECHATPAY_PRIVATE_KEY_FILE"]).read_text(),
        cert_serial_no=env["WECHATPAY_SERIAL_NO"],
        appid=env["WECHATPAY_APPID"],
        apiv3_key=env["WECHATPAY_API_V3_KEY"],
        **keys,
    )


class Receiver(HTTPServer):
    """A merchant's server for callbacks."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.received = queue.Queue()
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(204)
        self.end_headers()
        self.server.received.put((dict(self.headers), body))

    def log_message(self, *arguments):
        pass


def in_seconds(seconds):
    return (datetime.now(timezone(timedelta(hours=8))) + timedelta(seconds=seconds)).isoformat(timespec="seconds")


by_key = client(
    public_key=Path(os.environ["WECHATPAY_PUBLIC_KEY_FILE"]).read_text(),
    public_key_id=os.environ["WECHATPAY_PUBLIC_KEY_ID"],
)

stock = dict(
    stock_name="联调批次",
    belong_merchant=MCHID,
    available_begin_time=in_seconds(60),
    available_end_time=in_seconds(DAY),
    stock_use_rule={
        "max_coupons": 100,
        "max_amount": 10000,
        "max_coupons_per_user": 2,
        "natural_person_limit": False,
        "prevent_api_abuse": False,
    },
    coupon_use_rule={
        "fixed_normal_coupon": {"coupon_amount": 100, "transaction_minimum": 101},
        "available_merchants": [MCHID],
    },
    out_request_no="wechatpayv3-stock",
)
refused(
    "create without no_cash, which the client leaves out if it is False, is refused by name",
    by_key.marketing_favor_stock_create(**stock), 400, "PARAM_ERROR", "/no_cash",
)
stock_id = call("create", by_key.marketing_favor_stock_create(no_cash=True, **stock))["stock_id"]
call("start", by_key.marketing_favor_stock_start(MCHID, stock_id))
control("clock", advance_seconds=120)


def send(number):
    return by_key.marketing_favor_stock_send(stock_id, "openid-python", number, MCHID)


first = call("send", send("send-1"))
step("send again: the same coupon", call("send again", send("send-1")) == first, first)
second = call("send a second coupon", send("send-2"))
refused("send a third: max_coupons_per_user", send("send-3"), 403, "RULE_LIMIT")

coupon = call("query", by_key.marketing_favor_coupon_detail(first["coupon_id"], "openid-python"))
step("the coupon that was sent", coupon["coupon_id"] == first["coupon_id"] and coupon["status"] == "SENDED", coupon)
page = call("list coupons", by_key.marketing_favor_user_coupon("openid-python", creator_mchid=MCHID))
step("two coupons, counted by an integer", page["total_count"] == 2 and len(page["data"]) == 2, page)
page = call("list stocks", by_key.marketing_favor_stock_list(MCHID))
step("one stock, named in Chinese", [each["stock_name"] for each in page["data"]] == ["联调批次"], page)
page = call("list merchants", by_key.marketing_favor_stock_merchant(MCHID, stock_id))
step("one merchant, counted by an integer", page["data"] == [MCHID] and page["total_count"] == 1, page)

call("pause", by_key.marketing_favor_stock_pause(MCHID, stock_id))
status = call("query stock", by_key.marketing_favor_stock_detail(MCHID, stock_id))["status"]
step("the stock is paused", status == "paused", status)
call("restart", by_key.marketing_favor_stock_restart(MCHID, stock_id))

by_certificate = client()
step("download certificates", by_certificate._core._certificates, "no certificate")
receiver = Receiver()
call("set callback", by_key.marketing_favor_callback_update(f"http://127.0.0.1:{receiver.server_port}/callback"))
for signer, verifier, coupon_id in [
    ("public_key", by_key, first["coupon_id"]),
    ("certificate", by_certificate, second["coupon_id"]),
]:
    control("notifications", signed_by=signer)
    control(f"coupons/{coupon_id}/redeem")
    event = verifier.callback(*receiver.received.get(timeout=60))
    used = event and event["event_type"] == "COUPON.USE" and event["resource"]["coupon_id"] == coupon_id
    step(f"callback by the {signer}, verified and decrypted", used, event)

with tempfile.TemporaryDirectory() as folder:
    picture = Path(folder, "logo.png")
    picture.write_bytes(b"\x89PNG\r\n\x1a\n")
    refused(
        "an upload whose Content-Type names no boundary is refused by name",
        by_key.marketing_image_upload(str(picture)), 401, "boundary",
    )

control("clock", advance_seconds=3 * DAY)
flow = call("flow file", by_key.marketing_favor_use_flow(stock_id))
status, file = by_key.download_bill(flow["url"])
file = file.encode() if isinstance(file, str) else file
step("flow file has its hash", hashlib.sha1(file).hexdigest() == flow["hash_value"].lower(), (status, file))
step("flow file has both coupons", file.count(b"\r\n") == 5, file)

# This client downloads the certificates by itself when an answer names an unknown one.
old = [certificate.serial_number for certificate in by_certificate._core._certificates]
serial = int(control("certificates/add")["serial_no"], 16)
call("a certificate is added: answers still verify", by_certificate.marketing_favor_stock_detail(MCHID, stock_id))
known = [certificate.serial_number for certificate in by_certificate._core._certificates]
step("the new certificate does not sign yet", known == old, known)
control("certificates/switch")
call("the new certificate signs: answers verify", by_certificate.marketing_favor_stock_detail(MCHID, stock_id))
known = [certificate.serial_number for certificate in by_certificate._core._certificates]
step("the client has downloaded it", serial in known, known)
