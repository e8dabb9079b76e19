// Questions in KQL: written with help, run, drawn, taken away, cancelled, kept and sent as a link.
import { readFile, readdir } from "node:fs/promises";
import type { Page } from "playwright-core";
import { expect, test, vi } from "vitest";
import { logsLink } from "../../src/web/pages/logs/link.ts";
import { type BrowserBed, keepPicture, password, seriousFaults } from "./browser-bed.ts";
import type { Story } from "./stories.ts";

const chartQuery = `range n from 0 to 59 step 1
| extend Time = datetime(2026-11-22T01:00:00Z) + n * 1m, Host = iff(n % 2 == 0, "web-1", "web-2")
| project Time, Host, Bytes = 1000 * (n % 7)
| render timechart with (title="Bytes by host")`;
/** The same with a name that a spreadsheet would run. */
const formulaQuery = chartQuery.replace("web-2", "=web,2");
/** A million times a million pairs, which nobody waits for. */
const endlessQuery = `range a from 1 to 1000000 step 1 | extend k = 1
| join kind=inner (range b from 1 to 1000000 step 1 | extend k = 1) on k
| where hash_sha256(strcat(a, b)) == "x" | count`;

const editor = (page: Page) => page.getByRole("textbox", { name: "Query" });
const button = (page: Page, name: string) => page.getByRole("button", { name, exact: true });

/** Puts a text in the place of the whole query, without what typing would complete. */
async function write(page: Page, query: string): Promise<void> {
  await editor(page).focus();
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.insertText(query);
}

export const logsStory: Story = {
  title: "logs in KQL",
  tell(bed) {
    let page: Page;

    test("a column is completed from the schema, and what is wrong is underlined", async () => {
      page = await bed().openSignedIn("logs");
      await page.locator(".monaco-editor .Table").waitFor();
      await write(page, "NTANetAnalytics | where ");
      await page.keyboard.type("BytesSrcT");
      await page.locator(".suggest-widget .focused", { hasText: "BytesSrcToDest" }).waitFor();
      await page.keyboard.press("Enter");
      await page.keyboard.press("Escape");
      await page.locator(".view-line", { hasText: "where BytesSrcToDest" }).waitFor();
      await write(page, "print x = ");
      await page.keyboard.type("series_f");
      await page.locator(".suggest-widget", { hasText: "series_fir" }).waitFor();
      expect(await page.locator(".suggest-widget", { hasText: "series_fft" }).count()).toBe(0);
      await page.keyboard.press("Escape");
      await write(page, "NTANetAnalytics\n| where SrcIpp == '10.0.0.1'");
      await page.locator(".squiggly-error").waitFor();
      const problems = page.getByRole("list", { name: "What is wrong with the query" });
      await problems.getByText("did you mean SrcIp?").waitFor();
      await write(page, "print a = 1 | evaluate autocluster()");
      await problems.getByText(/not supported: .*autocluster/).waitFor();
      expect(await seriousFaults(page)).toEqual([]);
    });

    test("each table says how much there is, and the pane which workspace is asked", async () => {
      const answer = await page.request.get(`${bed().endpoint}/nightcap/v1/logs/tables`);
      const { value } = (await answer.json()) as { value: { name: string; rowCount: number }[] };
      const tuples = value.find(({ name }) => name === "NightcapFlows")?.rowCount ?? 0;
      const pane = page.getByRole("complementary", { name: "Tables and queries" });
      const entry = pane.locator("summary", { hasText: "NightcapFlows" });
      await entry.getByText(tuples === 0 ? "empty" : /^[\d.]+[KM]?$/).waitFor();
      await pane.getByText(/There is no workspace yet|^Workspace/).waitFor();
    });

    test("a query is drawn as it asks to be, and CSV has what the table has", async () => {
      await write(page, chartQuery);
      await page.keyboard.press("Shift+Enter");
      await page.getByRole("img", { name: "Bytes by host" }).locator("canvas").waitFor();
      await page.getByText("60 rows").waitFor();
      await keepPicture(page, "logs");
      await write(page, formulaQuery);
      await page.keyboard.press("Shift+Enter");
      await button(page, "Table").click();
      await page.getByLabel("Filter rows").fill("web,2");
      await page.getByText("30 shown").waitFor();
      await page.getByRole("columnheader", { name: "Bytes" }).getByRole("button").click();
      const cells = page.getByRole("row").nth(1).getByRole("cell");
      expect((await cells.allTextContents()).slice(1)).toEqual([
        "2026-11-22T01:07:00Z",
        "=web,2",
        "0",
      ]);
      const downloading = page.waitForEvent("download");
      await button(page, "CSV").click();
      const lines = (await readFile(await (await downloading).path(), "utf8")).split("\r\n");
      expect(lines.slice(0, 2)).toEqual(["Time,Host,Bytes", `2026-11-22T01:01:00Z,"'=web,2",1000`]);
      expect(lines).toHaveLength(32);
      await button(page, "All columns of row 1").click();
      await page.getByRole("button", { name: "Copy Host" }).waitFor();
      expect(await seriousFaults(page)).toEqual([]);
    });

    test("who cancels a query ends it in the engine", async () => {
      const before = await engineTicks(bed());
      const used = async (): Promise<number> => (await engineTicks(bed())) - before;
      await write(page, endlessQuery);
      await button(page, "Run").click();
      await page.getByRole("progressbar", { name: "The query runs" }).waitFor();
      const enough = async (): Promise<void> => expect(await used()).toBeGreaterThan(busyTickCount);
      await vi.waitFor(enough, { timeout: 20_000 });
      await button(page, "Cancel").click();
      await page.getByRole("heading", { name: "Cancelled" }).waitFor();
      await vi.waitFor(() => expectIdle(bed()), { timeout: 10_000 });
    });

    test("a saved query is there for the next visit, and for nobody who may only read to write", async () => {
      await write(page, "print Answer = 42");
      await button(page, "Save").click();
      const dialog = page.getByRole("dialog");
      await dialog.getByText("nightcap is made with this query").waitFor();
      await dialog.getByLabel("Name").fill("The answer");
      expect(await seriousFaults(page)).toEqual([]);
      await button(page, "Save").last().click();
      await dialog.waitFor({ state: "hidden" });
      await page.reload();
      await page.getByRole("tab", { name: "Saved" }).click();
      await button(page, "The answer").click();
      await page.getByRole("cell", { name: "42" }).waitFor();
      const reader = await openReader(bed());
      await reader.getByRole("tab", { name: "Saved" }).click();
      await button(reader, "The answer").waitFor();
      expect(await reader.getByRole("button", { name: /^Save$|^Delete/ }).count()).toBe(0);
      await reader.context().close();
    });

    test("a link opens with its query, and runs it", async () => {
      const query = `print Link = "opened" // ${"long ".repeat(500)}`;
      await page.goto(`${bed().endpoint}/ui${logsLink({ query, timespan: "PT4H" })}`);
      await page.getByRole("cell", { name: "opened" }).waitFor();
      await page.locator(".monaco-editor .view-line").first().waitFor();
      expect(await page.getByLabel("Time range").inputValue()).toBe("PT4H");
    });

    test("the keyboard gets out of the editor, and a text area is as good", async () => {
      await editor(page).focus();
      await page.keyboard.press("Control+m");
      await page.keyboard.press("Tab");
      expect(await page.locator(".monaco-editor :focus").count()).toBe(0);
      await page.getByLabel("Plain text").check();
      const area = page.locator("textarea[aria-describedby]");
      await area.fill("print Plain = 1");
      await area.press("Shift+Enter");
      await page.getByRole("columnheader", { name: "Plain" }).waitFor();
      await page.keyboard.press("Tab");
      expect(await page.locator("textarea:focus").count()).toBe(0);
      await page.setViewportSize({ width: 380, height: 780 });
      const width = await page.evaluate<number>("document.documentElement.scrollWidth");
      expect(width).toBeLessThanOrEqual(380);
      expect(await seriousFaults(page)).toEqual([]);
      await page.context().close();
    });
  },
};

