// Walks the pages that a person can reach by pressing links, each kind of page once.

import { PAGE_BYTES, ELDER_TARGET, axe, looks, smallTargets, watch } from "./checks.mjs";

/** No walk looks at more pages than this. */
export const MOST_PAGES = 100;

/** A path is looked at in so many ways of being narrowed; there are more than anybody would press. */
export const MOST_WAYS = 2;

/**
 * The kind of a page: its path with every id and number taken out, and the names of what it is
 * narrowed by. Two cases are one kind, the queue and the queue in order of dates are two.
 *
 * @param {string} address
 */
export function shapeOf(address) {
  const { pathname, searchParams } = new URL(address);
  const steps = pathname.split("/").map((step) => (/^([0-9a-hjkmnp-tv-z]{13}|\d[\d-]*)$/i.test(step) ? "*" : step));
  const names = [...new Set(searchParams.keys())].filter((name) => !["elder", "lang"].includes(name)).sort();
  return steps.join("/") + (names.length ? `?${names.join("&")}` : "");
}

/** A profile of a view in which page after page is opened, as one person does. */
export class Walker {
  /** `view` is what [`House.page`] takes. */
  constructor(house, view) {
    this.house = house;
    this.view = view;
  }

  /** Opens a path: its troubles (an empty list is a page in order), its weight, and where its links lead. */
  async look(path, { bytes = PAGE_BYTES, then } = {}) {
    this.page ??= await this.house.page(this.view);
    const page = this.page;
    this.watched ??= await watch(page, this.house.base);
    this.watched.forget();
    const answer = await page.goto(path, { waitUntil: "load" });
    const troubles = [];
    if (answer.status() !== 200) troubles.push(`status ${answer.status()}, expected 200`);
    troubles.push(...(await looks(page)), ...(await axe(page)));
    if (this.view.elder) troubles.push(...(await smallTargets(page, ELDER_TARGET)));
    const weight = this.watched.bytes();
    if (weight > bytes) troubles.push(`${weight} bytes, more than ${bytes}`);
    troubles.push(...this.watched.troubles());
    if (then) await then(page);
    return { troubles, weight, title: await page.title(), links: await links(page, this.house.base) };
  }

  /** Ends the profile. */
  async close() {
    await this.page?.context().close();
  }
}

/** The addresses of this house that the page links to, files to download left out. */
async function links(page, base) {
  // In a drawing `href` is an object; the attribute is a text everywhere.
  const written = await page.$$eval("a[href]:not([download])", (all) => all.map((a) => a.getAttribute("href")));
  const whole = written.map((href) => new URL(href, page.url()).href.split("#")[0]);
  return [...new Set(whole)].filter((href) => href.startsWith(base));
}

/**
 * Every kind of page that can be reached from `home` by links, nearest first.
 *
 * @param {Walker} walker
 * @param {string} home where the person begins
 * @param {(seen: {path: string, shape: string, look: object}) => Promise<void>} each is told of each page
 * @returns {Promise<string[]>} the kinds that were not looked at because of the limit
 */
export async function crawl(walker, home, each) {
  const { base } = walker.house;
  const waiting = [base + home];
  const known = new Set([shapeOf(waiting[0])]);
  const ways = new Map();
  for (let looked = 0; waiting.length > 0 && looked < MOST_PAGES; looked += 1) {
    const address = waiting.shift();
    const path = address.slice(base.length);
    const look = await walker.look(path);
    await each({ path, shape: shapeOf(address), look });
    for (const link of look.links) {
      const shape = shapeOf(link);
      // Pictures are not pages; what says the language or the size of letters is the same page.
      if (known.has(shape) || /\/photos\//.test(link) || /[?&](elder|lang)=/.test(link)) continue;
      known.add(shape);
      const path = shape.split("?")[0];
      ways.set(path, (ways.get(path) ?? 0) + 1);
      if (ways.get(path) <= MOST_WAYS) waiting.push(link);
    }
  }
  return waiting.map(shapeOf);
}
