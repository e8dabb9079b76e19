// The page in a real browser before a real control plane: from the one-time link to the packets of the drill.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { isProgramThere, skipReason } from "../bed/availability.ts";
import {
  type BrowserBed,
  keepPicture,
  openBrowserBed,
  password,
  seriousFaults,
} from "./browser-bed.ts";
import { closeWhatIsLeft } from "./stories.ts";

const reason = skipReason() ?? (isProgramThere("chromium") ? null : "chromium is missing");
const firstScriptSizeBytesMax = 300_000;
const languages = {
  en: ["Tonight", "Captures", "Traffic", "Logs", "Alerts", "Hosts", "Inspect a file", "Settings"],
  fr: [
    "Cette nuit",
    "Captures",
    "Trafic",
    "Journaux",
    "Alertes",
    "Hôtes",
    "Analyser un fichier",
    "Réglages",
  ],
  ja: [
    "今夜",
    "キャプチャ",
    "トラフィック",
    "ログ",
    "アラート",
    "ホスト",
    "ファイルを調べる",
    "設定",
  ],
  ko: ["오늘 밤", "캡처", "트래픽", "로그", "경고", "호스트", "파일 검사", "설정"],
  "zh-CN": ["今夜", "捕获", "流量", "日志", "警报", "主机", "检查文件", "设置"],
};

