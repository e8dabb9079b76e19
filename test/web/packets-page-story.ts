// Packets in the browser: the drill's recording as it is stored, and files that are dropped with the network off.
import { writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { run } from "../../src/common/run.ts";
import { type BrowserBed, keepPicture, password, seriousFaults } from "./browser-bed.ts";
import { writeManyPackets } from "./packets/many-packets.ts";
import type { Story } from "./stories.ts";

const manyPacketCount = 300_000;
const filterBox = (page: Page) => page.getByRole("combobox", { name: "Display filter" });
const tab = (page: Page, name: string) => page.getByRole("tab", { name, exact: true });
const parameter = (page: Page, name: string): string | null =>
  new URL(page.url()).searchParams.get(name);

/** Writes a filter and asks it; its own completion is closed first, where one is marked. */
async function ask(page: Page, filter: string): Promise<void> {
  await filterBox(page).fill(filter);
  await filterBox(page).press("Enter");
}

export const packetsPageStory: Story = {
  title: "packets, layers, bytes and streams",
  tell(bed) {
    let page: Page;
    const drop = async (path: string): Promise<void> => {
      await page.locator("input[type=file]").setInputFiles(path);
      await tab(page, "Packets").click();
    };

    test("the drill's recording is filtered with completion, and counted as the command line counts", async () => {
      page = await bed().openSignedIn("captures", {
        colorScheme: "dark",
      });
      await page
        .getByRole("link", { name: /^alert-/ })
        .first()
        .click({ timeout: 60_000 });
      await tab(page, "Packets").click({ timeout: 60_000 });
      await filterBox(page).click();
      await page.keyboard.type("tcp.flags.sy");
      const offer = page.getByRole("option", {
        name: /tcp\.flags\.syn opens a connection boolean/,
      });
      await offer.waitFor();
      expect(await seriousFaults(page)).toEqual([]);
      await page.keyboard.press("ArrowDown");
      await page.keyboard.press("Enter");
      await page.keyboard.type("== T");
      await page.getByRole("option", { name: /^True/ }).waitFor();
      await page.keyboard.press("ArrowDown");
      await page.keyboard.press("Enter");
      expect((await filterBox(page).inputValue()).trim()).toBe("tcp.flags.syn == True");
      await page.keyboard.press("Enter");
      const count = Number(await countOf(bed(), page, "tcp.flags.syn == True"));
      expect(count).toBeGreaterThan(0);
      await page
        .getByText(new RegExp(`^${count.toLocaleString("en")} of [\\d,]+ packets$`))
        .waitFor();
      expect(parameter(page, "filter")).toBe("tcp.flags.syn == True");
      expect(await page.getByRole("grid").getAttribute("aria-rowcount")).toBe(String(count + 1));
    });

    test("a wrong filter is not asked, and its fault is underlined where it is", async () => {
      await ask(page, "tcp.port == 80 && tcp.prt == 1");
      await page.getByText(/^At character 19: .*tcp\.prt/).waitFor();
      expect(await page.locator("[aria-hidden=true] span", { hasText: /^tcp\.prt$/ }).count()).toBe(
        1,
      );
      expect(await filterBox(page).getAttribute("aria-invalid")).toBe("true");
      expect(parameter(page, "filter")).toBe("tcp.flags.syn == True");
      expect(await seriousFaults(page)).toEqual([]);
    });

    test("a packet shows its layers, and a byte leads to its field, by keyboard alone", async () => {
      await ask(page, "http.request");
      await expect.poll(() => parameter(page, "filter")).toBe("http.request");
      await page.getByText(/^[\d,]+ of [\d,]+ packets$/).waitFor();
      await page.locator("[role=grid]:focus").waitFor();
      await page.keyboard.press("Home");
      await page.getByRole("row", { selected: true, name: /HTTP.*POST \// }).waitFor();
      await page
        .getByRole("treeitem", { name: /Transmission Control Protocol, Src Port/ })
        .waitFor();
      await page.keyboard.press("Enter");
      await page.locator("[role=tree]:focus").waitFor();
      await page.keyboard.press("End");
      await page.keyboard.press("Home");
      for (let step = 0; step < 40; step++) {
        if (
          (await page
            .getByRole("treeitem", { selected: true, name: /http\.request\.method/ })
            .count()) > 0
        )
          break;
        await page.keyboard.press("ArrowDown");
      }
      const marked = page.locator("[data-marked]");
      await expect.poll(async () => (await marked.allTextContents()).join("")).toBe("504f5354POST");
      await keepPicture(page, "packets");
      // What follows the method is the target, a space further on.
      await page.getByRole("region", { name: /^Bytes: / }).focus();
      await page.keyboard.press("ArrowRight");
      await page.keyboard.press("ArrowRight");
      await expect
        .poll(() => page.getByRole("treeitem", { selected: true }).textContent())
        .not.toMatch(/Method/);
      expect(await seriousFaults(page)).toEqual([]);
      await page.keyboard.press("Escape");
      await page.locator("[role=grid]:focus").waitFor();
    });

    test("a field becomes a filter from its menu", async () => {
      await page
        .getByRole("treeitem", { name: /http\.request\.method/ })
        .click({ button: "right" });
      await page.getByRole("menuitem", { name: /^And not this/ }).waitFor();
      await page.getByRole("menuitem", { name: /^Apply as filter/ }).click();
      await expect
        .poll(() => parameter(page, "filter"))
        .toMatch(/^http\.request\.method == "?POST"?$/);
      await page.getByRole("menu").waitFor({ state: "hidden" });
    });

    test("the request is read in its stream, found, and leads back to its packet", async () => {
      await page.getByRole("button", { name: "Follow this stream" }).click();
      const stream = page.getByRole("region", { name: "Bytes of the stream" });
      await stream
        .getByText(/^POST \/\S* HTTP\/1\.1\n/)
        .first()
        .waitFor();
      await stream
        .getByText(/^HTTP\/1\.[01] 200/)
        .first()
        .waitFor();
      await page.getByRole("searchbox", { name: "Find" }).fill("http/1.1 200");
      await page.getByText(/^1 of \d+$/).waitFor();
      await keepPicture(page, "follow");
      expect(await seriousFaults(page)).toEqual([]);
      await page.getByRole("combobox", { name: "Show as" }).selectOption("hex");
      await stream
        .getByText(/^00000000 {2}50 4f 53 54 20/)
        .first()
        .waitFor();
      await page.getByRole("combobox", { name: "Side" }).selectOption("b");
      await expect.poll(() => stream.getByText(/50 4f 53 54 20/).count()).toBe(0);
      await page.getByRole("combobox", { name: "Side" }).selectOption("a");
      await page.getByRole("combobox", { name: "Show as" }).selectOption("raw");
      const waiting = page.waitForEvent("download");
      await page.getByRole("button", { name: "Download" }).last().click();
      expect((await waiting).suggestedFilename()).toMatch(/^tcp-\d+-a\.bin$/);
      await page.getByRole("combobox", { name: "Side" }).selectOption("both");
      await page.getByRole("combobox", { name: "Show as" }).selectOption("http");
      const messages = page.getByRole("region", { name: "HTTP messages of the stream" });
      await messages
        .getByText(/^POST \/\S* HTTP\/1\.1$/)
        .first()
        .waitFor();
      await messages
        .getByText(/^HTTP\/1\.[01] 200/)
        .first()
        .waitFor();
      await messages.getByText("Header fields").first().click();
      await messages
        .getByText(/^host: /im)
        .first()
        .waitFor();
      expect(await seriousFaults(page)).toEqual([]);
      await messages.getByRole("link").first().click();
      await page.getByRole("row", { selected: true }).waitFor();
      expect(parameter(page, "tab")).toBe("packets");
    });

    test("tables of the report lead to the packets behind them", async () => {
      await tab(page, "Streams").click();
      await page.getByRole("link", { name: "Follow this stream" }).first().waitFor();
      await page
        .getByRole("link", { name: /^Show the packets of tcp\.stream/ })
        .first()
        .click();
      await page.getByText(/^[\d,]+ of [\d,]+ packets$/).waitFor();
      expect(parameter(page, "filter")).toMatch(/^tcp\.stream == \d+$/);
    });

    test("a phone shows the list, then the packet over it, and nothing is cut off", async () => {
      await page.setViewportSize({ width: 380, height: 780 });
      await page.getByRole("row", { name: /TCP/ }).first().click();
      await page.getByRole("button", { name: "Back to the list" }).waitFor();
      expect(await seriousFaults(page)).toEqual([]);
      expect(
        await page.evaluate<number>("document.documentElement.scrollWidth"),
      ).toBeLessThanOrEqual(380);
      await page.getByRole("button", { name: "Back to the list" }).click();
      await page.getByRole("tree").waitFor({ state: "hidden" });
      expect(await seriousFaults(page)).toEqual([]);
      await page.setViewportSize({ width: 1280, height: 860 });
    });

    test("who may not download the file sees none of its packets, and the API refuses them", async () => {
      const session = new URL(page.url()).pathname.split("/").at(-1) ?? "";
      const { link } = JSON.parse(
        await bed().nightcap("user", "add", "pia", "--role", "Reader", "--json"),
      ) as { link: { url: string } };
      const reader = await bed().open();
      await reader.goto(link.url);
      await reader.getByLabel("New password").fill(password);
      await reader.getByRole("button", { name: "Enter" }).click();
      await reader.getByRole("heading", { level: 1, name: "Tonight" }).waitFor();
      await reader.goto(`${bed().endpoint}/ui/captures/${session}?tab=packets`);
      await tab(reader, "Summary").waitFor();
      expect(await tab(reader, "Packets").count()).toBe(0);
      expect(await tab(reader, "Follow stream").count()).toBe(0);
      const path = `/nightcap/v1/captures/${session}/packets?filter=&from=0&count=10`;
      const status = await reader.evaluate(async (asked) => (await fetch(asked)).status, path);
      expect(status).toBe(403);
      await reader.context().close();
      await page.context().close();
      bed().problems.length = 0; // that refusal
    });

    test("a dropped file is looked into with the network off", async () => {
      page = await bed().openSignedIn("inspect");
      await page.getByText("Ready: no network is needed").waitFor();
      await page.context().setOffline(true);
      await drop(resolve("test/fixtures/captures/http-dns.pcapng"));
      await page.getByText("37 packets").waitFor();
      await ask(page, "http.request.method == GET");
      await page.getByText("At character").waitFor({ state: "hidden" });
      await page.getByText("2 of 37 packets").waitFor();
      await page.keyboard.press("Home");
      await page.getByRole("button", { name: "Follow this stream" }).click();
      await page.getByText(/^GET \/ HTTP\/1\.1\nHost: www\.example\.com/).waitFor();
      expect(parameter(page, "stream")).toBe("tcp.1");
    });

    test(`of ${manyPacketCount.toLocaleString("en")} packets the last is one key away`, async () => {
      const path = join(bed().state, "many.pcap");
      await writeManyPackets(path, manyPacketCount);
      await drop(path);
      await page.getByText("300,000 packets").waitFor();
      await page.getByRole("grid").focus();
      await page.keyboard.press("End");
      const last = page.getByRole("row", { name: /^300000/ });
      await last.waitFor();
      expect(await last.getAttribute("aria-rowindex")).toBe("300001");
      await page.keyboard.press("g");
      await page.keyboard.type("150000");
      await page.keyboard.press("Enter");
      await page.getByRole("row", { selected: true, name: /^150000/ }).waitFor();
      await page.evaluate("document.querySelector('[role=grid]').scrollTop = 1e9");
      await last.waitFor();
      expect(await page.getByRole("row").count()).toBeLessThan(100);
      expect(await seriousFaults(page)).toEqual([]);
      await page.context().setOffline(false);
      await page.context().close();
      bed().problems.length = 0; // events were not to be had meanwhile
    });
  },
};

/** What `nightcap packets` counts in the file that the page has for download. */
async function countOf(bed: BrowserBed, page: Page, filter: string): Promise<string> {
  const path = await page.getByRole("link", { name: "Download" }).getAttribute("href");
  const bytes = await page.request.get(new URL(path ?? "", bed.endpoint).href);
  const file = join(bed.state, "drill.cap");
  await writeFile(file, await bytes.body());
  const command = [resolve("src/main.ts"), "packets", file, "--filter", filter, "--count"];
  const { stdout } = await run(process.execPath, command, { timeoutMilliseconds: 60_000 });
  return stdout.trim().split(/\s/)[0] ?? "";
}
