import { expect, test } from "vitest";
import { placeOfError } from "../../src/web/pages/alerts/error-place.ts";

const query = "NightcapFlows\n| where DestPort = 4\n| count";

test.each([
  ["The query is not valid: line 2, column 9: The expression must have the type bool.", "DestPort"],
  ["line 2, column 18: what", "="],
  ["The name 'x' is not known (line 1, column 1)", "NightcapFlows"],
  ["line 3, column 8: the end", ""],
])("%s", (error, marked) => {
  const place = placeOfError(query, error);
  expect(place && query.slice(place.from, place.to)).toBe(marked);
});

test("an error without a place, or with one that the query has not, marks nothing", () => {
  for (const error of [undefined, "too long", "line 9, column 1: x", "line 1, column 99: x"]) {
    expect(placeOfError(query, error)).toBeNull();
  }
});
