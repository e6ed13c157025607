// The resident's way without a script, with mistakes, and by more than one person.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { VIEWS, axe, looks, open, smallTargets, watch, ELDER_TARGET, PAGE_BYTES } from "./harness.mjs";
import { answerStep, choosePlace, follow, openCase, photo, press, sayMatter, seat, words } from "./tour.mjs";

const LAMP = { category: "路灯不亮", find: "路灯", body: "村口路灯坏了三天，晚上看不见路。" };

let house;
/** A matter that was said without a script. */
let plain;

before(async () => {
  house = await open();
});

after(async () => {
  await house?.close();
});

test("the whole way works with the script switched off: saying it with a photo, following, adding, taking back", async () => {
  const page = await house.page({ size: "phone", js: false });
  plain = await sayMatter(page, { ...LAMP, js: false, photos: [photo()] });
  await follow(page, plain);
  assert.match(await words(page.locator("main")), /已经登记，等待受理/);
  await press(page, "补充说明或照片");
  await page.getByLabel("想补充什么").fill("是村委会东边那一盏。");
  await press(page, "提交补充");
  assert.match(await words(page.locator("main")), /是村委会东边那一盏/);
  await press(page, "撤回");
  await page.getByLabel("为什么撤回").fill("电工已经来修好了。");
  await press(page, "确定撤回");
  assert.match(await words(page.locator("main")), /您已经撤回了这件事/);
  await page.context().close();
});

test("without a script a clerk answers, the resident contests, and the clerk sends it out", async () => {
  const page = await house.page({ size: "phone", js: false });
  const said = await sayMatter(page, { ...LAMP, js: false });
  const clerk = await seat(house, "clerk", { js: false });
  await openCase(clerk, "待受理", said.number);
  const accept = clerk.locator("form[action$='/acceptance']");
  await accept.locator("select[name=accept_unit]").selectOption("");
  await accept.locator(".actions button").click();
  await answerStep(clerk, "直接答复办结", { 给来件人的答复和理由: "该路段正在统一换灯，本周五完成。" }, { choose: "已解释说明" });
  assert.match(await words(clerk.locator("[role=status]").first()), /已答复办结/);
  await follow(page, said);
  assert.match(await words(page.locator("main")), /本周五完成/);
  await press(page, "没有解决");
  await page.getByLabel("哪里没有解决").fill("周五过了还是不亮。");
  await press(page, "提交，重新办理");
  assert.match(await words(page.locator("main")), /承办单位正在办/);
  // The desk sends it out, a department does it, a colleague verifies: all without a script.
  await openCase(clerk, "办理中", said.number);
  await answerStep(clerk, "派单", {});
  const done = await words(clerk.locator("main"));
  assert.match(done, /已派（待接）/);
  await clerk.context().close();
  await page.context().close();
});

test("each page of saying it is in order in every view", async () => {
  for (const view of VIEWS) {
    const page = await house.page(view);
    const watched = await watch(page, house.base);
    const troubles = [];
    const at = async (name) => {
      troubles.push(...(await looks(page)), ...(await axe(page)));
      if (view.elder) troubles.push(...(await smallTargets(page, ELDER_TARGET)));
      if (watched.bytes() > PAGE_BYTES) troubles.push(`${watched.bytes()} bytes`);
      troubles.splice(0, troubles.length, ...troubles.map((t) => (t.includes(" on ") ? t : `${t} on ${name}`)));
      watched.forget();
    };
    const said = await sayMatter(page, { ...LAMP, body: `${LAMP.body}（${view.name}）`, photos: [photo()], at });
    await follow(page, said);
    await at("follow");
    for (const door of ["补充说明或照片", "撤回"]) {
      await press(page, door);
      await at(door);
      await page.goBack();
    }
    assert.deepEqual(troubles, [], view.name);
    await page.context().close();
  }
});

test("a category is found by the words that people use", async () => {
  const page = await house.page({ size: "phone" });
  await page.goto("/say");
  await choosePlace(page);
  await press(page, "继续");
  if ((await page.locator("h1").innerText()) === "是不是同一件事？") await press(page, "都不是，继续说");
  for (const [asked, found] of [["街灯", "路灯不亮"], ["工钱", "工程建设欠薪"], ["狗叫", "养犬扰民"], ["下水道堵了", "污水管道堵塞"], ["低保", "最低生活保障"]]) {
    await page.getByRole("searchbox").fill(asked);
    await press(page, "查找");
    assert.match(await words(page.locator("ul.picks").first()), new RegExp(found), asked);
  }
  // A word that nobody uses leads back to the tree.
  await page.getByRole("searchbox").fill("太空站");
  await press(page, "查找");
  assert.match(await words(page.locator("main")), /没有找到“太空站”，请从下面的类别里选/);
  assert.match(await words(page.locator("main")), /住房与物业/);
  await page.context().close();
});

