// One matter through every hand: said by a resident, accepted and sent out by the town's clerk, taken, given back
// and in the end done by a department, verified by somebody else, contested, done again and confirmed.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { open } from "./harness.mjs";
import { answerStep, follow, openCase, photo, press, sayMatter, seat, step, tabCount, words } from "./tour.mjs";

const BODY = "小区楼道的灯坏了半个月，物业一直说没有人修，老人晚上下楼很危险。";
const MATTER = { category: "物业服务不到位", find: "物业", body: BODY, contact: { name: "周女士", contact: "13912345678" } };

let house;
/** The seats that are taken, each on one page. */
const at = {};
/** What the receipt says. */
let receipt;

before(async () => {
  house = await open();
  for (const name of ["clerk", "clerk2", "liaison"]) at[name] = await seat(house, name);
  at.resident = await house.page({ size: "phone" });
});

after(async () => {
  await house?.close();
});

test("a resident says it on a telephone, with a photo, and gets a number and a code", async () => {
  receipt = await sayMatter(at.resident, { ...MATTER, photos: [photo()] });
  const said = await words(at.resident.locator("main"));
  assert.match(said, /现在由谁负责 .+街道社会治安综合治理中心/);
  assert.match(said, /受理后建议交给 .+住房和城乡建设局/);
  assert.match(said, /最晚答复日期 .+剩15天/);
});

test("the clerk finds it at the end of the queue by the keyboard and opens it", async () => {
  const page = at.clerk;
  await page.goto("/");
  assert.match(await words(page.locator("h1")), /本单位办件/);
  const waiting = await tabCount(page, "待受理");
  assert.ok(waiting >= 1);
  assert.equal(await page.locator("table.queue tbody tr").count(), waiting);
  // j goes down a row, k up, Enter opens.
  await page.keyboard.press("j");
  const first = await page.evaluate(() => document.activeElement.textContent);
  for (let row = 1; row < waiting; row += 1) await page.keyboard.press("j");
  const last = await page.evaluate(() => document.activeElement.textContent);
  assert.equal(last, receipt.number);
  if (waiting > 1) {
    for (let row = 1; row < waiting; row += 1) await page.keyboard.press("k");
    assert.equal(await page.evaluate(() => document.activeElement.textContent), first);
    for (let row = 1; row < waiting; row += 1) await page.keyboard.press("j");
  }
  await page.keyboard.press("Enter");
  await page.waitForURL("**/cases/*");
  const said = await words(page.locator("main"));
  for (const word of [receipt.number, BODY, "待受理", "剩15天", "西关小区 3 号楼", "来件照片1"]) assert.ok(said.includes(word), word);
  // Who brought it stays shut until a purpose is said.
  assert.ok(!said.includes("13912345678") && !said.includes("周女士"));
});

test("the suggested unit stands in the form with the reason beside it", async () => {
  const form = await step(at.clerk, "受理");
  const suggested = form.locator("select[name=accept_unit] option:checked");
  assert.match(await suggested.innerText(), /住房和城乡建设局（建议）/);
  assert.match(await words(form), /物业服务不到位按职责属.+住房和城乡建设局办理/);
});

test("the clerk accepts and sends it out in one go", async () => {
  const page = at.clerk;
  const form = await step(page, "受理");
  await form.getByLabel("交办说明").fill("请本周内到现场看一下。");
  await form.getByRole("button", { name: "受理" }).click();
  assert.match(await words(page.locator("[role=status]").first()), /已受理/);
  const said = await words(page.locator("main"));
  assert.match(said, /已派（待接）/);
  assert.match(said, /现在等 .+住房和城乡建设局 办理/);
});

test("a colleague who was slower is told who was faster", async () => {
  // Both have the case open; the first to press wins.
  const [one, two] = [at.clerk, at.clerk2];
  const other = await sayMatter(at.resident, { ...MATTER, body: "小区东门的道闸一直放下，救护车也进不来，希望有人管。", spot: "小区东门" });
  for (const page of [one, two]) await openCase(page, "待受理", other.number);
  for (const page of [one, two]) await (await step(page, "受理")).locator("select[name=accept_unit]").selectOption("");
  await (await step(one, "受理")).getByRole("button", { name: "受理" }).click();
  assert.match(await words(one.locator("[role=status]").first()), /已受理/);
  await (await step(two, "受理")).getByRole("button", { name: "受理" }).click();
  const told = await words(two.getByRole("alert"));
  assert.match(told, /李建国/);
  assert.match(told, /刷新页面/);
});

