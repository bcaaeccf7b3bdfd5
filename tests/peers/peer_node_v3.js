// Drives the sandbox with the Node client wechatpay-node-v3. Started by `run`, with the variables of wechatpay.env.
//
// The client has no functions for coupons. As its users do, the script signs with the client's `buildAuthorization` and
// sends with its HTTP service. The serial number is read by the client from the merchant's certificate: in lower case.
'use strict';

const { subscribe } = require('node:diagnostics_channel');
const WxPay = require('wechatpay-node-v3');
const { PayRequest } = require('wechatpay-node-v3/dist/lib/pay-request');
const { base, control, DAY, env, file, mchid, receiver, sha1, step, stock } = require('./support');

const HOST = 'https://api.mch.weixin.qq.com';
const FAVOR = '/v3/marketing/favor';
const openid = 'openid-Node';

/** The client's own HTTP service. Only the host is replaced, which the client has as a constant. */
class AtSandbox extends PayRequest {
  get(url, headers) { return super.get(url.replace(HOST, base), headers); }

  post(url, body, headers) { return super.post(url.replace(HOST, base), body, headers); }
}

const pay = new WxPay({
  appid: env('APPID'),
  mchid,
  publicKey: Buffer.from(file('CERT')),
  privateKey: Buffer.from(file('PRIVATE_KEY')),
  key: env('API_V3_KEY'),
});
pay.createHttp(new AtSandbox());
// The client looks the key of an answer up in this map, and downloads certificates for an unknown serial number.
WxPay.certificates[env('PUBLIC_KEY_ID')] = file('PUBLIC_KEY');

// The client's service returns no headers, so they are read where Node announces them.
let headers;
subscribe('http.client.response.finish', ({ response }) => { headers = response.headers; });

function get(path) {
  const target = `${FAVOR}${path}`;
  return pay.httpService.get(`${HOST}${target}`, pay.getHeaders(pay.buildAuthorization('GET', target)));
}

function post(path, body) {
  const authorization = pay.buildAuthorization('POST', `${FAVOR}${path}`, body);
  const sent = pay.getHeaders(authorization, { 'Content-Type': 'application/json' });
  return pay.httpService.post(`${HOST}${FAVOR}${path}`, body, sent);
}

const verify = (signed, body) => pay.verifySign({
  timestamp: signed['wechatpay-timestamp'],
  nonce: signed['wechatpay-nonce'],
  serial: signed['wechatpay-serial'],
  signature: signed['wechatpay-signature'],
  body,
});

/** Returns the data of a successful answer, and verifies its signature with the client's function. */
async function call(name, promise) {
  const answer = await promise;
  step(name, answer.status === 200 && await verify(headers, answer.data), answer);
  return answer.data;
}

async function refused(name, promise, status, word) {
  const answer = await promise;
  step(name, answer.status === status && answer.error.includes(word), answer);
}

(async () => {
  step('the client sends its serial number in lower case', pay.serial_no === env('SERIAL_NO').toLowerCase(), pay.serial_no);
  const creator = { stock_creator_mchid: mchid };
  const { stock_id } = await call('create', post('/coupon-stocks', stock('node-stock')));
  await call('start', post(`/stocks/${stock_id}/start`, creator));
  await control('clock', { advance_seconds: 120 });

  const coupons = `/users/${openid}/coupons`;
  const send = (number) => post(coupons, { stock_id, out_request_no: number, appid: pay.appid, ...creator });
  const first = await call('send', send('node-1'));
  const again = await call('send again', send('node-1'));
  step('the same coupon', again.coupon_id === first.coupon_id, again);
  const second = await call('send a second coupon', send('node-2'));
  await refused('send a third: max_coupons_per_user', send('node-3'), 403, 'RULE_LIMIT');

  const coupon = await call('query', get(`${coupons}/${first.coupon_id}?appid=${pay.appid}`));
  step('the coupon that was sent', coupon.coupon_id === first.coupon_id && coupon.status === 'SENDED', coupon);
  const held = await call('list coupons', get(`${coupons}?appid=${pay.appid}&creator_mchid=${mchid}`));
  step('two coupons, counted by an integer', held.total_count === 2 && held.data.length === 2, held);
  const page = `stock_creator_mchid=${mchid}&offset=0&limit=10`;
  const stocks = await call('list stocks', get(`/stocks?${page}`));
  step('one stock, named in Chinese', stocks.data.length === 1 && stocks.data[0].stock_name === '联调批次', stocks);
  const merchants = await call('list merchants', get(`/stocks/${stock_id}/merchants?${page}`));
  step('one merchant, counted by an integer', merchants.total_count === 1 && merchants.data[0] === mchid, merchants);

  await call('pause', post(`/stocks/${stock_id}/pause`, creator));
  const query = () => get(`/stocks/${stock_id}?stock_creator_mchid=${mchid}`);
  const { status } = await call('query stock', query());
  step('the stock is paused', status === 'paused', status);
  await call('restart', post(`/stocks/${stock_id}/restart`, creator));
  // The client signs a POST without a body without the last line feed. The protocol has one.
  await refused('a message without its last line feed is refused by name', post(`/stocks/${stock_id}/pause`), 401, '"code":"F1"');

  const listed = await pay.get_certificates(env('API_V3_KEY'));
  step('download certificates', listed.length === 1 && listed[0].publicKey.includes('PUBLIC KEY'), listed);
  const callbacks = await receiver();
  await call('set callback', post('/callbacks', { mchid, notify_url: callbacks.url, switch: true }));
  for (const [signer, { coupon_id }] of [['public_key', first], ['certificate', second]]) {
    await control('notifications', { signed_by: signer });
    const event = await callbacks.during(() => control(`coupons/${coupon_id}/redeem`));
    step('the callback is verified', await verify(event.headers, event.body), event);
    const { event_type: type, resource } = JSON.parse(event.body);
    const used = pay.decipher_gcm(resource.ciphertext, resource.associated_data, resource.nonce);
    step(`callback by the ${signer}, decrypted`, type === 'COUPON.USE' && used.coupon_id === coupon_id, used);
  }
  callbacks.close();

  await control('clock', { advance_seconds: 3 * DAY });
  const flow = await call('flow file', get(`/stocks/${stock_id}/use-flow`));
  // The client cuts off WeChat Pay's host only, so that it signs any other with its host.
  await refused('a full URL in the signed message is refused by name', pay.downloadBill(flow.url), 401, '"code":"G3"');
  const csv = await pay.downloadBill(flow.url.replace(base, HOST));
  // It is an empty object if the client did not know its Content-Type as that of a text.
  const text = String(csv.data);
  step('flow file has its hash', csv.status === 200 && sha1(text) === flow.hash_value.toLowerCase(), csv);
  step('flow file has both coupons', text.split('\r\n').length === 6, text);

  // This client downloads the certificates by itself when an answer names an unknown one.
  const { serial_no: serial } = await control('certificates/add');
  await call('a certificate is added: answers still verify', query());
  step('the new certificate does not sign yet', !(serial in WxPay.certificates), Object.keys(WxPay.certificates));
  await control('certificates/switch');
  await call('the new certificate signs: answers verify', query());
  step('the client has downloaded it', serial in WxPay.certificates, Object.keys(WxPay.certificates));
})().catch((error) => step('no exception', false, String(error.stack)));
