import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join, resolve } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, expect, test } from "vitest";
import { type BrowserBed, keepPicture, password, seriousFaults } from "./browser-bed.ts";
import type { Story } from "./stories.ts";

const newHost = "web-9";
const phone = { width: 380, height: 780 };

/** Hosts, how far back they reach, and one that joins by the command that the page shows. */
export const hostsStory: Story = {
  title: "hosts",
  tell(bed) {
    let agent: ChildProcess | null = null;
    afterAll(async () => {
      if (!agent?.pid || agent.exitCode !== null || agent.signalCode !== null) return;
      const ended = once(agent, "exit");
      process.kill(-agent.pid, "SIGTERM"); // the shell and what it runs
      await ended;
    });

    test("tonight and the list tell how far back rings reach, and a host draws what it measured", async () => {
      const page = await bed().openSignedIn();
      const panel = page.getByRole("region", { name: /^\d+ hosts?$/ });
      await panel
        .getByText(/^(\d+m )?\d+s$|^\d+m$/)
        .first()
        .waitFor();
      await page.getByRole("navigation").getByRole("link", { name: "Hosts" }).click();
      const row = page.getByRole("row", { name: /connected/ }).first();
      await row.getByText(/^(\d+m )?\d+s$|^\d+m$/).waitFor();
      expect(await row.textContent()).toContain("0.1.0");
      expect(await seriousFaults(page)).toEqual([]);
      await keepPicture(page, "hosts");
      await row.getByRole("link").press("Enter");
      await page.getByRole("heading", { name: "Flight recorder" }).waitFor();
      const network = page.getByRole("figure").filter({ hasText: "Network" });
      await network.getByText(/In .*B\/s|In .*byte\/s/).waitFor();
      await network.locator("canvas").waitFor();
      expect(await paintedCount(page, "Network")).toBeGreaterThan(500);
      await page.getByRole("checkbox", { name: "Each interface" }).press("Space");
      await page
        .getByRole("figure")
        .filter({ hasText: "Each interface" })
        .locator("canvas")
        .waitFor();
      await page.getByLabel("Time", { exact: true }).selectOption("PT6H");
      await expect
        .poll(() => page.url())
        .toMatch(/metrics=.*interfaces.*range=PT6H|range=PT6H.*interfaces/);
      await page
        .getByText(/ of 67.1 MB/)
        .first()
        .waitFor();
      await page.getByRole("cell", { name: "recorded", exact: true }).first().waitFor();
      await keepPicture(page, "host");
      expect(await seriousFaults(page)).toEqual([]);
      await page.setViewportSize(phone);
      // A picture is drawn anew a moment after its place has another width.
      await expect
        .poll(() => page.evaluate("document.documentElement.scrollWidth"))
        .toBe(phone.width);
      await page.reload();
      const here = page.getByRole("navigation").getByRole("link", { name: "Hosts" });
      await here.waitFor();
      // Past the end of a screen that is scrolled to it no longer.
      await expect.poll(async () => (await here.boundingBox())?.x).toBeLessThan(phone.width - 80);
      await page.context().close();
    });

    test("the command of the dialog enrols a host, which arrives live, and is forgotten again", async () => {
      const permissions = ["clipboard-read", "clipboard-write"];
      const page = await bed().openSignedIn("hosts", { permissions });
      await page.getByRole("button", { name: "Enrol a host" }).press("Enter");
      const dialog = page.getByRole("dialog");
      const command = await dialog.getByLabel("Command to paste on the host").textContent();
      await dialog.getByRole("button", { name: "Copy the command" }).press("Enter");
      await dialog.getByText("Copied").waitFor();
      expect(await page.evaluate("navigator.clipboard.readText()")).toBe(command);
      await dialog.getByText("Waiting for the host").waitFor();
      await dialog.getByText("Only this machine can reach").waitFor();
      expect(await seriousFaults(page)).toEqual([]);
      await keepPicture(page, "enrol");
      agent = runOnHost(command ?? "", bed().state);
      await dialog.getByText("Connected and telling").waitFor({ timeout: 30_000 });
      await dialog.getByRole("link", { name: newHost }).click();
      await page.getByRole("heading", { level: 1, name: newHost }).waitFor();
      await page.getByText("ring is turned off", { exact: true }).waitFor();
      await page.getByRole("button", { name: "Forget this host" }).press("Enter");
      const asked = page.getByRole("alertdialog");
      await asked.getByRole("heading", { name: `Forget ${newHost}?` }).waitFor();
      expect(await seriousFaults(page)).toEqual([]);
      await asked.getByRole("button", { name: "Forget this host" }).press("Enter");
      await page.getByRole("heading", { level: 1, name: "Hosts" }).waitFor();
      await page.getByRole("row", { name: newHost }).waitFor({ state: "detached" });
      const answer = await page.evaluate(
        async (path) => (await fetch(path)).status,
        `/nightcap/v1/hosts/${newHost}`,
      );
      expect(answer).toBe(404);
      bed().problems.length = 0; // that refusal, and those of a page about a host that is gone
      await page.context().close();
    });

    test("a Reader sees hosts, and neither enrols nor forgets one", async () => {
      const page = await openReader(bed());
      await page.goto(`${bed().endpoint}/ui/hosts`);
      await page
        .getByRole("row", { name: /connected/ })
        .first()
        .getByRole("link")
        .click();
      await page.getByRole("heading", { name: "Flight recorder" }).waitFor();
      expect(await page.getByRole("button", { name: "Forget this host" }).count()).toBe(0);
      await page.getByRole("navigation").getByRole("link", { name: "Hosts" }).click();
      await page.getByRole("heading", { level: 1, name: "Hosts" }).waitFor();
      expect(await page.getByRole("button", { name: "Enrol a host" }).count()).toBe(0);
      expect(await page.evaluate(askForToken)).toBe(403);
      bed().problems.length = 0; // that refusal
      await page.context().close();
    });
  },
};

/** Pixels of a chart on which something is drawn; as text, because these tests know no types of a browser. */
const paintedCount = (page: Page, label: string): Promise<number> =>
  page.evaluate<number>(`(() => {
    const canvas = document.querySelector('[role="img"][aria-label="${label}"] canvas');
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    return data.filter((value, at) => at % 4 === 3 && value > 0).length;
  })()`);

/** A shell with the program on its path, as on a host where it is installed; only place and name are this test's. */
function runOnHost(command: string, state: string): ChildProcess {
  const more = `--state ${join(state, "second-agent")} --name ${newHost} --no-flight-recorder`;
  return spawn("bash", ["-c", `${command} ${more} --log-level error`], {
    stdio: "ignore",
    detached: true, // a group of its own, which ends as one
    env: { ...process.env, PATH: `${resolve("bin")}:${process.env["PATH"]}` },
  });
}

async function openReader(bed: BrowserBed): Promise<Page> {
  const added = await bed.nightcap("user", "add", "noor", "--role", "Reader", "--json");
  const { link } = JSON.parse(added) as { link: { url: string } };
  const page = await bed.open();
  await page.goto(link.url);
  await page.getByLabel("New password").fill(password);
  await page.getByRole("button", { name: "Enter" }).click();
  await page.getByRole("heading", { level: 1, name: "Tonight" }).waitFor();
  return page;
}

const askForToken = async (): Promise<number> => {
  const session = (await (await fetch("/nightcap/v1/session")).json()) as { csrf: string };
  const headers = { "x-nightcap-csrf": session.csrf };
  return (await fetch("/nightcap/joinTokens", { method: "POST", headers })).status;
};
