type Expected = "value" | "valueOrEnd" | "key" | "keyOrEnd" | "colon" | "commaOrEnd" | "nothing";

const punctuation = ["{", "}", "[", "]", ",", ":"] as const;

interface Token {
  kind: "string" | "scalar" | (typeof punctuation)[number];
  end: number;
}

const scalarPattern = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;
/** A quote, a backslash, or anything below the space, which a string may not hold. */
const stringStopPattern = /["\\]|[^ -\uffff]/g;
const escapePattern = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const spacePattern = /[ \t\n\r]*/y;

/**
 * Index of the first character at which `text` stops being JSON (RFC 8259); its length when it only
 * ends too early, and when it is whole. JSON.parse itself leaves the place out of most messages.
 */
export function jsonErrorPosition(text: string): number {
  const open: ("{" | "[")[] = [];
  let expected: Expected = "value";
  for (let at = skipSpace(text, 0); at < text.length;) {
    const token = readToken(text, at);
    const next: Expected | null = token && follow(expected, token.kind, open);
    if (!token || !next) return at;
    expected = next;
    at = skipSpace(text, token.end);
  }
  return text.length;
}

/** What may come after this token, with `open` brought up to date; null when it may not come here. */
function follow(expected: Expected, kind: Token["kind"], open: ("{" | "[")[]): Expected | null {
  const afterValue = (): Expected => (open.length === 0 ? "nothing" : "commaOrEnd");
  if (kind === "}" || kind === "]") {
    const isEmpty = expected === (kind === "}" ? "keyOrEnd" : "valueOrEnd");
    if (!isEmpty && expected !== "commaOrEnd") return null;
    return open.pop() === (kind === "}" ? "{" : "[") ? afterValue() : null;
  }
  if (expected === "colon") return kind === ":" ? "value" : null;
  if (expected === "key" || expected === "keyOrEnd") return kind === "string" ? "colon" : null;
  if (expected === "commaOrEnd") {
    if (kind !== ",") return null;
    return open.at(-1) === "{" ? "key" : "value";
  }
  if (expected === "nothing" || kind === "," || kind === ":") return null;
  if (kind === "string" || kind === "scalar") return afterValue();
  open.push(kind);
  return kind === "{" ? "keyOrEnd" : "valueOrEnd";
}

function readToken(text: string, at: number): Token | null {
  if (text[at] === '"') return readString(text, at);
  const mark = punctuation.find((each) => each === text[at]);
  if (mark !== undefined) return { kind: mark, end: at + 1 };
  const end = matchEnd(scalarPattern, text, at);
  return end === null ? null : { kind: "scalar", end };
}

/** A string that is not closed reaches to the end of the text. */
function readString(text: string, begin: number): Token | null {
  for (let at = begin + 1; ;) {
    stringStopPattern.lastIndex = at;
    const stop = stringStopPattern.exec(text);
    if (!stop) return { kind: "string", end: text.length };
    if (stop[0] === '"') return { kind: "string", end: stop.index + 1 };
    const end = stop[0] === "\\" ? matchEnd(escapePattern, text, stop.index) : null;
    if (end === null) return null;
    at = end;
  }
}

function matchEnd(pattern: RegExp, text: string, at: number): number | null {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : null;
}

const skipSpace = (text: string, at: number): number => matchEnd(spacePattern, text, at) ?? at;
