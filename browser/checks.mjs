// What must hold for every page, whoever looks at it and however.

import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";

const AXE = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

/** No page is larger, compressed and without photos, in bytes. */
export const PAGE_BYTES = 30 * 1024;

/** In the elder view nothing to press is smaller, in CSS pixels. */
export const ELDER_TARGET = 60;

/** The network and the processor of the budget for the queue. */
export const SLOW = { kbits: 400, latencyMs: 400, cpu: 6 };

/**
 * Watches a page from before its first request. `troubles()` has one sentence for each message on
 * the console, broken policy, failed request and request to another host; `bytes()` is the weight
 * of everything but photos, as it came over the wire, headers included.
 */
export async function watch(page, base) {
  const troubles = [];
  const weights = new Map();
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) troubles.push(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => troubles.push(`script: ${error.message}`));
  page.on("requestfailed", (request) => troubles.push(`request: ${request.url()} ${request.failure()?.errorText}`));
  page.on("request", (request) => {
    const { protocol, origin } = new URL(request.url());
    if (protocol.startsWith("http") && origin !== base) troubles.push(`another host: ${request.url()}`);
  });
  page.on("response", (response) => {
    if (response.status() >= 500) troubles.push(`status: ${response.status()} ${response.url()}`);
  });
  const wire = await page.context().newCDPSession(page);
  const kinds = new Map();
  await wire.send("Network.enable");
  await wire.send("Network.setCacheDisabled", { cacheDisabled: true });
  wire.on("Network.responseReceived", ({ requestId, type }) => kinds.set(requestId, type));
  wire.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    if (kinds.get(requestId) !== "Image") weights.set(requestId, encodedDataLength);
  });
  return {
    /** Begins anew, for the next page in the same profile. */
    forget: () => [troubles.splice(0), weights.clear(), kinds.clear()],
    troubles: () => [...troubles],
    bytes: () => [...weights.values()].reduce((sum, weight) => sum + weight, 0),
  };
}

/** What axe finds: one sentence for each rule, with the first places. */
export async function axe(page) {
  // The policy of the page forbids scripts that it did not bring itself; the debugger may.
  await page.evaluate(AXE);
  const violations = await page.evaluate(
    async (rules) => (await globalThis.axe.run(document, { runOnly: { type: "tag", values: rules } })).violations,
    RULES,
  );
  return violations.map((violation) => {
    const places = violation.nodes.slice(0, 3).map((node) => node.target.join(" ")).join("; ");
    return `axe ${violation.id}: ${violation.help} (${violation.nodes.length}: ${places})`;
  });
}

/** What can be seen to be wrong: a missing word, a page wider than the screen, no heading, no title. */
export async function looks(page) {
  return page.evaluate(() => {
    const found = [];
    const missing = document.documentElement.outerHTML.match(/⟦[^⟧]*⟧/);
    if (missing) found.push(`a word is missing: ${missing[0]}`);
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth > clientWidth) {
      const out = [...document.querySelectorAll("body *")].find((e) => e.getBoundingClientRect().right > clientWidth + 1);
      const name = out ? `${out.tagName.toLowerCase()}.${out.className}` : "?";
      found.push(`wider than the screen: ${scrollWidth} of ${clientWidth} px, first ${name}`);
    }
    if (document.querySelectorAll("h1").length !== 1) found.push("not exactly one h1");
    if (document.title.trim() === "") found.push("no title");
    return found;
  });
}

/** What can be pressed and is smaller than `least` CSS pixels in height or width: the first five, and how many. */
export async function smallTargets(page, least) {
  const found = await allSmallTargets(page, least);
  return found.length > 5 ? [...found.slice(0, 5), `small target: ${found.length} in all`] : found;
}

function allSmallTargets(page, least) {
  return page.evaluate((least) => {
    const pressed = "a[href], button, select, summary, input:not([type=hidden]), textarea, label:has(input)";
    const inSentence = (e) => e.tagName === "A" && getComputedStyle(e).display === "inline";
    const covered = (e) => e.tagName === "INPUT" && e.closest("label");
    const found = [];
    for (const e of document.querySelectorAll(pressed)) {
      const { width, height } = e.getBoundingClientRect();
      const shown = width > 1 && height > 1 && e.checkVisibility({ visibilityProperty: true, opacityProperty: true });
      if (!shown || inSentence(e) || covered(e) || e.disabled) continue;
      if (height < least - 0.5 || width < least - 0.5) {
        const name = (e.getAttribute("aria-label") ?? e.textContent ?? e.name ?? "").trim().slice(0, 20);
        found.push(`small target: ${e.tagName.toLowerCase()} "${name}" ${Math.round(width)}x${Math.round(height)} px`);
      }
    }
    return found;
  }, least);
}

/**
 * Opens a path in a view and gives every trouble with it; an empty list is a page in order.
 *
 * @param {House} house
 * @param {string} path
 * @param {object} view as [`House.page`] takes it
 * @param {{status?: number, bytes?: number, then?: (page: object) => Promise<void>}} want the status,
 *   the budget in bytes, and what to do with the page before it is closed, e.g. a picture
 */
export async function inspect(house, path, view, { status = 200, bytes = PAGE_BYTES, then } = {}) {
  const page = await house.page(view);
  try {
    const watched = await watch(page, house.base);
    const answer = await page.goto(path, { waitUntil: "load" });
    const troubles = [];
    if (answer.status() !== status) troubles.push(`status ${answer.status()}, expected ${status}`);
    troubles.push(...(await looks(page)), ...(await axe(page)));
    if (view.elder) troubles.push(...(await smallTargets(page, ELDER_TARGET)));
    if (watched.bytes() > bytes) troubles.push(`${watched.bytes()} bytes, more than ${bytes}`);
    if (then) await then(page);
    // A page that is refused on purpose says so on the console, too.
    const expected = (line) => status >= 400 && line.includes(`status of ${status}`);
    return [...troubles, ...watched.troubles().filter((line) => !expected(line))].map((t) => `${path}: ${t}`);
  } finally {
    await page.context().close();
  }
}

/**
 * How long until `selector` can be seen and the page has loaded, on a slow line and a slow phone,
 * with nothing in the cache, in milliseconds.
 */
export async function usableAfter(house, path, selector, view) {
  return (await timesOf(house, path, selector, view)).loaded;
}

/**
 * The same, and besides it from the browser's own clock `seen`: when the whole text of the page was there and
 * painted, so that it can be read and its links pressed; the script, which nothing waits for, may still come.
 */
export async function timesOf(house, path, selector, view = { size: "phone" }) {
  const page = await house.page(view);
  try {
    const wire = await page.context().newCDPSession(page);
    const throughput = (SLOW.kbits * 1000) / 8;
    const line = { offline: false, latency: SLOW.latencyMs, downloadThroughput: throughput, uploadThroughput: throughput };
    await wire.send("Network.enable");
    await wire.send("Network.setCacheDisabled", { cacheDisabled: true });
    await wire.send("Network.emulateNetworkConditions", line);
    await wire.send("Emulation.setCPUThrottlingRate", { rate: SLOW.cpu });
    const begun = performance.now();
    await page.goto(path, { waitUntil: "load" });
    await page.locator(selector).first().waitFor({ state: "visible" });
    const loaded = performance.now() - begun;
    const seen = await page.evaluate(() => {
      const [{ domInteractive }] = performance.getEntriesByType("navigation");
      return Math.max(domInteractive, performance.getEntriesByName("first-contentful-paint")[0].startTime);
    });
    return { seen, loaded };
  } finally {
    await page.context().close();
  }
}
