// The words of a Bicep file. Only what the project's own files use is read; all else is an error.

export type Token =
  | { kind: "word" | "mark" | "number"; text: string }
  | { kind: "line" }
  /** Pieces of text, and between them the words of what is put in. */
  | { kind: "text"; pieces: string[]; inserts: Token[][] };

const plain = /[ \t]+|\/\/[^\n]*|(\n)|([A-Za-z_]\w*)|(\d+)|(==|[{}[\]():,.?=@])/y;
const escapes: Record<string, string> = { "\\'": "'", "\\\\": "\\", "\\n": "\n", "\\$": "$" };

/** The words of a whole file. */
export function readTokens(source: string): Token[] {
  const { tokens, end } = readUntil(source, 0, null);
  if (end < source.length) throw new Error(`cannot read "${source.slice(end, end + 20)}"`);
  return tokens;
}

/** Words up to the "}" that closes an insert, or up to the end. */
function readUntil(
  source: string,
  start: number,
  closing: "}" | null,
): { tokens: Token[]; end: number } {
  const tokens: Token[] = [];
  let depth = 0;
  let at = start;
  while (at < source.length) {
    if (source[at] === "'") {
      const text = readText(source, at + 1);
      tokens.push(text.token);
      at = text.end;
      continue;
    }
    if (closing !== null && depth === 0 && source[at] === closing) break;
    plain.lastIndex = at;
    const match = plain.exec(source);
    if (!match) throw new Error(`cannot read "${source.slice(at, at + 20)}"`);
    at = plain.lastIndex;
    const [, line, word, number, mark] = match;
    if (line !== undefined) tokens.push({ kind: "line" });
    else if (word !== undefined) tokens.push({ kind: "word", text: word });
    else if (number !== undefined) tokens.push({ kind: "number", text: number });
    else if (mark !== undefined) tokens.push({ kind: "mark", text: mark });
    if (mark === "{") depth += 1;
    if (mark === "}") depth -= 1;
  }
  return { tokens, end: at };
}

function readText(source: string, start: number): { token: Token; end: number } {
  const pieces = [""];
  const inserts: Token[][] = [];
  let at = start;
  const add = (text: string) => void pieces.push((pieces.pop() ?? "") + text);
  while (source[at] !== "'") {
    const two = source.slice(at, at + 2);
    if (at >= source.length || two.startsWith("\n")) throw new Error("text without an end");
    if (two === "${") {
      const inside = readUntil(source, at + 2, "}");
      inserts.push(inside.tokens);
      pieces.push("");
      at = inside.end + 1;
    } else if (two.startsWith("\\")) {
      const escaped = escapes[two];
      if (escaped === undefined) throw new Error(`"${two}" is no escape`);
      add(escaped);
      at += 2;
    } else {
      add(two.slice(0, 1));
      at += 1;
    }
  }
  return { token: { kind: "text", pieces, inserts }, end: at + 1 };
}
