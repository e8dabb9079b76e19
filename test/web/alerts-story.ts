import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { hostname } from "node:os";
import { text } from "node:stream/consumers";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { keepPicture, password, seriousFaults } from "./browser-bed.ts";
import type { Story } from "./stories.ts";

const ruleName = "memory-is-there";
const exact = { exact: true };
const waitOptions = { timeout: 30_000 };

/** A rule from its preview to its alert, one that learns, one that asks, whom they tell, and their end. */
export const alertsStory: Story = {
  title: "alerts",
  tell(bed) {
    let page: Page;
    let listener: Server;
    const received: string[] = [];
    beforeAll(async () => {
      listener = createServer((request, response) => {
        void text(request).then((body) => {
          received.push(body);
          return response.writeHead(200).end();
        });
      });
      listener.listen(0, "127.0.0.1");
      await once(listener, "listening");
      page = await bed().openSignedIn("alerts");
    });
    afterAll(async () => {
      await page.context().close();
      listener.close();
    });
    const fitsPhone = async (): Promise<void> => {
      await page.setViewportSize({ width: 380, height: 800 });
      // A picture is drawn anew a moment after its place has another width.
      await expect
        .poll(() => page.evaluate<number>("document.documentElement.scrollWidth - innerWidth"))
        .toBe(0);
      await page.setViewportSize({ width: 1280, height: 860 });
    };

    /** This host alone: that of the drill goes when the drill is over, with all that it measured. */
    const chooseHost = async (): Promise<void> => {
      await page.getByRole("checkbox", { name: "All hosts" }).check();
      await page.getByRole("checkbox", { name: hostname(), exact: true }).check();
    };

    test("a rule says when it would have fired, is saved, fires, and its alert arrives live", async () => {
      const watching = await bed().openSignedIn("alerts?part=history");
      const create = page.getByRole("button", { name: "New rule with a threshold" });
      await create.focus();
      await create.press("Enter");
      await page.getByLabel("Name", exact).fill(ruleName);
      await chooseHost();
      await page.getByLabel("Metric", exact).selectOption("Available Memory Bytes");
      await page.getByLabel("Threshold", exact).fill("1");
      await page.getByLabel("Window", exact).selectOption("PT5S");
      await page.getByLabel("Looked at every", exact).selectOption("PT5S");
      await page.getByLabel("Time", exact).selectOption("PT1H");
      await page.getByText("Would have fired once in the last hour").waitFor(waitOptions);
      await page.getByText("Average of Available Memory Bytes > 1 byte").waitFor();
      await page.getByText("still lasts").waitFor();
      await page.locator("canvas").waitFor();
      expect(await seriousFaults(page)).toEqual([]);
      await fitsPhone();
      await keepPicture(page, "alert-rule");
      await page.getByRole("button", { name: "Save" }).click();
      const row = page.getByRole("row", { name: new RegExp(ruleName) });
      await row.getByText("firing").waitFor(waitOptions);
      await keepPicture(page, "alerts");
      expect(await seriousFaults(page)).toEqual([]);
      const fired = watching.getByRole("row", { name: new RegExp(ruleName) });
      await fired.getByText("Fired").waitFor(waitOptions);
      expect(await fired.count()).toBe(1); // as often as the preview said
      expect(await seriousFaults(watching)).toEqual([]);
      await watching.context().close();
    }, 90_000);

    test("what the control plane refuses is said at its field", async () => {
      await page.getByRole("button", { name: `Duplicate ${ruleName}` }).click();
      await page.getByLabel("Window", exact).selectOption("PT1M");
      await page.getByLabel("Looked at every", exact).selectOption("PT5M");
      await page.getByRole("button", { name: "Save" }).click();
      await page.getByText("is less than evaluationFrequency").first().waitFor();
      expect(await page.getByLabel("Name", exact).inputValue()).toBe(`${ruleName}-2`);
      await page.getByRole("button", { name: "Cancel" }).click();
      bed().problems.length = 0; // that refusal, and the preview's
    });

    test("a rule that learns says that it knows too little", async () => {
      await page.getByRole("button", { name: "New rule that learns" }).click();
      await chooseHost();
      await page.getByLabel("Metric", exact).selectOption("Percentage CPU");
      await page.getByLabel("Window", exact).selectOption("PT1M");
      await page.getByLabel("Looked at every", exact).selectOption("PT5S");
      await page.getByLabel("Time", exact).selectOption("PT1H");
      await page.getByText("Still learning, so it would not have fired").waitFor(waitOptions);
      await page.getByText("Would not have fired in the last hour").waitFor();
      await page.getByRole("button", { name: "Cancel" }).click();
    });

    test("a rule in KQL says what is wrong with its query, and what it would have done", async () => {
      await page.getByRole("button", { name: "New KQL rule" }).click();
      const query = page.getByLabel("Query", exact);
      await query.fill("NightcapFlows\n| where DestPort = 4");
      await page.getByText(/The query is not valid: line 2/).waitFor(waitOptions);
      await page.getByRole("button", { name: "Go to line 2, column 9" }).click();
      const chosen = await query.evaluate((field: unknown) => {
        const { value, selectionStart: from, selectionEnd: to } = field as Record<string, never>;
        return String(value).slice(from, to);
      });
      expect(chosen).toBe("DestPort");
      expect(await seriousFaults(page)).toEqual([]);
      bed().problems.length = 0; // that refusal
      await query.fill("NightcapFlows | where DestPort == 4");
      await page.getByLabel("Time", exact).selectOption("PT1H");
      await page.getByRole("button", { name: "Preview" }).click();
      await page.getByText("Would not have fired in the last hour").waitFor(waitOptions);
      await page.getByText("Evaluated 12 times, once every 5 minutes").waitFor();
      expect(await seriousFaults(page)).toEqual([]);
      await page.getByRole("button", { name: "Cancel" }).click();
    });

    test("an alert is acknowledged with a comment, and its history says who and why", async () => {
      await page.getByRole("tab", { name: "History" }).click();
      const row = page.getByRole("row", { name: new RegExp(ruleName) });
      await row.getByRole("button", { name: `${ruleName} on` }).click();
      const dialog = page.getByRole("dialog");
      await dialog.getByLabel("Comment", exact).fill("looked at it: <b>all is well</b>");
      expect(await seriousFaults(page)).toEqual([]);
      await dialog.getByRole("button", { name: "Acknowledge" }).click();
      const history = dialog.getByRole("list", { name: "History" });
      await history.getByText("looked at it: <b>all is well</b>").waitFor(waitOptions);
      await history.getByText("mara").waitFor();
      await dialog.getByRole("button", { name: "Close", exact: true }).click();
      await row.getByText("acknowledged", exact).waitFor(waitOptions);
      await page.getByRole("tab", { name: "Rules" }).click();
    });

    test("an action group's receivers are tested, and it is saved", async () => {
      await page.getByRole("tab", { name: "Rules" }).press("ArrowRight");
      await page.keyboard.press("Enter");
      await page.getByRole("button", { name: "New action group" }).click();
      await page.getByLabel("Name", exact).fill("watch");
      await page.getByLabel("Short name", exact).fill("watch");
      await page.getByRole("button", { name: "Add" }).click();
      const { port } = listener.address() as AddressInfo;
      await page.getByLabel("Address (URL)").fill(`http://127.0.0.1:${port}/hook`);
      await page.getByLabel("Kind", exact).selectOption("Email");
      await page.getByRole("button", { name: "Add" }).click();
      await page.getByText("Kept, and not delivered here").waitFor();
      await page.getByRole("button", { name: "Send a test" }).click();
      await page
        .getByRole("status")
        .filter({ hasText: /^delivered$/ })
        .waitFor(waitOptions);
      await page.getByRole("status").filter({ hasText: "not delivered here" }).waitFor();
      expect(JSON.parse(received[0] ?? "{}")).toMatchObject({
        schemaId: "azureMonitorCommonAlertSchema",
      });
      expect(await seriousFaults(page)).toEqual([]);
      await fitsPhone();
      await page.getByRole("button", { name: "Save" }).click();
      await page.getByRole("cell", { name: /Webhook 1 \(Webhook\), Email 1/ }).waitFor();
    });

    test("a Reader sees the rule and no button that would be refused", async () => {
      const added = await bed().nightcap("user", "add", "alva", "--role", "Reader", "--json");
      const { link } = JSON.parse(added) as { link: { url: string } };
      const other = await bed().open();
      await other.goto(link.url);
      await other.getByLabel("New password").fill(password);
      await other.getByRole("button", { name: "Enter" }).click();
      await other.getByRole("link", { name: "Alerts" }).click();
      await other.getByRole("button", { name: ruleName, exact: true }).waitFor();
      const names = /New|Delete|Duplicate|Save|Add|Split|Acknowledge|Close the alert/;
      expect(await other.getByRole("button", { name: names }).count()).toBe(0);
      const shown = other.getByRole("row", { name: new RegExp(ruleName) });
      expect(await shown.getByRole("switch").isDisabled()).toBe(true);
      await other.getByRole("button", { name: ruleName, exact: true }).click();
      await other.getByText("Would have fired once in the last 24 hours").waitFor(waitOptions);
      expect(await other.getByRole("button", { name: names }).count()).toBe(0);
      await other.getByRole("button", { name: "Back" }).click();
      await other.getByRole("tab", { name: "History" }).click();
      const theirs = other.getByRole("row", { name: new RegExp(ruleName) });
      await theirs.getByRole("button", { name: `${ruleName} on` }).click();
      await other.getByRole("dialog").getByText("mara").waitFor();
      expect(await other.getByRole("button", { name: names }).count()).toBe(0);
      await other.context().close();
    });

    test("a rule is switched off and deleted", async () => {
      await page.getByRole("tab", { name: "Rules" }).click();
      const row = page.getByRole("row", { name: new RegExp(ruleName) });
      await row.getByRole("switch").click();
      await row.getByText("off", exact).waitFor(waitOptions);
      await row.getByRole("button", { name: `Delete ${ruleName}` }).click();
      const dialog = page.getByRole("alertdialog");
      expect(await seriousFaults(page)).toEqual([]);
      await dialog.getByRole("button", { name: "Delete" }).click();
      await row.waitFor({ ...waitOptions, state: "detached" });
      await page.getByRole("tab", { name: "History" }).click();
      const over = page.getByRole("row", { name: new RegExp(ruleName) });
      await over.getByText("Resolved", exact).waitFor(waitOptions);
      await over.getByRole("button", { name: `${ruleName} on` }).click();
      await page.getByText(/^the alert rule was (disabled|deleted)$/).waitFor();
    });
  },
};
