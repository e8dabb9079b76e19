import { expect, test } from "vitest";
import { azureError, retryAfterMilliseconds } from "../../src/responder/azure-errors.ts";

const now = Date.parse("2026-11-21T04:00:00.000Z");
const waitFor = (value: string): number => {
  const headers = new Headers({ "retry-after": value });
  const refused = Object.assign(new Error("busy"), { statusCode: 429, response: { headers } });
  return retryAfterMilliseconds(azureError("cannot look", refused), now);
};

test("Retry-After is seconds or a date (RFC 9110, 10.2.3), and never more than ten minutes", () => {
  expect(waitFor("17")).toBe(17_000);
  expect(waitFor("Sat, 21 Nov 2026 04:01:00 GMT")).toBe(60_000);
  expect(waitFor("Sat, 21 Nov 2026 03:00:00 GMT")).toBe(0);
  expect(waitFor("99999999")).toBe(600_000);
  expect(waitFor("soon")).toBe(0);
});

test("an error without the header, or of another make, names no time", () => {
  expect(retryAfterMilliseconds(azureError("cannot look", new Error("no answer")), now)).toBe(0);
  expect(retryAfterMilliseconds(null, now)).toBe(0);
});