/** A window of a Reader at the page of logs. */
async function openReader(bed: BrowserBed): Promise<Page> {
  const added = await bed.nightcap("user", "add", "noor", "--role", "Reader", "--json");
  const { link } = JSON.parse(added) as { link: { url: string } };
  const reader = await bed.open();
  await reader.goto(link.url);
  await reader.getByLabel("New password").fill(password);
  await reader.getByRole("button", { name: "Enter" }).click();
  await reader.getByRole("heading", { level: 1, name: "Tonight" }).waitFor();
  await reader.getByRole("link", { name: "Logs" }).click();
  return reader;
}

/** Time of the processor that a query took which is at work: a tick of Linux is 10 ms. */
const busyTickCount = 40;
/** What an engine with nothing to do takes while it is looked at. */
const idleTickCountMax = 5;
const lookMilliseconds = 400;

/** The bed's engine, a process of its own, computes nothing: told by the time that the kernel gives it. */
async function expectIdle(bed: BrowserBed): Promise<void> {
  const before = await engineTicks(bed);
  await new Promise((resolve) => setTimeout(resolve, lookMilliseconds));
  expect((await engineTicks(bed)) - before).toBeLessThanOrEqual(idleTickCountMax);
}

async function engineTicks({ state }: BrowserBed): Promise<number> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const ticks = await Promise.all(pids.map((pid) => ticksOfEngine(pid, state)));
  return ticks.reduce((sum, each) => sum + each, 0);
}

/** User and system time of a process (proc(5), stat); 0 for what is no engine of this bed, or has gone. */
async function ticksOfEngine(pid: string, state: string): Promise<number> {
  const command = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
  if (!command.includes("flowstore/embedded/worker.ts") || !command.includes(state)) return 0;
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return Number(fields[11] ?? 0) + Number(fields[12] ?? 0);
}
