// What every browser test uses: one Chromium, one server, pages in every view, signing in.

import { createHmac } from "node:crypto";
import { chromium } from "playwright-core";
import { ROOT, startServer } from "./server.mjs";

export * from "./checks.mjs";
export { ROOT, startServer };

/** The two sizes that every page is looked at in: a phone and a desktop, in CSS pixels. */
export const SIZES = { phone: { width: 360, height: 740 }, desktop: { width: 1280, height: 900 } };

/** Every combination of size and view, named as its screenshots are. */
export const VIEWS = [
  { name: "phone", size: "phone", elder: false },
  { name: "phone-elder", size: "phone", elder: true },
  { name: "desktop", size: "desktop", elder: false },
  { name: "desktop-elder", size: "desktop", elder: true },
];

const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  // Pictures are the same on every machine.
  "--font-render-hinting=none",
  "--force-color-profile=srgb",
];

/** Starts Chromium. */
export function startBrowser() {
  return chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
}

/**
 * The browser and the server together; `close` ends both.
 *
 * @returns {Promise<House>}
 */
export async function open() {
  const server = await startServer();
  try {
    return new House(server, await startBrowser());
  } catch (error) {
    await server.stop();
    throw error;
  }
}

/** A running house with a browser in front of it. */
export class House {
  /** `server` is what [`startServer`] gives; a test of the harness itself brings its own. */
  constructor(server, browser) {
    this.server = server;
    this.browser = browser;
  }

  /** The server's address, without a slash at its end. */
  get base() {
    return this.server.base;
  }

  /** Ends the browser, then the server. */
  async close() {
    await this.browser.close();
    await this.server.stop();
  }

  /**
   * A fresh browser profile with one page. `state` is what [`signedIn`] gave.
   *
   * @param {{size?: "phone" | "desktop", elder?: boolean, lang?: "zh-CN" | "en", js?: boolean, state?: object}} view
   */
  async page({ size = "desktop", elder = false, lang = "zh-CN", js = true, state } = {}) {
    const context = await this.browser.newContext({
      baseURL: this.base,
      viewport: SIZES[size],
      isMobile: size === "phone",
      hasTouch: size === "phone",
      javaScriptEnabled: js,
      locale: lang,
      timezoneId: "Asia/Shanghai",
      storageState: state,
      reducedMotion: "reduce",
    });
    const kept = { url: this.base, httpOnly: false };
    await context.addCookies([
      { ...kept, name: "elder", value: elder ? "1" : "0" },
      { ...kept, name: "lang", value: lang },
    ]);
    const page = await context.newPage();
    page.setDefaultTimeout(30_000);
    return page;
  }

  /**
   * A demo account by its name; the names there are stand in the error when there is none. The list
   * has one account for each role; a colleague (clerk2) has the same password.
   */
  account(name) {
    const named = (wanted) => this.server.accounts.find((account) => account.name === wanted);
    const colleague = named(name.replace(/\d$/, ""));
    const found = named(name) ?? (colleague && { ...colleague, name });
    if (!found) {
      const names = this.server.accounts.map((account) => account.name).join(", ");
      throw new Error(`no demo account ${name}; there are: ${names}`);
    }
    return found;
  }

  /** Signs in with a demo account and gives the profile's state, which any page can start with. */
  async signedIn(name) {
    const account = this.account(name);
    const page = await this.page();
    await page.goto("/sign-in");
    const form = page.locator("form:has(input[name=password])");
    await form.locator("input[name=name]").fill(account.name);
    await form.locator("input[name=password]").fill(account.password);
    await form.locator("button").first().click();
    const code = page.locator("input[autocomplete=one-time-code]");
    if ((await code.count()) > 0) {
      await code.fill(totp(this.server.secret, Date.now()));
      await page.locator("form:has(input[autocomplete=one-time-code]) button").first().click();
    }
    await page.waitForLoadState("load");
    if (new URL(page.url()).pathname.startsWith("/sign-in")) {
      throw new Error(`signing in as ${name} did not leave /sign-in: ${await page.locator("main").innerText()}`);
    }
    const state = await page.context().storageState();
    await page.context().close();
    return state;
  }
}

/** The six digits of a second factor (RFC 6238) for a base32 secret at an instant. */
export function totp(secret, now) {
  const bits = [...secret.replace(/=+$/, "").toUpperCase()]
    .map((letter) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter).toString(2).padStart(5, "0"))
    .join("");
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => Number.parseInt(byte, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(now / 30_000)));
  const digest = createHmac("sha1", key).update(step).digest();
  const at = digest.at(-1) & 15;
  return String((digest.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}
