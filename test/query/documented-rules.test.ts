// The examples and rules of learn.microsoft.com/kusto/query/<page>, each with the page that gives its answer.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openKqlSession } from "./kql-session.ts";
import type { KqlSession } from "./kql-session.ts";

let session: KqlSession;
beforeAll(async () => {
  session = await openKqlSession();
});
afterAll(() => session.close());

interface Rule {
  readonly page: string;
  readonly query: string;
  readonly rows: unknown[][];
}

const fruit = `datatable(Fruit: string, Color: string, Version: int) ["Apple","Red",1, "Apple","Green",int(null),
  "Banana","Yellow",int(null), "Banana","Green",int(null), "Pear","Brown",1, "Pear","Green",2]`;
const reals = "datatable(x:real)[real(null), 5, real(nan), real(-inf), 0, real(+inf), -5]";
const events = `datatable(timestamp:datetime, metric: real)
  [datetime(2016-12-31T06:00), 50, datetime(2017-01-01), 4, datetime(2017-01-02), 3, datetime(2017-01-03), 4,
   datetime(2017-01-03T03:00), 6, datetime(2017-01-05), 8, datetime(2017-01-05T13:40), 13, datetime(2017-01-06), 4,
   datetime(2017-01-07), 3, datetime(2017-01-08), 8, datetime(2017-01-08T21:00), 8, datetime(2017-01-09), 2,
   datetime(2017-01-09T12:00), 11, datetime(2017-01-10T05:00), 5]`;
const series = "on timestamp from datetime(2017-01-01) to datetime(2017-01-10) step 1d";
const column = (texts: readonly string[]): unknown[][] => texts.map((text) => [text]);

const aggregates: Rule[] = [
  {
    page: "summarize-operator",
    query:
      "datatable(x:long)[] | summarize take_any(x), arg_max(x, *), arg_min(x, *), max(x), min(x), percentile(x, 55), stdev(x), sum(x), sumif(x, x > 0), variance(x)",
    rows: [[null, null, null, null, null, null, 0, 0, 0, 0]],
  },
  {
    page: "summarize-operator",
    query: "datatable(x:long)[] | summarize a=avg(x) | project isnan(a)",
    rows: [[true]],
  },
  {
    page: "summarize-operator",
    query:
      "datatable(x:long)[] | summarize count(), countif(x > 0), dcount(x), dcountif(x, x > 0), make_set(x), make_list(x)",
    rows: [[0, 0, 0, 0, "[]", "[]"]],
  },
  {
    page: "summarize-operator",
    query: "datatable(x:long, k:string)[] | summarize count() by k",
    rows: [],
  },
  {
    page: "summarize-operator",
    query:
      "range x from 1 to 4 step 1 | extend y = iff(x == 1, real(null), real(5)) | summarize sum(y), avg(y), count(), make_set(y)",
    rows: [[15, 5, 4, "[5.0]"]],
  },
  {
    page: "arg-max-aggregation-function",
    query: `${fruit} | summarize arg_max(Version, *) by Fruit | sort by Fruit asc`,
    rows: [
      ["Apple", 1, "Red"],
      ["Banana", null, "Yellow"],
      ["Pear", 2, "Green"],
    ],
  },
  {
    page: "percentiles-aggregation-function",
    query: "range x from 1 to 5 step 1 | summarize percentiles(x, 0, 20, 21, 50, 100)",
    rows: [[1, 1, 2, 3, 5]],
  },
  {
    page: "percentiles-aggregation-function",
    query:
      "range x from 1 to 5 step 1 | summarize percentile(x, 95), percentiles_array(x, 5, 50) | getschema | project ColumnName",
    rows: column(["percentile_x_95", "percentiles_x"]),
  },
  {
    page: "make-series-operator",
    query: `${events} | make-series avg(metric) ${series} | project avg_metric, timestamp[0], timestamp[-1]`,
    rows: [
      [
        "[4.0,3.0,5.0,0,10.5,4.0,3.0,8.0,6.5]",
        '"2017-01-01T00:00:00.0000000Z"',
        '"2017-01-09T00:00:00.0000000Z"',
      ],
    ],
  },
  {
    page: "make-series-operator",
    query: `${events} | take 0 | make-series avg(metric) default=1.0 ${series} | count`,
    rows: [[0]],
  },
  {
    page: "make-series-operator",
    query: `${events} | take 0 | make-series kind=nonempty avg(metric) default=1.0 ${series} | project avg_metric`,
    rows: [["[1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0]"]],
  },
];

