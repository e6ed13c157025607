// What administrators set and everybody is told by: the routing table with its dry run, the work calendar with its
// preview, letters and how one is reached, the calendar link.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { open } from "./harness.mjs";
import { inOrder, optionWith, press, sayMatter, seat, words } from "./tour.mjs";

let house;
/** The seats that are taken, each on one page. */
const at = {};

before(async () => {
  house = await open();
  for (const name of ["clerk", "admin"]) at[name] = await seat(house, name);
  at.resident = await house.page({ size: "phone" });
});

after(async () => {
  await house?.close();
});

const main = (page) => words(page.locator("main"));
const told = (page) => words(page.locator("[role=status]").first());

test("a routing rule is written in a draft, tried with past cases, checked and published", async () => {
  const page = at.admin;
  const lamp = { category: "路灯不亮", find: "路灯", spot: "西巷口" };
  await sayMatter(at.resident, { ...lamp, body: "巷口路灯三天不亮，老人不敢出门。" });
  await page.goto("/admin");
  await press(page, "派单规则", { exact: false });
  assert.match(await main(page), /自上而下比对，第一条相符的作为建议/);
  await press(page, "起草修改");
  assert.match(await told(page), /草稿已建好/);
  const draft = page.url();
  await press(page, "新增规则");
  await inOrder(page);
  await page.locator("select[name=category]").selectOption(await optionWith(page, "category", "020101 路灯不亮"));
  await page.locator("select[name=unit_kind]").selectOption(await optionWith(page, "unit_kind", "中心"));
  await page.locator("select[name=unit_level]").selectOption(await optionWith(page, "unit_level", "乡镇"));
  await page.getByLabel("理由").fill("{category}先由{unit}到场查看。");
  await press(page, "存入草稿");
  assert.match(await main(page), /改动（1 处）/);
  await inOrder(page, "routing-draft");
  // The same rule once more is shadowed, and says so at its place.
  await press(page, "新增规则");
  await page.locator("select[name=category]").selectOption(await optionWith(page, "category", "020101 路灯不亮"));
  await page.locator("select[name=unit_kind]").selectOption(await optionWith(page, "unit_kind", "中心"));
  await page.locator("select[name=unit_level]").selectOption(await optionWith(page, "unit_level", "县"));
  await page.getByLabel("理由").fill("{category}由{unit}统一安排。");
  await press(page, "存入草稿");
  assert.match(await main(page), /已经包住它，永远轮不到/);
  await page.getByRole("button", { name: /^删去/ }).first().click();
  assert.match(await told(page), /草稿已改/);
  assert.match(await main(page), /改动（1 处）/);
  await press(page, "试算");
  await page.getByLabel("来件到").fill(day(0));
  await press(page, "查询");
  assert.match(await main(page), /\d+ 件中，[1-9]\d* 件会派到别处/);
  await inOrder(page, "routing-trial");
  await page.goto(draft);
  await page.getByLabel("发布理由").fill("路灯先由乡镇看现场，再转专业单位。");
  await press(page, "发布");
  assert.match(await told(page), /规则表已发布/);
  // The next lamp is suggested so, with the reason.
  await sayMatter(at.resident, { ...lamp, body: "南巷的路灯一直不亮。", spot: "南巷" });
  assert.match(await main(at.resident), /综合治理中心到场查看/);
  await page.goto("/admin/routing/tables");
  assert.match(await main(page), /吴磊/);
});

test("a changed year is looked at before it is published: how many dates move, which, and what stays behind", async () => {
  const page = at.admin;
  const free = workday(10);
  const year = free.slice(0, 4);
  await page.goto("/admin/calendar");
  // One more day off on a working day some ten days from now: in a year that stands, or in one whose notice is awaited.
  const row = page.getByRole("link", { name: year, exact: true });
  const stands = (await row.count()) > 0;
  if (stands) await row.click();
  await press(page, stands ? "更正这一年" : "登记或更正");
  assert.equal(await page.getByLabel("年份").inputValue(), year);
  const given = page.locator("form[action='/admin/calendar']");
  const off = given.locator("textarea[name=off]");
  const text = await off.inputValue();
  if (stands) assert.match(text, /春节/, "the table of the year is there to be corrected");
  await off.fill(`${text.trim()}\n临时放假 ${free}`);
  await given.getByLabel("依据").fill("县政府办〔2026〕12 号");
  await press(page, "先看影响");
  const said = await main(page);
  assert.match(said, /未办结的期限 \d+ 个：变动 [1-9]\d* 个/);
  assert.match(said, /现在到期/);
  await inOrder(page, "calendar-preview");
  await press(page, "公布");
  assert.match(await told(page), /已公布/);
  await page.goto(`/admin/calendar/${year}`);
  assert.match(await main(page), /休 临时放假/);
  await inOrder(page, "calendar-year");
});

/** A day so many days from now, as a field takes it. */
function day(days) {
  return new Date(Date.now() + 8 * 3_600_000 + days * 86_400_000).toISOString().slice(0, 10);
}

/** The first day that is no weekend, at least so many days from now. */
function workday(days) {
  const isWeekend = [0, 6].includes(new Date(day(days)).getUTCDay());
  return isWeekend ? workday(days + 1) : day(days);
}

test("a letter leads to its record and is read; the own ways are kept; a calendar link is made once and ended", async () => {
  const page = at.clerk;
  await page.goto("/notices");
  const unread = Number(await page.locator("a.bell b").innerText());
  assert.ok(unread > 0);
  await page.locator("tbody button").first().click();
  await page.waitForLoadState("load");
  assert.equal(Number(await page.locator("a.bell b").innerText()), unread - 1);
  await page.locator("tbody a").first().click();
  assert.match(new URL(page.url()).pathname, /^\/(cases|whistles|supervision)\//);
  await page.goto("/notices");
  await press(page, "接收设置");
  await page.getByRole("textbox", { name: "邮箱" }).fill("zhongxin@example.cn");
  await page.getByRole("button", { name: "保存" }).click();
  assert.match(await told(page), /已保存/);
  await page.goto("/me/feed");
  await press(page, "生成链接", { exact: false });
  const link = (await page.locator("code.wrap").innerText()).trim();
  assert.match(link, /\/feed\/.+/);
  await inOrder(page, "feed");
  const other = await house.page({});
  const feed = await other.request.get(new URL(link).pathname);
  assert.equal(feed.status(), 200);
  const calendar = await feed.text();
  assert.match(calendar, /^BEGIN:VCALENDAR/);
  assert.match(calendar, /BEGIN:VEVENT/);
  assert.doesNotMatch(calendar, /1[3-9]\d{9}|ATTENDEE|ORGANIZER/);
  await press(page, "停用", { exact: false });
  assert.match(await told(page), /链接已停用/);
  assert.notEqual((await other.request.get(new URL(link).pathname)).status(), 200);
});

test("the administrator sees what went out and what failed, without whose it is", async () => {
  const page = at.admin;
  await page.goto("/admin/notices?tab=given_up");
  const said = await main(page);
  assert.match(said, /已放弃/);
  assert.match(said, /对方拒收/);
  assert.doesNotMatch(said, /000\d{8}/);
  await press(page, "发送设置");
  assert.match(await main(page), /居民静默时段 \d\d:\d\d-\d\d:\d\d/);
});
