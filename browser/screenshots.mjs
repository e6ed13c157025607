// Takes the pictures of docs/screenshots: each seat's pages, on a phone and on a desktop.
//
//   node screenshots.mjs

import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ROOT, SIZES, open } from "./harness.mjs";
import { answerStep, choosePlace, follow, openCase, photo, png, press, sayMatter, step } from "./tour.mjs";

const FOLDER = join(ROOT, "docs", "screenshots");
/** A picture shows what one sees at first and a little more. */
const TALLEST = { phone: 1480, desktop: 1240 };
const BODY = "小区楼道的灯坏了半个月，物业一直说没有人修，老人晚上下楼很危险。希望尽快安排人来修。";
const MATTER = { category: "物业服务不到位", find: "物业", body: BODY };

const house = await open();
await mkdir(FOLDER, { recursive: true });

/** A page of a seat in one size, with the way to take its picture. */
async function sit(name, size) {
  const state = name && (states[name] ??= await house.signedIn(name));
  const page = await house.page({ size, state });
  const shoot = async (picture) => {
    await page.evaluate(() => document.fonts.ready);
    const height = Math.min(await page.evaluate(() => document.documentElement.scrollHeight), TALLEST[size]);
    const { width } = SIZES[size];
    const path = join(FOLDER, `${picture}-${width}.png`);
    const clip = { x: 0, y: 0, width, height };
    const taken = await page.screenshot({ fullPage: true, clip, animations: "disabled", caret: "hide" });
    await writeFile(path, await smaller(taken, [width, height]));
  };
  return { page, shoot };
}
const states = {};

/** The same picture in at most 256 colours, the rare ones as their nearest neighbours. */
async function smaller(picture, [width, height]) {
  const source = `data:image/png;base64,${picture.toString("base64")}`;
  const pixels = await (canvas ??= await house.page({})).evaluate(async ([source, width, height]) => {
    const image = new Image();
    image.src = source;
    await image.decode();
    const canvas = new OffscreenCanvas(width, height).getContext("2d");
    canvas.drawImage(image, 0, 0);
    const bytes = canvas.getImageData(0, 0, width, height).data;
    let text = "";
    for (let at = 0; at < bytes.length; at += 32_768) text += String.fromCharCode(...bytes.subarray(at, at + 32_768));
    return btoa(text);
  }, [source, width, height]);
  const rgba = Buffer.from(pixels, "base64");
  const counts = new Map();
  for (let at = 0; at < rgba.length; at += 4) {
    const colour = rgba.readUIntBE(at, 3);
    counts.set(colour, (counts.get(colour) ?? 0) + 1);
  }
  const palette = [...counts].sort((a, b) => b[1] - a[1]).slice(0, 256).map(([colour]) => colour);
  const channels = (colour) => [colour >> 16, (colour >> 8) & 255, colour & 255];
  const far = (a, b) => a.reduce((sum, value, n) => sum + (value - b[n]) ** 2, 0);
  const parts = palette.map(channels);
  const nearest = new Map(palette.map((colour, n) => [colour, n]));
  const index = (colour) => {
    if (!nearest.has(colour)) {
      const own = channels(colour);
      nearest.set(colour, parts.reduce((best, part, n) => (far(part, own) < far(parts[best], own) ? n : best), 0));
    }
    return nearest.get(colour);
  };
  const rows = Buffer.alloc((width + 1) * height);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) rows[y * (width + 1) + 1 + x] = index(rgba.readUIntBE((y * width + x) * 4, 3));
  }
  return png([width, height], rows, Buffer.from(parts.flat()));
}
let canvas;

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