const operators: Rule[] = [
  {
    page: "sort-operator",
    query: `${reals} | sort by x asc | project tostring(x)`,
    rows: column(["", "NaN", "-∞", "-5.0", "0.0", "5.0", "∞"]),
  },
  {
    page: "sort-operator",
    query: `${reals} | sort by x | project tostring(x)`,
    rows: column(["∞", "5.0", "0.0", "-5.0", "-∞", "NaN", ""]),
  },
  {
    page: "sort-operator",
    query: `${reals} | sort by x desc nulls first | project tostring(x)`,
    rows: column(["", "NaN", "∞", "5.0", "0.0", "-5.0", "-∞"]),
  },
  {
    page: "mv-expand-operator",
    query:
      "datatable(a:int, b:dynamic)[1, dynamic(null), 2, dynamic([]), 3, dynamic({}), 4, dynamic('x'), 5, dynamic([7,8])] | mv-expand b",
    rows: [
      [1, ""],
      [4, '"x"'],
      [5, "7"],
      [5, "8"],
    ],
  },
  {
    page: "mv-expand-operator",
    query:
      'datatable(a:int, b:dynamic, c:dynamic)[1, dynamic({"prop1":"a", "prop2":"b"}), dynamic([5, 4, 3])] | mv-expand b, c',
    rows: [
      [1, '{"prop1":"a"}', "5"],
      [1, '{"prop2":"b"}', "4"],
      [1, "", "3"],
    ],
  },
  {
    page: "mv-expand-operator",
    query: 'print b=dynamic(["1", 2]) | mv-expand b to typeof(long)',
    rows: [[null], [2]],
  },
  {
    page: "numerical-operators",
    query: "print 14 % 12, -14 % 12, 14 % -12, -14 % -12, 1.0 / 2, 1 / 2.0, 1 / 2, -7 / 2",
    rows: [[2, 10, 2, 10, 0.5, 0.5, 0, -3]],
  },
  {
    page: "datatypes-string-operators",
    query:
      'print "Kusto:  ad67d136-c1db-4f9f-88ef-d94f3b6b0b5a;;WilliamGates3rd" has_any ("C1DB"), "North America" has "amer", "North America" hasprefix "ame", "North America" hassuffix "ica", "WilliamGates3rd" has "3rd"',
    rows: [[true, false, true, true, false]],
  },
];

