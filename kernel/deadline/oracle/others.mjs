// The days that three npm packages carry, for china.py: `npm i chinese-days tyme4ts lunar-javascript`,
// then `node others.mjs > others.json` beside node_modules.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(`${process.cwd()}/`);
const { LegalHoliday } = require("tyme4ts");
const { HolidayUtil } = require("lunar-javascript");
const found = { "chinese-days": [], tyme4ts: [], "lunar-javascript": [] };
for (let year = 2004; year <= 2026; year += 1) {
  const table = JSON.parse(readFileSync(`node_modules/chinese-days/dist/years/${year}.json`, "utf8"));
  for (const day of Object.keys(table.holidays)) found["chinese-days"].push([day, false]);
  for (const day of Object.keys(table.workdays)) found["chinese-days"].push([day, true]);
  for (let at = Date.UTC(year, 0, 1); at < Date.UTC(year + 1, 0, 1); at += 86_400_000) {
    const day = new Date(at).toISOString().slice(0, 10);
    const [y, m, d] = day.split("-").map(Number);
    const tyme = LegalHoliday.fromYmd(y, m, d);
    if (tyme) found.tyme4ts.push([day, tyme.isWork()]);
    const lunar = HolidayUtil.getHoliday(day);
    if (lunar) found["lunar-javascript"].push([day, lunar.isWork()]);
  }
}
process.stdout.write(JSON.stringify(found));
