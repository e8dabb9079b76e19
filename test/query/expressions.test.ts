import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openKqlSession } from "./kql-session.ts";
import type { KqlSession } from "./kql-session.ts";

let session: KqlSession;
beforeAll(async () => {
  session = await openKqlSession();
});
afterAll(() => session.close());

const day = 864_000_000_000;

/** What `print` gives of each expression. */
const cases: Readonly<Record<string, [string, unknown][]>> = {
  // learn.microsoft.com/kusto/query/scalar-data-types/timespan
  "literals of timespan": [
    ["2d", 2 * day],
    ["1.5h", (day / 24) * 1.5],
    ["30m", day / 48],
    ["10s", 100_000_000],
    ["100ms", 1_000_000],
    ["10microsecond", 100],
    ["1tick", 1],
    ["time(15 seconds)", 150_000_000],
    ["time(2)", 2 * day],
    ["time(0.12:34:56.7)", 452_967_000_000],
    ["time(1.02:03:04.5)", 937_845_000_000],
    ["-1d", -day],
    ["time(-1.00:00:00)", -day],
    ["timespan(null)", null],
  ],
  // learn.microsoft.com/kusto/query/scalar-data-types/datetime
  "literals of datetime": [
    ["datetime(2015-12-31 23:59:59.9)", "2015-12-31 23:59:59.9000000"],
    ["datetime(2015-12-31)", "2015-12-31 00:00:00.0000000"],
    ["datetime(2014-05-25T08:20:03.123456Z)", "2014-05-25 08:20:03.1234560"],
    ["datetime(2014-11-08 15:55:55)", "2014-11-08 15:55:55.0000000"],
    ["datetime(2014-11-08 15:55)", "2014-11-08 15:55:00.0000000"],
    ["datetime(2014-11)", "2014-11-01 00:00:00.0000000"],
    ["datetime('Sat, 8 Nov 2014 15:05:02 GMT')", "2014-11-08 15:05:02.0000000"],
    ["datetime('8 Nov 14 15:05 UTC')", "2014-11-08 15:05:00.0000000"],
    ['datetime("8/9/2023, 1:00 PM")', "2023-08-09 13:00:00.0000000"],
    ['datetime("8/9/2023, 12:30 AM")', "2023-08-09 00:30:00.0000000"],
    ["datetime(2023-08-09T13:00:00+02:00)", "2023-08-09 11:00:00.0000000"],
    ["datetime(null)", null],
  ],
  "literals of numbers, strings and others": [
    ["0xff", 255],
    ["long(null)", null],
    ["int(-7)", -7],
    ["1e3", 1000],
    ["real(2.5)", 2.5],
    ["bool(true)", true],
    ["guid(74be27de-1e4e-49d9-b579-fe0b331d3642)", "74be27de-1e4e-49d9-b579-fe0b331d3642"],
    [String.raw`"a\tb"`, "a\tb"],
    [String.raw`@"a\tb"`, String.raw`a\tb`],
    ["h'secret'", "secret"],
    ["```two\nlines```", "two\nlines"],
    ["'a' 'b'", "ab"],
    ["dynamic(null)", ""],
    ["dynamic({'a':[1, 2.5, 'x', null, true]})", '{"a":[1,2.5,"x",null,true]}'],
    ["dynamic([datetime(2020-01-02), 1h])", '["2020-01-02T00:00:00.0000000Z","01:00:00"]'],
  ],
  // learn.microsoft.com/kusto/query/numerical-operators: the remainder is never negative, quotients of longs are whole.
  "arithmetic of numbers": [
    ["7 / 2", 3],
    ["-7 / 2", -3],
    ["7.0 / 2", 3.5],
    ["7 / 0", null],
    ["14 % 12", 2],
    ["-14 % 12", 10],
    ["14 % -12", 2],
    ["-14 % -12", 10],
    ["5.5 % 2", 1.5],
    ["5.5 % 2.5", 0.5],
    ["2 * 3 + 1", 7],
    ["1 + long(null)", null],
    ["int(2) * int(3)", 6],
  ],
  // learn.microsoft.com/kusto/query/datetime-timespan-arithmetic
  "arithmetic of times": [
    ["datetime(2020-01-02) - datetime(2020-01-01)", day],
    ["datetime(2020-01-01) + 1.5d", "2020-01-02 12:00:00.0000000"],
    ["datetime(2020-01-01) - 1tick", "2019-12-31 23:59:59.9999999"],
    ["1d / 1h", 24],
    ["1d * 2", 2 * day],
    ["3 * 1d", 3 * day],
    ["1d / 2", day / 2],
    ["25h % 1d", day / 24],
    ["1d - 1h", (day / 24) * 23],
  ],
  // learn.microsoft.com/kusto/query/scalar-data-types/null-values
  null: [
    ["long(null) == long(null)", null],
    ["long(null) == 5", false],
    ["long(null) != 5", true],
    ["long(null) != long(null)", null],
    ["long(null) > 5", null],
    ["5 in (long(null), 5)", true],
    ["long(null) in (5)", false],
    ["not(long(null) == 5)", true],
    ["'' == ''", true],
  ],
  // learn.microsoft.com/kusto/query/datatypes-string-operators
  "string tests": [
    ["'Fabrikam' == 'fabrikam'", false],
    ["'Fabrikam' =~ 'fabrikam'", true],
    ["'abc' !~ 'ABC'", false],
    ["'FabriKam' contains 'BRik'", true],
    ["'FabrikAm' contains_cs 'Kam'", false],
    ["'Fabrikam' !contains 'xyz'", true],
    ["'Fabrikam' startswith 'fab'", true],
    ["'Fabrikam' startswith_cs 'fab'", false],
    ["'Fabrikam' endswith 'KAM'", true],
    ["'Fabrikam' !endswith 'xyz'", true],
    ["'North America' has 'america'", true],
    ["'NorthAmerica' has 'america'", false],
    ["'North America' has_cs 'america'", false],
    ["'North America' !has 'amer'", true],
    ["'North America' hasprefix 'ame'", true],
    ["'North America' hassuffix 'RICA'", true],
    ["'10.0.0.1,10.0.0.12' has '10.0.0.1'", true],
    ["'10.0.0.12' has '10.0.0.1'", false],
    ["'a+b c' has 'a+b'", true],
    ["'Fabrikam' matches regex 'b.*k'", true],
    ["'a\\nb' matches regex 'a.b'", false],
    ["'North America' has_any ('south', 'north')", true],
    ["'North America' has_all ('america', 'north')", true],
    ["'North America' has_all ('america', 'south')", false],
    ["'abc' in ('ABC')", false],
    ["'abc' in~ ('ABC', 'x')", true],
    ["'abc' !in ('x')", true],
    ["'abc' !in~ ('ABC')", false],
    ["'a' in (dynamic(['a', 'b']))", true],
    ["2 in (dynamic([1, 2]))", true],
    ["'a' has_any (dynamic(['a', 'b']))", true],
  ],
  between: [
    ["5 between (1 .. 5)", true],
    ["6 between (1 .. 5)", false],
    ["6 !between (1 .. 5)", true],
    ["datetime(2020-01-05) between (datetime(2020-01-01) .. 7d)", true],
    ["datetime(2020-01-09) between (datetime(2020-01-01) .. 7d)", false],
  ],
  "dynamic values": [
    ["dynamic({'a':{'b c':[10, 20]}}).a['b c'][1]", "20"],
    ["dynamic([1, 2, 3])[-1]", "3"],
    ["dynamic([1, 2, 3])[7]", ""],
    ["dynamic({'a':null}).a", ""],
    ["dynamic({'a':'x'}).a == 'x'", true],
    ["dynamic({'a':5}).a == 5", true],
    ["dynamic({'a':5}).a > 4", true],
    ["dynamic({'a':5}).a + 1", 6],
    ["dynamic({'a':'x y'}).a has 'y'", true],
    ["dynamic({'a':'x'}).a in ('x')", true],
  ],
};

describe.each(Object.entries(cases))("%s", (_topic, list) => {
  test("as the documentation says", async () => {
    const query = `print ${list.map(([expression], index) => `x${index} = ${expression}`).join(",\n")}`;
    const [row] = await session.rows(query);
    const found = list.map(([expression], index) => [expression, row?.[index]]);
    expect(found).toEqual(list);
  });
});
