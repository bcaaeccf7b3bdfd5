// What the scripts of the Node clients share. They are started by `run`, with the variables of wechatpay.env.
'use strict';

const { createHash } = require('node:crypto');
const { once } = require('node:events');
const { readFileSync } = require('node:fs');
const { createServer } = require('node:http');

const env = (name) => process.env[`WECHATPAY_${name}`];
const base = env('BASE_URL');
const mchid = env('MCHID');
const DAY = 86400;

/** Prints a step that succeeded, or the answer of one that failed. */
function step(name, ok, answer) {
  if (!ok) {
    console.log(`FAILED ${name}: ${typeof answer === 'string' ? answer : JSON.stringify(answer)}`);
    process.exit(1);
  }
  console.log(`ok ${name}`);
}

async function control(path, body = {}) {
  const answer = await fetch(`${base}/_sandbox/${path}`, { method: 'POST', body: JSON.stringify(body) });
  const text = await answer.text();
  if (!answer.ok) step(`control ${path}`, false, text);
  return JSON.parse(text);
}

/** A merchant's server for callbacks. */
async function receiver() {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${server.address().port}/callback`,
    /** Returns the headers and the body of the callback that `action` causes. */
    async during(action) {
      const request = once(server, 'request', { signal: AbortSignal.timeout(60_000) });
      await action();
      const [message, response] = await request;
      let body = '';
      for await (const chunk of message.setEncoding('utf8')) body += chunk;
      await new Promise((sent) => { response.writeHead(204).end(sent); });
      return { headers: message.headers, body };
    },
    close() { server.close(); server.closeAllConnections(); },
  };
}

/** RFC 3339 with the offset of Beijing. */
function inSeconds(seconds) {
  return new Date(Date.now() + (seconds + 8 * 3600) * 1000).toISOString().replace(/\.\d+Z/, '+08:00');
}

function stock(outRequestNo) {
  return {
    stock_name: '联调批次',
    belong_merchant: mchid,
    available_begin_time: inSeconds(60),
    available_end_time: inSeconds(DAY),
    stock_use_rule: {
      max_coupons: 100,
      max_amount: 10000,
      max_coupons_per_user: 2,
      natural_person_limit: false,
      prevent_api_abuse: false,
    },
    coupon_use_rule: {
      fixed_normal_coupon: { coupon_amount: 100, transaction_minimum: 101 },
      available_merchants: [mchid],
    },
    no_cash: true,
    stock_type: 'NORMAL',
    out_request_no: outRequestNo,
  };
}

module.exports = {
  env,
  base,
  mchid,
  DAY,
  step,
  control,
  receiver,
  stock,
  file: (name) => readFileSync(env(`${name}_FILE`), 'utf8'),
  sha1: (bytes) => createHash('sha1').update(bytes).digest('hex'),
};
