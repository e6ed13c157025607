// Every page that somebody can reach is in order: for each role, from its home, by its links.
//
// Bounded so that it stays a matter of minutes: a kind of page (its path without ids, and what it is narrowed
// by) is looked at once for each role on a phone, and the first time that any role meets it in all four views.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Walker, crawl } from "./crawl.mjs";
import { VIEWS, open } from "./harness.mjs";

const ROLES = ["grid", "village", "mediator", "clerk", "county", "liaison", "leader", "auditor", "admin", "outsider"];

/** So many kinds of pages at least: a walk that stops early would find everything in order. */
const LEAST = { public: 6, grid: 6, clerk: 10, leader: 8, auditor: 10, admin: 20 };

let house;
const met = new Set();
/** The weight of each kind of page, in bytes, the heaviest first when it is printed. */
const weights = new Map();

before(async () => {
  house = await open();
});

after(async () => {
  await house?.close();
  for (const [shape, weight] of [...weights].sort((a, b) => b[1] - a[1])) {
    if (process.env.WEIGHTS === "1") console.log(`${String(weight).padStart(6)} ${shape}`);
  }
});

for (const role of ["public", ...ROLES]) {
  test(`every page that ${role} can reach is in order`, async () => {
    const state = role === "public" ? undefined : await house.signedIn(role);
    if (role === "auditor") await sayPurpose(state);
    const [phone, ...others] = VIEWS.map((view) => new Walker(house, { ...view, state }));
    const troubles = [];
    let kinds = 0;
    const left = await crawl(phone, "/", async ({ path, shape, look }) => {
      kinds += 1;
      troubles.push(...look.troubles.map((t) => `${path} (phone): ${t}`));
      weights.set(shape, Math.max(weights.get(shape) ?? 0, look.weight));
      if (met.has(shape)) return;
      met.add(shape);
      const looked = others.map(async (walker) => {
        const again = await walker.look(path);
        return again.troubles.map((t) => `${path} (${walker.view.name}): ${t}`);
      });
      troubles.push(...(await Promise.all(looked)).flat());
    });
    for (const walker of [phone, ...others]) await walker.close();
    assert.deepEqual(troubles, []);
    assert.deepEqual(left, [], "the walk came to its end");
    assert.ok(kinds >= (LEAST[role] ?? 3), `${kinds} kinds of pages`);
  });
}

/** Behind the auditor's pages stands a question; it is answered for the length of a shift. */
async function sayPurpose(state) {
  const page = await house.page({ state });
  await page.goto("/audit");
  await page.getByLabel("例行检查").check();
  await page.getByRole("button", { name: "开始查阅" }).click();
  await page.getByRole("heading", { name: "审计" }).waitFor();
  await page.context().close();
}
