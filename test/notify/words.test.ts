import { expect, test } from "vitest";
import { classifyAddress } from "../../src/notify/addresses.ts";
import { isQuiet, quietUntil } from "../../src/notify/quiet-hours.ts";
import { isRouted, matchesPattern } from "../../src/notify/routes.ts";
import { targetSettings } from "../../src/notify/target-settings.ts";
import { checkTemplate, fillTemplate } from "../../src/notify/template.ts";
import { cleanLine, cutText, safeUrl } from "../../src/notify/text.ts";
import { hostile, message, target } from "./messages.ts";

test("a template has the message's words, and values are no templates", () => {
  const odd = message({ title: "{host}", incidentId: "x" });
  expect(fillTemplate("{{{title}}} {answer} on {host} ({rules})", odd)).toBe(
    "{{host}} 92 % of the extra bytes went to 203.0.113.7:443. on web-01 (net-out)",
  );
});

test("an unknown placeholder is named, with those that there are", () => {
  expect(() => checkTemplate("{hots}")).toThrow(
    /unknown placeholder "\{hots\}"; allowed are \{title\}, \{text\}, \{answer\}/,
  );
  expect(() => checkTemplate("{constructor}")).toThrow("unknown placeholder");
  expect(() => checkTemplate("a } b")).toThrow('"}" is alone');
  const wrong = targetSettings.safeParse({ kind: "log", name: "l", subject: "{nope}" });
  expect(wrong.error?.issues[0]?.message).toContain('unknown placeholder "{nope}"');
});

test("texts are cut at a word and never longer than they may be", () => {
  expect(cutText("one two three", { lengthMax: 10 })).toBe("one two…");
  expect(cutText("x".repeat(30), { lengthMax: 10 })).toBe(`${"x".repeat(9)}…`);
  for (let lengthMax = 1; lengthMax < 40; lengthMax++) {
    for (const unit of ["characters", "bytes"] as const) {
      const cut = cutText("ä😀 bö😀 cü ".repeat(9), { lengthMax, unit, rest: "... more" });
      const size = unit === "bytes" ? Buffer.byteLength(cut) : cut.length;
      expect(size).toBeLessThanOrEqual(lengthMax);
      expect(cut.isWellFormed() && !cut.includes("\ufffd")).toBe(true);
    }
  }
});

test("lines have no control characters, and links are what they seem", () => {
  expect(cleanLine(hostile.title, 200)).not.toMatch(/[\r\n]/);
  expect(cleanLine("a\u202eb\u0007c\u0000", 10)).toBe("abc");
  expect(["javascript:x", "https://u:p@h/", "nonsense", "ftp://h/"].map(safeUrl)).toEqual(
    Array(4).fill(null),
  );
});

test("routes look at severity, kind, host and rule", () => {
  const to = (routes: object) => isRouted(target({ kind: "log", routes }), message());
  expect(to({})).toBe(true);
  expect(to({ severities: [0] })).toBe(false);
  expect(to({ severities: [1], hosts: ["WEB-*"], rules: ["net-*", "x"] })).toBe(true);
  expect(to({ kinds: ["closed"] })).toBe(false);
  expect(to({ rules: ["disk-*"] })).toBe(false);
  expect(matchesPattern("a*b*c", "aXbYc")).toBe(true);
  expect(matchesPattern("ab*ba", "aba")).toBe(false);
  expect(matchesPattern(`${"*a".repeat(60)}b`, "a".repeat(5_000))).toBe(false);
});

const berlin = {
  timeZone: "Europe/Berlin",
  from: "22:00",
  to: "07:00",
  days: ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const,
  breakThroughSeverities: [0],
};
const hours = { ...berlin, days: [...berlin.days] };

test("quiet hours end on the zone's own clock, also on the days when it is changed", () => {
  const end = (time: string) => new Date(quietUntil(hours, Date.parse(time))).toISOString();
  expect(end("2026-11-21T23:10:30Z")).toBe("2026-11-22T06:00:00.000Z");
  // 29 March 2026: 02:00 becomes 03:00; 25 October: 03:00 becomes 02:00.
  expect(end("2026-03-28T23:00:00Z")).toBe("2026-03-29T05:00:00.000Z");
  expect(end("2026-10-24T22:00:00Z")).toBe("2026-10-25T06:00:00.000Z");
  expect(end("2026-11-21T12:00:00Z")).toBe("2026-11-21T12:00:00.000Z");
});

test("quiet hours begin on their days, and last into the next", () => {
  const weekend = { ...hours, days: ["fri" as const, "sat" as const] };
  const at = (time: string) => isQuiet(weekend, Date.parse(time));
  expect(["2026-11-20T21:00:00Z", "2026-11-21T05:59:00Z", "2026-11-22T05:59:00Z"].map(at)).toEqual([
    true,
    true,
    true,
  ]);
  expect(["2026-11-20T20:59:00Z", "2026-11-22T21:30:00Z", "2026-11-21T06:00:00Z"].map(at)).toEqual([
    false,
    false,
    false,
  ]);
});

test("an address of IPv4 inside IPv6 is judged by what it holds", () => {
  const kinds = ["::ffff:127.0.0.1", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::1", "fe80::1%eth0"];
  expect(kinds.map(classifyAddress)).toEqual(["private", "never", "never", "never"]);
  expect(["203.0.113.7", "2001:db8::1", "10.1.2.3", "fd00::1"].map(classifyAddress)).toEqual([
    "public",
    "public",
    "private",
    "private",
  ]);
});
