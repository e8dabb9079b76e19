// The language itself: what parses prints to what parses to the same tree, and errors have a place.
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Condition, Operand, SliceRange } from "../../src/inspection/filter/ast.ts";
import { FilterError, pointAt } from "../../src/inspection/filter/filter-error.ts";
import { compileFilter } from "../../src/inspection/filter/filter.ts";
import { parseFilter } from "../../src/inspection/filter/parser.ts";
import { printFilter } from "../../src/inspection/filter/print.ts";

const range: fc.Arbitrary<SliceRange> = fc.oneof(
  fc.record({
    start: fc.integer({ min: -100, max: 100 }),
    length: fc.option(fc.integer({ min: 1, max: 50 }), { nil: null }),
    last: fc.constant(null),
  }),
);
const ranges = fc.array(range, { minLength: 1, maxLength: 3 });
const name = fc.constantFrom("tcp", "tcp.port", "ip.addr", "frame", "80", "0x1f", "10.0.0.0/8");

const { operand } = fc.letrec<{ operand: Operand; entity: Operand }>((tie) => ({
  entity: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.record({
      kind: fc.constant("word" as const),
      text: name,
      only: fc.constant(null),
      layers: fc.option(ranges, { nil: null, freq: 5 }),
      start: fc.constant(0),
      end: fc.constant(0),
    }),
    fc.record({ kind: fc.constant("string" as const), value: fc.string(), ...spans() }),
    fc.record({
      kind: fc.constant("character" as const),
      value: fc.integer({ min: 1, max: 126 }),
      ...spans(),
    }),
    fc.record({
      kind: fc.constant("call" as const),
      name: fc.constantFrom("len", "max", "upper"),
      arguments: fc.array(tie("operand"), { maxLength: 3 }),
      ...spans(),
    }),
    fc.record({
      kind: fc.constant("slice" as const),
      operand: tie("operand"),
      ranges,
      ...spans(),
    }),
  ),
  operand: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    tie("entity"),
    fc.record({ kind: fc.constant("negate" as const), operand: tie("operand"), ...spans() }),
    fc.record({
      kind: fc.constant("arithmetic" as const),
      operator: fc.constantFrom("+", "-", "*", "/", "%", "&" as const),
      left: tie("operand"),
      right: tie("operand"),
      ...spans(),
    }),
  ),
})) as { operand: fc.Arbitrary<Operand> };

function spans(): { start: fc.Arbitrary<number>; end: fc.Arbitrary<number> } {
  return { start: fc.constant(0), end: fc.constant(0) };
}

const quantifier = fc.constantFrom(null, "any" as const, "all" as const);
const plain = operand.filter(({ kind }) => kind !== "arithmetic" && kind !== "negate");
const member = plain.map((low) => ({ low, high: null }));

const { condition } = fc.letrec<{ condition: Condition }>((tie) => ({
  condition: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.record({ kind: fc.constant("test" as const), operand, ...spans() }),
    fc.record({
      kind: fc.constant("compare" as const),
      operator: fc.constantFrom("==", "!=", "===", "!==", ">", "<", ">=", "<=" as const),
      quantifier,
      left: operand,
      right: operand,
      ...spans(),
    }),
    fc.record({
      kind: fc.constantFrom("contains" as const, "matches" as const),
      quantifier,
      left: operand,
      right: operand,
      ...spans(),
    }),
    fc.record({
      kind: fc.constant("in" as const),
      quantifier,
      left: plain,
      members: fc.array(member, { minLength: 1, maxLength: 3 }),
      ...spans(),
    }),
    fc.record({ kind: fc.constant("not" as const), operand: tie("condition"), ...spans() }),
    fc.record({
      kind: fc.constantFrom("and" as const, "or" as const, "xor" as const),
      left: tie("condition"),
      right: tie("condition"),
      ...spans(),
    }),
  ),
})) as { condition: fc.Arbitrary<Condition> };

/** The same tree without the places in the text. */
function bare(tree: unknown): unknown {
  if (Array.isArray(tree)) return tree.map(bare);
  if (typeof tree !== "object" || tree === null) return tree;
  const isRange = "length" in tree && "last" in tree;
  const kept = Object.entries(tree).filter(
    ([key]) => isRange || (key !== "start" && key !== "end"),
  );
  return Object.fromEntries(kept.map(([key, value]) => [key, bare(value)]));
}

test("what is printed parses to the same tree", () => {
  fc.assert(
    fc.property(condition, (tree) => {
      expect(bare(parseFilter(printFilter(tree)))).toEqual(bare(tree));
    }),
    { numRuns: 500 },
  );
});

test("any text is either a filter or an error with a place in it", () => {
  const text = fc.oneof(
    fc.string(),
    fc
      .array(
        fc.constantFrom(
          "tcp",
          "ip.addr",
          "==",
          "and",
          "(",
          ")",
          "{",
          "}",
          "[",
          "1:2]",
          '"',
          "80",
          ",",
          "in",
          "not",
          "#",
          "len(",
          "-",
          "..",
        ),
      )
      .map((parts) => parts.join(" ")),
  );
  fc.assert(
    fc.property(text, (filter) => {
      try {
        compileFilter(filter);
      } catch (error) {
        if (!(error instanceof FilterError)) throw error;
        expect(error.start).toBeGreaterThanOrEqual(0);
        expect(error.start).toBeLessThanOrEqual(filter.length);
        expect(pointAt(filter, error)).toContain("^");
      }
    }),
    { numRuns: 1_000 },
  );
});

describe("precedence and spelling", () => {
  test.each([
    ["a or b and c", "a or b and c"],
    ["(a or b) and c", "(a or b) and c"],
    ["!a==1 && b", "not a == 1 and b"],
    ["a||b^^c", "a or b xor c"],
    ["a < b < c", "a < b and b < c"],
    ["a.b+1*2 == {1+2}*3", "a.b + 1 * 2 == {1 + 2} * 3"],
    ["a & 1 + 1", "a & 1 + 1"],
    ["{a & 1} + 1", "{a & 1} + 1"],
    ["a eq 1 or b ne 2 and c ~= 3", "a == 1 or b != 2 and c !== 3"],
    ["a not in {1, 2..3}", "not a in {1, 2 .. 3}"],
    ["f[1-3,-2,:4]", "f[1-3,-2:1,0:4]"],
    ["f#2[0] == 1", "f#[2:1][0:1] == 1"],
    ['a ~ r"\\s"', 'a matches "\\\\s"'],
    ["any a == 1 and all b.c in {fe80::1}", "any a == 1 and all b.c in {fe80::1}"],
    ["-a == +3", "-a == 3"],
    ["a == 00:11:22 or a == 00-11-22", "a == 00:11:22 or a == 00-11-22"],
  ])("%s", (text, printed) => {
    const tree = parseFilter(text);
    expect(tree && printFilter(tree)).toBe(printed);
  });
});
