// Matters that a level puts on its list and holds until they are solved; meetings whose actions become tasks; sweeps.
// The first walk is docs/walkthroughs/hazard-to-supervision.md, step by step.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { open } from "./harness.mjs";
import { NUMBER, answerStep, find, inOrder, optionWith, openCase, photo, press, seat, step, words } from "./tour.mjs";

let house;
/** The seats that are taken, each on one page. */
const at = {};
/** The case's number, the entry's address, and the number of the entry. */
const hazard = {};

before(async () => {
  house = await open();
  for (const name of ["clerk", "county", "liaison", "leader", "village"]) at[name] = await seat(house, name);
  at.grid = await seat(house, "grid", { size: "phone" });
  at.public = await house.page({ size: "phone" });
});

after(async () => {
  await house?.close();
});

const main = (page) => words(page.locator("main"));
const told = (page) => words(page.locator("[role=status]").first());

test("1 to 3: a grid worker reports a hazard; the town accepts it and carries it up", async () => {
  const page = at.grid;
  await page.goto("/grid/report");
  await page.locator("input[type=file]").setInputFiles(photo("裂缝.png"));
  await page.locator("select[name=grid]").selectOption({ index: 1 });
  await page.locator("select[name=root]").selectOption({ label: "住房与物业" });
  const leaf = page.locator("select[name=category] option", { hasText: "物业服务不到位" });
  await leaf.waitFor({ state: "attached" });
  await page.locator("select[name=category]").selectOption(await leaf.getAttribute("value"));
  await page.getByLabel("情况").fill("北沟边坡裂缝三米，威胁坡脚三户。");
  await page.getByLabel("具体位置").fill("北沟");
  await press(page, "上报");
  hazard.number = (await words(page.locator("body"))).match(NUMBER)[0];
  await openCase(at.clerk, "待受理", hazard.number);
  const form = await step(at.clerk, "受理");
  await form.locator("select[name=accept_unit]").selectOption("");
  await form.getByRole("button", { name: "受理" }).click();
  await answerStep(at.clerk, "上报上一级", { 上报理由: "需要县级资金和技术，请县级牵头。" });
  assert.match(await told(at.clerk), /已上报上一级/);
  assert.match(await main(at.clerk), /办理层级 县（区）/);
});

test("4: the town nominates it to the county's list, from the case", async () => {
  const page = at.clerk;
  await press(page, "提名挂牌督办");
  assert.equal(await page.getByLabel("事项编号").inputValue(), hazard.number);
  assert.match(await page.getByLabel("标题").inputValue(), /北沟边坡裂缝/);
  await page.getByLabel("问题和提名理由").fill("三户受威胁，镇里无力治理。");
  await page.getByLabel("县级").check();
  await inOrder(page, "supervision-nominate");
  await press(page, "提名");
  assert.match(await told(page), /已提名，等待那一级决定/);
  hazard.entry = new URL(page.url()).pathname;
  assert.match(await main(page), /○ 提名|提名/);
});

test("5: the county lists it with leader, unit, person and time limit, and with nothing less", async () => {
  const page = at.county;
  await page.goto(hazard.entry);
  await press(page, "列入清单");
  await press(page, "列入清单");
  const trouble = await words(page.getByRole("alert"));
  for (const missing of ["责任领导", "责任部门", "责任人"]) assert.ok(trouble.includes(missing), trouble);
  await page.locator("select[name=leader]").selectOption(await optionWith(page, "leader", "孙永明"));
  await page.locator("select[name=unit]").selectOption(await optionWith(page, "unit", "区住房和城乡建设局"));
  await page.locator("select[name=person] option", { hasText: "张志强" }).first().waitFor({ state: "attached" });
  await page.locator("select[name=person]").selectOption(await optionWith(page, "person", "张志强"));
  await page.getByLabel("化解时限").fill("60");
  await page.getByLabel("时限依据").fill("县政府会议纪要第 3 号");
  await page.getByLabel("公开标题").fill("北沟边坡治理");
  await inOrder(page, "supervision-listing");
  await press(page, "列入清单");
  assert.match(await told(page), /已列入清单，时限开始计算/);
  const said = await main(page);
  for (const word of ["孙永明", "张志强", "60日", "到期 "]) assert.ok(said.includes(word), `${word}: ${said}`);
});

