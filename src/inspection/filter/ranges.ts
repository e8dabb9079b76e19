import type { SliceRange } from "./ast.ts";
import { FilterError } from "./filter-error.ts";
import type { Token } from "./token.ts";

/** Ranges between one pair of brackets. */
const rangeCountMax = 1_000;

const integer = String.raw`[+-]?(?:0[xX][0-9A-Fa-f]+|0[bB][01]+|\d+)`;
const form = new RegExp(`^(${integer})?(?:(:)(${integer})?|-(${integer}))?$`);

/** Reads what stands between the brackets of a slice; each range is `i`, `i:n`, `:n`, `i:` or `i-j`. */
export function parseRanges(token: Token): SliceRange[] {
  const parts = token.text.split(",");
  if (parts.length > rangeCountMax)
    throw new FilterError(`a slice has at most ${rangeCountMax} ranges`, token);
  return parts.map((part) => parseRange(part.trim(), token));
}

function parseRange(text: string, token: Token): SliceRange {
  const match = form.exec(text);
  const [, first, colon, size, end] = match ?? [];
  if (text === "" || !match || (first === undefined && colon === undefined))
    throw new FilterError(`"${text}" is no range such as 2, 2:4, 2-5, :4 or 2:`, token);
  const start = first === undefined ? 0 : integerOf(first);
  if (colon !== undefined) {
    const length = size === undefined ? null : integerOf(size);
    if (length !== null && length <= 0)
      throw new FilterError(`a slice of ${length} bytes holds nothing`, token);
    return { start, length, last: null };
  }
  if (end === undefined) return { start, length: 1, last: null };
  return lastRange(start, integerOf(end), token);
}

function lastRange(start: number, last: number, token: Token): SliceRange {
  const isEmpty = start >= last && Math.sign(start) * Math.sign(last) >= 0;
  if (isEmpty) throw new FilterError(`a slice from ${start} to ${last} holds nothing`, token);
  return { start, length: null, last };
}

function integerOf(text: string): number {
  const digits = text.replace(/^[+-]/, "");
  const value = /^0[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : Number(digits);
  return text.startsWith("-") ? -value : value;
}
