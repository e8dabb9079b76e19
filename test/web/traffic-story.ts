import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Locator, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { keepPicture, seriousFaults } from "./browser-bed.ts";
import type { Story } from "./stories.ts";
import { badAddress, counted, flowLogOf, writeTrafficSettings } from "./traffic-flows.ts";

/** From a flow log to the map, its KQL, one address, and why a flow is what it is. */
export const trafficStory: Story = {
  title: "traffic",
  tell(bed) {
    let page: Page;
    beforeAll(async () => {
      const { state } = bed();
      await writeTrafficSettings(state);
      const log = join(state, "PT1H.json");
      await writeFile(log, flowLogOf(Date.now() - 600_000));
      await bed().nightcap("flow-logs", "import", log);
      page = await bed().openSignedIn("settings");
      // The engine of the import may still be about to end, which a console would complain of.
      const view = `${bed().endpoint}/nightcap/v1/flows/views/distribution?timespan=P1D`;
      await vi.waitFor(async () => expect((await page.request.get(view)).status()).toBe(200), {
        timeout: 60_000,
        interval: 200,
      });
      await go("traffic");
    });
    afterAll(() => page.context().close());

    const tile = (name: string): Locator => page.getByRole("button", { name, exact: true });
    const region = (name: string): Locator => page.getByRole("region", { name, exact: true });
    const go = (place: string) => page.goto(`${bed().endpoint}/ui/${place}`);
    const openPart = (name: string) => page.getByRole("tab", { name, exact: true }).click();

    test("figures are those of the imported tuples, and a condition changes them", async () => {
      await tile(`All ${counted.all}`).waitFor({ timeout: 60_000 });
      await tile(`Denied in ${counted.denied}`).waitFor();
      await tile(`Malicious ${counted.malicious}`).waitFor();
      expect(await seriousFaults(page)).toEqual([]);
      await tile(`Malicious and allowed ${counted.allowedMalicious}`).click();
      await tile(`All ${counted.allowedMalicious}`).waitFor();
      expect(page.url()).toContain("flowType=MaliciousFlow&status=Allowed");
      await page.getByRole("button", { name: "Without all conditions" }).click();
      await page.getByLabel("One more condition").selectOption("Host");
      await page.getByLabel("Host", { exact: true }).fill("shop/db");
      await page.keyboard.press("Enter");
      await tile("All 2").waitFor();
      await page.getByRole("button", { name: "Ask without Host = shop/db" }).click();
      await tile(`All ${counted.all}`).waitFor();
    });

    test("what a connection carries is kept for everybody, and its use is a share of it", async () => {
      await go("traffic?part=gateways");
      await page.locator("summary", { hasText: "What they carry" }).press("Enter");
      await page.getByLabel("What to-hq carries, in Mbit/s").fill("650");
      await page.keyboard.press("Enter");
      await page
        .getByRole("cell", { name: /^20 bit\/s · 0\s?%$/ })
        .first()
        .waitFor();
      const kept = await page.request.get(`${bed().endpoint}/nightcap/v1/gateway-capacities`);
      expect(await kept.json()).toMatchObject({
        value: [{ connection: "to-hq", megabitsPerSecond: 650, setBy: "mara" }],
      });
      expect(await seriousFaults(page)).toEqual([]);
    });

    test("a country on the map leads to its flows, their KQL and the page of logs", async () => {
      await go("traffic");
      await openPart("Map");
      await page.getByRole("img", { name: "The world" }).locator("canvas").first().waitFor();
      await keepPicture(page, "map");
      await region("The world").getByRole("button", { name: "Australia" }).focus();
      await page.keyboard.press("Enter");
      await page.getByRole("button", { name: "Ask without Country = Australia" }).waitFor();
      await openPart("Overview");
      await tile(`All ${counted.australia}`).waitFor();
      await page.getByRole("button", { name: "KQL of Who talks most" }).click();
      expect(await page.getByRole("dialog").locator("pre").textContent()).toContain('"au"');
      expect(await seriousFaults(page)).toEqual([]);
      const href = await page.getByRole("link", { name: "Open in Logs" }).getAttribute("href");
      expect(href).toMatch(/^\/ui\/logs\?(?:query|q)=\S+&timespan=\S+$/);
      await page.getByRole("button", { name: "Close" }).click();
    });

    test("the topology is drawn, and its table leads from a network to the flows of an edge", async () => {
      await go("traffic");
      await openPart("Topology");
      await page.getByRole("img", { name: "Between virtual networks" }).locator("canvas").waitFor();
      const networks = region("Between virtual networks");
      await networks.getByRole("button", { name: "shop/net", exact: true }).first().click();
      const subnets = region("Between subnets");
      await subnets.getByRole("cell", { name: "Malicious", exact: true }).waitFor();
      await page.evaluate("scrollTo(0, 0)");
      await keepPicture(page, "topology");
      expect(await seriousFaults(page)).toEqual([]);
      await subnets
        .getByRole("button", { name: "Flows from shop/net/front to shop/net/back" })
        .click();
      await tile("All 1").waitFor();
      const pair = region("Who talks most").getByRole("row", { name: /IntraVNet/ });
      await pair.getByRole("link", { name: "10.0.1.5" }).waitFor();
    });

    test("a flow type says why this record has it, with list, entry and each question", async () => {
      await go("traffic");
      const row = region("Who talks most").getByRole("row", { name: /Netherlands/ });
      await row.getByRole("button", { name: "MaliciousFlow" }).click();
      const help = page.getByRole("dialog");
      await help.getByText("that a threat list named when the flow came").waitFor();
      await help.getByText(`On list night-feed as ${badAddress} (C2).`).first().waitFor();
      await help.getByText("by rule AllowWeb").waitFor();
      await help.getByText("Each question, by today’s data").first().click();
      await help.getByText(`Is the source ${badAddress} on a threat list?`).first().waitFor();
      expect(await seriousFaults(page)).toEqual([]);
      await page.keyboard.press("Escape");
      const blank = region("Who talks most").getByRole("row", { name: /Japan/ });
      await blank.getByRole("button", { name: "Why an address is blank" }).click();
      await page.getByRole("dialog").getByRole("link", { name: "133.243.238.243" }).waitFor();
      await page.keyboard.press("Escape");
    });

    test("the page of an address has its list, its hosts and what rules did", async () => {
      await go("traffic");
      await region("Who talks most").getByRole("link", { name: badAddress }).click();
      await page.getByRole("heading", { level: 1, name: badAddress }).waitFor();
      await page.getByRole("heading", { name: "On threat list night-feed" }).waitFor();
      await page.getByText("AS3333").waitFor();
      await region("Who talks with it").getByRole("cell", { name: "shop/web" }).waitFor();
      const rules = region("Over what, and what rules did");
      await rules.getByRole("row", { name: /ssh.*DenyAll 2 / }).waitFor();
      await rules.getByRole("row", { name: /https.*AllowWeb 1 / }).waitFor();
      await page.getByRole("img", { name: "Its flows over time" }).locator("canvas").waitFor();
      await keepPicture(page, "address");
      expect(await seriousFaults(page)).toEqual([]);
      await rules.getByRole("link", { name: "10.0.0.4" }).first().click();
      await page.getByText("shop/net/front").first().waitFor();
      await page.getByText("Not an address of the internet").waitFor();
    });

    test("a narrow screen cuts nothing off, and a view says what it cannot take", async () => {
      await page.setViewportSize({ width: 380, height: 780 });
      const width = () => page.evaluate<number>("document.documentElement.scrollWidth");
      await go("traffic?part=topology&ip=10.0.0.4->");
      await page.getByRole("img", { name: "Between virtual networks" }).waitFor();
      expect(await width()).toBe(380);
      await openPart("Public addresses");
      await page.getByText("not narrowed by: Address").first().waitFor();
      await region("Public addresses").getByRole("link", { name: badAddress }).waitFor();
      expect(await width()).toBe(380);
      await go(`traffic/ip/${badAddress}`);
      await region("Over what, and what rules did").first().waitFor();
      expect(await width()).toBe(380);
      await page.setViewportSize({ width: 1280, height: 860 });
    });

    test("a time from the calendar without flows teaches where they come from", async () => {
      const before = "2026-01-01T00:00Z/2026-01-02T00:00Z";
      await go(`traffic?timespan=${before}`);
      await page.getByText("nightcap flow-logs import PT1H.json").waitFor();
      await page.getByLabel("To", { exact: true }).fill("2025-12-31T00:00");
      await page.getByRole("alert").getByText("The start must lie before the end").waitFor();
      expect(await seriousFaults(page)).toEqual([]);
    });
  },
};
