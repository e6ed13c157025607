// The other seats: the grid worker's phone, the counter, the leader's brief, the auditor's lists, the
// administrator's tables.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { open } from "./harness.mjs";
import { NUMBER, answerStep, follow, openCase, photo, press, seat, step, tabCount, words } from "./tour.mjs";

let house;
/** What the counter handed out. */
let receipt;

before(async () => {
  house = await open();
});

after(async () => {
  await house?.close();
});

test("a grid worker reports with a photo and a position, finds it on the list, takes and finishes a task", async () => {
  const page = await seat(house, "grid", { size: "phone" });
  const said = await words((await page.goto("/"), page.locator("main")));
  for (const group of ["待接单", "我在办", "我上报的"]) assert.ok(said.includes(group), group);
  await press(page, "随手报一件");
  await page.context().grantPermissions(["geolocation"]);
  await page.context().setGeolocation({ latitude: 39.25, longitude: 102.0, accuracy: 12 });
  await page.locator("input[type=file]").setInputFiles(photo());
  await press(page, "使用当前位置");
  await page.getByText(/12 米|12米/).waitFor();
  await page.locator("select[name=grid]").selectOption({ index: 1 });
  await page.locator("select[name=root]").selectOption({ label: "城市管理与市政" });
  await page.locator("select[name=category] option", { hasText: "垃圾清运不及时" }).waitFor({ state: "attached" });
  const leaf = await page.locator("select[name=category] option", { hasText: "垃圾清运不及时" }).getAttribute("value");
  await page.locator("select[name=category]").selectOption(leaf);
  await page.getByLabel("情况").fill("垃圾箱满了三天，旁边堆着旧家具。");
  await press(page, "上报");
  const told = await words(page.locator("body"));
  assert.match(told, /已上报/);
  const number = told.match(NUMBER)[0];
  await page.goto("/grid");
  assert.match(await words(page.locator("main")), new RegExp(number));
  // The clerk sends it to the committee's own people, the worker does it.
  const clerk = await seat(house, "clerk");
  const found = (await tabCountAfter(clerk, "待受理")) > 0;
  assert.ok(found);
  await openCase(clerk, "待受理", number);
  const form = await step(clerk, "受理");
  const committee = await form.locator("select[name=accept_unit] option", { hasText: "南苑社区居委会" }).first().getAttribute("value");
  await form.locator("select[name=accept_unit]").selectOption(committee);
  await form.getByRole("button", { name: "受理" }).click();
  assert.match(await words(clerk.locator("[role=status]").first()), /已受理/);
  await page.goto("/grid");
  await page.getByRole("link", { name: /垃圾箱满了三天/ }).first().click();
  await press(page, "接单");
  assert.match(await words(page.locator("body")), /已接单/);
  await press(page, "办完了，反馈结果");
  await page.getByLabel("做了什么").fill("联系清运车当天拉走，旧家具一并清理。");
  await page.getByLabel("已解决").check();
  await page.locator("input[type=file]").setInputFiles(photo("清运后.png"));
  await press(page, "反馈");
  assert.match(await words(page.locator("body")), /已反馈，等待核实/);
  // Who did it does not verify it; the clerk does.
  await openCase(clerk, "待核实", number);
  await answerStep(clerk, "核实办结", {});
  assert.match(await words(clerk.locator("[role=status]").first()), /已核实办结/);
  await clerk.context().close();
  await page.context().close();
});

async function tabCountAfter(page, tab) {
  await page.goto("/queue");
  return tabCount(page, tab);
}

test("the counter registers a caller on one page, by the keyboard, and hands out a receipt", async () => {
  const page = await seat(house, "clerk");
  await page.goto("/queue");
  // n begins a new one.
  await page.keyboard.press("n");
  await page.waitForURL("**/intake");
  await page.getByLabel("一句话标题").fill("小区东门路灯三天不亮");
  await page.getByLabel("反映内容").fill("小区东门口的路灯三天没有亮，晚上接孩子看不见。");
  await page.locator("select[name=village]").selectOption({ index: 1 });
  await page.getByLabel("具体位置").fill("东门口");
  await page.locator("select[name=category]").selectOption({ label: "020101 道路与路灯 › 路灯不亮" });
  await page.getByLabel("来件人称呼").fill("马先生");
  await page.getByLabel("联系电话").fill("13900001234");
  // Ctrl and Enter sends from any field.
  await page.getByLabel("反映内容").focus();
  await page.keyboard.press("Control+Enter");
  // What looks like it is shown once before a new case is made.
  const [made, similar] = [page.getByText("请把回执交给来件人"), page.getByText("是同一件，记到该件")];
  await made.or(similar).first().waitFor();
  if ((await similar.count()) > 0) await press(page, "登记");
  await made.waitFor();
  const said = await words(page.locator("main"));
  assert.match(said, /请把回执交给来件人/);
  receipt = { number: said.match(NUMBER)[0], code: said.match(/查询码 ([2-9A-HJ-NP-Z]{8})/)[1] };
  await page.context().close();
});