test("6 and 7: the department takes it in hand; the leader who holds it goes there", async () => {
  await at.liaison.goto("/supervision");
  await at.liaison.getByRole("link", { name: "化解中" }).first().waitFor();
  await at.liaison.goto(hazard.entry);
  await answerStep(at.liaison, "接办", { 化解方案: "先排危再削坡，两个月完成。" });
  assert.match(await told(at.liaison), /已接办/);
  await at.leader.goto(hazard.entry);
  const day = new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 10);
  await answerStep(at.leader, "领导走访", { 走访日期: day, 走访地点: "北沟边坡现场", 走访结果: "现场定了削坡方案。" });
  assert.match(await told(at.leader), /走访已记录/);
  assert.match(await main(at.leader), /领导包案走访（1次）/);
});

test("8 to 10: said to be solved, returned by who looked, said once more", async () => {
  await at.liaison.goto(hazard.entry);
  await answerStep(at.liaison, "申请销号", { 化解情况: "削坡和挡墙已完成。" });
  assert.match(await told(at.liaison), /已申请销号，等待验收/);
  // Who answers for it has no way to inspect it.
  assert.equal(await at.liaison.locator("details.act summary", { hasText: "验收合格" }).count(), 0);
  await at.county.goto(hazard.entry);
  await inOrder(at.county, "supervision-inspect");
  await answerStep(at.county, "退回整改", { 退回原因: "坡脚排水沟没有修通。" });
  assert.match(await told(at.county), /已退回整改/);
  await at.liaison.goto(hazard.entry);
  assert.match(await main(at.liaison), /坡脚排水沟没有修通/);
  await answerStep(at.liaison, "申请销号", { 化解情况: "排水沟已修通，削坡和挡墙已完成。" });
});

test("11 and 12: inspected, struck off; the figures and the public page say so", async () => {
  await at.county.goto(hazard.entry);
  await answerStep(at.county, "验收合格", { 验收情况: "现场已看，排水畅通。" });
  assert.match(await told(at.county), /验收合格，等待销号/);
  await answerStep(at.county, "销号", { 销号意见: "同意销号。" });
  assert.match(await told(at.county), /已销号/);
  const said = await main(at.county);
  for (const word of ["按期申请销号", "退回整改", "领导包案走访（1次）", hazard.number]) assert.ok(said.includes(word), `${word}: ${said}`);
  await inOrder(at.county, "supervision-entry");
  await at.leader.goto("/supervision/figures");
  const tile = at.leader.locator("ul.tiles a.tile", { hasText: "销号" }).first();
  const struck = (await tile.locator("b").innerText()).trim();
  await tile.click();
  assert.match(await words(at.leader.locator(".tools .count")), new RegExp(`共 ${struck} 件`));
  assert.match(await main(at.leader), /北沟边坡裂缝/);
  await at.public.goto("/supervision/public");
  const open = await main(at.public);
  assert.match(open, /北沟边坡治理/);
  assert.ok(!open.includes("张志强") && !open.includes("裂缝"), open);
});

test("more time for a listed matter is asked for in time and granted by the desk", async () => {
  const page = at.liaison;
  await page.goto("/supervision?q=老粮站");
  await page.locator("tbody a").first().click();
  const entry = new URL(page.url()).pathname;
  await answerStep(page, "接办", { 化解方案: "先搭支撑，再换檩条。" });
  const before = (await main(page)).match(/到期 (\d{4}-\d\d-\d\d)/)[1];
  await answerStep(page, "申请延期", { 延长多少: "15", 延期理由: "檩条要定做。" });
  assert.match(await told(page), /已申请延期，等待决定/);
  assert.match(await main(page), /决定之前不算逾期/);
  await at.county.goto("/supervision?tab=asked");
  await at.county.locator(`a[href="${entry}"]`).click();
  await answerStep(at.county, "同意延期", { 意见: "同意，先搭好支撑。" });
  assert.match(await told(at.county), /已同意延期/);
  const later = (await main(at.county)).match(/到期 (\d{4}-\d\d-\d\d)/)[1];
  assert.equal((Date.parse(later) - Date.parse(before)) / 86_400_000, 15);
});

