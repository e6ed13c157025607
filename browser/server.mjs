// Starts the program on a free port with a small demo city in a temporary folder, and stops it.

import { execFile, spawn } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, rename, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

/** The workspace's root. */
export const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** The program under test; `LINLI_PROGRAM` names another one. */
const PROGRAM = process.env.LINLI_PROGRAM ?? join(ROOT, "target", "debug", "linli");
const START_LIMIT_MS = 240_000;
const STOP_LIMIT_MS = 15_000;

const CITIES = join(ROOT, "target", "browser-cities");

/**
 * A folder with the small demo city as this program makes it today: made by the first test that needs
 * it, copied by the others, since making it takes longer than most tests.
 */
async function city() {
  const { mtimeMs, size } = await stat(PROGRAM);
  const name = `${Math.round(mtimeMs)}-${size}-${new Date().toISOString().slice(0, 10)}`;
  const made = join(CITIES, name);
  await mkdir(CITIES, { recursive: true });
  const there = await readdir(CITIES);
  if (there.includes(name)) return made;
  // What begins with a dot is just being made by somebody else.
  for (const old of there.filter((name) => !name.startsWith("."))) {
    await rm(join(CITIES, old), { recursive: true, force: true });
  }
  const unfinished = await mkdtemp(join(CITIES, "."));
  try {
    const flags = ["demo", "--small", "--no-serve", "--json", "--folder", unfinished];
    await promisify(execFile)(PROGRAM, flags, { cwd: ROOT, timeout: START_LIMIT_MS });
    await rename(unfinished, made);
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    // Two may make it at once; the second takes what the first has made.
    if (error.code !== "ENOTEMPTY" && error.code !== "EEXIST") throw error;
  }
  return made;
}

/**
 * Starts `linli demo --small` and waits for its one line `{"listening": "http://127.0.0.1:PORT"}`.
 *
 * @returns {Promise<{base: string, accounts: {name: string, password: string}[], secret: string,
 *   log: () => string, stop: () => Promise<void>}>} the address, the demo accounts, the secret of
 *   their second factor, what it wrote to its error output so far, and how to stop it
 */
export async function startServer() {
  const folder = await mkdtemp(join(tmpdir(), "linli-browser-"));
  await cp(await city(), folder, { recursive: true });
  const data = ["--folder", folder];
  const flags = ["demo", "--small", "--listen", "127.0.0.1:0", "--json", ...data];
  const child = spawn(PROGRAM, flags, { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] });
  let log = "";
  child.stderr.setEncoding("utf8").on("data", (text) => (log += text));
  const ended = new Promise((done) => child.once("exit", (code, signal) => done(signal ?? code)));
  const failed = new Promise((_, fail) => child.once("error", fail));
  const stop = async () => {
    child.kill("SIGTERM");
    const late = setTimeout(() => child.kill("SIGKILL"), STOP_LIMIT_MS);
    await ended;
    clearTimeout(late);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const base = await Promise.race([
      listening(child),
      failed,
      ended.then((code) => Promise.reject(new Error(`the server ended with ${code} before it listened:\n${log}`))),
      after(START_LIMIT_MS, () => `the server did not listen within ${START_LIMIT_MS / 1000} s:\n${log}`),
    ]);
    return { base, ...(await accounts(data)), log: () => log, stop };
  } catch (error) {
    if (child.pid !== undefined && child.exitCode === null) await stop();
    throw error;
  }
}

async function listening(child) {
  for await (const line of createInterface({ input: child.stdout })) {
    const said = line.match(/"listening":\s*"(http[^"]+?)\/?"/);
    if (said) {
      child.stdout.resume();
      return said[1];
    }
  }
  return new Promise(() => {});
}

function after(ms, sentence) {
  return new Promise((_, fail) => setTimeout(() => fail(new Error(sentence())), ms).unref());
}

async function accounts(data) {
  const { stdout } = await promisify(execFile)(PROGRAM, ["demo", "--accounts", "--json", ...data], { cwd: ROOT });
  const said = JSON.parse(stdout);
  return { accounts: said.accounts, secret: said.totp_secret };
}
