// Clocks and answers on one case after another: how a date was worked out, time that stands still and time that is added,
// "not mine" and who decides it, urging, the whistle, and cases that belong together.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { open } from "./harness.mjs";
import { answerStep, find, follow, inOrder, openCase, press, sayMatter, seat, step, words } from "./tour.mjs";

const MATTER = { category: "物业服务不到位", find: "物业" };
const ENTRY = "市住建局权责清单第 31 项（物业服务监督）";

let house;
/** The seats that are taken, each on one page. */
const at = {};

before(async () => {
  house = await open();
  for (const name of ["clerk", "county", "liaison", "leader", "mediator"]) at[name] = await seat(house, name);
  at.resident = await house.page({ size: "phone" });
});

after(async () => {
  await house?.close();
});

const main = (page) => words(page.locator("main"));
const told = (page) => words(page.locator("[role=status]").first());

/** A matter that the housing department has taken. */
async function taken(body, spot) {
  const receipt = await sayMatter(at.resident, { ...MATTER, body, spot });
  await openCase(at.clerk, "待受理", receipt.number);
  await answerStep(at.clerk, "受理", {});
  await openCase(at.liaison, "待接", receipt.number);
  await answerStep(at.liaison, "接单", {});
  return receipt;
}

test("a case shows each of its clocks, whose it is, and how its end was worked out", async () => {
  const receipt = await taken("小区电梯坏了半个月没有人修，老人上不了楼。", "一号楼");
  const page = at.liaison;
  const clocks = page.locator(".clock");
  const names = (await clocks.locator("b").allInnerTexts()).join(" ");
  for (const name of ["受理时限", "答复时限", "承办时限"]) assert.ok(names.includes(name), `${name} of ${names}`);
  const own = clocks.filter({ hasText: "承办时限" });
  assert.match(await words(own), /计时中|临近|期限/);
  assert.match(await words(own), /住房和城乡建设局 · \d{4}-\d\d-\d\d.* 止/);
  await own.locator("summary", { hasText: "怎么算出来的" }).click();
  assert.match(await words(own), /不计.*到期 \d{4}-\d\d-\d\d/);
  // The resident reads the same on a telephone.
  await follow(at.resident, receipt);
  assert.match(await main(at.resident), /最晚答复日期/);
  await inOrder(page, "clocks", page.locator("section[aria-labelledby=due]"));
});

test("a clock stands still for a reason of the list, with its paper, and goes on", async () => {
  const receipt = await taken("小区围墙倒了一段，砖头一直堆在路上。", "北围墙");
  const page = at.liaison;
  const form = await step(page, "暂停计时");
  await form.locator("input[name=pause_reason]").first().check();
  await form.getByLabel("依据材料名称或文号").fill("检测委托书〔2026〕3 号");
  await form.getByLabel("给来件人的说明").fill("正在等墙体检测报告，报告出来就继续。");
  await form.getByRole("button", { name: "暂停计时" }).click();
  assert.match(await told(page), /已暂停计时/);
  assert.match(await words(page.locator(".clock", { hasText: "承办时限" })), /暂停计时/);
  await follow(at.resident, receipt);
  assert.match(await main(at.resident), /正在等墙体检测报告/);
  await answerStep(page, "恢复计时", { 说明: "检测报告已出。" });
  assert.match(await told(page), /已恢复计时/);
  const own = page.locator(".clock", { hasText: "承办时限" });
  assert.match(await words(own.locator("p").first()), /计时中/);
  assert.match(await words(page.locator("ol.timeline")), /恢复计时.+检测报告已出|检测报告已出.+恢复计时/);
});

test("more time is asked for with a reason, decided by the leader, and told to the resident", async () => {
  const receipt = await taken("小区门禁坏了两周，陌生人随便进出。", "南门");
  await answerStep(at.liaison, "申请延期", { 延长几日: "10", 理由: "门禁主板要从外地订购。" });
  assert.match(await told(at.liaison), /已申请延期，等待审批/);
  await find(at.leader, receipt.number);
  assert.match(await main(at.leader), /申请延长10日，理由：门禁主板要从外地订购/);
  await inOrder(at.leader, "extension");
  await answerStep(at.leader, "同意延期", { 告知来件人的理由: "门禁主板要从外地订购，需要多十天。" });
  assert.match(await told(at.leader), /已同意延期/);
  await follow(at.resident, receipt);
  assert.match(await main(at.resident), /门禁主板要从外地订购，需要多十天/);
  await find(at.liaison, receipt.number);
  const own = at.liaison.locator(".clock", { hasText: "承办时限" });
  await own.locator("summary").click();
  assert.match(await words(own), /延长10日/);
});