test("a joint meeting takes its agenda from open matters, keeps minutes, and gives tasks that are done", async () => {
  const page = at.county;
  await page.goto("/supervision/meetings");
  await press(page, "召集会议");
  await page.getByLabel("会议名称").fill("边坡治理会商");
  await page.getByLabel("日期").fill(new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 10));
  await page.getByLabel("时刻").fill("00:00");
  await page.getByLabel("地点").fill("县综治中心会议室");
  await page.locator("label.card", { hasText: "区住房和城乡建设局" }).first().click();
  await press(page, "召集");
  assert.match(await told(page), /会议已召集/);
  const meeting = new URL(page.url()).pathname;
  await press(page, "从在办事项中选议题");
  await inOrder(page, "meeting-agenda");
  await page.locator("label.card:has(input[name=entries])").first().click();
  await press(page, "加入议题");
  assert.match(await told(page), /议题已加入/);
  await page.locator("select[name=item]").selectOption({ index: 1 });
  await page.locator("textarea[name=minutes]").fill("住建局牵头，十个工作日内拿出方案。");
  await press(page, "保存纪要");
  assert.match(await told(page), /纪要已保存/);
  await page.locator("summary", { hasText: "交办任务" }).click();
  const give = page.locator("form[action$='/tasks']");
  await give.locator("select[name=unit]").selectOption({ label: await optionText(give, "unit", "区住房和城乡建设局") });
  await give.getByLabel("任务").fill("十个工作日内报送治理方案。");
  await give.getByLabel("期限").fill("10");
  await press(page, "交办");
  assert.match(await told(page), /任务已交办/);
  await inOrder(page, "meeting");
  await press(page, "结束会议");
  assert.match(await told(page), /会议已结束/);
  const hand = at.liaison;
  await hand.goto("/supervision/tasks");
  await hand.getByRole("link", { name: "十个工作日内报送治理方案" }).click();
  assert.match(await main(hand), /10个工作日.+到期 \d{4}-\d\d-\d\d/);
  await hand.getByRole("textbox", { name: "办理情况" }).fill("方案已报送，两家单位会签。");
  await hand.getByLabel("办结依据").fill("凉住建〔2026〕7 号");
  await press(hand, "办结");
  assert.match(await told(hand), /任务已办结/);
  await page.goto(meeting);
  assert.match(await main(page), /按期办结/);
});

async function optionText(form, name, text) {
  return (await form.locator(`select[name=${name}] option`, { hasText: text }).first().textContent()).trim();
}

test("a sweep is returned also with nothing; what was found becomes a case", async () => {
  const page = at.clerk;
  const today = Date.now() + 8 * 3_600_000;
  const day = (n) => new Date(today + n * 86_400_000).toISOString().slice(0, 10);
  const sweeps = {};
  for (const rung of ["村（社区）", "网格"]) {
    await page.goto("/supervision/sweeps");
    await press(page, "部署排查");
    await page.getByLabel("名称").fill(`汛期边坡排查（${rung}）`);
    await page.getByLabel("专项排查").check();
    await page.getByLabel("排查内容").fill("逐户查看边坡、排水沟和土坯房。");
    await page.getByLabel(rung, { exact: true }).check();
    await page.getByLabel("开始日期").fill(day(0));
    await page.getByLabel("截止日期").fill(day(7));
    await press(page, "部署");
    assert.match(await told(page), /排查已部署/);
    sweeps[rung] = new URL(page.url()).pathname;
  }
  await inOrder(page, "sweep");
  // The village has found nothing: that is a return, too.
  await at.village.goto(sweeps["村（社区）"]);
  await at.village.locator("tbody a").first().click();
  assert.match(await main(at.village), /没有发现问题就不填下面的问题，提交即为零报告/);
  await inOrder(at.village, "sweep-return");
  await at.village.getByLabel("排查情况").fill("查看四十户，未发现问题。");
  await press(at.village, "提交填报");
  assert.match(await told(at.village), /填报已收到/);
  await page.goto(`${sweeps["村（社区）"]}?tab=nil`);
  assert.match(await main(page), /已填报 1\/\d+，其中零报告 1/);
  // The grid worker has found something.
  const grid = at.grid;
  await grid.goto("/grid");
  await press(grid, "排查");
  await grid.getByRole("link", { name: "汛期边坡排查（网格）" }).click();
  await grid.locator("tbody a").first().click();
  await grid.getByLabel("排查情况").fill("查看二十户。");
  await grid.getByLabel("问题一").fill("三号院墙体开裂约两指宽");
  await grid.getByLabel("具体位置").first().fill("北沟三号院");
  await press(grid, "提交填报");
  const file = grid.locator("form[action^='/supervision/findings/']");
  const leaf = await file.locator("select[name=category] option", { hasText: "物业服务不到位" }).first().getAttribute("value");
  await file.locator("select[name=category]").selectOption(leaf);
  await press(grid, "转为事项");
  assert.match(await told(grid), /已转为事项/);
  const number = (await main(grid)).match(NUMBER)[0];
  await inOrder(grid);
  await find(page, number);
  assert.match(await main(page), /三号院墙体开裂/);
});
