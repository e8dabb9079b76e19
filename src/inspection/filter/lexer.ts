import { FilterError } from "./filter-error.ts";
import { readCharacter, readString } from "./quoted.ts";
import type { Token, TokenKind } from "./token.ts";

/** Characters of a filter; longer ones are refused. */
const filterLengthMax = 65_536;

/** Operators that are words, and other spellings, by the one that the parser knows. */
const spellings: ReadonlyMap<string, string> = new Map([
  ["eq", "=="],
  ["any_eq", "=="],
  ["ne", "!="],
  ["all_ne", "!="],
  ["all_eq", "==="],
  ["any_ne", "!=="],
  ["~=", "!=="],
  ["gt", ">"],
  ["ge", ">="],
  ["lt", "<"],
  ["le", "<="],
  ["bitwise_and", "&"],
  ["contains", "contains"],
  ["matches", "matches"],
  ["~", "matches"],
  ["in", "in"],
  ["not", "!"],
  ["and", "&&"],
  ["or", "||"],
  ["xor", "^^"],
  ["any", "any"],
  ["all", "all"],
]);

const blank = /[ \t\r\n\f\v]+/y;
const symbol = /===|!==|==|!=|~=|>=|<=|&&|\|\||\^\^|\.\.|[><!~&+\-*/%(){},#]/y;
const word = /[A-Za-z0-9_](?:[A-Za-z0-9_-]|\.(?=[A-Za-z0-9_]))*/y;
const prefixed = /[.:][A-Za-z0-9_](?:[A-Za-z0-9_:-]|\.(?=[A-Za-z0-9_]))*/y;
const networkSize = /\/\d{1,3}/y;
const address4 = /^\d{1,3}(?:\.\d{1,3}){3}$/;
const colonBytes = /[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2})+(?![0-9A-Fa-f:])/y;
const address6 =
  /(?:[0-9A-Fa-f]{1,4}|(?=::))(?::[0-9A-Fa-f]{0,4}){2,8}(?:(?<=[:0-9])(?:\.\d{1,3}){3})?(?![0-9A-Fa-f:])/y;

/** Cuts a filter into tokens; the last one is of the kind `end`. */
export function tokensOf(text: string): Token[] {
  if (text.length > filterLengthMax) {
    const span = { start: filterLengthMax, end: filterLengthMax + 1 };
    throw new FilterError(`a filter has at most ${filterLengthMax} characters`, span);
  }
  const tokens: Token[] = [];
  for (let at = 0; at < text.length;) {
    at += matchAt(blank, text, at).length;
    if (at >= text.length) break;
    const token = tokenAt(text, at, tokens.at(-1));
    tokens.push(token);
    at = token.end;
  }
  tokens.push({ kind: "end", text: "", start: text.length, end: text.length + 1 });
  return tokens;
}

function tokenAt(text: string, at: number, before: Token | undefined): Token {
  const first = text[at];
  if (first === '"') return readString(text, at, at, false);
  if (first === "'") return readCharacter(text, at);
  if ((first === "r" || first === "R") && text[at + 1] === '"')
    return readString(text, at, at + 1, true);
  if (first === "[") return rangesAt(text, at);
  const address = matchAt(colonBytes, text, at) || addressAt(text, at);
  if (address !== "") return tokenOf("word", address, at);
  const dotted = before && isRangeDots(text, at) ? "" : matchAt(prefixed, text, at);
  if (dotted !== "") return prefixedToken(dotted, at);
  const bare = matchAt(word, text, at);
  if (bare !== "") return wordToken(text, bare, at);
  const sign = matchAt(symbol, text, at);
  if (sign === "") throw unexpected(first ?? "", at);
  return tokenOf("symbol", spellings.get(sign) ?? sign, at, sign.length);
}

function isRangeDots(text: string, at: number): boolean {
  return text.startsWith("..", at);
}

function prefixedToken(text: string, at: number): Token {
  return tokenOf(
    text.startsWith(".") ? "fieldWord" : "literalWord",
    text.slice(1),
    at,
    text.length,
  );
}

function wordToken(text: string, bare: string, at: number): Token {
  const operator = spellings.get(bare);
  if (operator !== undefined) return tokenOf("symbol", operator, at, bare.length);
  const size = address4.test(bare) ? matchAt(networkSize, text, at + bare.length) : "";
  return tokenOf("word", bare + size, at);
}

/** An IPv6 address, with a prefix length where one is written. */
function addressAt(text: string, at: number): string {
  const found = matchAt(address6, text, at);
  const groups = found.split(":");
  if (!found.includes("::") && groups.length !== 8 && !(found.includes(".") && groups.length === 7))
    return "";
  return found + matchAt(networkSize, text, at + found.length);
}

function rangesAt(text: string, at: number): Token {
  const end = text.indexOf("]", at);
  if (end < 0) {
    const span = { start: at, end: text.length };
    throw new FilterError('the "]" of a slice is missing', span);
  }
  return tokenOf("ranges", text.slice(at + 1, end), at, end + 1 - at);
}

function tokenOf(kind: TokenKind, text: string, start: number, length = text.length): Token {
  return { kind, text, start, end: start + length };
}

function matchAt(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? "";
}

function unexpected(character: string, at: number): FilterError {
  const span = { start: at, end: at + 1 };
  if (character === "=")
    return new FilterError('"=" is no operator; a comparison is written "=="', span);
  return new FilterError(`"${character}" has no meaning here`, span);
}