test("a lost receipt is printed again for who knows the number that was left, and the resident sees that it was", async () => {
  const page = await seat(house, "clerk2");
  await openCase(page, "待受理", receipt.number);
  await press(page, "来人丢了回执？补打");
  await page.getByLabel("来人说的电话或邮箱").fill("13900009999");
  await press(page, "核对并打印");
  assert.match(await words(page.getByRole("alert")), /与登记时留的不一致/);
  assert.ok(!(await words(page.locator("body"))).includes(receipt.code));
  await page.getByLabel("来人说的电话或邮箱").fill("139-0000-1234");
  await press(page, "核对并打印");
  const said = await words(page.locator("main"));
  assert.match(said, /补打的回执/);
  assert.ok(said.includes(receipt.number) && said.includes(receipt.code));
  const resident = await house.page({ size: "phone" });
  await follow(resident, receipt);
  await resident.locator("summary", { hasText: "谁打开过这件事" }).click();
  assert.match(await words(resident.locator("main")), /补打回执/);
  await resident.context().close();
  await page.context().close();
});

test("every number of the brief opens the rows that it counts, and the map says the same as the table", async () => {
  const page = await seat(house, "leader");
  await page.goto("/");
  assert.match(await words(page.locator("h1")), /工作简报/);
  assert.match(await words(page.locator("main")), /不统计、不排名任何个人/);
  const tiles = await page.locator("ul.tiles a.tile").evaluateAll((all) =>
    all.map((a) => ({ count: a.querySelector("b").textContent.trim(), label: a.querySelector("span").textContent.trim(), href: a.getAttribute("href") })),
  );
  assert.ok(tiles.length >= 8, `${tiles.length} tiles`);
  const cells = await page.locator("table.figures td.num > a").evaluateAll((all) =>
    all.map((a) => ({ count: a.textContent.trim(), label: a.closest("td").dataset.th, href: a.getAttribute("href") })),
  );
  const map = await page.locator("section[aria-labelledby=map] a").evaluateAll((all) =>
    all.map((a) => ({ count: a.textContent.trim().match(/(\d+)$/)?.[1], label: "map", href: a.getAttribute("href") })),
  );
  assert.ok(map.length >= 2, "the map has its places");
  // Each kind of number once from the tiles, one cell of each column of both tables, each place of the map.
  const columns = new Map(cells.map((cell) => [cell.label, cell]));
  const days = (n) => n.count?.includes(".");
  for (const number of [...tiles, ...columns.values(), ...map].filter((n) => n.count && !days(n))) {
    if (!number.href.startsWith("/queue")) continue;
    await page.goto(number.href);
    const shown = await words(page.locator(".tools .count"));
    assert.equal(shown.match(/\d+/)[0], number.count, `${number.label} at ${number.href}`);
  }
  await page.context().close();
});

test("an auditor says why, reads who did and who read what, and has the journal checked", async () => {
  const page = await seat(house, "auditor");
  await page.goto("/");
  await press(page, "开始查阅");
  assert.match(await words(page.getByRole("alert")), /查阅用途/);
  await page.getByLabel("复核个案").check();
  await press(page, "开始查阅");
  await page.goto(`/audit?number=${receipt.number}`);
  const entries = await words(page.locator("main"));
  assert.match(entries, /来件登记/);
  assert.match(entries, /补打回执/);
  assert.match(entries, /陈晓燕/);
  // What people wrote and who they are is not in it.
  for (const secret of ["13900001234", "马先生", "接孩子"]) assert.ok(!entries.includes(secret), secret);
  await press(page, "查阅记录");
  assert.match(await words(page.locator("main")), /打开办件/);
  await press(page, "日志状态");
  await press(page, "现在核验");
  assert.match(await words(page.locator("main")), /核验通过：\d+ 条日志、\d+ 个签名全部一致/);
  const [file] = await Promise.all([page.waitForEvent("download"), press(page, "下载签名存证")]);
  assert.match(file.suggestedFilename(), /checkpoint/);
  await page.context().close();
});

test("an administrator reads places, units, posts, accounts, categories and the pack, and adds a category", async () => {
  const page = await seat(house, "admin");
  await page.goto("/");
  const home = await words(page.locator("main"));
  for (const door of ["事项类别", "派单规则", "地区包", "区划和网格", "单位、岗位和账号"]) assert.ok(home.includes(door), door);
  await press(page, "事项类别", { exact: false });
  await press(page, "02 城市管理与市政", { exact: false });
  assert.match(await words(page.locator("table")), /道路与路灯 › 路灯不亮/);
  await page.locator("summary", { hasText: "新增类别" }).click();
  const form = page.locator("form[action='/admin/categories']");
  await form.locator("select[name=parent]").selectOption({ label: await optionWith(form, "parent", "道路与路灯") });
  await form.locator("input[name=code]").fill("020190");
  await form.locator("input[name=name]").fill("路名牌缺失");
  await form.locator("select[name=kind]").selectOption("help");
  await form.locator("input[name=days_source]").fill("本地规定");
  await form.locator(".actions button").click();
  assert.match(await words(page.locator("table")), /路名牌缺失/);
  await page.goto("/territory");
  await page.goto("/accounts");
  assert.match(await words(page.locator("main")), /共 \d+|账号/);
  await page.goto("/admin/packs");
  assert.match(await words(page.locator("main")), /2026\.1/);
  await page.context().close();
});

async function optionWith(form, name, text) {
  const option = form.locator(`select[name=${name}] option`, { hasText: text }).first();
  return (await option.innerText()).trim() || option.textContent();
}

test("somebody without a post is told so, and reaches nothing of the offices", async () => {
  const page = await seat(house, "outsider");
  await page.goto("/");
  for (const path of ["/queue", "/intake", "/brief", "/audit", "/admin", "/accounts"]) {
    const answer = await page.goto(path);
    assert.equal(answer.status(), 403, path);
    assert.match(await words(page.locator("main")), /没有|无权|不能/);
  }
  await page.context().close();
});
