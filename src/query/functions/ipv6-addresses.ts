import { bind } from "../bind.ts";
import { toStringSql } from "../conversion/to-string.ts";
import { argument, define } from "./scalar-function.ts";
import type { ScalarFunctions, Translate } from "./scalar-function.ts";
import { textsOf } from "./strings.ts";

/** Sixteen bytes; an IPv4 address as the IPv6 one that stands for it. */
export const bytesOf = (text: string): string =>
  `IPv6StringToNumOrNull(splitByChar('/', ${text})[1])`;

/** The prefix length; that of an IPv4 address counts from the end of the 96 bits before it. */
export const prefixOf = (text: string): string =>
  `if(position(${text}, '/') = 0, 128, toInt64OrZero(splitByChar('/', ${text})[2]) + if(position(${text}, ':') = 0, 96, 0))`;

/** The bytes with the bits beyond the prefix cleared. */
export const masked = (bytes: string, prefix: string): string =>
  `IPv6CIDRToRange(toIPv6(IPv6NumToString(assumeNotNull(${bytes}))), toUInt8(greatest(least(${prefix}, 128), 0))).1`;

const compareWith =
  (body: (left: string, right: string) => string) =>
  (first: string, second: string, prefix?: string): string =>
    bind(first, (left) =>
      bind(second, (right) => {
        const both = `least(${prefixOf(left)}, ${prefixOf(right)})`;
        const length = prefix === undefined ? both : `least(${both}, assumeNotNull(${prefix}))`;
        const side = (text: string): string => masked(bytesOf(text), length);
        return `if(isNull(${bytesOf(left)}) OR isNull(${bytesOf(right)}), NULL, ${body(side(left), side(right))})`;
      }),
    );

const isInRange = (address: string, range: string): string =>
  compareWith((left, right) => `${left} = ${right}`)(address, range);

/** Eight groups of four digits. */
const written = (bytes: string): string =>
  `lower(replaceRegexpOne(hex(${bytes}), '^(.{4})(.{4})(.{4})(.{4})(.{4})(.{4})(.{4})(.{4})$', '\\\\1:\\\\2:\\\\3:\\\\4:\\\\5:\\\\6:\\\\7:\\\\8'))`;

const parsed = (text: string, prefix?: string): string =>
  bind(text, (value) => {
    const length =
      prefix === undefined
        ? prefixOf(value)
        : `least(${prefixOf(value)}, assumeNotNull(${prefix}))`;
    return `if(isNull(${bytesOf(value)}), '', ${written(`IPv6StringToNum(toString(${masked(bytesOf(value), length)}))`)})`;
  });

const isInAnyRange: Translate = (args, call) => {
  const address = toStringSql(argument(args, 0, call));
  const tests = args
    .slice(1)
    .map((range) =>
      range.type === "dynamic"
        ? `arrayExists(r -> ifNull(${isInRange(address, "r")}, false), ${textsOf(range)})`
        : isInRange(address, toStringSql(range)),
    );
  return { sql: `if(isNull(${bytesOf(address)}), NULL, ${tests.join(" OR ")})`, type: "bool" };
};

export const ipv6AddressFunctions: ScalarFunctions = {
  parse_ipv6: define("string", ["string"], (text) => parsed(text)),
  parse_ipv6_mask: define("string", ["string", "long"], parsed),
  ipv6_compare: define(
    "long",
    ["string", "string", "long"],
    compareWith((a, b) => `toInt64(multiIf(${a} < ${b}, -1, ${a} > ${b}, 1, 0))`),
  ),
  ipv6_is_match: define(
    "bool",
    ["string", "string", "long"],
    compareWith((a, b) => `${a} = ${b}`),
  ),
  ipv6_is_in_range: define("bool", ["string", "string"], isInRange),
  ipv6_is_in_any_range: isInAnyRange,
};
