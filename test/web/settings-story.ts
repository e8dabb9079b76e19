import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import type { DeadLetter } from "../../src/notify/outbox-entry.ts";
import { openState } from "../../src/state/state.ts";
import { message } from "../notify/messages.ts";
import { startReceiver } from "../notify/receiver.ts";
import { type BrowserBed, keepPicture, password, seriousFaults } from "./browser-bed.ts";
import type { Story } from "./stories.ts";

const parts = [
  "People",
  "Service principals",
  "Roles",
  "Notifications",
  "Threat feeds",
  "Keys",
  "Storage",
  "Legal holds",
  "Audit log",
];

/** Who comes in and with which keys, and what of that is told. */
export const settingsStory: Story = {
  title: "settings",
  tell(bed) {
    test("each part is reached by the keyboard, and has nothing serious, also on a phone", async () => {
      const page = await bed().openSignedIn("settings");
      await page.getByRole("tab", { name: "People" }).focus();
      for (const name of parts) {
        const tab = page.getByRole("tab", { name });
        await tab.focus();
        await page.keyboard.press("Enter");
        await page.getByRole("tabpanel", { name }).waitFor();
        await page.waitForLoadState("networkidle");
        expect(await seriousFaults(page)).toEqual([]);
        await page.setViewportSize({ width: 380, height: 780 });
        const width = await page.evaluate<number>("document.documentElement.scrollWidth");
        expect({ name, width: width <= 380 }).toEqual({ name, width: true });
        await page.setViewportSize({ width: 1280, height: 860 });
      }
      await page.context().close();
    });

    test("a person is invited, comes in by the link, gets a role and loses it, and is gone", async () => {
      const page = await bed().openSignedIn("settings?part=people");
      await page.getByLabel("Name of a new person").fill("sefa");
      await page.getByRole("button", { name: "Invite" }).press("Enter");
      const link = await page.getByText(/\/ui\/welcome#/).textContent();
      await page
        .getByRole("row", { name: /^sefa/ })
        .getByText("invited, no password yet")
        .waitFor();

      await page.getByRole("tab", { name: "Roles" }).click();
      await page.getByLabel("Who", { exact: true }).selectOption({ label: "sefa" });
      await page.getByLabel("Role", { exact: true }).selectOption({ label: "Reader" });
      await page.getByRole("button", { name: "Give" }).click();
      await page.getByRole("row", { name: /^sefa Reader/ }).waitFor();

      const other = await bed().open();
      await other.goto(link ?? "");
      await other.getByLabel("New password").fill(password);
      await other.getByRole("button", { name: "Enter" }).click();
      await other.getByRole("heading", { level: 1, name: "Tonight" }).waitFor();
      await other.goto(`${bed().endpoint}/ui/settings`);
      await other.getByRole("row", { name: /^sefa/ }).waitFor();
      for (const name of ["Invite", "Disable mara", "Delete mara"])
        expect(await other.getByRole("button", { name }).count()).toBe(0);
      await bed().nightcap("notify", "add", "settings-lines", "--kind", "log");
      await readerSeesTargets(other, bed());
      const held = await holdSome(bed());
      await other.goto(`${bed().endpoint}/ui/settings?part=holds`);
      await other.getByRole("row", { name: held }).waitFor();
      expect(await other.getByRole("button", { name: /^Lift/ }).count()).toBe(0);
      await other.goto(`${bed().endpoint}/ui/settings?part=keys`);
      await other.getByRole("row", { name: /^key2 .* not shown$/ }).waitFor();
      expect(await other.getByRole("button", { name: /New key|key[12]|links/ }).count()).toBe(0);
      await other.context().close();

      await page.getByRole("button", { name: "Take away Reader from sefa" }).click();
      await page.getByRole("alertdialog").getByRole("button", { name: "Take away" }).click();
      await page.getByRole("row", { name: /^sefa Reader/ }).waitFor({ state: "detached" });
      await page.getByRole("tab", { name: "People" }).click();
      await keepPicture(page, "settings");
      await page.getByRole("button", { name: "Delete sefa" }).click();
      await page.getByRole("alertdialog").getByRole("button", { name: "Delete" }).click();
      await page.getByRole("row", { name: /^sefa/ }).waitFor({ state: "detached" });
      await page.context().close();
    });

    test("what is held is listed with its reason, and let go with another", async () => {
      const held = await holdSome(bed());
      const page = await bed().openSignedIn("settings?part=holds");
      const row = page.getByRole("row", { name: held });
      await row.getByText("settings: case 7").waitFor();
      await row.getByRole("link").waitFor();
      await page.getByRole("button", { name: `Lift the hold of ${held}` }).press("Enter");
      const lift = page.getByRole("dialog").getByRole("button", { name: "Lift the hold" });
      expect(await lift.isDisabled()).toBe(true);
      await page.getByLabel("Reason").fill("settings: case 7 is closed");
      await lift.press("Enter");
      await row.waitFor({ state: "detached" });
      await page.context().close();
    });

    test("a program's secret is made and replaced, and the audit says who did it", async () => {
      const page = await bed().openSignedIn("settings?part=principals");
      await page.getByLabel("Name of a new program").fill("scripts");
      await page.getByRole("button", { name: "Make" }).click();
      await page.getByText(/^Secret of scripts, application id/).waitFor();
      await page.getByRole("button", { name: "New secret for scripts" }).click();
      const row = page.getByRole("row", { name: /^scripts/ });
      await expect.poll(() => row.getByRole("listitem").count()).toBe(2);
      await page.getByRole("tab", { name: "Audit log" }).click();
      await page.getByLabel("Find").fill("mara servicePrincipals rotate");
      await page.getByRole("cell", { name: "Nightcap/servicePrincipals/write" }).first().waitFor();
      await page.context().close();
    });

    test("a target is tried before it is saved, and changed without showing its secrets", async () => {
      const receiver = await startReceiver();
      const page = await bed().openSignedIn("settings?part=targets");
      await page.getByRole("button", { name: "New target" }).press("Enter");
      await page.getByLabel("Name").fill("settings-hook");
      await page.getByLabel("Address").fill(`${receiver.url}/hook/not-shown`);
      await page.getByLabel("Signing secret").fill("too short");
      await page.getByRole("button", { name: "Save" }).click();
      await page.getByText("16 characters or more expected", { exact: true }).waitFor();
      expect(await page.locator(":focus").getAttribute("aria-invalid")).toBe("true");
      bed().problems.length = 0; // that refusal
      await page.locator(":focus").fill("a secret long enough");
      await page.getByRole("button", { name: "Send a test" }).click();
      await page.getByText(/Not delivered: .* private network/).waitFor();
      await page.getByText("Private networks and certificates").click();
      await page.getByLabel("It may be in a private network").check();
      await page.getByRole("button", { name: "Send a test" }).click();
      await page.getByText(/^Delivered in/).waitFor();
      await page.getByLabel("Quiet hours").check();
      expect(await seriousFaults(page)).toEqual([]);
      await page.getByRole("button", { name: "Save" }).click();

      await page.getByRole("button", { name: "Change settings-hook" }).click();
      expect(await page.getByLabel("Signing secret").inputValue()).toBe("");
      expect(await page.getByLabel("Quiet hours").isChecked()).toBe(true);
      await page.getByLabel("Hosts").fill("none-like-this-*");
      await page.getByRole("button", { name: "Save" }).click();
      const row = page.getByRole("row", { name: /^settings-hook Webhook/ });
      await row.getByText("none-like-this-*").waitFor();
      expect(await page.content()).not.toContain("not-shown");
      await page.getByRole("button", { name: "Test settings-hook" }).press("Enter");
      await row.getByText(/^Delivered in/).waitFor();
      expect(receiver.received.map(({ path }) => path)).toEqual(Array(2).fill("/hook/not-shown"));

      await keepLetters(bed().state, ["settings-letter-1", "settings-letter-2"]);
      await page.reload();
      await page.getByRole("cell", { name: "answered 410" }).first().waitFor();
      expect(await seriousFaults(page)).toEqual([]);
      await page.getByRole("button", { name: "Try again: settings-letter-1" }).press("Enter");
      await page.getByText("1 notification is on its way again.").waitFor();
      await expect.poll(() => receiver.received.at(-1)?.text).toContain("settings-letter-1");
      await page.getByRole("button", { name: "Discard: settings-letter-2" }).click();
      await page.getByRole("alertdialog").getByRole("button", { name: "Discard" }).click();
      await page.getByText("Every notification reached its target.").waitFor();

      await page.getByRole("button", { name: "Turn off settings-hook" }).click();
      await row.getByText("off", { exact: true }).waitFor();
      await page.getByRole("button", { name: "Delete settings-hook" }).click();
      await page.getByRole("alertdialog").getByRole("button", { name: "Delete" }).click();
      await row.waitFor({ state: "detached" });
      await page.context().close();
      await receiver.close();
    });

    test("keys are replaced, and what is refused says why", async () => {
      const page = await bed().openSignedIn("settings?part=keys");
      const evidence = page.getByRole("region", { name: "Keys that sign evidence" }).first();
      await evidence.getByRole("row").nth(1).waitFor();
      const before = await evidence.getByRole("row").count();
      await page.getByRole("button", { name: "New key: Keys that sign evidence" }).click();
      await expect.poll(() => evidence.getByRole("row").count()).toBe(before + 1);
      const row = page.getByRole("row", { name: /^key2/ });
      const show = async (): Promise<string> => {
        await page.getByRole("button", { name: "Show key2" }).press("Enter");
        return (await row.getByText(/^[\w+/]{86}==$/).textContent()) ?? "";
      };
      const first = await show();
      await page.getByRole("button", { name: "End all share links" }).press("Enter");
      const dialog = page.getByRole("alertdialog");
      await dialog.getByText(/^In the last 30 days \d+ links? /).waitFor();
      expect(await seriousFaults(page)).toEqual([]);
      await dialog.getByRole("button", { name: "End all share links" }).press("Enter");
      expect(await show()).not.toBe(first);
      await page.getByRole("button", { name: "New key: Key with which alerts" }).press("Enter");
      await dialog.getByLabel("The key until now goes on for").selectOption("an hour");
      await dialog.getByRole("button", { name: "New key" }).press("Enter");
      await page.getByText(/\/api\/responder\?code=[\w-]{43}$/).waitFor();
      await page.getByText(/the one before is let in until/).waitFor();
      await page.getByRole("tab", { name: "Roles" }).click();
      await page.getByRole("button", { name: "Take away Owner from mara" }).waitFor();
      await page.getByRole("tab", { name: "Storage" }).click();
      await page.getByRole("cell", { name: "Captures of alerts" }).waitFor();
      await page.context().close();
    });
  },
};

/** Makes a capture of this very host, and holds it; its name. */
async function holdSome(bed: BrowserBed): Promise<string> {
  const name = `settings-${randomUUID().slice(0, 8)}`;
  await bed.nightcap("capture", "create", name, "--vm", hostname(), "--seconds", "1");
  await bed.nightcap("hold", "set", name, "--reason", "settings: case 7");
  return name;
}

/** What the outbox leaves of messages that a receiver would never take. */
async function keepLetters(state: string, titles: readonly string[]): Promise<void> {
  const store = await openState({ kind: "sqlite", path: join(state, "nightcap.db") });
  for (const [at, title] of titles.entries()) {
    const id = String(at).padStart(16, "0");
    const entry: DeadLetter["entry"] = {
      target: "settings-hook",
      message: message({ incidentId: `digest-${id}`, title }),
      thread: { isFirst: true, subject: title },
      state: "waiting",
      acceptedAt: Date.now(),
      attemptCount: 1,
      lastError: "answered 410",
      finishedAt: Date.now(),
    };
    const letter = { id, key: `settings-hook/${id}/000000001`, entry, diedAt: Date.now() };
    await store.documents<DeadLetter>("notificationDeadLetters").put(id, letter);
  }
  await store.close();
}

/** A Reader sees targets and no button that would be refused, and the API refuses anyway. */
async function readerSeesTargets(page: Page, { endpoint, problems }: BrowserBed): Promise<void> {
  await page.goto(`${endpoint}/ui/settings?part=targets&target=settings-lines`);
  await page.getByRole("row", { name: /^settings-lines Log/ }).waitFor();
  const panel = page.getByRole("tabpanel", { name: "Notifications" });
  expect(await panel.getByRole("button", { name: /target|Test|Turn|Change|Delete/ }).count()).toBe(
    0,
  );
  const statuses = await page.evaluate(async () => {
    const { csrf } = (await (await fetch("/nightcap/v1/session")).json()) as { csrf: string };
    const headers = { "x-nightcap-csrf": csrf, "content-type": "application/json" };
    const ask = async (method: string, path: string): Promise<number> =>
      (await fetch(`/nightcap/v1/${path}`, { method, headers, body: "{}" })).status;
    return [
      await ask("PATCH", "notification-targets/settings-lines"),
      await ask("POST", "notification-targets/settings-lines/test"),
      await ask("DELETE", "notification-dead-letters"),
    ];
  });
  expect(statuses).toEqual([403, 403, 403]);
  const refusals = problems.filter((text) => text.includes("403 (Forbidden)"));
  for (const text of refusals) problems.splice(problems.indexOf(text), 1);
}
