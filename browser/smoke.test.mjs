// The house stands: it starts, its first page is in order in every view, and it works without a script.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { VIEWS, inspect, open } from "./harness.mjs";

let house;

before(async () => {
  house = await open();
});

after(async () => {
  await house?.close();
});

for (const view of VIEWS) {
  test(`the first page is in order: ${view.name}`, async () => {
    assert.deepEqual(await inspect(house, "/", view), []);
  });
}

test("the first page is in order in English", async () => {
  assert.deepEqual(await inspect(house, "/", { size: "phone", lang: "en" }), []);
});

test("what is not there is said kindly", async () => {
  assert.deepEqual(await inspect(house, "/no-such-page", { size: "phone" }, { status: 404 }), []);
});

test("the first page says the same without a script", async () => {
  const texts = [];
  for (const js of [true, false]) {
    const page = await house.page({ js });
    await page.goto("/");
    texts.push(await page.locator("h1").textContent());
    await page.context().close();
  }
  assert.equal(texts[0], texts[1]);
});

test("there is a demo account for each role, and signing in works", async () => {
  const names = house.server.accounts.map((account) => account.name);
  const cast = ["grid", "mediator", "clerk", "liaison", "leader", "auditor", "admin", "admin2", "outsider"];
  assert.deepEqual(cast.filter((name) => !names.includes(name)), []);
  for (const name of names) assert.ok(await house.signedIn(name), name);
});