test("the department takes it from the inbox, gives it back with a reason, and gets it again", async () => {
  const page = at.liaison;
  await page.goto("/");
  assert.ok((await tabCount(page, "待接")) >= 1);
  await openCase(page, "待接", receipt.number);
  assert.match(await words(page.locator("main")), /请本周内到现场看一下/);
  await answerStep(page, "退单", {
    职责清单条目: "市住建局权责清单第 31 项（物业服务监督）",
    退单理由: "楼道灯在商业裙房，属街道物业管理所，请改派。",
  });
  assert.match(await words(page.locator("[role=status]").first()), /已退单/);
  // The clerk reads why and sends it once more.
  await openCase(at.clerk, "待派", receipt.number);
  assert.match(await words(at.clerk.locator("main")), /楼道灯在商业裙房/);
  await answerStep(at.clerk, "派单", { 交办说明: "已核对，属住宅楼道，仍请你局办理。" });
  assert.match(await words(at.clerk.locator("[role=status]").first()), /已派出/);
  await openCase(page, "待接", receipt.number);
  await answerStep(page, "接单", {});
  assert.match(await words(page.locator("[role=status]").first()), /已接单/);
});

test("the department reports what was done, with a photo", async () => {
  const page = at.liaison;
  await openCase(page, "办理中", receipt.number);
  const form = await step(page, "反馈结果");
  await form.getByLabel("已解决").check();
  await form.locator("textarea").fill("物业当天更换楼道灯 6 盏，现场试亮正常。");
  await form.locator("input[type=file]").setInputFiles(photo("修好后.png"));
  await form.getByRole("button", { name: "反馈结果" }).click();
  assert.match(await words(page.locator("[role=status]").first()), /已反馈，等待核实/);
  // Who did the work has no way to verify it.
  assert.equal(await page.locator("details.act summary", { hasText: "核实办结" }).count(), 0);
});

test("somebody else verifies, and the resident reads the answer and says that it is not solved", async () => {
  await openCase(at.clerk, "待核实", receipt.number);
  assert.match(await words(at.clerk.locator("main")), /办理照片1/);
  await answerStep(at.clerk, "核实办结", {});
  assert.match(await words(at.clerk.locator("[role=status]").first()), /已核实办结/);
  const page = at.resident;
  await follow(page, receipt);
  const said = await words(page.locator("main"));
  for (const word of ["已经答复，请您看看解决了没有", "已解决", "更换楼道灯 6 盏", "派给", "谁打开过这件事"]) assert.ok(said.includes(word), word);
  await press(page, "没有解决");
  await page.getByLabel("哪里没有解决").fill("三楼的灯还是不亮。");
  await press(page, "提交，重新办理");
  assert.match(await words(page.locator("main")), /承办单位正在办/);
});

test("the contested matter is done again, verified again, and the resident confirms", async () => {
  await openCase(at.clerk, "办理中", receipt.number);
  assert.match(await words(at.clerk.locator("main")), /三楼的灯还是不亮/);
  await answerStep(at.clerk, "派单", {});
  await openCase(at.liaison, "待接", receipt.number);
  await answerStep(at.liaison, "接单", {});
  const form = await step(at.liaison, "反馈结果");
  await form.getByLabel("已解决").check();
  await form.locator("textarea").fill("三楼线路已换，六层全部试亮。");
  await form.locator("input[type=file]").setInputFiles(photo("三楼.png"));
  await form.getByRole("button", { name: "反馈结果" }).click();
  await openCase(at.clerk2, "待核实", receipt.number);
  await answerStep(at.clerk2, "核实办结", {});
  await follow(at.resident, receipt);
  await press(at.resident, "解决了，确认");
  assert.match(await words(at.resident.locator("main")), /已经办结并确认/);
  // The course of it, as the resident reads it, in its order.
  const course = await words(at.resident.locator("main"));
  const steps = ["登记", "受理", "派单", "退单", "接单", "反馈结果", "核实办结", "反映未解决", "确认"];
  for (const word of steps) assert.ok(course.includes(word), word);
});

test("who opened the contact is on record, and the resident sees it", async () => {
  const page = at.clerk2;
  await openCase(page, "全部", receipt.number);
  await page.locator("summary", { hasText: "查看联系方式" }).click();
  await page.getByLabel("告知办理结果").check();
  await page.getByRole("button", { name: "查看", exact: true }).click();
  const said = await words(page.locator("main"));
  assert.match(said, /周女士/);
  assert.match(said, /13912345678/);
  assert.match(said, /这次查看已经留下记录/);
  await follow(at.resident, receipt);
  await at.resident.locator("summary", { hasText: "谁打开过这件事" }).click();
  assert.match(await words(at.resident.locator("main")), /告知办理结果/);
});

test("the journal gives the resident a proof to take away", async () => {
  const page = at.resident;
  await page.locator("summary", { hasText: "记录凭证" }).click();
  const [file] = await Promise.all([page.waitForEvent("download"), press(page, "下载凭证")]);
  assert.match(file.suggestedFilename(), /\.json$/);
});
