import { bind } from "../bind.ts";
import { convert } from "../conversion/convert.ts";
import { toStringSql } from "../conversion/to-string.ts";
import { sqlString } from "../sql-text.ts";
import type { SqlValue } from "../sql-value.ts";
import { ipv4RangeOf } from "./ipv4-range.ts";
import { argument, define } from "./scalar-function.ts";
import type { ScalarFunctions, Translate } from "./scalar-function.ts";
import { stringArray, textsOf } from "./strings.ts";

/** The number of an address; null where the text is none. */
export const addressOf = (text: string): string =>
  `IPv4StringToNumOrNull(splitByChar('/', ${text})[1])`;

/** The prefix length behind a slash; 32 where there is none, null where it is none. */
export const prefixOf = (text: string): string =>
  `if(position(${text}, '/') = 0, 32, if(toUInt8OrNull(splitByChar('/', ${text})[2]) <= 32, toInt64(toUInt8OrNull(splitByChar('/', ${text})[2])), NULL))`;

/** The number with its bits beyond the prefix taken away. */
export const masked = (address: string, prefix: string): string =>
  `bitAnd(toInt64(${address}), bitAnd(bitShiftLeft(toInt64(4294967295), 32 - (${prefix})), 4294967295))`;

/** The number of an address, its bits beyond the prefix taken away. */
export const ipv4Number = (text: string): string =>
  bind(text, (value) => masked(addressOf(value), prefixOf(value)));

const dotted = (number: string): string => `IPv4NumToString(toUInt32(assumeNotNull(${number})))`;

const smallerPrefix = (left: string, right: string, prefix: string | undefined): string => {
  const both = `least(assumeNotNull(${prefixOf(left)}), assumeNotNull(${prefixOf(right)}))`;
  return prefix === undefined ? both : `least(${both}, ${prefix})`;
};

const compareWith =
  (body: (left: string, right: string) => string) =>
  (first: string, second: string, prefix?: string): string =>
    bind(first, (left) =>
      bind(second, (right) =>
        bind(smallerPrefix(left, right, prefix), (length) => {
          const isKnown = `isNotNull(${addressOf(left)}) AND isNotNull(${addressOf(right)}) AND isNotNull(${prefixOf(left)}) AND isNotNull(${prefixOf(right)})`;
          return `if(${isKnown}, ${body(masked(addressOf(left), length), masked(addressOf(right), length))}, NULL)`;
        }),
      ),
    );

const ordered = (left: string, right: string): string =>
  `toInt64(multiIf(${left} < ${right}, -1, ${left} > ${right}, 1, 0))`;

/** One test of one range: two numbers where the range is known, so that nothing is parsed for each row. */
function inRange(number: string, range: SqlValue): string {
  if (typeof range.constant === "string" && range.type === "string") {
    const known = ipv4RangeOf(range.constant);
    // What is no range is never known to hold an address; another of the ranges still may.
    if (!known) return "CAST(NULL, 'Nullable(Bool)')";
    return `${number} BETWEEN ${known.first} AND ${known.last}`;
  }
  return inTextRange(number, toStringSql(range));
}

const inTextRange = (number: string, text: string): string =>
  bind(
    text,
    (value) => `${masked(number, `assumeNotNull(${prefixOf(value)})`)} = ${ipv4Number(value)}`,
  );

const isInAnyRange: Translate = (args, call) => {
  const address = toStringSql(argument(args, 0, call));
  const sql = bind(`toInt64(${addressOf(address)})`, (number) => {
    const tests = args.slice(1).map((range) => anyOf(number, range));
    // In none of no ranges is any text, an address or not.
    if (tests.every((test) => test === "false")) return "false";
    return `if(isNull(${number}), NULL, ${tests.map((test) => `(${test})`).join(" OR ")})`;
  });
  return { sql, type: "bool" };
};

function anyOf(number: string, range: SqlValue): string {
  if (range.type !== "dynamic") return inRange(number, range);
  const known: unknown =
    typeof range.constant === "string" && range.constant !== "" ? JSON.parse(range.constant) : null;
  if (Array.isArray(known))
    return known.length === 0
      ? "false"
      : known
          .map((text) =>
            inRange(number, {
              sql: sqlString(String(text)),
              type: "string",
              constant: String(text),
            }),
          )
          .join(" OR ");
  return `arrayExists(r -> ifNull(${inTextRange(number, "r")}, false), ${textsOf(range)})`;
}

const privateRanges = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"];

const isPrivate: Translate = (args, call) => {
  const text = toStringSql(argument(args, 0, call));
  const sql = bind(`toInt64(${addressOf(text)})`, (number) => {
    const tests = privateRanges.map((range) =>
      inRange(number, { sql: "", type: "string", constant: range }),
    );
    return `if(isNull(${number}), NULL, ${tests.join(" OR ")})`;
  });
  return { sql, type: "bool" };
};

