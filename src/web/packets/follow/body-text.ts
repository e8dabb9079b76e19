import { shownText } from "./piece-text.ts";

/** Types whose bytes are characters, whatever they look like. */
const textTypes = /^text\/|[/+](?:json|xml|javascript|x-www-form-urlencoded|x-ndjson)\b/i;
/** Characters that text does not have: those for a terminal or a printer, blanks and ends of lines aside. */
const noText = /(?![\t-\r\u0085])\p{Cc}/u;

/** A body as text, by what it says it is, or else by what it looks like; null where it is not to be read as text. */
export function bodyText(bytes: Uint8Array, contentType: string): string | null {
  const charset = /charset="?([^\s;"]+)/i.exec(contentType)?.[1] ?? "utf-8";
  const isSaid = textTypes.test(contentType);
  const text = decoded(bytes, charset);
  if (text === null) return null;
  const looksLikeText = !noText.test(text) && !text.includes("\uFFFD");
  return isSaid || looksLikeText ? shownText(text) : null;
}

/** A character that the end cuts in two is left out. */
function decoded(bytes: Uint8Array, charset: string): string | null {
  try {
    return new TextDecoder(charset).decode(bytes, { stream: true });
  } catch {
    return charset === "utf-8" ? null : decoded(bytes, "utf-8");
  }
}
