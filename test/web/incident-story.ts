// An incident, and what is done about it: verify, block and lift, capture again.
import { open, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { run } from "../../src/common/run.ts";
import { password, seriousFaults, keepPicture, type BrowserBed } from "./browser-bed.ts";
import { type IncidentHost, openIncidentHost } from "./incident-host.ts";
import type { Story } from "./stories.ts";

const hashLength = 32;
const setUpMilliseconds = 120_000;
const stepMilliseconds = 15_000;

export const incidentStory: Story = {
  title: "an incident and what is done about it",
  tell(bed) {
    let host: IncidentHost;
    let opened: IncidentHost | null = null;
    let page: Page;
    beforeAll(async () => {
      page = await bed().openSignedIn("");
      page.setDefaultTimeout(stepMilliseconds);
      host = opened = await openIncidentHost(bed().state);
      await page.goto(`${bed().endpoint}/ui/incidents/${host.incidentId}`);
    }, setUpMilliseconds);
    afterAll(() => opened?.close());

    afterEach(() => page.keyboard.press("Escape"));

    test("its story is told, and nothing on the page is serious or cut off", async () => {
      await page.getByRole("heading", { level: 1, name: /198\.51\.100\.80:80/ }).waitFor();
      await page.getByRole("heading", { name: "What changed" }).waitFor();
      const frame = page
        .getByRole("region", { name: /finding/ })
        .getByRole("link")
        .first();
      expect(await frame.getAttribute("href")).toMatch(
        /^\/ui\/captures\/.*tab=packets&(frame|filter)=/,
      );
      const picture = page.getByRole("region", { name: "Network Out Total over time" });
      await picture.locator("canvas").waitFor();
      await picture.getByText("Average of 3 seconds > 200 kB").waitFor();
      await picture.getByText(/of 60 s before, .* s after$/).waitFor();
      const compared = page.getByRole("region", { name: "Compared with earlier" });
      await compared.getByText(/^Nothing to compare with/).waitFor();
      await compared.getByText(/^The flow logs have nothing of this host/).waitFor();
      await keepPicture(page, "incident");
      expect(await seriousFaults(page)).toEqual([]);
      await page.setViewportSize({ width: 380, height: 780 });
      expect(
        await page.evaluate<number>("document.documentElement.scrollWidth"),
      ).toBeLessThanOrEqual(380);
      await page.setViewportSize({ width: 1280, height: 860 });
    });

    test("verify finds what was signed, and finds what was altered", async () => {
      const recordings = page.getByRole("region", { name: "Recordings" });
      await recordings.getByRole("link", { name: /^Download \.cap \(\d/ }).waitFor();
      const verify = page.getByRole("button", { name: /^Verify alert-/ });
      await verify.focus();
      await page.keyboard.press("Enter");
      const dialog = page.getByRole("dialog");
      const right = dialog.getByText("It is what was recorded and signed");
      const again = dialog.getByRole("button", { name: "Verify again" });
      // The manifest is signed a moment after the answer: until then each look says that it is missing.
      const isRight = async (): Promise<boolean> => {
        if (await right.isVisible()) return true;
        if (await again.isEnabled()) await again.click();
        return false;
      };
      await expect.poll(isRight, { timeout: 60_000, interval: 500 }).toBe(true);
      expect(await seriousFaults(page)).toEqual([]);
      const mend = await damageCapture(bed(), host);
      await again.click();
      await dialog.getByRole("alert").getByText("It is not what was signed").waitFor();
      await dialog.getByText(/1 place differs/).waitFor();
      await mend();
      await again.click();
      await right.waitFor();
      await dialog.getByRole("button", { name: "Close" }).click();
    });

    test("a block is tried, made, and lifted", async () => {
      await page.getByRole("button", { name: "Block …" }).click();
      const dialog = page.getByRole("dialog");
      expect(await dialog.getByLabel("Address or network").inputValue()).toBe(host.culprit);
      await dialog.getByRole("button", { name: "Try it first" }).click();
      await dialog.getByText(/^Would be cut: 192\.0\.2\.10 with 198\.51\.100\.80/).waitFor();
      expect(await dialog.getByLabel("The rule that the host would load").textContent()).toContain(
        host.culprit,
      );
      expect(await seriousFaults(page)).toEqual([]);
      expect(await canReach(host)).toBe(true);
      await dialog.getByRole("button", { name: "Block now" }).click();
      await dialog.getByText("In force").waitFor();
      expect(await canReach(host)).toBe(false);
      await dialog.getByRole("button", { name: "Close" }).click();
      await page.getByText(/^00:29:\d\d left$/).waitFor();
      await page.getByRole("button", { name: /^Lift the block of 198\.51\.100\.80/ }).click();
      await page.getByText(/left$/).waitFor({ state: "hidden" });
      expect(await canReach(host)).toBe(true);
    });

    test("what a host refuses is told", async () => {
      await page.getByRole("button", { name: "Block …" }).click();
      const dialog = page.getByRole("dialog");
      await dialog.getByLabel("Address or network").fill("0.0.0.0/0");
      await dialog.getByLabel("Port and protocol").fill("");
      await dialog.getByRole("button", { name: "Try it first" }).click();
      await dialog.getByRole("alert").getByText("The host refuses this").waitFor();
      await dialog.getByLabel("I mean it, block it all the same").waitFor();
      await page.keyboard.press("Escape");
      bed().problems.length = 0; // the refusal
    });

    test("the same is captured again", async () => {
      await page.getByRole("button", { name: "Capture again …" }).click();
      const dialog = page.getByRole("dialog");
      await dialog.getByLabel("Seconds from now").fill("60");
      await dialog.getByLabel("Seconds of look-back").fill("5");
      expect(await seriousFaults(page)).toEqual([]);
      await dialog.getByRole("button", { name: "Capture", exact: true }).click();
      await dialog.getByText("The recording has begun").waitFor();
      await dialog.getByRole("button", { name: "Close" }).click();
      await page
        .getByRole("region", { name: "Recordings" })
        .getByRole("link", { name: new RegExp(`^again-${host.incidentId}-`) })
        .waitFor();
    });

    test("a recording that goes on is made longer, and its host takes that", async () => {
      await page.getByRole("button", { name: /^Extend again-/ }).click();
      const dialog = page.getByRole("dialog");
      await dialog.getByLabel("Seconds more").fill("120");
      await dialog.getByRole("button", { name: "Extend", exact: true }).click();
      await dialog.getByText(/^It records until /).waitFor();
      expect(await seriousFaults(page)).toEqual([]);
      await dialog.getByRole("button", { name: "Close" }).click();
      const name = await page.getByRole("link", { name: /^again-/ }).textContent();
      const shown = await bed().nightcap("capture", "show", name ?? "", "--json");
      expect(shown).toMatch(/"timeLimitInSeconds": 180/);
    });

    test("the next one like it is expected, until that is taken back", async () => {
      await page.getByRole("button", { name: "Mark as expected …" }).click();
      const dialog = page.getByRole("dialog");
      expect(await dialog.getByLabel("Destination").inputValue()).toBe(host.culprit);
      await dialog.getByRole("button", { name: "Expect it" }).click();
      await dialog.getByLabel("Why it is expected").fill("the nightly copy");
      await page.keyboard.press("Enter");
      await dialog.getByText("It is expected from now on").waitFor();
      await dialog.getByText("the nightly copy").waitFor();
      expect(await seriousFaults(page)).toEqual([]);
      expect(await bed().nightcap("expectations")).toContain("the nightly copy (mara)");
      await dialog.getByRole("button", { name: /^Remove / }).click();
      await dialog.getByText("the nightly copy").waitFor({ state: "hidden" });
      await dialog.getByRole("button", { name: "Close" }).click();
    });

    test("a Reader sees all of it, and no button that would be refused", async () => {
      const added = await bed().nightcap("user", "add", "ines", "--role", "Reader", "--json");
      const { link } = JSON.parse(added) as { link: { url: string } };
      const other = await bed().open();
      await other.goto(link.url);
      await other.getByLabel("New password").fill(password);
      await other.getByRole("button", { name: "Enter" }).click();
      await other.getByRole("heading", { level: 1, name: "Tonight" }).waitFor();
      await other.goto(page.url());
      await other.getByRole("heading", { name: "What changed" }).waitFor();
      const names = /Block|Verify|Capture again|Lift|Extend|expected/;
      expect(await other.getByRole("button", { name: names }).count()).toBe(0);
      expect(await other.getByRole("link", { name: /Download/ }).count()).toBe(0);
      await other.context().close();
    });
  },
};

/** Whether a connection from the host comes to be: the way that its unwanted traffic takes. */
async function canReach({ namespace, culprit }: IncidentHost): Promise<boolean> {
  const probe = `require("node:net").connect(80,"${culprit}").on("connect",()=>process.exit(0)).on("error",()=>process.exit(1))`;
  const { code } = await run("ip", ["netns", "exec", namespace, process.execPath, "-e", probe]);
  return code === 0;
}

/** Turns one byte round in the incident's stored capture; gives how to turn it back. */
async function damageCapture(
  { state }: BrowserBed,
  { sha256 }: IncidentHost,
): Promise<() => Promise<void>> {
  const names = await readdir(join(state, "store"), { recursive: true });
  // Blocks lie under names that have the beginning of their hash; the capture is one.
  const name = names.find((each) => each.includes(sha256.slice(0, hashLength)));
  const path = join(state, "store", name ?? "");
  const turn = async (): Promise<void> => {
    const file = await open(path, "r+");
    const byte = Buffer.alloc(1);
    await file.read(byte, 0, 1, 1_000);
    await file.write(Buffer.from([(byte[0] ?? 0) ^ 0xff]), 0, 1, 1_000);
    await file.close();
  };
  await turn();
  return turn;
}
