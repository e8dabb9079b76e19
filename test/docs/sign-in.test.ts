// Holds docs/reference/sign-in.md to the code: its limits, its settings, its kinds of events.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { ringSlotCountMax } from "../../src/server/events/event-ring.ts";
import { subscriberCountMax, subscriberCountPerCallerMax } from "../../src/server/events/events.ts";
import { failureLimits } from "../../src/server/sign-in/attempts.ts";
import { linkLifeMilliseconds } from "../../src/server/sign-in/links.ts";
import { passwordCost } from "../../src/server/sign-in/password-hash.ts";
import {
  passwordLengthMin,
  passwordSizeBytesMax,
} from "../../src/server/sign-in/password-rules.ts";
import {
  idleMilliseconds,
  sessionCountMax,
  sessionCountPerUserMax,
  sessionLifeMilliseconds,
} from "../../src/server/sign-in/sessions.ts";
import { signInSettings } from "../../src/server/sign-in/settings.ts";
import { userCountMax } from "../../src/server/sign-in/user-store.ts";

const page = readFileSync("docs/reference/sign-in.md", "utf8").replaceAll(/\s+/g, " ");
const hour = 3_600_000;
const grouped = (count: number): string => count.toLocaleString("en-US");

test.each([
  `at least ${passwordLengthMin} characters`,
  `at most ${grouped(passwordSizeBytesMax)} bytes`,
  `scrypt (N ${passwordCost.N}, r ${passwordCost.r}, p ${passwordCost.p}: ${(128 * passwordCost.N * passwordCost.r) >> 20} MiB)`,
  `${failureLimits.userAtAddressMax} failures of one user from one address, ${failureLimits.addressMax} from one address`,
  `and ${failureLimits.userMax} of one user from everywhere`,
  `ends after ${idleMilliseconds / hour} hours in which nothing was asked, and after ${sessionLifeMilliseconds / hour / 24} days`,
  `A user has ${sessionCountPerUserMax} sessions, and all together ${grouped(sessionCountMax)}`,
  `at most ${grouped(userCountMax)} users`,
  `The last ${grouped(ringSlotCountMax)} events`,
  `One caller may have ${subscriberCountPerCallerMax} streams and all together ${subscriberCountMax}`,
])("the page says: %s", (text) => {
  expect(page).toContain(text);
});

test("a link is good for an hour, as the page says", () => {
  expect(linkLifeMilliseconds).toBe(hour);
});

test("the page has each setting of a provider", () => {
  const provider = { name: "a", issuer: "https://a.example", clientId: "b" };
  const [parsed = {}] = signInSettings.parse({ openIdConnect: [provider] }).openIdConnect;
  const names = Object.keys(parsed);
  expect(names.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
});
