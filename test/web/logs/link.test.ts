import { gunzipSync, gzipSync } from "node:zlib";
import { assert, constantFrom, property, string } from "fast-check";
import { expect, test } from "vitest";
import { gunzipText, gzipText } from "../../../src/web/pages/logs/gzip-text.ts";
import { logsLink, readLogsLink } from "../../../src/web/pages/logs/link.ts";

const parametersOf = (link: string): URLSearchParams =>
  new URL(link, "https://nightcap.invalid").searchParams;

test("a short query stands in the link as it is, with its time", () => {
  const place = { query: 'NTANetAnalytics\n| where L7Protocol == "https" & 1', timespan: "PT1H" };
  const link = logsLink(place);
  expect(link).toMatch(/^\/logs\?query=NTANetAnalytics/);
  expect(readLogsLink(parametersOf(link))).toEqual(place);
});

test("a long query is packed, and comes out as it was", () => {
  const query = `NTANetAnalytics\n${"| where SrcIp != '10.0.0.1' // 夜\n".repeat(200)}`;
  const link = logsLink({ query });
  expect(link.length).toBeLessThan(1_000);
  expect(readLogsLink(parametersOf(link))).toEqual({ query, timespan: null });
});

test("any text is packed as gzip packs it, and read as gzip reads it", () => {
  assert(
    property(
      string({ unit: constantFrom("a", "b", "| ", "é", "夜"), maxLength: 3_000 }),
      (text) => {
        expect(gunzipSync(gzipText(text)).toString("utf8")).toBe(text);
        if (text !== "") expect(gunzipText(gzipSync(text), 1 << 20)).toBe(text);
      },
    ),
    { numRuns: 100 },
  );
});

test.each([
  "",
  "q=",
  "q=%%%",
  "q=AAAA",
  "query=",
  `q=${gzipSync("a".repeat(900_000)).toString("base64url")}`,
])("a link that carries nothing readable carries nothing: %.40s", (search) => {
  expect(readLogsLink(new URLSearchParams(search))).toBeNull();
});
