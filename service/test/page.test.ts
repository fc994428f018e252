import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import Fastify, { type FastifyInstance } from "fastify";
import { type Browser, type Page, chromium as playwright } from "playwright-core";
import { afterAll, test as base, beforeAll, beforeEach, expect, onTestFinished } from "vitest";
import { createService, type Service } from "../src/app.ts";
import { readConfig } from "../src/config.ts";
import { PodInfo } from "./pod-info.ts";

const screenshot = fileURLToPath(new URL("../../docs/images/sample-app.png", import.meta.url));
const chromium = findChromium();
let browser: Browser;
let ingress: FastifyInstance;
const services: Service[] = [];
/** Roles of the two services' pods. */
const podInfos = [new PodInfo("stable"), new PodInfo("canary")] as const;
/** Version that gets the next request; by turns when there is none. */
let only: Service | undefined;

/** Debian's Chromium, or the one that CHROMIUM_PATH names. */
function findChromium(): string | undefined {
  const onPath = (process.env.PATH ?? "").split(delimiter).map((folder) => join(folder, "google-chrome"));
  const candidates = [process.env.CHROMIUM_PATH, "/usr/bin/chromium", "/usr/bin/chromium-browser", ...onPath];
  return candidates.find((path) => {
    try {
      if (path) accessSync(path, constants.X_OK);
      return Boolean(path);
    } catch {
      return false;
    }
  });
}

const test = base.extend<{ needsBrowser: undefined }>({
  needsBrowser: [
    async ({ task }, use) => {
      if (!chromium) return task.context.skip("there is no Chromium: set CHROMIUM_PATH, or install chromium");
      await use(undefined);
    },
    { auto: true },
  ],
});

beforeAll(async () => {
  if (!chromium) return;
  const common = { LOG_LEVEL: "silent", APP_ENVIRONMENT: "prod" };
  const [before, after] = podInfos.map(({ folder }) => ({ ...common, POD_INFO: folder }));
  const stable = { ...before, APP_VERSION: "1.4.2", POD_NAME: "sample-app-5d9c7b-x2x8v" };
  const faulty = { ...after, APP_VERSION: "1.5.0", POD_NAME: "sample-app-78f4d6-q7k2m", FAULT_ERROR_RATE: "0.3" };
  services.push(createService(readConfig(stable)), createService(readConfig(faulty)));
  ingress = Fastify();
  let turn = 0;
  ingress.all("/*", async (request, reply) => {
    const { app } = only ?? (services[turn++ % 4 === 3 ? 1 : 0] as Service);
    const answer = await app.inject({ method: "GET", url: request.url });
    return reply.code(answer.statusCode).headers(answer.headers).send(answer.rawPayload);
  });
  await ingress.listen({ host: "127.0.0.1", port: 0 });
  const quiet = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"];
  browser = await playwright.launch({
    executablePath: chromium,
    args: ["--no-sandbox", ...quiet, "--disable-component-update", "--disable-sync"],
  });
});

beforeEach(() => setRoles("stable", "canary"));

afterAll(async () => {
  await browser?.close();
  await ingress?.close();
  for (const { app, metrics } of services) await Promise.all([app.close(), metrics.close()]);
  for (const podInfo of podInfos) podInfo.remove();
});

/** Waits until both pods know of it. */
async function setRoles(before: string, after: string): Promise<void> {
  podInfos[0].setRole(before);
  podInfos[1].setRole(after);
  await setTimeout(1100);
}

/** Opens the page, first as the stable version serves it. `trouble` gets what the browser complains of or asks elsewhere. */
async function open(options: { javaScriptEnabled?: boolean; colorScheme?: "light" | "dark" } = {}) {
  const context = await browser.newContext({ viewport: { width: 1080, height: 640 }, ...options });
  onTestFinished(() => context.close()); // a page that stays takes turns of its own
  const page = await context.newPage();
  const url = `http://127.0.0.1:${(ingress.server.address() as { port: number }).port}/html`;
  const trouble: string[] = [];
  page.on("pageerror", ({ message }) => trouble.push(message));
  page.on("console", (message) => {
    // A failed answer is what the page is there to show; the browser logs it too. So it does the icon it looks for.
    if (message.type() === "error" && !message.text().includes("Failed to load resource")) trouble.push(message.text());
  });
  page.on("request", (request) => {
    if (new URL(request.url()).origin !== new URL(url).origin) trouble.push(`asked ${request.url()}`);
  });
  only = services[0];
  await page.goto(url);
  return { page, trouble };
}

const text = (page: Page, selector: string) => page.locator(selector).innerText();
const rolesOf = (page: Page) => page.locator("#versions tr td:nth-child(2)").allInnerTexts();

/** What the page heads itself with while it draws a dozen answers. */
async function headlines(page: Page): Promise<string[]> {
  const seen = await page.evaluate<string[]>(`new Promise((resolve) => {
    const texts = [];
    const observer = new MutationObserver(() => {
      if (texts.push(document.querySelector("h1").innerText) === 12) resolve(texts);
    });
    observer.observe(document.querySelector("#headline"), { childList: true });
  })`);
  return [...new Set(seen)];
}