test("“not mine” is said once with the duty list; the second time the county decides", async () => {
  const receipt = await sayMatter(at.resident, { ...MATTER, body: "小区健身器材生锈断裂，孩子被划伤。", spot: "中心花园" });
  await openCase(at.clerk, "待受理", receipt.number);
  await answerStep(at.clerk, "受理", {});
  await openCase(at.liaison, "待接", receipt.number);
  await answerStep(at.liaison, "退单", { 职责清单条目: ENTRY, 退单理由: "健身器材由体育部门配建，请改派。" });
  assert.match(await told(at.liaison), /已退单/);
  await openCase(at.clerk, "待派", receipt.number);
  await answerStep(at.clerk, "派单", { 交办说明: "器材在小区红线以内，仍请你局办理。" });
  await openCase(at.liaison, "待接", receipt.number);
  // It cannot be given back a second time; the way out stands there.
  assert.equal(await at.liaison.locator("details.act summary", { hasText: /^退单$/ }).count(), 0);
  await answerStep(at.liaison, "提请裁定", { 理由: "器材不在物业服务合同之内。", 职责清单条目: ENTRY });
  assert.match(await told(at.liaison), /已提请上级裁定/);
  await find(at.county, receipt.number);
  assert.match(await main(at.county), /裁定时限/);
  await inOrder(at.county, "arbitration");
  const form = await step(at.county, "裁定");
  const options = form.locator("select[name=arbitrate_unit] option", { hasText: "住房和城乡建设局" });
  await form.locator("select[name=arbitrate_unit]").selectOption(await options.first().getAttribute("value"));
  await form.getByLabel("裁定理由").fill("器材在小区红线以内，按物业共用设施由你局督促维修。");
  await form.locator(".actions button").first().click();
  assert.match(await told(at.county), /已裁定并派出/);
  await openCase(at.liaison, "待接", receipt.number);
  assert.match(await main(at.liaison), /按物业共用设施由你局督促维修/);
  assert.equal(await at.liaison.locator("details.act summary", { hasText: /^(退单|提请裁定)$/ }).count(), 0);
  await answerStep(at.liaison, "接单", {});
});

test("a resident urges; the office that has it and the desk above see it", async () => {
  const receipt = await taken("楼顶漏水一个月，屋里墙皮都掉了。", "五号楼顶层");
  const page = at.resident;
  await follow(page, receipt);
  await press(page, "催办");
  assert.match(await main(page), /不会影响这件事的办理/);
  await page.getByLabel("想说的话").fill("下雨天屋里接了三个盆，请快一点。");
  await page.getByRole("button", { name: "催办" }).click();
  assert.match(await told(page), /已催办/);
  assert.match(await main(page), /起可以再催/);
  assert.equal(await page.getByRole("link", { name: "催办", exact: true }).count(), 0);
  for (const name of ["liaison", "county"]) {
    await at[name].goto("/urged");
    assert.match(await main(at[name]), new RegExp(receipt.number), name);
  }
  await at.liaison.getByRole("link", { name: receipt.number }).click();
  assert.match(await main(at.liaison), /下雨天屋里接了三个盆/);
});

