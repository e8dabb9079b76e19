// Worked out by hand as learn.microsoft.com/kusto/query/<name>-plugin describes each; the addresses are of that page's kind.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createQueryTranslator } from "../../src/query/translate-query.ts";
import { loadKusto } from "../../src/logs/kusto-loader.ts";
import { nowMs, openKqlSession } from "./kql-session.ts";
import type { KqlSession } from "./kql-session.ts";

let session: KqlSession;
beforeAll(async () => {
  session = await openKqlSession();
});
afterAll(() => session.close());

const rows = `let L = datatable(net:string, who:string, n:long)
    ["10.0.0.0/8","a",1, "10.1.0.0/16","b",2, "192.168.1.5","c",3, "bad","d",4];
  let S = datatable(ip:string, k:long) ["10.1.2.3",1, "10.9.9.9",2, "192.168.1.5",3, "8.8.8.8",4, "x",5];
  let L6 = datatable(net:string, who:string)["fe80::/10","ll", "2001:db8::/32","doc", "10.0.0.0/8","v4"];
  let P = datatable(s:string, t:string, x:long)["a","p",1, "a","q",2, "b","p",3];
  let B = datatable(d:dynamic, z:long)[dynamic({"a":"x","b":5}), 1];`;

const people = `datatable(Name:string, d:dynamic)['Old', dynamic({'Name':'John','Age':20}),
  'Old', dynamic({'Name':'Dave','Age':40}), 'Old', dynamic({'Name':'Jasmine','Age':30})]`;

const cases: [string, unknown[][]][] = [
  [
    "S | evaluate ipv4_lookup(L, ip, net) | sort by k asc, n asc | project k, net, who",
    [
      [1, "10.0.0.0/8", "a"],
      [1, "10.1.0.0/16", "b"],
      [2, "10.0.0.0/8", "a"],
      [3, "192.168.1.5", "c"],
    ],
  ],
  [
    "S | evaluate ipv4_lookup(L, ip, net, return_unmatched = true) | where k > 2 | sort by k asc | project k, who, n",
    [
      [3, "c", 3],
      [4, "", null],
      [5, "", null],
    ],
  ],
  [
    "S | extend n = k | evaluate ipv4_lookup(L, ip, net, n) | sort by k asc | project k, who",
    [
      [1, "a"],
      [3, "c"],
    ],
  ],
  [
    "datatable(ip:string)['fe80::1','2001:db8:1::5','10.2.3.4','::1'] | evaluate ipv6_lookup(L6, ip, net, return_unmatched=true) | sort by ip asc | project ip, who",
    [
      ["10.2.3.4", "v4"],
      ["2001:db8:1::5", "doc"],
      ["::1", ""],
      ["fe80::1", "ll"],
    ],
  ],
  ["B | evaluate bag_unpack(d) : (*, a:string, b:long, c:real)", [[1, "x", 5, null]]],
  ["B | evaluate bag_unpack(d, 'p_') : (z:long, p_b:string)", [[1, "5"]]],
  [
    "P | evaluate pivot(t, sum(x)) : (s:string, p:long, q:long) | sort by s asc",
    [
      ["a", 1, 2],
      ["b", 3, 0],
    ],
  ],
  ["P | evaluate pivot(t) : (q:long, s:string) | summarize sum(q)", [[1]]],
  // learn.microsoft.com/kusto/query/bag-unpack-plugin, its examples
  [
    `${people} | project d | evaluate bag_unpack(d) | sort by Age asc | project Name, Age, t = gettype(Age)`,
    [
      ["John", 20, "long"],
      ["Jasmine", 30, "long"],
      ["Dave", 40, "long"],
    ],
  ],
  [
    `${people} | evaluate bag_unpack(d, 'Property_') | where Property_Age == 40`,
    [["Old", 40, "Dave"]],
  ],
  [
    `${people} | evaluate bag_unpack(d, columnsConflict = 'replace_source') | where Age == 20`,
    [[20, "John"]],
  ],
  [
    `${people} | evaluate bag_unpack(d, columnsConflict = 'keep_source') | where Age == 20`,
    [["Old", 20]],
  ],
  [
    "datatable(d:dynamic)[dynamic({'a':1,'b':1.5,'c':true,'e':[1]}), dynamic({'a':'x','b':2,'c':null})] | evaluate bag_unpack(d) | getschema | project ColumnName, ColumnType",
    [
      ["a", "dynamic"],
      ["b", "dynamic"],
      ["c", "bool"],
      ["e", "dynamic"],
    ],
  ],
  ["P | take 0 | extend d = dynamic({'a':1}) | evaluate bag_unpack(d) | count", [[0]]],
  // learn.microsoft.com/kusto/query/pivot-plugin
  [
    "P | evaluate pivot(t, sum(x)) | sort by s asc",
    [
      ["a", 1, 2],
      ["b", 3, 0],
    ],
  ],
  [
    "P | evaluate pivot(t) | project s, x, p | sort by s asc, x asc",
    [
      ["a", 1, 1],
      ["a", 2, 0],
      ["b", 3, 1],
    ],
  ],
  ["P | evaluate pivot(t, max(x), s) | where s == 'b' | project p, isnull(q)", [[3, true]]],
  [
    "P | extend t = iff(x == 1, '', iff(x == 2, 's', t)) | evaluate pivot(t, count(), s) | sort by s asc",
    [
      ["a", 1, 0, 1],
      ["b", 0, 1, 0],
    ],
  ],
  [
    "P | evaluate pivot(t, sum(x), s) | extend d = bag_pack('k', p) | evaluate bag_unpack(d) | summarize sum(k)",
    [[4]],
  ],
  [
    "P | sort by x desc | evaluate narrow() | where Row == 0",
    [
      [0, "s", "b"],
      [0, "t", "p"],
      [0, "x", "3"],
    ],
  ],
];

