import * as fc from "fast-check";
import { expect, test } from "vitest";
import { jsonErrorPosition } from "../../src/provider/kernel/json-position.ts";

test.each([
  ['{\n "location": local }', 15],
  ['{"a":1,}', 7],
  ['{"a" 1}', 5],
  ["[1 2]", 3],
  ["[1,]", 3],
  ["{]", 1],
  ["[}", 1],
  ["01", 1],
  ['"a\nb"', 0],
  [String.raw`{"a":"\x"}`, 5],
  ["{} x", 3],
  ["{", 1],
  ['{"a', 3],
  ["", 0],
  ["'a'", 0],
])("%j breaks at %i", (text, position) => {
  expect(() => JSON.parse(text)).toThrow(SyntaxError);
  expect(jsonErrorPosition(text)).toBe(position);
});

test("JSON never breaks before its end, and a control character breaks it at its place or at the string around it", () => {
  fc.assert(
    fc.property(fc.json(), fc.nat(), (text, where) => {
      expect(jsonErrorPosition(text)).toBe(text.length);
      const at = where % (text.length + 1);
      const damaged = `${text.slice(0, at)}\u0001${text.slice(at)}`;
      expect(jsonErrorPosition(damaged)).toBeLessThanOrEqual(at);
    }),
  );
});

test("any text is looked through to its end", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const position = jsonErrorPosition(text);
      expect(position).toBeGreaterThanOrEqual(0);
      expect(position).toBeLessThanOrEqual(text.length);
    }),
  );
});