describe.skipIf(reason !== null)(`the web page${reason === null ? "" : ` (${reason})`}`, () => {
  let bed: BrowserBed;
  let page: Page;
  beforeAll(async () => {
    bed = await openBrowserBed(["--no-drill"]);
    page = await bed.open({ colorScheme: "dark" });
  });
  afterEach(({ task }) => closeWhatIsLeft(task, bed));
  afterAll(() => bed.close());

  const heading = (name: string | RegExp) => page.getByRole("heading", { level: 1, name });
  const goTo = (name: string) => page.getByRole("navigation").getByRole("link", { name }).click();

  test("a browser at the address itself comes to the door", async () => {
    await page.goto(bed.endpoint);
    await heading("Sign in to Nightcap").waitFor();
    expect(page.url()).toBe(`${bed.endpoint}/ui/`);
    expect(await seriousFaults(page)).toEqual([]);
    await keepPicture(page, "door");
    await page.getByLabel("Name").fill("mara");
    await page.getByLabel("Password").fill("not the password");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("alert").waitFor();
  });

  test("the one-time link asks for name and password, once, and leaves no trace in the address", async () => {
    bed.problems.length = 0; // the refusal above
    await page.goto(bed.link);
    await heading("Welcome to Nightcap").waitFor();
    await page.getByLabel("Name").fill("mara");
    await page.getByLabel("New password").fill(password);
    expect(page.url()).toBe(`${bed.endpoint}/ui/welcome`);
    expect(await seriousFaults(page)).toEqual([]);
    await page.getByRole("button", { name: "Enter" }).click();
    await heading("Tonight").waitFor();
    const other = await bed.open();
    await other.goto(bed.link);
    await other.getByRole("alert").waitFor();
    expect(await other.getByLabel("New password").count()).toBe(0);
    await other.context().close();
    bed.problems.length = 0; // that refusal
  });

  test("a drill that is started from the page arrives live, and its story is told from the top", async () => {
    await page.getByText("All is well.").waitFor();
    expect(await seriousFaults(page)).toEqual([]);
    await page.getByRole("button", { name: "Start a drill" }).press("Enter");
    await page.getByRole("heading", { name: "A drill is under way" }).waitFor();
    await page.getByText(/^host \S*drill-\S+ has joined$/).waitFor({ timeout: 30_000 });
    const incident = page.getByRole("link", { name: /ytes out rose from/ });
    await incident.waitFor({ timeout: 60_000 });
    await keepPicture(page, "tonight");
    expect(await seriousFaults(page)).toEqual([]);
    await incident.click();
    await heading(/198\.51\.100\.80:80/).waitFor();
    await page.getByRole("heading", { name: "What changed" }).waitFor();
    await page
      .getByRole("img", { name: /ytes out rose/ })
      .locator("canvas")
      .waitFor();
    await keepPicture(page, "incident");
    expect(await seriousFaults(page)).toEqual([]);
  });

  test("its recording opens with each part of the report", async () => {
    await page.getByRole("link", { name: /^alert-/ }).click();
    await page.getByRole("tab", { name: "Latency" }).click();
    await page.getByRole("columnheader", { name: "Initial RTT" }).waitFor();
    expect(new URL(page.url()).searchParams.get("tab")).toBe("latency");
    await page.reload();
    await page.getByRole("columnheader", { name: "Initial RTT" }).waitFor();
    await page.getByRole("tab", { name: "Protocols" }).click();
    await page.getByRole("cell", { name: "http", exact: true }).first().waitFor();
    await page.getByRole("tab", { name: "Traffic" }).click();
    await page.getByRole("cell", { name: "198.51.100.80" }).first().waitFor();
    await page.getByRole("tab", { name: "Traffic" }).press("ArrowRight");
    expect(await page.locator(":focus").textContent()).toBe("Streams");
    await page.getByRole("tab", { name: "Protocols" }).click();
    await page.locator("canvas").first().waitFor();
    await keepPicture(page, "capture");
    for (const name of ["Summary", "Streams", "Time line"]) {
      await page.getByRole("tab", { name }).click();
      expect(await seriousFaults(page)).toEqual([]);
    }
  });

  test("its file is downloaded as it was recorded", async () => {
    const hash = (await page.getByText(/^SHA-256 [0-9a-f]{64}$/).textContent())?.slice(8);
    const waiting = page.waitForEvent("download");
    await page.getByRole("link", { name: "Download" }).click();
    const download = await waiting;
    expect(download.suggestedFilename()).toMatch(/^alert-.*\.cap$/);
    const bytes = await readFile(await download.path());
    expect(createHash("sha256").update(bytes).digest("hex")).toBe(hash);
  });

  test("a Reader sees no button that would be refused, and the API refuses anyway", async () => {
    const added = await bed.nightcap("user", "add", "rui", "--role", "Reader", "--json");
    const { link } = JSON.parse(added) as { link: { url: string } };
    const other = await bed.open();
    await other.goto(link.url);
    await other.getByLabel("New password").fill(password);
    await other.getByRole("button", { name: "Enter" }).click();
    await other.getByRole("heading", { level: 1, name: "Tonight" }).waitFor();
    await other.goto(page.url());
    await other.getByRole("tab", { name: "Summary" }).waitFor();
    expect(await other.getByRole("button", { name: "Delete" }).count()).toBe(0);
    expect(await other.getByRole("link", { name: "Download" }).count()).toBe(0);
    const answer = await other.evaluate(async () => {
      const session = (await (await fetch("/nightcap/v1/session")).json()) as {
        csrf: string;
        subscriptionId: string;
      };
      const path = `/subscriptions/${session.subscriptionId}/resourceGroups/none?api-version=2021-04-01`;
      const headers = { "x-nightcap-csrf": session.csrf };
      return (await fetch(path, { method: "DELETE", headers })).status;
    });
    expect(answer).toBe(403);
    await other.context().close();
    bed.problems.length = 0; // that refusal
  });

  test("a file that is dropped is inspected here, with the network off", async () => {
    await goTo("Inspect a file");
    await heading("Inspect a file").waitFor();
    await page.getByText("Ready: no network is needed").waitFor();
    await page.context().setOffline(true);
    const path = resolve("test/fixtures/captures/http-dns.pcapng");
    await page.locator("input[type=file]").setInputFiles(path);
    await page.getByRole("tab", { name: "Summary" }).waitFor();
    await page.getByRole("tab", { name: "Time line" }).click();
    await page.locator("canvas").waitFor();
    await keepPicture(page, "inspect");
    await page.context().setOffline(false);
    await page.locator("input[type=file]").setInputFiles({
      name: "notes.txt",
      mimeType: "text/plain",
      buffer: readFileSync(resolve("package.json")),
    });
    await page.getByRole("alert").getByText("notes.txt cannot be inspected").waitFor();
    bed.problems.length = 0; // events were not to be had meanwhile
  });

  test("a table is sorted by a press on a title, and the keyboard reaches it", async () => {
    await goTo("Captures");
    const title = page.getByRole("button", { name: "Packets" });
    await title.focus();
    await page.keyboard.press("Enter");
    expect(
      await page.getByRole("columnheader", { name: "Packets" }).getAttribute("aria-sort"),
    ).toBe("descending");
    expect(await seriousFaults(page)).toEqual([]);
  });

  test("flows are on the map, a country opens, and its view has its KQL", async () => {
    const log = join(bed.state, "PT1H.json");
    await writeFile(log, flowLogOf(Date.now() - 600_000));
    await bed.nightcap("flow-logs", "import", log);
    await goTo("Traffic");
    await page.getByRole("heading", { name: "Traffic over time" }).waitFor();
    await page.locator("canvas").waitFor({ timeout: 60_000 });
    expect(await seriousFaults(page)).toEqual([]);
    await page.getByRole("tab", { name: "Map" }).click();
    await page.getByRole("img", { name: "The world" }).locator("canvas").first().waitFor();
    await page
      .getByRole("region", { name: "The world" })
      .getByRole("button", { name: "Australia" })
      .click();
    await page.getByRole("button", { name: "Ask without Country = Australia" }).waitFor();
    expect(page.url()).toContain("part=map");
    expect(page.url()).toContain("country=au");
    await page.getByRole("button", { name: "KQL of The world" }).click();
    const query = await page.getByRole("dialog").locator("pre").textContent();
    expect(query).toContain("au");
    expect(await seriousFaults(page)).toEqual([]);
    await page.getByRole("button", { name: "Close" }).click();
  });

  test("a place where people are told is tested by a press, and says how that ended", async () => {
    const url = join(bed.state, "nobody-listens");
    await writeFile(url, "https://127.0.0.1:9/hook");
    await bed.nightcap("notify", "add", "lines", "--kind", "log");
    await bed.nightcap(
      "notify",
      "add",
      "hook",
      "--kind",
      "webhook",
      "--url-file",
      url,
      "--allow-private",
    );
    await goTo("Settings");
    await page.getByRole("tab", { name: "Notifications" }).click();
    await page.getByRole("button", { name: "Test lines" }).click();
    await page
      .getByRole("row", { name: /^lines/ })
      .getByText(/^Delivered in \d+ ms$/)
      .waitFor();
    await page.getByRole("button", { name: "Test hook" }).click();
    await page
      .getByRole("row", { name: /^hook/ })
      .getByText(/^Not delivered: ./)
      .waitFor();
    expect(await seriousFaults(page)).toEqual([]);
  });

  test("day and night, wide and narrow: nothing serious, and nothing that is cut off", async () => {
    for (const theme of ["Paper", "Night"]) {
      await page.getByRole("button", { name: "mara" }).click();
      await page.getByRole("menuitemradio", { name: theme }).click();
      await page.keyboard.press("Escape");
      await page.getByRole("menu").waitFor({ state: "hidden" });
      expect(await seriousFaults(page)).toEqual([]);
    }
    await page.setViewportSize({ width: 380, height: 780 });
    for (const name of ["Tonight", "Captures", "Traffic", "Inspect a file", "Settings"]) {
      await goTo(name);
      await page.waitForLoadState("networkidle");
      const width = await page.evaluate<number>("document.documentElement.scrollWidth");
      expect(width).toBeLessThanOrEqual(380);
      expect(await seriousFaults(page)).toEqual([]);
    }
    await page.setViewportSize({ width: 1280, height: 860 });
  });

  test.each(Object.entries(languages))(
    "speaks %s to a browser that prefers it",
    async (locale, names) => {
      const storageState = await page.context().storageState();
      const other = await bed.open({ locale, storageState: { ...storageState, origins: [] } });
      await other.goto(`${bed.endpoint}/ui/`);
      await other.getByRole("heading", { level: 1 }).waitFor();
      const links = await other.getByRole("navigation").getByRole("link").allTextContents();
      expect(links).toEqual(names);
      await other.context().close();
    },
  );

  test("the first page needs little script, and asks nobody but its own control plane", async () => {
    const storageState = await page.context().storageState();
    const other = await bed.open({ storageState });
    const hosts = new Set<string>();
    let scriptSizeBytes = 0;
    other.on("request", (request) => hosts.add(new URL(request.url()).origin));
    other.on("response", async (response) => {
      if (!response.url().endsWith(".js")) return;
      scriptSizeBytes += Number(response.headers()["content-length"] ?? Infinity);
    });
    await other.goto(`${bed.endpoint}/ui/`);
    await other.getByRole("heading", { level: 1, name: "Tonight" }).waitFor();
    expect([...hosts]).toEqual([bed.endpoint]);
    expect(scriptSizeBytes).toBeGreaterThan(10_000);
    expect(scriptSizeBytes).toBeLessThan(firstScriptSizeBytesMax);
    await other.context().close();
  });

  test("a second window is live over the stream of the first", async () => {
    const second = await page.context().newPage();
    const streams: string[] = [];
    second.on("request", (request) => {
      if (request.url().includes("/nightcap/v1/events")) streams.push(request.url());
    });
    await second.goto(`${bed.endpoint}/ui/`);
    await second.getByRole("status").getByText("live", { exact: true }).waitFor();
    expect(streams).toEqual([]);
    await page.reload(); // the second goes on after the last event that it was told of
    await expect.poll(() => streams.length).toBe(1);
    await page.getByRole("status").getByText("live", { exact: true }).waitFor();
    await second.close();
  });

  test("a recording is deleted when that is wanted, and only then", async () => {
    await goTo("Captures");
    await page.getByRole("link", { name: /^alert-/ }).click();
    await page.getByRole("button", { name: "Delete" }).click();
    expect(await seriousFaults(page)).toEqual([]);
    await page.getByRole("button", { name: "Keep it" }).click();
    await page.getByRole("alertdialog").waitFor({ state: "hidden" });
    await page.getByRole("button", { name: "Delete" }).click();
    await page.getByRole("alertdialog").getByRole("button", { name: "Delete" }).click();
    await heading("Captures").waitFor();
    await page.getByText("0 captures").waitFor();
  });

  test("who signs out is at the door again, and comes in with name and password", async () => {
    await page.getByRole("button", { name: "mara" }).click();
    await page.getByRole("menuitem", { name: "Sign out" }).click();
    await heading("Sign in to Nightcap").waitFor();
    bed.problems.length = 0; // what was asked for while the session ended
    await page.getByLabel("Name").fill("mara");
    await page.getByLabel("Password").fill(password);
    await page.keyboard.press("Enter");
    await heading("Tonight").waitFor();
  });

  test("no page had anything to complain of", () => {
    expect(bed.problems).toEqual([]);
  });
});

/** Two flows with an address in Australia, one of them denied, as a VNet flow log has them. */
function flowLogOf(time: number): string {
  const tuples = [
    `${time},10.0.0.4,139.130.4.5,44931,443,6,O,E,NX,20,14000,30,27000`,
    `${time},139.130.4.5,10.0.0.4,50011,22,6,I,D,NX,0,0,0,0`,
  ];
  const flowGroups = tuples.map((tuple, at) => ({ rule: `rule-${at}`, flowTuples: [tuple] }));
  const record = {
    time: new Date(time).toISOString(),
    flowLogVersion: 4,
    flowLogGUID: "11111111-2222-3333-4444-555555555555",
    macAddress: "0A0B0C0D0E0F",
    category: "FlowLogFlowEvent",
    flowLogResourceID:
      "/SUBSCRIPTIONS/A/RESOURCEGROUPS/G/PROVIDERS/MICROSOFT.NETWORK/NETWORKWATCHERS/W/FLOWLOGS/F",
    targetResourceID:
      "/subscriptions/a/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/v",
    operationName: "FlowLogFlowEvent",
    flowRecords: { flows: [{ aclID: "66666666-7777-8888-9999-000000000000", flowGroups }] },
  };
  return JSON.stringify({ records: [record] });
}