describe("plugins", () => {
  test.each(cases)("%s", async (query, expected) => {
    expect(await session.rows(`${rows}\n${query}`)).toEqual(expected);
  });
});

describe("columns that values in rows make", () => {
  test.each([
    ["evaluate bag_unpack(d)", "the bag has a member for the column 'Name' that is there"],
    ["evaluate bag_unpack(d, columnsConflict = 'all')", "columnsConflict is one of error"],
  ])("%s", async (operator, message) => {
    await expect(session.rows(`${people} | ${operator}`)).rejects.toThrow(message);
  });

  test("a thousand are enough", async () => {
    const query = "range x from 1 to 1001 step 1 | evaluate pivot(x)";
    await expect(session.rows(query)).rejects.toThrow("would make more than 1000 columns");
    const [row] = await session.rows(`${query.replace("1001", "1000")} | project-away ['1']`);
    expect(row).toHaveLength(999);
  });

  test("are refused by name where nobody can be asked", () => {
    for (const plugin of ["pivot(Name)", "bag_unpack(d)"])
      expect(() => session.translate(`${people} | evaluate ${plugin}`)).toThrow(
        "without the columns",
      );
  });
});

const visits = `datatable(id:string, at:datetime)['a', datetime(2026-01-01 00:00), 'a', datetime(2026-01-01 00:04),
  'a', datetime(2026-01-01 00:08), 'a', datetime(2026-01-01 00:13), 'a', datetime(2026-01-01 00:16),
  'b', datetime(2026-01-01 00:17), 'b', datetime(null), 'b', datetime(2026-01-01 00:18)]`;
const minute = "format_datetime(s, 'mm')";

