// Everything that a page can do to another origin without its consent. Returns what it learned.
const [target, coupon] = args;
const url = (path) => target + path;
const settled = (element, attribute, path, parent = document.body) => new Promise((done) => {
    element.onload = () => done("load");
    element.onerror = () => done("error");
    element[attribute] = url(path);
    parent.append(element);
});
const read = (promise) => promise.then(
    async (answer) => `${answer.type} ${answer.status} ${await answer.text()}`, (error) => error.name);
const form = (path, type, name, value) => new Promise((done) => {
    const frame = document.createElement("iframe");
    frame.name = "frame" + Math.random();
    document.body.append(frame);
    const form = document.createElement("form");
    Object.assign(form, { method: "POST", action: url(path), enctype: type, target: frame.name });
    const input = document.createElement("input");
    Object.assign(input, { name, value });
    form.append(input);
    document.body.append(form);
    frame.onload = () => done(String(frame.contentDocument?.body.textContent));
    form.submit();
});
const json = '{"advance_seconds": 86400}';
const cors = { mode: "cors", method: "POST", body: json };
return {
    simple: await read(fetch(url("/_sandbox/clock"), { mode: "no-cors", method: "POST", body: json })),
    reset: await read(fetch(url("/_sandbox/reset"), { mode: "no-cors", method: "POST" })),
    redeem: await read(fetch(url(`/_sandbox/coupons/${coupon}/redeem`), { mode: "no-cors", method: "POST" })),
    text: await read(fetch(url("/_sandbox/faults"), { mode: "no-cors", method: "POST",
        headers: { "content-type": "text/plain" }, body: '{"operation": "*", "fault": "close_before"}' })),
    cors: await read(fetch(url("/_sandbox/clock"), cors)),
    preflight: await read(fetch(url("/_sandbox/clock"),
        { ...cors, headers: { "content-type": "application/json" } })),
    erase: await read(fetch(url("/_sandbox/requests"), { mode: "cors", method: "DELETE" })),
    data: await read(fetch(url("/_sandbox/state/export"))),
    page: await read(fetch(url("/"), { headers: { accept: "text/html" } })),
    opaque: await read(fetch(url("/_sandbox/state"), { mode: "no-cors", credentials: "include" })),
    // The text of the control interface that is closest to JSON, and the form of a page.
    plain: await form("/_sandbox/clock", "text/plain", '{"advance_seconds": 86400, "x": "', '"}'),
    encoded: await form("/_sandbox/forms/advance", "application/x-www-form-urlencoded", "advance_seconds", "86400"),
    parts: await form("/_sandbox/forms/reset", "multipart/form-data", "confirm", "yes"),
    image: await settled(document.createElement("img"), "src", "/_sandbox/state"),
    script: await settled(document.createElement("script"), "src", "/_sandbox/state"),
    style: await settled(Object.assign(document.createElement("link"), { rel: "stylesheet" }), "href", "/"),
    frame: await (async () => {
        const frame = document.createElement("iframe");
        await settled(frame, "src", "/");
        let inside = "nothing";
        try { inside = frame.contentWindow.document.body.textContent; } catch (error) { inside = error.name; }
        return inside;
    })(),
    events: await new Promise((done) => {
        const events = new EventSource(url("/_sandbox/events"));
        events.onopen = () => done("open");
        events.onmessage = (event) => done(event.data);
        events.onerror = () => done("error " + events.readyState);
    }),
};
