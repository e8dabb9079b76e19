// Strings and characters in quotes, with the escapes of C.
import { FilterError } from "./filter-error.ts";
import type { Token } from "./token.ts";

const simpleEscapes: Readonly<Record<string, string>> = {
  a: "\u0007",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\\": "\\",
  "'": "'",
  '"': '"',
};
const numericEscape = /x[0-9A-Fa-f]{1,2}|[0-7]{1,3}|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}/y;
/** Below it, C allows no universal character name. */
const universalNameMin = 0xa0;

interface Escape {
  value: string;
  length: number;
}

/** The string whose quote is at `quote`; a raw one keeps its backslashes. */
export function readString(text: string, start: number, quote: number, raw: boolean): Token {
  let value = "";
  for (let at = quote + 1; at < text.length;) {
    const character = text[at] ?? "";
    if (character === '"') return { kind: "string", text: value, start, end: at + 1 };
    const escape = raw ? rawEscape(text, at) : character === "\\" ? escapeAt(text, at) : null;
    value += escape ? escape.value : character;
    at += escape ? escape.length : 1;
  }
  throw new FilterError("the string has no closing quote", { start, end: text.length });
}

/** In a raw string a backslash keeps the quote after it from ending the string; both stay. */
function rawEscape(text: string, at: number): Escape | null {
  return text[at] === "\\" && at + 1 < text.length
    ? { value: text.slice(at, at + 2), length: 2 }
    : null;
}

/** One character in single quotes; its token's text is that character. */
export function readCharacter(text: string, start: number): Token {
  const first = text[start + 1];
  if (first === "'")
    throw new FilterError("the character constant is empty", { start, end: start + 2 });
  const read =
    first === "\\" ? escapeAt(text, start + 1) : { value: first ?? "", length: first ? 1 : 0 };
  const end = start + 1 + read.length;
  if (text[end] === "'") return { kind: "character", text: read.value, start, end: end + 1 };
  const close = text.indexOf("'", end);
  if (close < 0)
    throw new FilterError("the character constant has no closing quote", {
      start,
      end: text.length,
    });
  throw new FilterError("a character constant is one character; a string has double quotes", {
    start,
    end: close + 1,
  });
}

function escapeAt(text: string, at: number): Escape {
  const letter = text[at + 1] ?? "";
  const simple = simpleEscapes[letter];
  if (simple !== undefined) return { value: simple, length: 2 };
  numericEscape.lastIndex = at + 1;
  const digits = numericEscape.exec(text)?.[0] ?? "";
  if (digits === "") {
    throw new FilterError(`"\\${letter}" is no escape; a raw string r"..." keeps backslashes`, {
      start: at,
      end: Math.min(text.length, at + 2),
    });
  }
  return { value: numericValue(text, at, digits), length: digits.length + 1 };
}

function numericValue(text: string, at: number, digits: string): string {
  const isHex = /^[xuU]/.test(digits);
  const value = isHex ? Number.parseInt(digits.slice(1), 16) : Number.parseInt(digits, 8);
  const isUniversal = digits.startsWith("u") || digits.startsWith("U");
  const isBad = isUniversal
    ? value < universalNameMin || value > 0x10ffff || (value >= 0xd800 && value < 0xe000)
    : value > 0xff;
  if (isBad) {
    const span = { start: at, end: at + 1 + digits.length };
    throw new FilterError(`"${text.slice(span.start, span.end)}" names no character`, span);
  }
  return String.fromCodePoint(value);
}
