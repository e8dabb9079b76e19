/** Said where a text was cut. */
const ellipsis = "…";
/** A word longer than this share of the whole is cut inside. */
const wordShareMax = 0.3;

// Control characters, and those that turn the direction of what follows (Unicode TR 36, 2.5).
// oxlint-disable-next-line no-control-regex
const controls = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** One line without control characters, cut at a word. */
export const cleanLine = (text: string, lengthMax: number): string =>
  cutText(
    text
      .slice(0, lengthMax * 4)
      .replaceAll(/\s+/g, " ")
      .replaceAll(controls, "")
      .trim(),
    {
      lengthMax,
    },
  );

/** Lines without control characters, cut at a word. */
export const cleanText = (text: string, lengthMax: number): string =>
  cutText(
    text
      .slice(0, lengthMax * 4)
      .replaceAll("\r\n", "\n")
      .replaceAll(controls, ""),
    { lengthMax },
  );

export interface CutOptions {
  lengthMax: number;
  /** `bytes` of UTF-8 where the receiver counts those. */
  unit?: "characters" | "bytes";
  /** Put at the end of a text that was cut: where the rest is. */
  rest?: string;
}

/** The text, or as much of it as fits before `rest`, which then ends it; never longer than `lengthMax`. */
export function cutText(text: string, { lengthMax, unit, rest = ellipsis }: CutOptions): string {
  const measure = (part: string): number =>
    unit === "bytes" ? Buffer.byteLength(part) : part.length;
  if (measure(text) <= lengthMax) return text;
  const ending = measure(rest) < lengthMax ? rest : "";
  const room = lengthMax - measure(ending);
  const part = unit === "bytes" ? firstBytes(text, room) : firstCharacters(text, room);
  const space = part.search(/\s\S*$/);
  const words = space >= part.length * (1 - wordShareMax) ? part.slice(0, space) : part;
  return `${words.trimEnd()}${ending}`;
}

/** Never half of a surrogate pair. */
const firstCharacters = (text: string, count: number): string =>
  text.slice(0, count).replace(/[\ud800-\udbff]$/, "");

/** Never half of a character. */
const firstBytes = (text: string, count: number): string =>
  new TextDecoder().decode(Buffer.from(text).subarray(0, count), { stream: true });

/** An address that may be a link: http or https, without a password; null for any other. */
export function safeUrl(text: string): string | null {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url || (url.protocol !== "https:" && url.protocol !== "http:")) return null;
  if (url.username !== "" || url.password !== "" || url.href.length > 2_000) return null;
  // Of the characters that end a link somewhere these are left as they are by the URL standard.
  return url.href.replaceAll("|", "%7C").replaceAll("'", "%27");
}

/** For HTML, in text and in attributes. */
export const escapeHtml = (text: string): string =>
  text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
