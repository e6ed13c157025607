// The controls: each check of the harness finds the fault that it is there to find.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { House, VIEWS, inspect, startBrowser, totp, usableAfter } from "./harness.mjs";

const GOOD = page(`<h1>好</h1><p>一切正常。</p><p><button class="big">好</button></p>`);

const FAULTS = {
  "/good": { html: GOOD, finds: [] },
  "/no-alt": { html: page(`<h1>a</h1><img src="/pixel.png">`), finds: [/axe image-alt/] },
  "/pale": { html: page(`<h1>a</h1><p style="color:#ccc">hardly to be seen</p>`), finds: [/axe color-contrast/] },
  "/wide": { html: page(`<h1>a</h1><div style="width:2000px">b</div>`), finds: [/wider than the screen: \d+ of 360/] },
  "/missing-word": { html: page(`<h1>⟦case.none⟧</h1>`), finds: [/a word is missing: ⟦case.none⟧/] },
  "/no-heading": { html: page(`<p>a</p>`), finds: [/not exactly one h1/] },
  "/heavy": { html: page(`<h1>a</h1><p>${"x".repeat(40_000)}</p>`), finds: [/\d+ bytes, more than 30720/] },
  "/elsewhere": { html: page(`<h1>a</h1><img alt="" src="http://127.0.0.2:9/x.png">`), finds: [/another host/] },
  "/inline": { html: page(`<h1>a</h1><script>document.title = "b"</script>`), finds: [/console: .*Content Security Policy/] },
  "/broken": { html: GOOD, status: 500, finds: [/status 500, expected 200/] },
};

function page(body) {
  const style = "<style>body{font:16px sans-serif;overflow-wrap:anywhere}.big{min-width:80px;min-height:64px}</style>";
  const head = `<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>t</title>${style}`;
  return `<!doctype html><html lang="zh-CN"><head>${head}</head><body><main>${body}</main></body></html>`;
}

let house;
let http;

before(async () => {
  http = createServer((request, response) => {
    const fault = FAULTS[request.url];
    const policy = "default-src 'none'; img-src http: ; style-src 'unsafe-inline'";
    response.writeHead(fault ? (fault.status ?? 200) : 204, {
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": policy,
    });
    response.end(fault?.html);
  });
  await new Promise((ready) => http.listen(0, "127.0.0.1", ready));
  const server = { base: `http://127.0.0.1:${http.address().port}`, accounts: [], stop: async () => http.close() };
  house = new House(server, await startBrowser());
});

after(async () => {
  await house?.close();
  http?.closeAllConnections();
});

for (const [path, { finds }] of Object.entries(FAULTS)) {
  test(`the harness ${finds.length ? "finds what is wrong with" : "is content with"} ${path}`, async () => {
    const troubles = await inspect(house, path, { size: "phone" });
    if (finds.length === 0) assert.deepEqual(troubles, []);
    for (const find of finds) assert.match(troubles.join("\n"), find);
  });
}

test("a good page is good in every view", async () => {
  for (const view of VIEWS) assert.deepEqual(await inspect(house, "/good", view), [], view.name);
});

test("small targets are found in the elder view alone", async () => {
  FAULTS["/small"] = { html: page(`<h1>a</h1><button style="width:40px;height:40px">b</button>`) };
  assert.match((await inspect(house, "/small", { elder: true })).join(), /small target: button "b" 40x40/);
  assert.deepEqual(await inspect(house, "/small", { elder: false }), []);
});

test("a slow line is slow", async () => {
  FAULTS["/slow"] = { html: page(`<h1>a</h1><p>${"x".repeat(100_000)}</p>`) };
  const ms = await usableAfter(house, "/slow", "h1");
  assert.ok(ms > 2000, `100 kB at 400 kbit/s took ${ms} ms`);
});

test("the second factor is that of RFC 6238", () => {
  const secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
  assert.equal(totp(secret, 59_000), "287082");
  assert.equal(totp(secret, 1_111_111_109_000), "081804");
});