test("what is wrong is said at its field, and nothing typed is lost", async () => {
  const page = await house.page({ size: "phone" });
  await page.goto("/say");
  await press(page, "继续");
  assert.match(await words(page.getByRole("alert")), /县（区）/);
  await choosePlace(page);
  await page.getByLabel("具体位置").fill("东门口");
  await press(page, "继续");
  if ((await page.locator("h1").innerText()) === "是不是同一件事？") await press(page, "都不是，继续说");
  await page.getByRole("searchbox").fill("路灯");
  await press(page, "查找");
  await press(page, "路灯不亮", { exact: false });
  await page.locator("input[type=file]").setInputFiles(photo());
  await press(page, "继续");
  // The summary has the focus, the sentence stands at the field, the photo is kept.
  const alert = page.getByRole("alert");
  assert.ok(await alert.evaluate((box) => box === document.activeElement));
  await alert.getByRole("link").first().click();
  assert.equal(await page.evaluate(() => document.activeElement.name), "body");
  assert.match(await words(page.locator("main")), /已添加的照片|已收到 1 张照片/);
  await page.getByLabel("事情经过").fill(LAMP.body);
  await press(page, "继续");
  await page.getByLabel("电话或邮箱").fill("12");
  await page.getByLabel("怎么称呼您").fill("王女士");
  await press(page, "继续");
  assert.match(await words(page.getByRole("alert")), /电话至少 7 位数字/);
  assert.equal(await page.getByLabel("怎么称呼您").inputValue(), "王女士");
  assert.equal(await page.getByLabel("电话或邮箱").inputValue(), "12");
  await page.getByLabel("电话或邮箱").fill("");
  await press(page, "继续");
  assert.match(await words(page.locator("main")), /东门口/);
  assert.match(await words(page.locator("main")), /1 张/);
  await page.context().close();
});

test("“me too” counts once for a browser, however often it is pressed, and says so kindly", async () => {
  for (const js of [true, false]) {
    const page = await house.page({ size: "phone", js });
    await page.goto("/matters");
    await page.locator("select[name=stage]").evaluate((e) => e.closest("section").classList.add("open"));
    await page.goto("/matters?stage=handling");
    await page.locator("table.cards a").first().click();
    const address = page.url();
    await press(page, "我也遇到");
    assert.match(await words(page.getByRole("status")), /记下了：您也遇到这件事/);
    assert.equal(await page.getByRole("button", { name: "我也遇到" }).count(), 0);
    assert.match(await words(page.locator("main")), /您已附议/);
    // A page from before the press, kept by the browser, still has the button.
    await page.goBack();
    const again = page.getByRole("button", { name: "我也遇到" });
    if ((await again.count()) > 0) {
      await again.click();
      assert.match(await words(page.getByRole("status")), /您已经附议过这件事，不重复计数/);
    }
    await page.goto(address);
    assert.match(await words(page.locator("main")), /您已附议/);
    await page.context().close();
  }
});

test("a wrong code is refused without saying which of the two is wrong, and the way out is told", async () => {
  const page = await house.page({ size: "phone" });
  await page.goto("/follow");
  await page.getByLabel("编号").fill(plain.number);
  await page.getByLabel("查询码").fill("22222222");
  await press(page, "查询");
  assert.match(await words(page.locator("main")), /编号或查询码不对/);
  assert.match(await words(page.locator("main")), /请对照回执核对/);
  assert.equal(await page.getByLabel("编号").inputValue(), plain.number);
  await page.context().close();
});

test("what was typed is still there after the tab was reloaded", async () => {
  const page = await house.page({ size: "phone" });
  await page.goto("/say");
  await choosePlace(page);
  await press(page, "继续");
  if ((await page.locator("h1").innerText()) === "是不是同一件事？") await press(page, "都不是，继续说");
  await page.getByRole("searchbox").fill("路灯");
  await press(page, "查找");
  await press(page, "路灯不亮", { exact: false });
  await page.getByLabel("事情经过").pressSequentially("写到一半");
  page.on("dialog", (dialog) => dialog.accept());
  await page.reload();
  assert.equal(await page.getByLabel("事情经过").inputValue(), "写到一半");
  await page.context().close();
});
