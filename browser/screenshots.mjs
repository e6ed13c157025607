// Takes the pictures of docs/screenshots: each seat's pages, on a phone and on a desktop; those on the way of a walk are
// taken by the walk itself.
//
//   node screenshots.mjs

import { spawnSync } from "node:child_process";
import { SIZES, open } from "./harness.mjs";
import { shoot as take } from "./pictures.mjs";
import { answerStep, choosePlace, follow, openCase, photo, press, sayMatter, step } from "./tour.mjs";

/** The walks that take pictures on their way. */
const WALKS = ["time", "supervision", "figures", "tables"].map((name) => `${name}.test.mjs`);
const BODY = "小区楼道的灯坏了半个月，物业一直说没有人修，老人晚上下楼很危险。希望尽快安排人来修。";
const MATTER = { category: "物业服务不到位", find: "物业", body: BODY };

const house = await open();

/** A page of a seat in one size, with the way to take its picture. */
async function sit(name, size) {
  const state = name && (states[name] ??= await house.signedIn(name));
  const page = await house.page({ size, state });
  const shoot = (picture) => take(page, picture, [size, SIZES[size]]);
  return { page, shoot };
}
const states = {};

/** Plain pages: the seat, the address, the picture's name. */
const PLAIN = [
  [undefined, "/", "home"],
  [undefined, "/matters", "matters"],
  ["grid", "/grid", "worker"],
  ["grid", "/grid/report", "worker-report"],
  ["clerk", "/queue", "queue"],
  ["clerk", "/intake", "intake"],
  ["liaison", "/queue", "inbox"],
  ["leader", "/brief", "brief"],
  ["auditor", "/audit", "audit"],
  ["auditor", "/audit/journal", "journal"],
  ["admin", "/territory", "territory"],
  ["admin", "/admin", "admin"],
  ["clerk", "/whistles", "whistles"],
  ["county", "/urged", "urged"],
  ["leader", "/supervision", "supervision"],
  ["leader", "/supervision/figures", "supervision-figures"],
  ["leader", "/figure", "figure"],
  ["clerk", "/callback?tab=all", "callbacks"],
  ["clerk", "/notices", "notices"],
  ["clerk", "/me/notices", "notices-own"],
  ["admin", "/admin/notices", "notices-log"],
  ["auditor", "/figure/irregular", "irregular"],
];

try {
  // One matter that has been answered and waits for the resident's word, and some that wait for a clerk.
  const { page: resident } = await sit(undefined, "phone");
  const said = await sayMatter(resident, { ...MATTER, photos: [photo()], contact: { name: "周女士", contact: "13912345678" } });
  const waiting = await sayMatter(resident, { category: "路灯不亮", find: "路灯", body: "村口路灯坏了三天，晚上看不见路。" });
  const clerk = (await sit("clerk", "desktop")).page;
  const liaison = (await sit("liaison", "desktop")).page;
  await openCase(clerk, "待受理", said.number);
  await answerStep(clerk, "受理", {});
  await openCase(liaison, "待接", said.number);
  await answerStep(liaison, "接单", {});
  const report = await step(liaison, "反馈结果");
  await report.getByLabel("已解决").check();
  await report.locator("textarea").fill("物业当天更换楼道灯 6 盏，现场试亮正常，每周巡查一次。");
  await report.locator("input[type=file]").setInputFiles(photo("修好后.png"));
  await report.locator("button.main").click();
  await openCase(clerk, "待核实", said.number);
  await answerStep(clerk, "核实办结", {});
  const second = await sayMatter(resident, { ...MATTER, body: "小区东门的道闸一直放下，救护车也进不来，希望有人管。", spot: "东门" });
  await openCase(clerk, "待受理", second.number);
  await answerStep(clerk, "受理", {});
  const auditor = (await sit("auditor", "desktop")).page;
  await auditor.goto("/audit");
  await auditor.getByLabel("例行检查").check();
  await press(auditor, "开始查阅");

  for (const size of ["phone", "desktop"]) {
    for (const [name, path, picture] of PLAIN) {
      const { page, shoot } = await sit(name, size);
      await page.goto(path);
      await shoot(picture);
      await page.context().close();
    }
    const seat = await sit(undefined, size);
    await seat.page.goto("/say");
    await choosePlace(seat.page);
    await seat.shoot("say");
    await follow(seat.page, said);
    await seat.shoot("follow");
    await seat.page.context().close();
    const desk = await sit("clerk", size);
    await openCase(desk.page, "待受理", waiting.number);
    await desk.shoot("case");
    await desk.page.context().close();
  }
} finally {
  await house.close();
}
const { status } = spawnSync("node", ["--test", "--test-concurrency=1", ...WALKS], {
  stdio: "inherit",
  env: { ...process.env, PICTURES: "1" },
});
process.exitCode = status ?? 1;
