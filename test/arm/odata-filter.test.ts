import { assert, property, string } from "fast-check";
import { expect, test } from "vitest";
import { NightcapError } from "../../src/common/errors.ts";
import { parseFilter } from "../../src/arm/odata-filter.ts";

test.each([
  [null, []],
  ["", []],
  ["name eq 'it''s'", [{ field: "name", operator: "eq", value: "it's" }]],
  [
    "eventTimestamp ge 2026-11-21T00:00:00.5+00:00 and resourceProvider eq Microsoft.Authorization",
    [
      { field: "eventTimestamp", operator: "ge", value: "2026-11-21T00:00:00.5+00:00" },
      { field: "resourceProvider", operator: "eq", value: "Microsoft.Authorization" },
    ],
  ],
  [
    "atScope() and assignedTo('a b')",
    [
      { call: "atScope", arguments: [] },
      { call: "assignedTo", arguments: ["a b"] },
    ],
  ],
  ["startswith(tagname, 'a')", [{ call: "startswith", arguments: ["tagname", "a"] }]],
  [
    "a eq 'x and y'  AND  b ne 'z'",
    [
      { field: "a", operator: "eq", value: "x and y" },
      { field: "b", operator: "ne", value: "z" },
    ],
  ],
])("%s", (text, terms) => {
  expect(parseFilter(text)).toEqual(terms);
});

test.each([
  "name",
  "name eq",
  "name eq 'x",
  "a eq 'b' or c eq 'd'",
  "(a eq 'b')",
  "f('x'",
  "a eq b c",
  "a eq '1' a eq '2'",
])("%s is refused", (text) => {
  expect(() => parseFilter(text)).toThrow(/\$filter cannot be read/);
});

test("any text is read or refused, and a long one soon", () => {
  assert(
    property(string({ maxLength: 400 }), (text) => {
      try {
        parseFilter(text);
      } catch (error) {
        expect(error).toBeInstanceOf(NightcapError);
      }
    }),
  );
  const start = performance.now();
  for (const part of ["'", "a(", "a eq ", "a(b,", " and", "''"]) {
    expect(() => parseFilter(part.repeat(2_000).slice(0, 2_048))).toThrow();
  }
  expect(performance.now() - start).toBeLessThan(1_000);
});