describe("rows in order and functions with several results", () => {
  test.each<[string, unknown[][]]>([
    // learn.microsoft.com/kusto/query/row-window-session-function: as long as 6 min, and 5 min between neighbours
    [
      `${visits} | sort by id asc, at asc nulls last | extend s = row_window_session(at, 6m, 5m, id != prev(id)) | where isnotnull(at) | summarize make_list(${minute})`,
      [['["00","00","08","13","13","17","17"]']],
    ],
    [
      `${visits} | sort by at asc nulls first | extend s = row_window_session(at, 1h, 5m) | summarize n = count() by t = ${minute} | sort by t asc`,
      [
        ["", 1],
        ["00", 3],
        ["13", 4],
      ],
    ],
    [
      "P | sort by s asc, x asc | extend r=row_number(1, s != prev(s)), c=row_cumsum(x, s != prev(s)) | project x, r, c",
      [
        [1, 1, 1],
        [2, 2, 3],
        [3, 1, 3],
      ],
    ],
    [
      // The example of the page row-rank-min-function.
      "datatable(a:string, d:long)['BA',2,'LH',3,'UA',3,'EL',3,'LY',100] | sort by d asc | project r=row_rank_min(d), e=row_rank_dense(d)",
      [
        [1, 1],
        [2, 2],
        [2, 2],
        [2, 2],
        [5, 3],
      ],
    ],
    [
      "P | sort by s asc, x asc | project s, r=row_rank_dense(x, s != prev(s)), m=row_rank_min(s)",
      [
        ["a", 1, 1],
        ["a", 2, 1],
        ["b", 1, 3],
      ],
    ],
    ["P | sort by x asc | where prev(x) >= 2 | project x", [[3]]],
    [
      "P | sort by x asc | summarize count() by p=prev(s) | sort by p asc",
      [
        ["", 1],
        ["a", 2],
      ],
    ],
    [
      "print x=dynamic([1,2,6]) | extend (low, place)=series_stats(x) | project low, place, series_stats_x_max, series_stats_x_avg, series_stats_x_variance",
      [[1, 0, 6, 3, 7]],
    ],
    [
      "print x=dynamic([1,2,6]) | project (r, slope)=series_fit_line(x) | project slope, series_fit_line_x_interception, series_fit_line_x_rvariance",
      [[2.5, -2, 0.75]],
    ],
    [
      "print series_fir(dynamic([1,2,3,4]), dynamic([1,1])), series_fir(dynamic([1,2,4]), dynamic([1,-1])), series_fir(dynamic([0,0,3,0,0]), dynamic([1,1,1]), true, true)",
      [["[0.5,1.5,2.5,3.5]", "[1.0,1.0,2.0]", "[0.0,1.0,1.0,1.0,0.0]"]],
    ],
    [
      "print series_iir(dynamic([1,2,3,4]), dynamic([1]), dynamic([1,-1])), series_iir(dynamic([1,2]), dynamic([2,1]), dynamic([2]))",
      [["[1.0,3.0,6.0,10.0]", "[1.0,2.5]"]],
    ],
    [
      "print series_add(dynamic([1,2]), dynamic([4,2])), series_add(dynamic([1.0]), dynamic([4])), series_divide(dynamic([4]), dynamic([2]))",
      [["[5,4]", "[5.0]", "[2.0]"]],
    ],
  ])("%s", async (query, expected) => {
    expect(await session.rows(`${rows}\n${query}`)).toEqual(expected);
  });
});

describe("query parameters", () => {
  const declared =
    "declare query_parameters(n:long = 7, s:string = 'x', at:datetime = datetime(2026-01-01), d:timespan = 1h, b:bool = true);";

  async function answer(parameters: Record<string, string | number | boolean>): Promise<unknown> {
    const translate = createQueryTranslator(await loadKusto(), []);
    const { sql } = translate(`${declared} print n, s, at + d, b`, { nowMs, parameters });
    return (await session.sql(sql))[0];
  }

  test("have their defaults where nothing is given", async () => {
    expect(await answer({})).toEqual(["7", "x", "2026-01-01 01:00:00.0000000", true]);
  });

  test("have the values that are given beside the query", async () => {
    const given = { n: "-5", s: "'; drop", at: "2026-02-03T04:00:00Z", d: "1.00:00:00", b: false };
    expect(await answer(given)).toEqual(["-5", "'; drop", "2026-02-04 04:00:00.0000000", false]);
  });

  test.each([
    [{ n: "5 or 1" }, "the value of the query parameter 'n' is no long"],
    [{ n: "99999999999999999999" }, "the value of the query parameter 'n' is no long"],
    [{ at: "soon" }, "the value of the query parameter 'at' is no datetime"],
  ])("%j is refused", async (parameters, message) => {
    await expect(answer(parameters)).rejects.toThrow(message);
  });

  test("without a value and a default there is none", () => {
    expect(() => session.translate("declare query_parameters(x:long); print x")).toThrow(
      "the query parameter 'x' has no value",
    );
  });
});

test("a text that looks like a column of SQL is a text in every stage", async () => {
  const query = `${rows} P | extend y=1 | where s != "c1 c3 c99" and y > 0 | extend z=y | where z > 0 | join (P | where t != "c2") on s | count`;
  expect(await session.rows(query)).toEqual([[3]]);
});

test("long series and arrays take time that grows with their length", async () => {
  const series = "range x from 1 to 200000 step 1 | summarize s=make_list(x)";
  const query = `${series} | extend f=series_fill_linear(s), m=series_fir(s, dynamic([1,1])), t=series_stats_dynamic(s),
    o=array_sort_desc(s), h=array_shift_left(s, 1), i=array_index_of(s, 199999), c=series_iir(s, dynamic([1]), dynamic([1,-1]))
    | project f[199999], m[-1], t.avg, o[0], h[-1], i, tolong(c[-1])`;
  // A table of all pairs would need 320 GB, far more than there is.
  expect(await session.rows(query)).toEqual([
    ["200000.0", "199999.5", "100000.5", "200000", "", 199_998, 20_000_100_000],
  ]);
});
