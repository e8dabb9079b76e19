import { expect, test } from "vitest";
import { keepPicture, password, seriousFaults } from "./browser-bed.ts";
import type { Story } from "./stories.ts";

const parts = [
  "People",
  "Service principals",
  "Roles",
  "Notifications",
  "Threat feeds",
  "Keys",
  "Storage",
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

    test("keys are replaced, and what is refused says why", async () => {
      const page = await bed().openSignedIn("settings?part=keys");
      const evidence = page.getByRole("region", { name: "Keys that sign evidence" }).first();
      await evidence.getByRole("row").nth(1).waitFor();
      const before = await evidence.getByRole("row").count();
      await page.getByRole("button", { name: "New key: Keys that sign evidence" }).click();
      await expect.poll(() => evidence.getByRole("row").count()).toBe(before + 1);
      await page.getByRole("tab", { name: "Roles" }).click();
      await page.getByRole("button", { name: "Take away Owner from mara" }).waitFor();
      await page.getByRole("tab", { name: "Storage" }).click();
      await page.getByRole("cell", { name: "Captures of alerts" }).waitFor();
      await page.context().close();
    });
  },
};