test("a town blows the whistle: units answer, come, report, and each speaks of the other", async () => {
  const receipt = await sayMatter(at.resident, { ...MATTER, body: "小区消防通道被围挡占了三个月，消防车进不来。", spot: "东门" });
  await openCase(at.clerk, "待受理", receipt.number);
  await answerStep(at.clerk, "受理", {});
  await press(at.clerk, "吹哨，召集单位");
  assert.match(await main(at.clerk), /默认响应期限：/);
  await inOrder(at.clerk, "whistle-call");
  const unit = (text) => at.clerk.locator("select[name=lead] option", { hasText: text }).first().getAttribute("value");
  await at.clerk.locator("select[name=lead]").selectOption(await unit("区住房和城乡建设局"));
  await at.clerk.locator("label.card", { hasText: /街道人民调解委员会/ }).first().click();
  await at.clerk.getByLabel("事由").fill("围挡占用消防通道，请到现场一起定拆除办法，带上施工许可。");
  await at.clerk.getByLabel("集合地点").fill("小区东门");
  await at.clerk.getByRole("button", { name: "吹哨", exact: true }).click();
  assert.match(await told(at.clerk), /已经吹哨/);
  const address = new URL(at.clerk.url()).pathname;
  // Each called unit finds it in its list, with what is left of its time.
  for (const name of ["liaison", "mediator"]) {
    await at[name].goto("/whistles");
    assert.match(await main(at[name]), new RegExp(`${receipt.number}.+(剩|临近)`), name);
    await at[name].goto(address);
    await press(at[name], "响应，马上来");
    assert.match(await told(at[name]), /已响应/);
  }
  await press(at.liaison, "已到场");
  await press(at.liaison, "反馈结果");
  await at.liaison.getByLabel("说明").fill("围挡已经拆除，通道恢复四米宽。");
  await press(at.liaison, "反馈");
  assert.match(await told(at.liaison), /已反馈/);
  // The caller lets the other off with a reason, rates, ends it; the called unit rates the caller.
  await at.clerk.goto(address);
  await inOrder(at.clerk, "whistle");
  await press(at.clerk, "免除这个单位");
  await at.clerk.getByLabel("说明").fill("现场已经解决，不用再来。");
  await press(at.clerk, "确定免除");
  await press(at.clerk, "评价这个单位");
  await at.clerk.getByLabel("5分 很好").check();
  await at.clerk.getByLabel("一句话说明").fill("半天内到场，当天拆完。");
  await press(at.clerk, "提交评价");
  assert.match(await told(at.clerk), /评价已记下/);
  await at.liaison.goto(address);
  await press(at.liaison, "评价吹哨单位");
  await at.liaison.getByLabel("4分 好").check();
  await press(at.liaison, "提交评价");
  await at.clerk.goto(address);
  await press(at.clerk, "结束吹哨");
  await press(at.clerk, "结束");
  const said = await main(at.clerk);
  for (const word of ["已结束", "按时响应", "围挡已经拆除", "很好", "半天内到场", "已免除"]) assert.ok(said.includes(word), `${word}: ${said}`);
  await at.leader.goto("/whistles/units");
  assert.match(await main(at.leader), /住房和城乡建设局/);
});

test("cases that look alike are suggested with reasons; they are merged, parted, linked and taken apart again", async () => {
  const words1 = "小区西门口下水道井盖缺失三天，晚上有人踩空。";
  const first = await sayMatter(at.resident, { ...MATTER, body: words1, spot: "西门口" });
  const second = await sayMatter(at.resident, { ...MATTER, body: "西门口下水道的井盖缺失，晚上差点踩空；垃圾桶也一周没清。", spot: "西门口" });
  const page = at.clerk;
  await openCase(page, "待受理", second.number);
  const links = page.locator("section[aria-labelledby=links]");
  assert.match(await words(links), new RegExp(`可能重复.+${first.number}.+相似度`));
  assert.match(await words(links), /同一村|同一类别|同一天/);
  await inOrder(page, "duplicates", links);
  await links.getByRole("button", { name: `并入这件 ${first.number}` }).click();
  assert.match(await told(page), /已并案/);
  assert.match(await words(links), new RegExp(`并入 ${first.number}`));
  await follow(at.resident, second);
  assert.match(await main(at.resident), /一并办理/);
  assert.ok(!(await main(at.resident)).includes(first.number), "another's number is not told");
  // Taken apart again, with a reason; then a part becomes a case of its own.
  await links.locator("summary", { hasText: "取消并案" }).click();
  await links.getByLabel("为什么取消").fill("第二件还有垃圾清运的事，分开办。");
  await links.getByRole("button", { name: "取消并案" }).click();
  assert.match(await told(page), /已取消并案/);
  await links.locator("summary", { hasText: "拆分" }).click();
  await links.getByLabel("新件标题").fill("西门口垃圾桶一周没清");
  await links.getByLabel("新件内容").fill("垃圾桶也一周没清。");
  const leaf = await links.locator("select[name=split_category] option", { hasText: "垃圾清运不及时" }).first().getAttribute("value");
  await links.locator("select[name=split_category]").selectOption(leaf);
  await links.getByRole("button", { name: /拆分/ }).click();
  assert.match(await told(page), /已另立一件/);
  await follow(at.resident, second);
  assert.match(await main(at.resident), /其中一部分另立了一件：编号/);
  await find(page, second.number);
  await links.locator("summary", { hasText: "标为相关" }).click();
  await links.getByLabel("和哪一件相关").fill(first.number);
  await links.getByRole("button", { name: "标为相关" }).click();
  assert.match(await told(page), /已标为相关/);
  await links.getByRole("button", { name: `取消相关 ${first.number}` }).click();
  assert.match(await told(page), /已取消相关/);
});
