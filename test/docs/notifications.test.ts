// Holds docs/reference/notifications.md to the code: its settings, its placeholders, its limits.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { attemptCountMax, queueLengthMax } from "../../src/notify/outbox-entry.ts";
import { notificationSettings } from "../../src/notify/settings.ts";
import { readFixedTargets } from "../../src/notify/target-store.ts";
import { targetSettings } from "../../src/notify/target-settings.ts";
import { placeholderNames } from "../../src/notify/template.ts";

const page = readFileSync("docs/reference/notifications.md", "utf8");

test("the example of the settings is right", () => {
  const [, text = ""] = /```json\n([^`]*"notifications"[^`]*)```/.exec(page) ?? [];
  const directory = mkdtempSync(join(tmpdir(), "nightcap-notifications-"));
  const own = text.replaceAll("/etc/nightcap", directory);
  writeFileSync(join(directory, "hook-url"), "https://hook.example/");
  writeFileSync(join(directory, "hook-secret"), "0123456789abcdef");
  const parsed = JSON.parse(own) as { notifications: unknown };
  const { targets } = notificationSettings.parse(parsed.notifications);
  expect(readFixedTargets(targets).map(({ name }) => name)).toEqual(["hook", "phones"]);
  rmSync(directory, { recursive: true });
});

test("every kind, every placeholder and the limits are named", () => {
  const kinds = targetSettings.options.map(({ shape }) => shape.kind.value);
  for (const kind of kinds) expect(page).toContain(`| \`${kind}\` |`);
  for (const name of placeholderNames) expect(page).toContain(`\`{${name}}\``);
  expect(attemptCountMax).toBe(12);
  expect(page).toContain("twelve times in all");
  expect(page).toContain(`At most ${queueLengthMax.toLocaleString("en-US")} messages`);
});
