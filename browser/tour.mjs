// What the tours share: a photo, choosing a place, saying a matter, the offices' steps on a case.

import assert from "node:assert/strict";
import { SIZES, axe, looks } from "./harness.mjs";
import { shoot } from "./pictures.mjs";

export { photo } from "./png.mjs";

/** A number as a receipt has it. */
export const NUMBER = /\d{6}-\d{4}-\d{5,}/;

/** Pushes what a person sees into one line, so that words can be looked for in it. */
export async function words(locator) {
  return (await locator.innerText()).replace(/\s+/g, " ");
}

/** Presses what a person would press by its words, a button or a link. */
export async function press(page, name, { exact = true } = {}) {
  const found = page.getByRole("button", { name, exact }).or(page.getByRole("link", { name, exact }));
  await found.first().click();
}

/** Chooses county, town and village, the first ones there are; without a script by asking for each. */
export async function choosePlace(page, { js = true, to = "village" } = {}) {
  for (const level of ["county", "town", "village"]) {
    const select = page.locator(`select[name=${level}]`);
    await select.locator("option:nth-child(2)").waitFor({ state: "attached" });
    await select.selectOption({ index: 1 });
    if (level === to) return;
    if (!js) await page.locator(`button[name=_step][value=${level}]`).click();
  }
}

/** Fills in whatever else a category asks. */
async function answerQuestions(page) {
  const blank = page.locator("main form input[type=text][name^='answer.'], main form input:not([type])[name^='answer.']");
  for (const line of await blank.all()) await line.fill("西关小区 3 号楼");
  const numbers = page.locator("main form input[type=number][name^='answer.']");
  for (const line of await numbers.all()) await line.fill("300");
}

/**
 * A resident says a matter, from the first page to the receipt.
 *
 * @param {{category: string, find: string, body: string, spot?: string, contact?: string, js?: boolean,
 *   photos?: object[], at?: (step: string) => Promise<void>}} matter `at` is told of each page
 * @returns {Promise<{number: string, code: string}>} what the receipt says
 */
export async function sayMatter(page, matter) {
  const { category, find, body, spot = "村委会东边第二个路口", contact, js = true, photos = [] } = matter;
  const at = matter.at ?? (async () => {});
  await page.goto("/");
  await at("home");
  await press(page, "说一件事");
  await at("place");
  await choosePlace(page, { js });
  await page.getByLabel("具体位置").fill(spot);
  await press(page, "继续");
  if ((await page.locator("h1").innerText()) === "是不是同一件事？") {
    await at("similar");
    await press(page, "都不是，继续说");
  }
  await at("category");
  await page.getByRole("searchbox").fill(find);
  await press(page, "查找");
  await press(page, category, { exact: false });
  await at("what");
  assert.match(await words(page.locator("main")), new RegExp(category));
  await page.getByLabel("事情经过").fill(body);
  await answerQuestions(page);
  if (photos.length > 0) await page.locator("input[type=file]").setInputFiles(photos);
  await press(page, "继续");
  await at("contact");
  if (contact) {
    await page.getByLabel("怎么称呼您").fill(contact.name);
    await page.getByLabel("电话或邮箱").fill(contact.contact);
  }
  await press(page, "继续");
  await at("check");
  const check = await words(page.locator("main"));
  for (const said of [category, body, spot, `${photos.length} 张`, contact ? contact.name : "没有留"]) {
    assert.ok(check.includes(said), `the check page says ${said}: ${check}`);
  }
  await press(page, "提交");
  assert.match(await words(page.locator("h1")), /已收到/);
  await at("receipt");
  const [number, code] = await page.locator(".number").allInnerTexts();
  assert.match(number, NUMBER);
  assert.match(code, /^[2-9A-HJ-NP-Z]{8}$/);
  return { number, code };
}

/** Opens a matter with the two things on its receipt. */
export async function follow(page, { number, code }) {
  await page.goto("/follow");
  await page.getByLabel("编号").fill(number);
  await page.getByLabel("查询码").fill(code);
  await press(page, "查询");
  assert.ok((await words(page.locator("main"))).includes(number));
}

/** The page of a profile in which somebody of the cast is signed in. */
export async function seat(house, name, view = {}) {
  return house.page({ ...view, state: await house.signedIn(name) });
}

/** Opens a tab of the queue and in it the case with this number. */
export async function openCase(page, tab, number) {
  await page.goto("/queue");
  await page.getByRole("navigation", { name: "标签" }).or(page.locator("nav.tabs")).first().getByRole("link", { name: tab }).click();
  await page.getByRole("link", { name: number }).click();
  assert.ok((await words(page.locator("h1"))).includes(number));
}

/** Opens a case by its number, wherever it is, for somebody who may. */
export async function find(page, number) {
  await page.goto(`/queue?tab=all&whose=area&q=${number}`);
  await page.getByRole("link", { name: number }).first().click();
  await page.waitForURL("**/cases/*");
}

/**
 * Looks at the page as it stands, in both sizes, with what was unfolded or typed in it; with `PICTURES=1` takes its
 * picture, too, from the top or from a place in it.
 */
export async function inOrder(page, picture, from) {
  const before = page.viewportSize();
  const troubles = [];
  for (const [name, size] of Object.entries(SIZES)) {
    await page.setViewportSize(size);
    troubles.push(...[...(await looks(page)), ...(await axe(page))].map((trouble) => `${name}: ${trouble}`));
    if (picture && process.env.PICTURES === "1") await shoot(page, picture, [name, size], from);
  }
  await page.setViewportSize(before);
  assert.deepEqual(troubles, [], page.url());
}

/** One of the forms of the next step, unfolded. */
export async function step(page, title) {
  const act = page.locator("details.act", { has: page.locator("summary", { hasText: new RegExp(`^${title}$`) }) });
  if ((await act.getAttribute("open")) === null) await act.locator("summary").click();
  return act;
}

/** Fills in a form of the next step by its labels and sends it with its own button; `choose` is a radio. */
export async function answerStep(page, title, fields, { choose } = {}) {
  const form = await step(page, title);
  if (choose) await form.getByLabel(choose).check();
  for (const [label, text] of Object.entries(fields)) await form.getByLabel(label).fill(text);
  await form.locator("button.main, .actions button").first().click();
  await page.waitForLoadState("load");
}

/** The number that a tab of the queue shows. */
export async function tabCount(page, tab) {
  const words = await page.locator("nav.tabs a", { hasText: new RegExp(`^\\s*${tab}`) }).first().innerText();
  return Number(words.match(/(\d+)\s*$/)[1]);
}

/** The value of an option of a select, by words in it. */
export async function optionWith(page, name, text) {
  const option = page.locator(`select[name=${name}] option`, { hasText: text }).first();
  await option.waitFor({ state: "attached" });
  return option.getAttribute("value");
}
