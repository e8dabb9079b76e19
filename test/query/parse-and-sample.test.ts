// Worked out by hand as learn.microsoft.com/kusto/query/parse-operator and sample-operator describe them.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openKqlSession } from "./kql-session.ts";
import type { KqlSession } from "./kql-session.ts";

let session: KqlSession;
beforeAll(async () => {
  session = await openKqlSession();
});
afterAll(() => session.close());

const rows = `let T = datatable(e:string)
  ["Event: NotifySliceRelease (resourceName=PipelineScheduler, totalSlices=27, sliceNumber=23)",
   "Event: NotifySliceRelease (resourceName=PipelineScheduler, totalSlices=x, sliceNumber=15)", "other"];`;
const simple = `e with * "resourceName=" name ", totalSlices=" total:long * "sliceNumber=" slice:long ")"`;

const cases: [string, string, unknown[][]][] = [
  [
    "parse leaves a row empty that does not fit",
    `T | parse ${simple} | project name, total, slice`,
    [
      ["PipelineScheduler", 27, 23],
      ["", null, null],
      ["", null, null],
    ],
  ],
  [
    "parse-where drops it",
    `T | parse-where ${simple} | project name, total, slice`,
    [["PipelineScheduler", 27, 23]],
  ],
  [
    "relaxed keeps what can be read",
    `T | parse kind=relaxed ${simple} | project name, total, slice`,
    [
      ["PipelineScheduler", 27, 23],
      ["PipelineScheduler", null, 15],
      ["", null, null],
    ],
  ],
  [
    "regex takes patterns between the columns",
    `T | parse kind=regex e with * "resource(Name|Id)=" name ", total[A-Z]\\\\w+=" total:long * | project name, total | take 1`,
    [["PipelineScheduler", 27]],
  ],
  [
    "search looks for a term in any column",
    "datatable(a:string, n:long)['one two', 1, 'twofold', 2, 'x', 3] | search 'TWO' or n == 3 | project n",
    [[1], [3]],
  ],
  [
    "search finds no term that begins in one column and goes on in another",
    "datatable(a:string, b:string)['red', 'cat', 'x', 'red cat', 'a red', 'cats'] | search 'red cat' | project a, b",
    [["x", "red cat"]],
  ],
  [
    "search with a star, in one column, and with case",
    "datatable(a:string, b:string)['twofold', '', '', 'twofold', 'Two', ''] | search kind=case_sensitive a:'two*'",
    [["", "twofold", ""]],
  ],
  [
    "parse-kv makes a column of each key",
    `print s = "name=web; n=12; note='a; b'" | parse-kv s as (name:string, n:long, note:string, none:string) with (pair_delimiter="; ", kv_delimiter="=", quote="'") | project-away s`,
    [["web", 12, "a; b", ""]],
  ],
  ["sample takes so many rows", "range x from 1 to 100 step 1 | sample 5 | count", [[5]]],
  ["sample-distinct takes so many values", "T | sample-distinct 2 of e | count", [[2]]],
];

describe("parse and sample", () => {
  test.each(cases)("%s", async (_name, query, expected) => {
    expect(await session.rows(`${rows}\n${query}`)).toEqual(expected);
  });
});
