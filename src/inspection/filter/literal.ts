// Literals: what a word, a string or a character means as a value of a type.
import type { Operand } from "./ast.ts";
import type { FieldType } from "../dissect/field.ts";
import { parseAddress4, parseAddress6 } from "./address-literal.ts";
import { FilterError } from "./filter-error.ts";
import { parseTime } from "./time-literal.ts";
import { kindName, kindOf, type Value } from "./value-kind.ts";

/** A literal's value; of an address with a prefix length only the first `bits` bits count. */
export interface Constant {
  value: Value;
  bits: number | null;
}

export type Literal = Extract<Operand, { kind: "word" | "string" | "character" }>;

interface Target {
  type: FieldType;
  /** What the literal is compared with, for messages. */
  name: string;
  /** Words that stand for values, as "Set" and "Not set" do. */
  words: ReadonlyMap<string, number> | null;
}

/** Reads a literal as a value of the target's type; raises FilterError where it is none. */
export function readLiteral(literal: Literal, target: Target): Constant {
  const value = plainValue(literal, target);
  return typeof value === "object" && !(value instanceof Uint8Array)
    ? value
    : { value, bits: null };
}

function plainValue(literal: Literal, target: Target): Value | Constant {
  switch (kindOf(target.type)) {
    case "integer":
    case "wide":
      return integerOf(literal, target);
    case "boolean":
      return booleanOf(literal, target);
    case "float":
      return floatOf(literal, target);
    case "string":
      return textOf(literal);
    case "bytes":
    case "protocol":
      return bytesOf(literal, target);
    case "ipv4":
      return (
        parseAddress4(wordOf(literal, target)) ??
        refuse(literal, target, "write 192.0.2.1 or 192.0.2.0/24")
      );
    case "ipv6":
      return (
        parseAddress6(wordOf(literal, target)) ??
        refuse(literal, target, "write 2001:db8::1 or 2001:db8::/32")
      );
    case "absoluteTime":
      return (
        parseTime(textOf(literal)) ??
        refuse(literal, target, 'write "2023-01-02 03:04:05.678", with Z or +02:00 behind')
      );
    case "relativeTime":
      return secondsOf(literal, target);
    case "none":
      throw new FilterError(`"${target.name}" has no value; it is only there or not`, literal);
  }
}

function refuse(literal: Literal, target: Target, allowed: string): never {
  const text = textOf(literal);
  throw new FilterError(
    `"${text}" is not ${kindName(kindOf(target.type))}, which "${target.name}" is compared with; ${allowed}`,
    literal,
  );
}

function textOf(literal: Literal): string {
  if (literal.kind === "character") return String.fromCodePoint(literal.value);
  if (literal.kind === "string") return literal.value;
  return literal.text;
}

function wordOf(literal: Literal, target: Target): string {
  return literal.kind === "word" ? literal.text : refuse(literal, target, "without quotes");
}

const integerForm = /^(?:0[xX][0-9A-Fa-f]+|0[bB][01]+|0[0-7]*|[1-9]\d*)$/;

function integerOf(literal: Literal, target: Target): Value {
  const isWide = kindOf(target.type) === "wide";
  if (literal.kind === "character") return isWide ? BigInt(literal.value) : literal.value;
  const text = literal.kind === "string" ? literal.value : literal.text;
  const named = target.words?.get(text);
  if (named !== undefined) return isWide ? BigInt(named) : named;
  if (literal.kind === "string" || !integerForm.test(text))
    refuse(literal, target, "write 80, 0x50, 0120 or 0b1010000");
  const value = BigInt(/^0[0-7]+$/.test(text) ? `0o${text.slice(1)}` : text);
  const max = integerMax[target.type] ?? 0n;
  if (value > max)
    throw new FilterError(
      `"${text}" is too big for "${target.name}", whose largest value is ${max}`,
      literal,
    );
  return isWide ? value : Number(value);
}

const integerMax: Partial<Record<FieldType, bigint>> = {
  uint8: 0xffn,
  uint16: 0xffffn,
  uint24: 0xffffffn,
  uint32: 0xffffffffn,
  uint64: 0xffffffffffffffffn,
  int8: 0x7fn,
  int16: 0x7fffn,
  int32: 0x7fffffffn,
  int64: 0x7fffffffffffffffn,
};

