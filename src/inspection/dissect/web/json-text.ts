// JSON as a dissector sees it: objects and arrays, one after another. Commas may be missing and strings may
// hold line ends, as tshark has it; what cannot be read ends it.
import { hexDigit, isExactTextAt } from "../text.ts";

/** Levels of arrays and objects. */
const depthMax = 500;
const quote = 34;
const backslash = 92;
const openBrace = 123;
const closeBrace = 125;
const openBracket = 91;
const closeBracket = 93;
const comma = 44;
const colonSign = 58;

/** Where the values that begin at `start` end, blanks included; `start` when there is none. */
export function jsonEnd(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  for (;;) {
    const from = skipBlanks(bytes, at, end);
    const byte = bytes[from];
    if (from >= end || (byte !== openBrace && byte !== openBracket))
      return at === start ? at : from;
    const next = valueEnd(bytes, from, end);
    if (next < 0) return at;
    at = next;
  }
}

function skipBlanks(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && isBlank(bytes[at] ?? 0)) at++;
  return at;
}

function isBlank(byte: number): boolean {
  return byte === 32 || byte === 10 || byte === 13 || byte === 9;
}

/** One object or array, without recursion: hostile nesting costs a list, not the stack. */
function valueEnd(bytes: Uint8Array, start: number, end: number): number {
  const closers: number[] = [closerOf(bytes[start] ?? 0)];
  let at = skipBlanks(bytes, start + 1, end);
  while (at < end && closers.length <= depthMax) {
    const closer = closers.at(-1) ?? 0;
    if (bytes[at] === closer) {
      closers.pop();
      at++;
      if (closers.length === 0) return at;
    } else {
      if (closer === closeBrace) at = memberValue(bytes, at, end);
      if (at < 0 || at >= end) return -1;
      const opened = closerOf(bytes[at] ?? 0);
      at = opened > 0 ? skipBlanks(bytes, at + 1, end) : scalarEnd(bytes, at, end);
      if (at < 0) return -1;
      if (opened > 0) {
        closers.push(opened);
        continue;
      }
    }
    at = afterComma(bytes, at, end, closers.at(-1) ?? 0);
    if (at < 0) return -1;
  }
  return -1;
}

/** What closes an object or array that opens with this byte; 0 for other bytes. */
function closerOf(byte: number): number {
  return byte === openBrace ? closeBrace : byte === openBracket ? closeBracket : 0;
}

/** A comma must not stand before the end. */
function afterComma(bytes: Uint8Array, start: number, end: number, closer: number): number {
  const at = skipBlanks(bytes, start, end);
  if (bytes[at] !== comma) return at;
  const next = skipBlanks(bytes, at + 1, end);
  return next >= end || bytes[next] === closer ? -1 : next;
}

/** A name and its colon; where the value begins. */
function memberValue(bytes: Uint8Array, at: number, end: number): number {
  const name = bytes[at] === quote ? stringEnd(bytes, at, end) : -1;
  if (name < 0) return -1;
  const colon = skipBlanks(bytes, name, end);
  return bytes[colon] === colonSign ? skipBlanks(bytes, colon + 1, end) : -1;
}

function scalarEnd(bytes: Uint8Array, at: number, end: number): number {
  if (bytes[at] === quote) return stringEnd(bytes, at, end);
  for (const word of ["true", "false", "null", "NaN"])
    if (isExactTextAt(bytes, at, end, word)) return at + word.length;
  return numberEnd(bytes, at, end);
}

function stringEnd(bytes: Uint8Array, start: number, end: number): number {
  for (let at = start + 1; at < end; at++) {
    const byte = bytes[at];
    if (byte === quote) return at + 1;
    if (byte !== backslash) continue;
    const escaped = bytes[++at] ?? 0;
    if (!'"\\/bfnrtu'.includes(String.fromCharCode(escaped))) return -1;
    if (escaped !== 117) continue;
    for (let digit = 1; digit <= 4; digit++) if (hexDigit(bytes[at + digit] ?? 0) < 0) return -1;
    at += 4;
  }
  return -1;
}

function numberEnd(bytes: Uint8Array, start: number, end: number): number {
  const first = bytes[start] === 45 ? start + 1 : start;
  let at = bytes[first] === 48 ? first + 1 : digitsEnd(bytes, first, end);
  if (at === first) return -1;
  if (bytes[at] === 46) {
    const next = digitsEnd(bytes, at + 1, end);
    if (next === at + 1) return -1;
    at = next;
  }
  if (((bytes[at] ?? 0) | 32) !== 101) return at;
  const sign = bytes[at + 1] === 43 || bytes[at + 1] === 45 ? at + 2 : at + 1;
  const next = digitsEnd(bytes, sign, end);
  return next === sign ? -1 : next;
}

function digitsEnd(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && (bytes[at] ?? 0) >= 48 && (bytes[at] ?? 0) <= 57) at++;
  return at;
}
