// What each aggregate gives, worked out by hand as learn.microsoft.com/kusto/query/aggregation-functions describes it.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openKqlSession } from "./kql-session.ts";
import type { KqlSession } from "./kql-session.ts";

let session: KqlSession;
beforeAll(async () => {
  session = await openKqlSession();
});
afterAll(() => session.close());

const rows = `let T = datatable(k:string, n:long, r:real, s:string, at:datetime, d:timespan)
  ["a", 1, 1.5, "x", datetime(2024-01-01), 1h, "a", 3, 2.5, "y", datetime(2024-01-03), 2h,
   "a", long(null), 3.5, "x", datetime(2024-01-02), 3h, "b", 10, real(null), "", datetime(2024-01-05), 4h];`;

const cases: [string, unknown[][]][] = [
  ["T | summarize count(), countif(n > 1), sum(n), sumif(n, s == 'x')", [[4, 2, 14, 1]]],
  ["T | where false | summarize count(), sum(n), min(n), dcount(s)", [[0, 0, null, 0]]],
  [
    "T | summarize min(n), max(n), min(s), max(at), minif(n, n > 1), maxif(n, n < 10)",
    [[1, 10, "", "2024-01-05 00:00:00.0000000", 3, 3]],
  ],
  ["T | summarize avg(n), avg(r), avgif(n, k == 'a')", [[14 / 3, 2.5, 2]]],
  ["T | summarize x = tostring(avg(d)), y = tostring(sum(d))", [["02:30:00", "10:00:00"]]],
  ["T | summarize dcount(s), dcountif(s, k == 'a'), count_distinct(n)", [[3, 2, 3]]],
  [
    "T | where k == 'a' | summarize stdev(r), variance(r), stdevp(r), variancep(n)",
    [[1, 1, Math.sqrt(2 / 3), 1]],
  ],
  ["T | where k == 'b' | summarize stdev(n)", [[0]]],
  ["T | sort by at asc | summarize make_list(n), make_list(s)", [["[1,3,10]", '["x","x","y",""]']]],
  ["T | sort by at desc | summarize make_list(s, 2)", [['["","y"]']]],
  ["T | sort by at asc | summarize make_list_with_nulls(n)", [["[1,null,3,10]"]]],
  ["T | sort by at asc | summarize make_list_if(n, n < 10)", [["[1,3]"]]],
  ["T | summarize x = tostring(array_sort_asc(make_set(s)))", [['["","x","y"]']]],
  ["T | summarize x = array_length(make_set_if(n, n > 1))", [[2]]],
  [
    'datatable(p:dynamic)[dynamic({"a":1}), dynamic({"b":2}), dynamic({"a":3})] | summarize b = make_bag(p) | project array_length(bag_keys(b)), toint(b.b)',
    [[2, 2]],
  ],
  [
    "range x from 1 to 100 step 1 | summarize percentile(x, 50), percentile(x, 95), percentiles_array(x, 5, 95)",
    [[50, 95, "[5,95]"]],
  ],
  [
    "range x from 1 to 10 step 1 | summarize percentiles(x, 25, 75) | project percentile_x_25, percentile_x_75",
    [[3, 8]],
  ],
  ["datatable(v:long, w:long)[1, 1, 2, 8, 3, 1] | summarize percentilew(v, w, 50)", [[2]]],
  [
    "T | summarize percentile(at, 50), percentile(d, 100)",
    [["2024-01-02 00:00:00.0000000", 144_000_000_000]],
  ],
  [
    "T | summarize arg_max(n, s, at) by k | sort by k asc",
    [
      ["a", 3, "y", "2024-01-03 00:00:00.0000000"],
      ["b", 10, "", "2024-01-05 00:00:00.0000000"],
    ],
  ],
  [
    "T | summarize arg_min(r, *) by k | where k == 'a'",
    [["a", 1.5, 1, "x", "2024-01-01 00:00:00.0000000", 36_000_000_000]],
  ],
  ["T | summarize arg_max(at, n) | project at, n", [["2024-01-05 00:00:00.0000000", 10]]],
  ["T | where k == 'b' | summarize take_any(n), take_anyif(s, n > 5)", [[10, ""]]],
  [
    "T | where k == 'b' | summarize take_any(*)",
    [["b", 10, null, "", "2024-01-05 00:00:00.0000000", 144_000_000_000]],
  ],
  [
    "datatable(x:long)[6, 12, 14] | summarize binary_all_and(x), binary_all_or(x), binary_all_xor(x)",
    [[4, 14, 4]],
  ],
  ["T | summarize share = round(100.0 * countif(k == 'a') / count(), 1)", [[75]]],
  ["T | summarize covariance(n, r)", [[1]]],
];

describe("aggregates", () => {
  test.each(cases)("%s", async (query, expected) => {
    expect(await session.rows(`${rows}\n${query}`)).toEqual(expected);
  });
});
