// Regular expressions: Wireshark's are PCRE without regard to case; here they are translated to
// JavaScript's. Bytes are matched as Latin-1 text.
import type { Span } from "./ast.ts";
import { FilterError } from "./filter-error.ts";

const patternLengthMax = 4_096;
/** PCRE's white space, of ASCII only. */
const space = String.raw`\t-\r `;
const posixClasses: Readonly<Record<string, string>> = {
  alpha: "A-Za-z",
  digit: "0-9",
  alnum: "A-Za-z0-9",
  upper: "A-Z",
  lower: "a-z",
  space,
  blank: String.raw` \t`,
  punct: String.raw`!-\/:-@\[-\x60{-~`,
  xdigit: "0-9A-Fa-f",
  word: String.raw`\w`,
  cntrl: String.raw`\0-\x1f\x7f`,
  print: String.raw`\x20-\x7e`,
  graph: String.raw`\x21-\x7e`,
};

/** A pattern as a RegExp; raises FilterError where it is none. */
export function toRegExp(text: string, span: Span): RegExp {
  if (text.length > patternLengthMax)
    throw new FilterError(`a pattern has at most ${patternLengthMax} characters`, span);
  try {
    return new RegExp(translate(text), "i");
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/^.*: /, "") : "unreadable";
    throw new FilterError(`this is no regular expression: ${lowerFirst(reason)}`, span);
  }
}

const lowerFirst = (text: string): string => text.slice(0, 1).toLowerCase() + text.slice(1);

function translate(text: string): string {
  let result = "";
  let open = 0;
  for (let at = 0; at < text.length;) {
    const piece = pieceAt(text, at);
    open += piece.opens ?? 0;
    result += piece.result;
    at += piece.length;
  }
  return result + ")".repeat(open);
}

interface Piece {
  result: string;
  length: number;
  /** Groups opened here that end with the pattern. */
  opens?: number;
}

const pieceReaders: Readonly<Record<string, (text: string, at: number) => Piece>> = {
  "\\": (text, at) => escapeAt(text, at, false),
  "[": classAt,
  ".": () => ({ result: String.raw`[^\n]`, length: 1 }),
  $: () => ({ result: String.raw`(?=\n?$)`, length: 1 }),
  "(": groupAt,
};

function pieceAt(text: string, at: number): Piece {
  return (pieceReaders[text[at] ?? ""] ?? quantifierAt)(text, at);
}

/** Possessive quantifiers only change how fast a match fails. */
function quantifierAt(text: string, at: number): Piece {
  const character = text[at] ?? "";
  const isQuantified = /[*+?}]/.test(character) && text[at + 1] === "+";
  return { result: character, length: isQuantified ? 2 : 1 };
}

/** Options for the rest of a pattern become a group around it. */
function groupAt(text: string, at: number): Piece {
  const rest = text.slice(at);
  const options = /^\(\?([imsx]*)(?:-([imsx]+))?\)/.exec(rest);
  if (options) {
    const known = (letters = ""): string => letters.replaceAll("x", "");
    const on = known(options[1]);
    const off = known(options[2]);
    const group = on === "" && off === "" ? "(?:" : `(?${on}${off === "" ? "" : `-${off}`}:`;
    return { result: group, length: options[0].length, opens: 1 };
  }
  const named = /^\(\?P?<([A-Za-z_]\w*)>/.exec(rest);
  if (named) return { result: `(?<${named[1]}>`, length: named[0].length };
  if (rest.startsWith("(?>")) return { result: "(?:", length: 3 };
  const comment = /^\(\?#[^)]*\)/.exec(rest);
  return comment ? { result: "", length: comment[0].length } : { result: "(", length: 1 };
}

function escapeAt(text: string, at: number, inClass: boolean): Piece {
  const letter = text[at + 1] ?? "";
  const code = /^\\x\{([0-9A-Fa-f]{1,2})\}/.exec(text.slice(at, at + 6));
  if (code) return { result: `\\x${(code[1] ?? "").padStart(2, "0")}`, length: code[0].length };
  if (letter === "Q" && !inClass) return quotedAt(text, at);
  const replaced = (inClass ? classEscapes : plainEscapes)[letter];
  if (replaced !== undefined) return { result: replaced, length: 2 };
  // Without the flag u, JavaScript takes an escape that it does not know for the character itself.
  return { result: text.slice(at, at + 2), length: 2 };
}

const classEscapes: Readonly<Record<string, string>> = {
  s: space,
  h: String.raw` \t`,
  e: String.raw`\x1b`,
  a: String.raw`\x07`,
};
const plainEscapes: Readonly<Record<string, string>> = {
  s: `[${space}]`,
  S: `[^${space}]`,
  h: String.raw`[ \t]`,
  R: String.raw`(?:\r\n|[\n-\r])`,
  A: "(?<![^])",
  z: "(?![^])",
  Z: String.raw`(?=\n?(?![^]))`,
  e: String.raw`\x1b`,
  a: String.raw`\x07`,
  E: "",
};

function quotedAt(text: string, at: number): Piece {
  const end = text.indexOf(String.raw`\E`, at);
  const literal = text.slice(at + 2, end < 0 ? text.length : end);
  const result = literal.replaceAll(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`);
  return { result, length: (end < 0 ? text.length : end + 2) - at };
}

function classAt(text: string, start: number): Piece {
  let at = start + 1;
  let result = "[";
  if (text[at] === "^") {
    result += "^";
    at++;
  }
  // A bracket that comes first stands for itself.
  if (text[at] === "]") {
    result += String.raw`\]`;
    at++;
  }
  while (at < text.length && text[at] !== "]") {
    const posix = /^\[:(\w+):\]/.exec(text.slice(at, at + 12));
    const piece = posix
      ? { result: posixClasses[posix[1] ?? ""] ?? "", length: posix[0].length }
      : text[at] === "\\"
        ? escapeAt(text, at, true)
        : { result: text[at] === "[" ? String.raw`\[` : (text[at] ?? ""), length: 1 };
    result += piece.result;
    at += piece.length;
  }
  return { result: at < text.length ? `${result}]` : result, length: at + 1 - start };
}