test("shows both versions of a rollout, their share and the errors of the new one, as they answer", async () => {
  const { page, trouble } = await open();
  await expect.poll(() => text(page, "#progress")).toMatch(/^None of the last \d+ answers is that of a new version\.$/);
  expect(await text(page, "h1")).toBe("sample-app 1.4.2");
  only = undefined;
  const answers = page.locator("#answers i");
  await expect.poll(() => answers.count(), { timeout: 30_000 }).toBeGreaterThan(110);
  await expect.poll(() => page.locator("#answers i.error").count(), { timeout: 30_000 }).toBeGreaterThan(0);
  const rows = await page.locator("#versions tr").allInnerTexts();
  expect(rows.map((row) => row.split(/\s/)[0])).toEqual(["1.4.2", "1.5.0"]);
  const errors = await page.locator("#versions tr td:nth-child(5)").allInnerTexts();
  expect(Number(errors[0])).toBe(0);
  expect(Number(errors[1])).toBeGreaterThan(0);
  const colours = await answers.evaluateAll((squares) => [
    ...new Set(squares.map((square) => square.style.background)),
  ]);
  expect(colours).toHaveLength(2);
  expect(await rolesOf(page)).toEqual(["stable", "new"]);
  expect(await headlines(page)).toEqual(["sample-app 1.4.2 → 1.5.0"]);
  expect(await page.title()).toBe("sample-app 1.4.2 → 1.5.0");
  const progress = await text(page, "#progress");
  expect(progress).toMatch(/^\d+ % of the last \d+ answers are those of the new version, 1\.5\.0\.$/);
  expect(Number.parseInt(progress, 10)).toBeGreaterThan(10);
  expect(Number.parseInt(progress, 10)).toBeLessThan(30);
  if (process.env.SCREENSHOT) await page.screenshot({ path: screenshot });

  only = services[0];
  const before = Number(await text(page, "#requests"));
  await expect.poll(async () => Number(await text(page, "#requests"))).toBeGreaterThan(before + 3);
  expect(trouble).toEqual([]);
});

test("follows a new version that becomes the stable one while its pods run", async () => {
  const { page, trouble } = await open();
  only = undefined;
  await expect.poll(() => text(page, "h1"), { timeout: 30_000 }).toBe("sample-app 1.4.2 → 1.5.0");
  await setRoles("", "stable");
  await expect.poll(() => text(page, "h1"), { timeout: 30_000 }).toBe("sample-app 1.5.0");
  expect(await rolesOf(page)).toEqual(["", "stable"]);
  expect(await headlines(page)).toEqual(["sample-app 1.5.0"]);

  // A pod of the same version that has not been told yet.
  await setRoles("", "canary");
  expect(await headlines(page)).toEqual(["sample-app 1.5.0"]);
  expect(await rolesOf(page)).toEqual(["", "stable"]);
  expect(trouble).toEqual([]);
});

test("names the new version as such where the stable one never answers", async () => {
  const { page, trouble } = await open();
  only = services[1];
  while (!(await page.reload())?.ok()); // it fails at times
  expect(await text(page, "h1")).toBe("sample-app 1.5.0 (new)");
  await expect
    .poll(() => text(page, "#progress"))
    .toMatch(/^100 % of the last \d+ answers are those of the new version, 1\.5\.0\.$/);
  expect(await text(page, "h1")).toBe("sample-app 1.5.0 (new)");
  expect(trouble).toEqual([]);
});

test("names the versions that answer, and none as the stable one, where no pod has a role", async () => {
  await setRoles("", "");
  const { page, trouble } = await open();
  only = undefined;
  await expect.poll(() => text(page, "h1"), { timeout: 30_000 }).toBe("sample-app 1.4.2, 1.5.0");
  expect(await headlines(page)).toEqual(["sample-app 1.4.2, 1.5.0"]);
  expect(await text(page, "#progress")).toBe("The pods do not know which version is the stable one.");
  expect(await rolesOf(page)).toEqual(["", ""]);
  only = services[0];
  await expect.poll(() => text(page, "#role")).toBe("unknown");
  expect(trouble).toEqual([]);
});

test("without JavaScript shows the version and counts up by reloading itself", async () => {
  const { page, trouble } = await open({ javaScriptEnabled: false });
  expect(await text(page, "#version")).toBe("1.4.2");
  expect(await text(page, "#role")).toBe("stable");
  expect(await text(page, "#pod")).toBe("sample-app-5d9c7b-x2x8v");
  expect(await page.locator("#live").isVisible()).toBe(false);
  const before = Number(await text(page, "#requests"));
  await expect.poll(async () => Number(await text(page, "#requests")), { timeout: 15_000 }).toBeGreaterThan(before);
  expect(trouble).toEqual([]);
});

test("follows the reader's dark or light scheme", async () => {
  const backgrounds = [];
  for (const colorScheme of ["light", "dark"] as const) {
    const { page } = await open({ colorScheme });
    const pixels = await page.screenshot({ clip: { x: 2, y: 600, width: 2, height: 2 } });
    backgrounds.push(pixels.toString("base64"));
  }
  expect(backgrounds[0]).not.toBe(backgrounds[1]);
});