const booleanWords = new Map([
  ["True", 1],
  ["TRUE", 1],
  ["False", 0],
  ["FALSE", 0],
]);

function booleanOf(literal: Literal, target: Target): number {
  if (literal.kind === "character") return literal.value === 0 ? 0 : 1;
  const text = literal.kind === "string" ? literal.value : literal.text;
  const named =
    (literal.kind === "word" ? booleanWords.get(text) : undefined) ?? target.words?.get(text);
  if (named !== undefined) return named;
  if (literal.kind === "string" || !integerForm.test(text)) {
    const words = [...(target.words?.keys() ?? [])].map((word) => `, "${word}"`).join("");
    refuse(literal, target, `write True, False, 1, 0${words}`);
  }
  return /^0(?:[xXbB]?0*)?$/.test(text) ? 0 : 1;
}

function floatOf(literal: Literal, target: Target): number {
  const text = wordOf(literal, target);
  if (!/^(?:0[xX][0-9A-Fa-f]+|\d+(?:\.\d+)?(?:[eE]-?\d+)?)$/.test(text))
    refuse(literal, target, "write 1.5 or 2e3");
  return Number(text);
}

const hexGroups = /^[0-9A-Fa-f]{1,2}(?:([:.-])[0-9A-Fa-f]{1,2})(?:\1[0-9A-Fa-f]{1,2})*$/;
const wideGroups = /^[0-9A-Fa-f]{4}(?:([:.-])[0-9A-Fa-f]{4})(?:\1[0-9A-Fa-f]{4})*$/;
const etherSizeBytes = 6;

function bytesOf(literal: Literal, target: Target): Uint8Array {
  if (literal.kind === "character") return Uint8Array.of(literal.value & 0xff);
  if (literal.kind === "string") {
    if (target.type === "ether") refuse(literal, target, "write 00:00:5e:00:53:01");
    return bytesOfText(literal.value);
  }
  const bytes = hexBytes(literal.text);
  if (!bytes) refuse(literal, target, 'write 0a:0b:0c, 0a-0b-0c, 0a0b0c or "text"');
  if (target.type === "ether" && bytes.length !== etherSizeBytes)
    refuse(literal, target, "an Ethernet address is six of them");
  return bytes;
}

/** Bytes in hexadecimal, with or without separators; null when it is none. */
export function hexBytes(text: string): Uint8Array | null {
  const single = /^0[xX]([0-9A-Fa-f]{2})$/.exec(text)?.[1];
  const digits = single ?? text;
  if (hexGroups.test(digits))
    return Uint8Array.from(digits.split(/[:.-]/), (group) => Number.parseInt(group, 16));
  if (!wideGroups.test(digits) && !/^[0-9A-Fa-f]+$/.test(digits)) return null;
  const pairs = digits.replaceAll(/[:.-]/g, "").match(/.{1,2}/g) ?? [];
  return Uint8Array.from(pairs, (pair) => Number.parseInt(pair, 16));
}

/**
 * The bytes of a string's text: UTF-8, except that characters up to 0xff stand for single bytes where
 * an escape made them.
 */
function bytesOfText(text: string): Uint8Array {
  const isBytes = Array.from(text).every((character) => (character.codePointAt(0) ?? 0) <= 0xff);
  return isBytes
    ? Uint8Array.from(text, (character) => character.codePointAt(0) ?? 0)
    : new TextEncoder().encode(text);
}

const nanosecondsPerSecond = 1_000_000_000n;

function secondsOf(literal: Literal, target: Target): bigint {
  const match = /^(\d{1,12})(?:\.(\d+))?$/.exec(wordOf(literal, target));
  if (!match) refuse(literal, target, "write 1 or 0.25");
  const fraction = (match?.[2] ?? "").padEnd(9, "0").slice(0, 9);
  return BigInt(match?.[1] ?? 0) * nanosecondsPerSecond + BigInt(fraction);
}
