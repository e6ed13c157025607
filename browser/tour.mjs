// What the tours share: a photo, choosing a place, saying a matter, the offices' steps on a case.

import assert from "node:assert/strict";
import { crc32, deflateSync } from "node:zlib";
import { SIZES, axe, looks } from "./harness.mjs";

/** A number as a receipt has it. */
export const NUMBER = /\d{6}-\d{4}-\d{5,}/;

/** Pushes what a person sees into one line, so that words can be looked for in it. */
export async function words(locator) {
  return (await locator.innerText()).replace(/\s+/g, " ");
}

/** A photo as a telephone would give it: a file to choose, 1280 by 960, with something to see. */
export function photo(name = "现场.png", [width, height] = [1280, 960]) {
  const rows = Buffer.alloc((width * 3 + 1) * height);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const at = y * (width * 3 + 1) + 1 + x * 3;
      const lit = Math.hypot(x - width * 0.7, y - height * 0.3) < height / 6;
      const shade = [40 + (120 * y) / height, 70 + (90 * x) / width, lit ? 60 : 110];
      rows.set(lit ? [240, 200, shade[2]] : shade, at);
    }
  }
  return { name, mimeType: "image/png", buffer: png([width, height], rows) };
}

/** A PNG of rows that begin with their filter; with a palette each pixel is one byte. */
export function png([width, height], rows, palette) {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, palette ? 3 : 2, 0, 0, 0], 8);
  const colours = palette ? [["PLTE", palette]] : [];
  const body = ["IDAT", deflateSync(rows, { level: 9 })];
  const parts = [["IHDR", head], ...colours, body, ["IEND", Buffer.alloc(0)]].map(chunk);
  return Buffer.concat([Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]), ...parts]);
}

function chunk([kind, data]) {
  const body = Buffer.concat([Buffer.from(kind), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32 ? crc32(body) : slowCrc(body));
  return Buffer.concat([length, body, sum]);
}

/** The checksum of PNG, for a node that has none. */
function slowCrc(data) {
  let sum = ~0;
  for (const byte of data) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit += 1) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0);
  }
  return ~sum >>> 0;
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

/** Looks at the page as it stands, in both sizes, with what was unfolded or typed in it. */
export async function inOrder(page) {
  const before = page.viewportSize();
  const troubles = [];
  for (const [name, size] of Object.entries(SIZES)) {
    await page.setViewportSize(size);
    troubles.push(...[...(await looks(page)), ...(await axe(page))].map((trouble) => `${name}: ${trouble}`));
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
