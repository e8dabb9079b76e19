import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type BrowserBed, keepPicture, password, seriousFaults } from "./browser-bed.ts";
import { type CaptureHost, openCaptureHost } from "./captures-host.ts";
import type { Story } from "./stories.ts";

const [port, otherPort] = [40_771, 40_772];
const bigListLength = 3_000;
const setUpMilliseconds = 60_000;
const stepMilliseconds = 15_000;

/** From what a filter would catch to the file in other hands. */
export const capturesStory: Story = {
  title: "captures",
  tell(bed) {
    let page: Page;
    let host: CaptureHost;
    beforeAll(async () => {
      page = await bed().openSignedIn("captures");
      page.setDefaultTimeout(stepMilliseconds);
      host = await openCaptureHost(bed().state, [port, otherPort]);
    }, setUpMilliseconds);
    afterAll(async () => {
      await page?.context().close();
      await host?.close();
    });
    const button = (name: string) => page.getByRole("button", { name });

    test("each field says what is wrong with it, by the API's own words", async () => {
      await page.getByRole("link", { name: "New capture" }).click();
      await page.getByRole("heading", { level: 1, name: "New capture" }).waitFor();
      await button("Make the capture").click();
      await page.getByText("is not valid: 1 to 80 letters").first().waitFor();
      await button("Add a filter").click();
      await page.getByLabel("Local port").fill("80-");
      await page.getByText("filters[0].localPort is").first().waitFor();
      expect(await page.getByLabel("Local port").getAttribute("aria-invalid")).toBe("true");
      await page.getByText("a filter is at fault").waitFor();
      await page.getByLabel("Longest time", { exact: true }).fill("6");
      await page.getByLabel("Unit of Longest time").selectOption("h");
      await page.getByText("21600 is not allowed").first().waitFor();
      expect(await seriousFaults(page)).toEqual([]);
    });

    test("the preview has the BPF, and what the host's ring holds for it", async () => {
      await page.getByLabel("Host or scale set").selectOption({ label: host.name });
      await page.getByLabel("Unit of Longest time").selectOption("min");
      await page.getByLabel("Local port").fill("");
      await page.getByLabel("Protocol").selectOption("UDP");
      await page.getByLabel("Remote address").fill(host.address);
      await page.getByLabel("Remote port").fill(String(port));
      await page.getByLabel("Packets from before", { exact: true }).fill("30");
      await page.getByText(`ip dst host ${host.address}`).first().waitFor();
      await page.getByText("libpcap on the host takes it.").waitFor();
      await expect
        .poll(() => page.getByTestId("ring-match").textContent(), { timeout: 30_000 })
        .toMatch(/[1-9][\d,]* packets/);
      await page.getByText("The ring begins").waitFor();
      const command = await page.getByRole("tabpanel", { name: "az" }).locator("pre").textContent();
      expect(command).toMatch(/^az rest --method put/);
      expect(command).toContain('"lookBackInSeconds":30');
      await page.getByLabel("Name", { exact: true }).fill("from-the-form");
      await keepPicture(page, "new-capture");
      expect(await seriousFaults(page)).toEqual([]);
    });

    test("it is made, seen live, and stopped with one question", async () => {
      await page.getByLabel("Name", { exact: true }).press("Enter");
      const line = page.getByRole("row", { name: /from-the-form/ });
      await line.getByText("recording", { exact: true }).waitFor();
      await line.getByRole("progressbar").waitFor();
      await page.getByLabel("Search").fill("from-the-form");
      await page.waitForURL(/[?&]q=from-the-form/);
      await line.getByRole("checkbox").focus();
      await page.keyboard.press("Space");
      await button("Stop 1").click();
      expect(await seriousFaults(page)).toEqual([]);
      await page.getByRole("alertdialog").getByRole("button", { name: "Stop" }).click();
      await line.getByText("stored", { exact: true }).waitFor({ timeout: 30_000 });
      await keepPicture(page, "captures");
      await line.getByRole("link", { name: "from-the-form" }).click();
      await page.getByRole("tab", { name: "Summary" }).waitFor({ timeout: 30_000 });
    });

    test("its file has the hash that the manifest has, and holds what the filter meant", async () => {
      const bytes = await downloaded(page, () =>
        page.getByRole("link", { name: "Download" }).first().click(),
      );
      expect(await manifestHash(page)).toBe(createHash("sha256").update(bytes).digest("hex"));
      await page.getByText("About the recording").click();
      await page.getByText(`UDP, local any, remote ${host.address} port ${port}`).waitFor();
      await page.getByText(/^Covers [1-9]/).waitFor();
      expect(portsIn(bytes)).toEqual({ own: true, other: false });
    });

    test("who has a link to the file needs no name, until it ends", async () => {
      const shared = await makeLink(page, "file");
      const stranger = await bed().open();
      const bytes = await downloaded(
        stranger,
        () => stranger.goto(shared).catch(() => null), // a navigation that becomes a download
      );
      expect(createHash("sha256").update(bytes).digest("hex")).toBe(await manifestHash(page));
      const later = new URL(shared);
      later.searchParams.set("se", "2099-01-01T00:00:00Z");
      const past = new URL(shared);
      past.search = await sasOf(page, past.pathname, "2020-01-01T00:00:00Z");
      for (const url of [later, past]) {
        const answer = await stranger.request.get(url.href);
        expect(answer.status()).toBe(403);
      }
      await stranger.context().close();
    });

    test("a link to the report reads that report alone", async () => {
      const shared = await makeLink(page, "report");
      expect(shared).toContain("&until=");
      const stranger = await bed().open();
      await stranger.goto(shared);
      await stranger.getByText("from-the-form").first().waitFor();
      const longer = shared.replace(/until=[0-9]+/, "until=2099");
      expect((await stranger.request.get(longer)).status()).toBe(404);
      await stranger.context().close();
      const audit = await page.request.get(
        urlOf(page, "/nightcap/audit?from=2026-01-01T00:00:00Z"),
      );
      expect(await audit.text()).toContain("report-links");
    });

    test("a legal hold keeps it from being deleted, and is lifted again", async () => {
      await button("Set a legal hold").click();
      await page.getByLabel("Reason").fill("a matter of the court");
      expect(await seriousFaults(page)).toEqual([]);
      await page.getByRole("dialog").getByRole("button", { name: "Set a legal hold" }).click();
      await page.getByText(/a matter of the court \(mara/).waitFor();
      await button("Delete").click();
      await page.getByRole("alertdialog").getByRole("button", { name: "Delete" }).click();
      await page.getByRole("alert").first().waitFor();
      await page.getByRole("button", { name: "Keep it" }).click();
      await button("Lift the hold").click();
      await page.getByLabel("Reason").fill("the matter is over");
      await page.getByRole("dialog").getByRole("button", { name: "Lift the hold" }).click();
      await page.getByText("No legal hold").waitFor();
      bed().problems.length = 0; // those refusals
    });

    test("a Reader sees no create, and the form says so", async () => {
      const reader = await openReader(bed());
      await reader.goto(`${bed().endpoint}/ui/captures`);
      await reader.getByRole("link", { name: "from-the-form" }).waitFor();
      expect(await reader.getByRole("link", { name: "New capture" }).count()).toBe(0);
      expect(await reader.getByRole("checkbox").count()).toBe(0);
      await reader.goto(page.url());
      await reader.getByRole("tab", { name: "Summary" }).waitFor();
      expect(
        await reader.getByRole("button", { name: /^Share …$|legal hold|Lift the hold/ }).count(),
      ).toBe(0);
      await reader.goto(`${bed().endpoint}/ui/captures/new`);
      await reader.getByText("You may not make captures here").waitFor();
      await reader.context().close();
    });

    test("of thousands only the lines that are seen are there, on a phone as well", async () => {
      await repeatCaptures(page, bigListLength);
      await page.setViewportSize({ width: 380, height: 780 });
      await page.goto(`${bed().endpoint}/ui/captures?sort=name`);
      await page.getByText(/^30\d\d captures$/).waitFor();
      expect(await page.getByRole("row").count()).toBeLessThan(80);
      const last = page.getByRole("link", { name: "repeat-2999" });
      // Lines are as high as what is in them, which is known once they are seen: the end comes nearer by steps.
      await expect
        .poll(async () => {
          await page.getByRole("region", { name: "Captures", exact: true }).press("End");
          return last.count();
        })
        .toBe(1);
      expect(await page.evaluate<number>("document.documentElement.scrollWidth")).toBe(380);
      await page.goto(`${bed().endpoint}/ui/captures/new`);
      await page.getByText("What it would be given").waitFor();
      expect(await page.evaluate<number>("document.documentElement.scrollWidth")).toBe(380);
      expect(await seriousFaults(page)).toEqual([]);
    });
  },
};

const urlOf = (page: Page, path: string): string => new URL(path, page.url()).href;

async function downloaded(page: Page, act: () => Promise<unknown>): Promise<Buffer> {
  const waiting = page.waitForEvent("download");
  await act();
  return readFile(await (await waiting).path());
}

/** Of the page's capture, as its signed manifest has it. */
async function manifestHash(page: Page): Promise<string | undefined> {
  const sessionId = new URL(page.url()).pathname.split("/").at(-1) ?? "";
  let text = "";
  await expect
    .poll(async () => {
      const answer = await page.request.get(
        urlOf(page, `/nightcap/v1/evidence/manifests/${sessionId}`),
      );
      text = await answer.text();
      return answer.status();
    })
    .toBe(200);
  const { manifest } = JSON.parse(text) as {
    manifest: { files: { role: string; sha256: string }[] };
  };
  return manifest.files.find(({ role }) => role === "capture")?.sha256;
}

/** Whether datagrams to the two ports of the test are in a file: their destination ports, before their length. */
function portsIn(bytes: Buffer): { own: boolean; other: boolean } {
  const has = (number: number): boolean =>
    bytes.includes(Buffer.from([number >> 8, number & 0xff, 0, 108]));
  return { own: has(port), other: has(otherPort) };
}

async function makeLink(page: Page, what: "file" | "report"): Promise<string> {
  await page.getByRole("button", { name: "Share …" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("What it opens").selectOption(what);
  await dialog.getByLabel("For how long").selectOption("hour");
  await dialog.getByRole("button", { name: "Make the link" }).click();
  const link = await dialog.getByLabel("Link", { exact: true }).inputValue();
  await dialog.getByText(/^It ends /).waitFor();
  expect(await seriousFaults(page)).toEqual([]);
  await dialog.getByRole("button", { name: "Close" }).click();
  return link;
}

/** A signature for a blob, of the API that the page asks as well. */
async function sasOf(page: Page, path: string, expires: string): Promise<string> {
  return page.evaluate(
    async ([blob, signedExpiry]) => {
      const session = (await (await fetch("/nightcap/v1/session")).json()) as {
        csrf: string;
        subscriptionId: string;
        resourceGroup: string;
      };
      const { subscriptionId, resourceGroup } = session;
      const account = `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.Storage/storageAccounts/${blob?.split("/")[1]}`;
      const answer = await fetch(`${account}/listServiceSas?api-version=2024-01-01`, {
        method: "POST",
        headers: { "content-type": "application/json", "x-nightcap-csrf": session.csrf },
        body: JSON.stringify({
          canonicalizedResource: `/blob${blob}`,
          signedResource: "b",
          signedPermission: "r",
          signedExpiry,
        }),
      });
      return ((await answer.json()) as { serviceSasToken: string }).serviceSasToken;
    },
    [path, expires] as const,
  );
}

async function openReader(bed: BrowserBed): Promise<Page> {
  const added = await bed.nightcap("user", "add", "rita", "--role", "Reader", "--json");
  const { link } = JSON.parse(added) as { link: { url: string } };
  const reader = await bed.open();
  await reader.goto(link.url);
  await reader.getByLabel("New password").fill(password);
  await reader.getByRole("button", { name: "Enter" }).click();
  await reader.getByRole("heading", { level: 1, name: "Tonight" }).waitFor();
  return reader;
}

/** The control plane's answer with its first capture many times over: nobody records three thousand here. */
async function repeatCaptures(page: Page, count: number): Promise<void> {
  await page.route(/\/packetCaptures\?/, async (route) => {
    const answer = await route.fetch();
    const list = (await answer.json()) as { value: { id: string; name: string }[] };
    const [first] = list.value;
    const more = Array.from({ length: count }, (_, at) => ({
      ...first,
      id: `${first?.id}-${at}`,
      name: `repeat-${at}`,
    }));
    await route.fulfill({ response: answer, json: { value: [...list.value, ...more] } });
  });
}