const formatIpv4: Translate = (args, call) => {
  const value = argument(args, 0, call);
  const prefix = args[1] ? convert(args[1], "long").sql : null;
  const number = value.type === "string" ? ipv4Number(value.sql) : `toInt64(${value.sql})`;
  const hasPrefix = call.name === "format_ipv4_mask";
  const sql = bind(number, (address) => {
    const net = prefix === null ? address : masked(address, prefix);
    const length = prefix ?? (value.type === "string" ? prefixOf(value.sql) : "32");
    const text = hasPrefix
      ? `concat(${dotted(net)}, '/', toString(assumeNotNull(${length})))`
      : dotted(net);
    return `if(isNull(${address}) OR ${address} < 0 OR ${address} > 4294967295${prefix === null ? "" : ` OR ${prefix} < 0 OR ${prefix} > 32`}, '', ${text})`;
  });
  return { sql, type: "string" };
};

const edge = "[^0-9A-Za-z]";

/** Whether a text has one of the addresses, each as a word of its own. */
const hasAddress =
  (isPrefix: boolean): Translate =>
  (args, call) => {
    const text = toStringSql(argument(args, 0, call));
    const tests = args.slice(1).map((value) => {
      const pattern = (sought: string): string =>
        `concat('(?:^|${edge})', regexpQuoteMeta(${sought}), '${isPrefix ? "" : `(?:${edge}|$)`}')`;
      const isAddress = (sought: string): string =>
        isPrefix ? "true" : `isIPv4String(${sought}) = 1`;
      if (value.type !== "dynamic")
        return `(${isAddress(toStringSql(value))} AND match(${text}, ${pattern(toStringSql(value))}))`;
      return `arrayExists(a -> ${isAddress("a")} AND match(${text}, ${pattern("a")}), ${textsOf(value)})`;
    });
    return { sql: `(${tests.join(" OR ")})`, type: "bool", nullable: false };
  };

/** A range of addresses is at most 31 networks that grow and 31 that shrink again. */
const networkCountMax = 64;

/** The fewest networks that are the range from one address to another, each as large as its first address allows. */
const rangeToNetworks: Translate = (args, call) => {
  const [first, last] = [0, 1].map(
    (index) => `toInt64(assumeNotNull(${addressOf(toStringSql(argument(args, index, call)))}))`,
  );
  const known = [0, 1].map(
    (index) => `isNotNull(${addressOf(toStringSql(argument(args, index, call)))})`,
  );
  const aligned = "if(acc.2 = 0, toInt64(4294967296), bitAnd(acc.2, -acc.2))";
  const fitting = `bitShiftLeft(toInt64(1), toUInt8(floor(log2(greatest(${last} - acc.2 + 1, 1)))))`;
  const size = `least(${aligned}, ${fitting})`;
  const text = `concat(IPv4NumToString(toUInt32(acc.2)), '/', toString(32 - toInt64(round(log2(${size})))))`;
  const fold = `arrayFold((acc, i) -> if(acc.2 > ${last}, acc, (arrayPushBack(acc.1, ${text}), acc.2 + ${size})), range(${networkCountMax}), (emptyArrayString(), ${first}))`;
  return stringArray(`if(${known.join(" AND ")}, ${fold}.1, emptyArrayString())`);
};

export const addressFunctions: ScalarFunctions = {
  ipv4_range_to_cidr_list: rangeToNetworks,
  parse_ipv4: define("long", ["string"], ipv4Number),
  parse_ipv4_mask: define("long", ["string", "long"], (text, prefix) =>
    bind(
      text,
      (value) =>
        `if(${prefix} BETWEEN 0 AND 32, ${masked(addressOf(value), `least(assumeNotNull(${prefix}), assumeNotNull(${prefixOf(value)}))`)}, NULL)`,
    ),
  ),
  ipv4_is_private: isPrivate,
  ipv4_netmask_suffix: define("long", ["string"], (text) =>
    bind(text, (value) => `if(isNull(${addressOf(value)}), NULL, ${prefixOf(value)})`),
  ),
  ipv4_compare: define("long", ["string", "string", "long"], compareWith(ordered)),
  ipv4_is_match: define(
    "bool",
    ["string", "string", "long"],
    compareWith((a, b) => `${a} = ${b}`),
  ),
  ipv4_is_in_range: (args, call) => {
    const sql = bind(`toInt64(${addressOf(toStringSql(argument(args, 0, call)))})`, (number) =>
      inRange(number, argument(args, 1, call)),
    );
    return { sql, type: "bool" };
  },
  ipv4_is_in_any_range: isInAnyRange,
  format_ipv4: formatIpv4,
  format_ipv4_mask: formatIpv4,
  has_ipv4: hasAddress(false),
  has_any_ipv4: hasAddress(false),
  has_ipv4_prefix: hasAddress(true),
  has_any_ipv4_prefix: hasAddress(true),
};
