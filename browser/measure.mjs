// Measures what the budgets are about and prints it: how soon pages are usable on a slow line and a slow phone,
// and how much each kind of page weighs. Not a test: a wall clock on a shared machine proves nothing.
//
//   node measure.mjs [RUNS]      a table on the standard output

import { Walker, crawl } from "./crawl.mjs";
import { PAGE_BYTES, SLOW, open, timesOf } from "./harness.mjs";

/** What is waited for: who opens which page, and what shows that it can be used. */
const PAGES = [
  ["clerk", "/queue", "table.queue tbody tr a", "the clerk's queue, first tab"],
  ["clerk", "/queue?tab=all", "table.queue tbody tr:nth-child(30) a", "the clerk's queue, 30 rows"],
  ["clerk", "/intake", "select[name=category]", "the counter"],
  ["grid", "/grid", "main a.button", "the grid worker's day"],
  ["leader", "/brief", "ul.tiles a", "the brief"],
  ["public", "/", "a.button.main", "the first page"],
  ["public", "/say", "select[name=county]", "saying it: the place"],
  ["public", "/matters", "table.cards a", "the public list"],
];

const runs = Number(process.argv[2] ?? 5);
const house = await open();
try {
  const states = { public: undefined };
  for (const [role] of PAGES) states[role] ??= role === "public" ? undefined : await house.signedIn(role);
  console.log(`## Usable after, at ${SLOW.kbits} kbit/s, ${SLOW.latencyMs} ms latency, ${SLOW.cpu}x slower processor, empty cache (${runs} runs)\n`);
  console.log("| page | seen and pressable, median ms | everything loaded, median ms |\n|---|---|---|");
  for (const [role, path, selector, name] of PAGES) {
    const times = [];
    for (let run = 0; run < runs; run += 1) {
      times.push(await timesOf(house, path, selector, { size: "phone", state: states[role] }));
    }
    const median = (which) => Math.round(times.map((time) => time[which]).sort((a, b) => a - b)[runs >> 1]);
    console.log(`| ${name} \`${path}\` | ${median("seen")} | ${median("loaded")} |`);
  }
  const weights = new Map();
  for (const role of ["public", "grid", "clerk", "liaison", "leader", "auditor", "admin"]) {
    const state = role === "public" ? undefined : (states[role] ?? (await house.signedIn(role)));
    const walker = new Walker(house, { size: "phone", state });
    await crawl(walker, "/", async ({ shape, look }) => weights.set(shape, Math.max(weights.get(shape) ?? 0, look.weight)));
    await walker.close();
  }
  console.log(`\n## Weight of each kind of page (limit ${PAGE_BYTES} bytes: as on the wire, headers, style and script with it, photos not)\n`);
  console.log("| page | bytes |\n|---|---|");
  for (const [shape, weight] of [...weights].sort((a, b) => b[1] - a[1])) console.log(`| \`${shape}\` | ${weight} |`);
} finally {
  await house.close();
}
