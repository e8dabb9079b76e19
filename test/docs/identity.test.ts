// Holds docs/reference/identity.md to the code: every refusal of the token endpoint, every audience,
// and the limits that the page names.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { audiencesOf } from "../../src/server/identity/audiences.ts";
import { clientCountMax, secretCountMax } from "../../src/server/identity/clients.ts";
import { failureCountMax } from "../../src/server/identity/failure-limit.ts";
import {
  keyAgeMillisecondsMax,
  retiredKeyCountMax,
} from "../../src/server/identity/signing-keys.ts";
import { failures } from "../../src/server/identity/token-failure.ts";

const page = readFileSync("docs/reference/identity.md", "utf8");
const apiPage = readFileSync("docs/reference/api.md", "utf8");

test("every refusal of the token endpoint is a row, with its status, error and code", () => {
  const rows = Array.from(
    page.matchAll(/^\| .+ \| (\d{3}) \| `(\w+)` \| (\d+) \|$/gm),
    ([, status, error, code]) => `${status} ${error} ${code}`,
  );
  const known = Object.values(failures).map(
    ([status, error, code]) => `${status} ${error} ${code}`,
  );
  expect(rows.toSorted()).toEqual([...new Set(known)].toSorted());
});

test("every audience is in the row of its service", () => {
  for (const [service, word] of [
    ["management", "ARM"],
    ["storage", "storage"],
    ["logs", "logs"],
  ] as const) {
    const row = page.split("\n").find((line) => line.startsWith(`| ${word}`)) ?? "";
    const named = Array.from(row.matchAll(/`(https:[^`{]+|BASE)`/g), ([, audience]) => audience);
    expect(new Set(named)).toEqual(new Set(audiencesOf(service, ["BASE"])));
  }
});

test("limits are the code's", () => {
  expect(page).toContain(`${keyAgeMillisecondsMax / 86_400_000} days`);
  expect(page).toContain(`${retiredKeyCountMax} keys may be retired`);
  expect(page).toContain(`more than ${failureCountMax} wrong secrets`);
  const counts = `${clientCountMax.toLocaleString("en-US")} principals, and ${secretCountMax} secrets`;
  expect(apiPage.replaceAll("\n", " ")).toContain(counts);
});
