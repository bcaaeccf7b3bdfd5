#!/usr/bin/env bash
# Makes merchant_cert.pem and vectors.json with the OpenSSL command line. The key is the official test merchant's, whose
# private key WeChat Pay's documentation shows. Run it in this folder.
set -euo pipefail
key=../../../../conformance/vectors/official_test_merchant_key_pkcs1.pem
serial=408B07E79B8269FEC3D5D3E6AB8ED163A6A380DB
timestamp=1554208460
nonce=593BEC0C930BF1AFEB40B4A08C8FB242
target='/v3/marketing/favor/users/oUpF8/coupons?appid=wx1'
body='{"stock_id":"1","note":"代金券"}'
separator=

[ -e merchant_cert.pem ] || openssl req -x509 -key "$key" -set_serial "0x$serial" -subj /CN=1900007291 -days 36500 -sha256 -out merchant_cert.pem

# entry NAME CODES SIGNED_MESSAGE COMMAND...: the command signs its input.
entry() {
    local name=$1 codes=$2 message=$3 signature
    shift 3
    signature=$(printf '%s' "$message" | "$@" | openssl base64 -A)
    printf '%s  {"name": "%s", "codes": "%s", "signature": "%s"}' "$separator" "$name" "$codes" "$signature"
    separator=$',\n'
}
digest() { openssl dgst -sha256 -binary; }
sign() { openssl dgst "$@" -sign "$key"; }
unprefixed() { digest | openssl pkeyutl -sign -inkey "$key"; }
reversed() { sign -sha256 | od -An -v -tx1 | tr -d ' \n' | fold -w2 | tac | tr -d '\n' | sed 's/../\\x&/g' | xargs -0 printf '%b'; }
twice() { digest | sign -sha256; }

{
    echo '{'
    printf '"target": "%s", "timestamp": "%s", "nonce": "%s", "body": "%s", "vectors": [\n' "$target" "$timestamp" "$nonce" "${body//\"/\\\"}"
    nl=$'\n'
    right="POST$nl$target$nl$timestamp$nl$nonce$nl$body$nl"
    entry right '' "$right" sign -sha256
    entry pss E3 "$right" sign -sha256 -sigopt rsa_padding_mode:pss
    entry pss-digest E3 "$right" sign -sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:digest
    entry pss-mgf1-sha1 E3 "$right" sign -sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_mgf1_md:sha1
    entry sha1 E4 "$right" sign -sha1
    entry sha384 E4 "$right" sign -sha384
    entry sha512 E4 "$right" sign -sha512
    entry md5 E4 "$right" sign -md5
    entry unprefixed E5 "$right" unprefixed
    entry twice E6 "$right" twice
    entry reversed E8 "$right" reversed
    entry no-newline F1 "${right%$nl}" sign -sha256
    entry crlf F2 "${right//$nl/$'\r\n'}" sign -sha256
    entry literal F3 "${right//$nl/\\n}" sign -sha256
    entry lower-case F8 "${right/POST/post}" sign -sha256
    entry no-query G1 "${right/\?appid=wx1/}" sign -sha256
    entry full-url G3 "${right/\/v3/https:\/\/api.mch.weixin.qq.com\/v3}" sign -sha256
    entry no-body H2 "${right/$body/}" sign -sha256
    entry blanks H4 "${right/$body/\{\"stock_id\": \"1\", \"note\": \"代金券\"\}}" sign -sha256
    entry escapes H4 "${right/$body/\{\"stock_id\":\"1\",\"note\":\"\\u4ee3\\u91d1\\u5238\"\}}" sign -sha256
    entry other Z "${right/stock_id/stock}" sign -sha256
    entry pss-no-newline 'E3 F1' "${right%$nl}" sign -sha256 -sigopt rsa_padding_mode:pss
    printf '\n]}\n'
} > vectors.json
