// Takes one picture for docs/screenshots.

import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ROOT } from "./server.mjs";
import { png } from "./png.mjs";

const FOLDER = join(ROOT, "docs", "screenshots");
/** A picture shows what one sees at first and a little more. */
const TALLEST = { phone: 1480, desktop: 1240 };
/** The pages have few colours; what is left over are the edges of letters. */
const COLOURS = 96;

/** A picture of the page as it stands, named by the width of its size; `from` is where it begins. */
export async function shoot(page, picture, [size, { width }], from) {
  await page.evaluate(() => [document.fonts.ready, window.scrollTo(0, 0), document.activeElement?.blur?.()]);
  const box = from && (await from.boundingBox());
  const top = box ? Math.max(0, Math.floor(box.y) - 16) : 0;
  const whole = await page.evaluate(() => document.documentElement.scrollHeight);
  const height = Math.min(whole - top, TALLEST[size]);
  const clip = { x: 0, y: top, width, height };
  const taken = await page.screenshot({ fullPage: true, clip, animations: "disabled", caret: "hide" });
  await mkdir(FOLDER, { recursive: true });
  await writeFile(join(FOLDER, `${picture}-${width}.png`), await smaller(page.context().browser(), taken, [width, height]));
}

/** The same picture in few colours, the rare ones as their nearest neighbours. */
async function smaller(browser, picture, [width, height]) {
  const source = `data:image/png;base64,${picture.toString("base64")}`;
  const pixels = await (canvas ??= await browser.newPage()).evaluate(async ([source, width, height]) => {
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
  const channels = (colour) => [colour >> 16, (colour >> 8) & 255, colour & 255];
  // A rare bright colour (the roof of the mark) counts for more than the greys at the edges of letters.
  const bright = (colour) => Math.max(...channels(colour)) - Math.min(...channels(colour));
  const weight = ([colour, n]) => n * (1 + bright(colour) / 8);
  const palette = [...counts].sort((a, b) => weight(b) - weight(a)).slice(0, COLOURS).map(([colour]) => colour);
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
