// What the offices answer for, in numbers: calls back and their rates, the leader's figures, the forecast, the auditor's
// queries; every number opens its rows.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { open } from "./harness.mjs";
import { NUMBER, inOrder, press, seat, words } from "./tour.mjs";

let house;
/** The seats that are taken, each on one page. */
const at = {};

before(async () => {
  house = await open();
  for (const name of ["clerk", "clerk2", "county", "leader", "auditor"]) at[name] = await seat(house, name);
  at.public = await house.page({ size: "phone" });
});

after(async () => {
  await house?.close();
});

const main = (page) => words(page.locator("main"));
const told = (page) => words(page.locator("[role=status]").first());

/** How many rows a list has, page after page. */
async function rows(page) {
  const here = await page.locator("table[data-rows] tbody tr").count();
  const next = page.locator(".pager a[rel=next]");
  if ((await next.count()) === 0) return here;
  await next.click();
  return here + (await rows(page));
}

/** The first drawn case that one of these may call about, opened in that seat. */
async function openCall() {
  for (const name of ["clerk2", "clerk", "county"]) {
    const page = at[name];
    await page.goto("/callback?tab=pool");
    const calls = await page.locator("tbody td:first-child a").evaluateAll((all) => all.map((a) => a.getAttribute("href")));
    for (const call of calls) {
      await page.goto(call);
      if ((await page.getByRole("button", { name: "领取" }).count()) > 0) return page;
    }
  }
  throw new Error("nobody may take a call");
}

test("a drawn case is taken by somebody who had no part in it, called, and the answer stands beside the office's word", async () => {
  const page = await openCall();
  assert.match(await main(page), /承办单位的说法/);
  await inOrder(page);
  await press(page, "领取");
  assert.match(await told(page), /已领取/);
  // Once in vain, then reached.
  await page.getByLabel("无人接听").check();
  await press(page, "记下未接通");
  assert.match(await told(page), /换个时间再打/);
  await inOrder(page, "callback");
  for (const [question, answer] of [["办理单位联系过您吗？", "是"], ["事情解决了吗？", "否"], ["对办理满意吗？", "不愿说"]]) {
    await page.getByRole("group", { name: question }).getByLabel(answer, { exact: true }).check();
  }
  await page.getByLabel("原话").fill("来看过一次，还没有修。");
  await press(page, "记下回答");
  const said = await main(page);
  for (const word of ["来看过一次，还没有修", "来件人说没有解决", "承办单位的说法", "无人接听"]) assert.ok(said.includes(word), `${word}: ${said}`);
});

test("the draw is public with its seed and how to repeat it; the rates have their parts", async () => {
  await at.public.goto("/callback/draws");
  assert.match(await main(at.public), /的种子取 .+ 以前最后一个签名检查点的根/);
  await at.public.locator("tbody a").first().click();
  const draw = await main(at.public);
  assert.match(draw, /种子 [0-9a-f]{64}/);
  assert.match(draw, /linli callback draw --week \d{4}-W\d\d --county \d+ --verify/);
  await inOrder(at.public, "callback-draw");
  const page = at.leader;
  await page.goto("/callback");
  await press(page, "三率");
  for (const rate of ["响应率", "解决率", "满意率"]) assert.ok((await main(page)).includes(rate), rate);
  // A part opens the calls that it counts.
  const part = page.locator("table[aria-labelledby=three] a").first();
  const n = (await part.innerText()).trim();
  await part.click();
  assert.equal(await rows(page), Number(n));
  await page.goto("/callback/rates");
  await inOrder(page, "callback-rates");
  const [file] = await Promise.all([page.waitForEvent("download"), press(page, "下载（Excel）")]);
  assert.match(file.suggestedFilename(), /\.xlsx$/);
});

test("each figure of the leader's page opens its cases; the month goes out as a sheet and on paper", async () => {
  const page = at.leader;
  await page.goto("/figure");
  // The month before this one: it is over, whatever today is.
  await page.locator("select[name=month]").selectOption({ index: 2 });
  await press(page, "查询");
  const month = page.url();
  const cells = await page.locator("table.figures td.num > a").evaluateAll((all) =>
    all.map((a) => ({ n: a.textContent.trim(), label: a.closest("td").dataset.th, table: a.closest("table").getAttribute("aria-labelledby"), href: a.getAttribute("href") })),
  );
  assert.ok(cells.length >= 12, `${cells.length} numbers`);
  // One of each column of each table.
  const columns = new Map(cells.map((cell) => [`${cell.table} ${cell.label}`, cell]));
  for (const cell of columns.values()) {
    await page.goto(cell.href);
    assert.equal(await rows(page), Number(cell.n), `${cell.label} at ${cell.href}`);
  }
  await page.locator("tbody a").first().click();
  assert.match(await main(page), NUMBER);
  await page.goto(month);
  const [file] = await Promise.all([page.waitForEvent("download"), press(page, "下载月报表（Excel）")]);
  assert.match(file.suggestedFilename(), /\.xlsx$/);
  await page.emulateMedia({ media: "print" });
  assert.equal(await page.locator("nav.menu").isVisible(), false);
  assert.equal(await page.locator("section.filter").isVisible(), false);
  assert.equal(await page.getByRole("heading", { name: "考核指标" }).isVisible(), true);
  assert.equal(await page.getByText("分母为零时写").isVisible(), true);
  await page.emulateMedia({ media: "screen" });
});

test("the forecast says what comes to each office, why a case may be late, and how well it was right before", async () => {
  const page = at.leader;
  await page.goto("/figure");
  await press(page, "工作量预测");
  const said = await main(page);
  for (const word of ["可能超期的在办事项", "各单位今后 14 天", "算法：", "回测："]) assert.ok(said.includes(word), `${word}: ${said}`);
  await page.locator("table[aria-labelledby=loads] td:first-child a").first().click();
  assert.match(await main(page), /：逐日/);
  assert.equal(await page.locator("table[aria-labelledby=days] tbody tr").count(), 14);
  await inOrder(page, "forecast");
});

test("the auditor finds each query with its limit and source, and the acts behind a number without names", async () => {
  const page = at.auditor;
  await page.goto("/audit");
  await page.getByLabel("例行检查").check();
  await press(page, "开始查阅");
  await press(page, "异常办理");
  const said = await main(page);
  for (const query of ["办结后又重办", "人工改期", "改分类", "成批改派", "到期前才办结", "中止过多"]) assert.ok(said.includes(query), query);
  await page.locator("select[name=month]").selectOption({ index: 2 });
  await press(page, "查询");
  const number = page.locator("h2 a").first();
  if ((await number.count()) === 0) return;
  const n = (await number.innerText()).trim();
  await number.click();
  assert.equal(await rows(page), Number(n));
  await page.locator("tbody a").first().click();
  assert.match(await main(page), /不含姓名和文字/);
  await inOrder(page);
});
