// Drives the sandbox with the Node client wechatpay-axios-plugin. Started by `run`, with the variables of wechatpay.env.
'use strict';

const { Wechatpay, Aes: { AesGcm }, Formatter, Rsa } = require('wechatpay-axios-plugin');
const { base, control, DAY, env, file, mchid, receiver, sha1, step, stock } = require('./support');

const appid = env('APPID');
const openid = 'openid-Axios';
const publicKeyId = env('PUBLIC_KEY_ID');
const publicKey = file('PUBLIC_KEY');

function client(certs, headers = {}) {
  const privateKey = file('PRIVATE_KEY');
  // `baseURL` is an option of axios, which the client passes on.
  return new Wechatpay({ baseURL: base, mchid, serial: env('SERIAL_NO'), privateKey, certs, headers });
}

/** Returns the data of a successful answer, whose signature the client has verified. */
async function call(name, promise) {
  const { status, data } = await promise.catch((error) => ({ data: error.response?.data ?? String(error) }));
  step(name, status === 200, data);
  return data;
}

async function refused(name, promise, status, word) {
  const answer = await promise.catch((error) => error.response ?? { data: String(error) });
  step(name, answer.status === status && JSON.stringify(answer.data).includes(word), answer.data);
}

/** Verifies a callback with the client's functions, and decrypts its resource. */
function event(certs, { headers, body }) {
  const [serial, timestamp, nonce, signature] = ['serial', 'timestamp', 'nonce', 'signature']
    .map((name) => headers[`wechatpay-${name}`]);
  const verified = certs[serial] && Rsa.verify(Formatter.response(timestamp, nonce, body), signature, certs[serial]);
  step('the callback is verified', verified, { headers, body });
  const { event_type: type, resource } = JSON.parse(body);
  step('the callback tells of a used coupon', type === 'COUPON.USE', body);
  return JSON.parse(AesGcm.decrypt(resource.ciphertext, env('API_V3_KEY'), resource.nonce, resource.associated_data));
}

async function certificates(wxpay) {
  const { data } = await call('download certificates', wxpay.v3.certificates.get());
  return Object.fromEntries(data.map(({ serial_no: serial, encrypt_certificate: sealed }) => [
    serial, AesGcm.decrypt(sealed.ciphertext, env('API_V3_KEY'), sealed.nonce, sealed.associated_data),
  ]));
}

(async () => {
  // The platform signs with its public key if the request names it.
  const wxpay = client({ [publicKeyId]: publicKey }, { 'Wechatpay-Serial': publicKeyId });
  const { favor } = wxpay.v3.marketing;
  const creator = { stock_creator_mchid: mchid };

  const { stock_id } = await call('create', favor.couponStocks.post(stock('axios-stock')));
  await call('start', favor.stocks.$stock_id$.start.post(creator, { stock_id }));
  await control('clock', { advance_seconds: 120 });

  const send = (number) => favor.users.$openid$.coupons.post(
    { stock_id, out_request_no: number, appid, ...creator }, { openid },
  );
  const first = await call('send', send('axios-1'));
  const again = await call('send again', send('axios-1'));
  step('the same coupon', again.coupon_id === first.coupon_id, again);
  const second = await call('send a second coupon', send('axios-2'));
  await refused('send a third: max_coupons_per_user', send('axios-3'), 403, 'RULE_LIMIT');

  const coupon = await call('query', favor.users.$openid$.coupons.$coupon_id$.get({
    openid, coupon_id: first.coupon_id, params: { appid },
  }));
  step('the coupon that was sent', coupon.coupon_id === first.coupon_id && coupon.status === 'SENDED', coupon);
  const coupons = await call('list coupons', favor.users.$openid$.coupons.get({
    openid, params: { appid, creator_mchid: mchid },
  }));
  step('two coupons, counted by an integer', coupons.total_count === 2 && coupons.data.length === 2, coupons);
  const params = { ...creator, offset: 0, limit: 10 };
  const stocks = await call('list stocks', favor.stocks.get({ params }));
  step('one stock, named in Chinese', stocks.data.length === 1 && stocks.data[0].stock_name === '联调批次', stocks);
  const merchants = await call('list merchants', favor.stocks.$stock_id$.merchants.get({ stock_id, params }));
  step('one merchant, counted by an integer', merchants.total_count === 1 && merchants.data[0] === mchid, merchants);

  await call('pause', favor.stocks.$stock_id$.pause.post(creator, { stock_id }));
  const detail = (by = favor) => by.stocks.$stock_id$.get({ stock_id, params: creator });
  const { status } = await call('query stock', detail());
  step('the stock is paused', status === 'paused', status);
  await call('restart', favor.stocks.$stock_id$.restart.post(creator, { stock_id }));

  const certs = await certificates(wxpay);
  const keys = { [publicKeyId]: publicKey, ...certs };
  const callbacks = await receiver();
  await call('set callback', favor.callbacks.post({ mchid, notify_url: callbacks.url, switch: true }));
  for (const [signer, { coupon_id }] of [['public_key', first], ['certificate', second]]) {
    await control('notifications', { signed_by: signer });
    const used = event(keys, await callbacks.during(() => control(`coupons/${coupon_id}/redeem`)));
    step(`callback by the ${signer}, decrypted`, used.coupon_id === coupon_id && used.status === 'USED', used);
  }
  callbacks.close();

  await control('clock', { advance_seconds: 3 * DAY });
  const flow = await call('flow file', favor.stocks.$stock_id$.useFlow.get({ stock_id }));
  // By path and query: the client knows by the path that the file is not signed.
  const query = Object.fromEntries(new URL(flow.url).searchParams);
  const csv = await call('download', wxpay.v3.billdownload.file.get({ params: query, responseType: 'arraybuffer' }));
  step('flow file has its hash', sha1(csv) === flow.hash_value.toLowerCase(), flow);
  step('flow file has both coupons', csv.toString().split('\r\n').length === 6, csv.toString());

  // This client knows the certificates that it was made with. Its user downloads them in time.
  const old = client(certs);
  await call('answers signed by the certificate verify', detail(old.v3.marketing.favor));
  await control('certificates/add');
  await call('a certificate is added: answers still verify', detail(old.v3.marketing.favor));
  const both = await certificates(old);
  step('both certificates are listed', Object.keys(both).length === 2, Object.keys(both));
  const refreshed = client(both);
  await call('with both, answers verify', detail(refreshed.v3.marketing.favor));
  await control('certificates/switch');
  await call('the new certificate signs: answers verify', detail(refreshed.v3.marketing.favor));
  const stranded = await detail(old.v3.marketing.favor).catch((error) => error);
  step('who did not download it cannot verify', stranded.code === 'EV3_RES_HEADER_PLATFORM_SERIAL', String(stranded));
})().catch((error) => step('no exception', false, String(error.stack)));