const functions: Rule[] = [
  {
    page: "round-function",
    query:
      "print round(2.98765, 3), round(2.15, 1), round(2.15), round(-50.55, -2), round(21.5, -1)",
    rows: [[2.988, 2.2, 2, -100, 20]],
  },
  {
    page: "toint-function",
    query: 'print toint("123"), toint(2.3), toint("no"), tolong("123")',
    rows: [[123, 2, null, 123]],
  },
  {
    page: "substring-function",
    query:
      'print substring("123456", 1), substring("123456", 2, 2), substring("ABCD", 0, 2), substring("123456", -2, 2)',
    rows: [["23456", "34", "AB", "56"]],
  },
  {
    page: "split-function",
    query:
      'print split("aa_bb", "_"), split("aaa_bbb_ccc", "_", 1), split("", "_"), split("a__b", "_"), split("aabbcc", "bb")',
    rows: [['["aa","bb"]', '["bbb"]', '[""]', '["a","","b"]', '["aa","cc"]']],
  },
  {
    page: "datetime-diff-function",
    query: `print datetime_diff('year',datetime(2017-01-01),datetime(2000-12-31)),
      datetime_diff('Quarter',datetime(2017-07-01),datetime(2017-03-30)),
      datetime_diff('month',datetime(2017-01-01),datetime(2015-12-30)),
      datetime_diff('week',datetime(2017-10-29 00:00),datetime(2017-09-30 23:59)),
      datetime_diff('day',datetime(2017-10-29 00:00),datetime(2017-09-30 23:59)),
      datetime_diff('hour',datetime(2017-10-31 01:00),datetime(2017-10-30 23:59)),
      datetime_diff('minute',datetime(2017-10-30 23:05:01),datetime(2017-10-30 23:00:59)),
      datetime_diff('second',datetime(2017-10-30 23:00:10.100),datetime(2017-10-30 23:00:00.900)),
      datetime_diff('millisecond',datetime(2017-10-30 23:00:00.200100),datetime(2017-10-30 23:00:00.100900)),
      datetime_diff('microsecond',datetime(2017-10-30 23:00:00.1009001),datetime(2017-10-30 23:00:00.1008009)),
      datetime_diff('nanosecond',datetime(2017-10-30 23:00:00.0000000),datetime(2017-10-30 23:00:00.0000007))`,
    rows: [[17, 2, 13, 5, 29, 2, 5, 10, 100, 100, -700]],
  },
  {
    page: "format-timespan-function",
    query:
      "print format_timespan(time(29.09:00:05.12345), 'dd.hh:mm:ss:FF'), format_timespan(time(29.09:00:05.12345), 'ddd.h:mm:ss [fffffff]')",
    rows: [["29.09:00:05:12", "029.9:00:05 [1234500]"]],
  },
  {
    page: "format-datetime-function",
    query:
      "let dt = datetime(2017-01-29 09:00:05); print format_datetime(dt,'yy-MM-dd [HH:mm:ss]'), format_datetime(dt, 'yyyy-M-dd [H:mm:ss]'), format_datetime(dt, 'yy-MM-dd [hh:mm:ss tt]')",
    rows: [["17-01-29 [09:00:05]", "2017-1-29 [9:00:05]", "17-01-29 [09:00:05 AM]"]],
  },
  {
    page: "array-sort-asc-function",
    query:
      'let a = dynamic([1,3,4,5,2]); let b = dynamic(["a","b","c","d","e"]); print (x, y) = array_sort_asc(a, b), z = array_sort_asc(a, b)[1], short = array_sort_asc(a, dynamic([1]))[1]',
    rows: [["[1,2,3,4,5]", '["a","e","b","c","d"]', '["a","e","b","c","d"]', ""]],
  },
  {
    page: "array-sort-asc-function",
    query:
      'print array_sort_asc(dynamic([null,"blue","yellow","green",null])), array_sort_asc(dynamic([null,"blue","yellow","green",null]), false), strcat_array(array_sort_asc(split("John,Paul,George,Ringo", ",")), ",")',
    rows: [
      [
        '["blue","green","yellow",null,null]',
        '[null,null,"blue","green","yellow"]',
        "George,John,Paul,Ringo",
      ],
    ],
  },
  {
    page: "isempty-function",
    query:
      'print isempty(""), isempty("x"), isempty(parsejson("")), isempty(parsejson("[]")), isempty(parsejson("{}"))',
    rows: [[true, false, true, false, false]],
  },
  {
    page: "hash-function",
    query:
      'print tostring(hash("World")), hash("World", 100), tostring(hash(datetime(2015-01-01)))',
    rows: [["1846988464401551951", 51, "1380966698541616202"]],
  },
  {
    page: "ipv4-range-to-cidr-list-function",
    query: 'print ipv4_range_to_cidr_list("1.1.128.0", "1.1.140.255")',
    rows: [['["1.1.128.0/21","1.1.136.0/22","1.1.140.0/24"]']],
  },
  {
    page: "series-add-function",
    query: "print series_add(dynamic([1,2,4]), dynamic([4,2,1]))",
    rows: [["[5,4,5]"]],
  },
  {
    page: "series-divide-function",
    query: "print series_divide(dynamic([1,2,4]), dynamic([4,2,1]))",
    rows: [["[0.25,1.0,4.0]"]],
  },
  {
    page: "series-exp-function",
    query: "print series_exp(dynamic([1,2,3]))",
    rows: [["[2.718281828459045,7.38905609893065,20.085536923187668]"]],
  },
  {
    page: "geo-point-to-geohash-function",
    query:
      "print geo_point_to_geohash(139.806115, 35.554128, 12), geo_point_to_geohash(-80.195829, 25.802215, 8), geo_point_to_geohash(200, 1, 8), geo_point_to_geohash(1, 1, int(null))",
    rows: [["xn76m27ty9g4", "dhwfz15h", "", ""]],
  },
  {
    page: "geo-geohash-to-central-point-function",
    query:
      "print p = geo_geohash_to_central_point('sunny').coordinates, isnull(geo_geohash_to_central_point('a'))",
    rows: [["[42.47314453125,23.70849609375]", true]],
  },
  {
    page: "geo-point-to-h3cell-function",
    query:
      "print geo_point_to_h3cell(-74.04450446039874, 40.689250859314974, 6), geo_point_to_h3cell(-73.956683, 40.807907, 5), geo_point_to_h3cell(300, 1, 8), geo_point_to_h3cell(1, 1, 16), geo_point_to_h3cell(1, 1, int(null))",
    rows: [["862a1072fffffff", "852a100bfffffff", "", "", ""]],
  },
  {
    page: "geo-h3cell-to-central-point-function",
    query:
      "print c = geo_h3cell_to_central_point('862a1072fffffff').coordinates | project round(toreal(c[0]), 9), round(toreal(c[1]), 9), isnull(geo_h3cell_to_central_point('1')), geo_h3cell_level('862a1072fffffff'), geo_h3cell_level('x')",
    rows: [[-74.01600848, 40.704167908, true, 6, null]],
  },
  {
    page: "iff-function",
    query: "print iff(bool(null), 1, 2), iif(1 > 0, 'a', 'b')",
    rows: [[2, "a"]],
  },
];

describe("what the pages say", () => {
  test.each([...aggregates, ...operators, ...functions])("$page: $query", async (rule) => {
    expect(await session.rows(rule.query)).toEqual(rule.rows);
  });
});
