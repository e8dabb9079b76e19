// What may come next in a display filter, by what stands before the place where somebody writes.
import type { FieldType } from "../../../inspection/dissect/field.ts";
import type { Catalog } from "../../../inspection/filter/catalog.ts";
import { tokensOf } from "../../../inspection/filter/lexer.ts";
import type { Token } from "../../../inspection/filter/token.ts";
import { kindOf } from "../../../inspection/filter/value-kind.ts";
import { type CaptureValues, valuesOf } from "./field-values.ts";
import { functions, joiners, operatorsOf } from "./operators.ts";

/** Offers at once; who wants more writes a letter more. */
export const offerCountMax = 60;

export type OfferKind =
  | "field"
  | "protocol"
  | "operator"
  | "value"
  | "function"
  | "snippet"
  | "history";

/** Something that can be taken over into the filter. */
export interface Offer {
  kind: OfferKind;
  text: string;
  /** A field's type, or nothing. */
  type: string;
  /** What it is: in the words of the dissector, or the key of the page's own words. */
  description: string;
}

export interface Completion {
  offers: Offer[];
  /** Characters `[start, end)` of the filter that an offer takes the place of. */
  start: number;
  end: number;
}

export const nothingToOffer: Completion = { offers: [], start: 0, end: 0 };

const wordBefore = /"?[A-Za-z0-9_.:-]*$/;
const wordAfter = /^[A-Za-z0-9_.:-]*/;
const restOfQuoted = /^[A-Za-z0-9_.:-]*"?/;

/** What could stand at `caret`. */
export function complete(
  { text, caret }: { text: string; caret: number },
  catalog: Catalog,
  values: CaptureValues,
): Completion {
  const word = wordBefore.exec(text.slice(0, caret))?.[0] ?? "";
  const start = caret - word.length;
  const rest = word.startsWith('"') ? restOfQuoted : wordAfter;
  const end = caret + (rest.exec(text.slice(caret))?.[0].length ?? 0);
  const before = tokensBefore(text.slice(0, start));
  if (!before) return nothingToOffer;
  const candidates = candidatesAfter(before, word, { catalog, values });
  return { offers: best(candidates, word), start, end };
}

/** Null inside of quotes, or after what is no filter. */
function tokensBefore(text: string): Token[] | null {
  try {
    return tokensOf(text).slice(0, -1);
  } catch {
    return null;
  }
}

interface Known {
  catalog: Catalog;
  values: CaptureValues;
}

const comparisons: ReadonlySet<string> = new Set([
  "==",
  "!=",
  "===",
  "!==",
  ">",
  "<",
  ">=",
  "<=",
  "contains",
  "matches",
  "..",
]);
const openers: ReadonlySet<string> = new Set(["&&", "||", "^^", "!", "("]);

function candidatesAfter(before: readonly Token[], word: string, known: Known): Offer[] {
  const last = before.at(-1);
  if (!last || isSymbol(last, openers)) return word === "" && last ? [] : subjects(known.catalog);
  const field = comparedField(before, known.catalog);
  if (field) return valuesOf(field, known.values);
  if (last.kind === "symbol" && last.text !== ")" && last.text !== "}") return [];
  const type = isComparison(before.at(-2)) ? null : typeOf(last, known.catalog);
  return type === null ? joiners : [...operatorsOf(type), ...joiners];
}

const isSymbol = ({ kind, text }: Token, symbols: ReadonlySet<string>): boolean =>
  kind === "symbol" && symbols.has(text);
const isComparison = (token: Token | undefined): boolean =>
  token !== undefined && (isSymbol(token, comparisons) || token.text === "{");

/** The field that what comes next is compared with; null where nothing is being compared. */
function comparedField(
  before: readonly Token[],
  catalog: Catalog,
): { name: string; type: FieldType } | null {
  let at = before.length - 1;
  if (at >= 0 && isSymbol(before[at] as Token, comparisons)) at--;
  else {
    // Inside of a set: back to what is before `in {`.
    while (at >= 0 && ["word", "string", "literalWord"].includes(before[at]?.kind ?? "")) at--;
    while (at >= 0 && before[at]?.text === ",") {
      at--;
      while (at >= 0 && before[at]?.kind !== "symbol") at--;
    }
    if (before[at]?.text !== "{" || before[at - 1]?.text !== "in") return null;
    at -= 2;
  }
  const name = before[at]?.text ?? "";
  const found = catalog.field(name);
  return found ? { name, type: found.type } : null;
}

function typeOf({ kind, text }: Token, catalog: Catalog): FieldType | null {
  if (kind !== "word" && kind !== "fieldWord") return null;
  return catalog.field(text)?.type ?? (catalog.isProtocol(text) ? "protocol" : null);
}

let all: { of: Catalog; offers: Offer[] } | null = null;

/** Every field, protocol and function. */
function subjects(catalog: Catalog): Offer[] {
  if (all?.of === catalog) return all.offers;
  const offers = subjectsOf(catalog);
  const isCommon = ({ text }: Offer): boolean => commonProtocols.has(text);
  const others = offers.filter((offer) => !isCommon(offer));
  all = { of: catalog, offers: [...offers.filter(isCommon), ...others, ...functions] };
  return all.offers;
}

/** Meant more often than the hundreds of others that begin with the same letters. */
const commonProtocols: ReadonlySet<string> = new Set([
  "arp",
  "dhcp",
  "dns",
  "eth",
  "frame",
  "http",
  "http2",
  "icmp",
  "icmpv6",
  "ip",
  "ipv6",
  "quic",
  "ssh",
  "tcp",
  "tls",
  "udp",
]);

const subjectsOf = (catalog: Catalog): Offer[] =>
  catalog.names().map((name): Offer => {
    const field = catalog.field(name);
    if (!field) return { kind: "protocol", text: name, type: "", description: "" };
    const type = kindOf(field.type) === "none" ? "" : field.type;
    return { kind: "field", text: name, type, description: field.description };
  });

/** Those that begin with the word come first, then those of which a part does, then those that have it. */
function best(candidates: readonly Offer[], word: string): Offer[] {
  const wanted = word.toLowerCase();
  const ranked: Offer[][] = [[], [], []];
  for (const offer of candidates) {
    const text = offer.text.toLowerCase();
    if (text === wanted && candidates.length > 1 && !hasMore(candidates, offer)) continue;
    if (text.startsWith(wanted)) ranked[0]?.push(offer);
    else if (wanted.length > 1 && text.includes(`.${wanted}`)) ranked[1]?.push(offer);
    else if (wanted.length > 2 && isAbout(offer, wanted)) ranked[2]?.push(offer);
  }
  return ranked.flat().slice(0, offerCountMax);
}

const isAbout = ({ text, description }: Offer, wanted: string): boolean =>
  text.includes(wanted) || description.toLowerCase().includes(wanted);

/** Whether a name that is written out is the beginning of longer ones. */
const hasMore = (candidates: readonly Offer[], { text }: Offer): boolean =>
  candidates.some((other) => other.text.startsWith(`${text}.`));

/** The filter with the offer in its place, and where to write on. */
export function taken(
  filter: string,
  { start, end }: Completion,
  { text, kind }: Offer,
): { text: string; caret: number } {
  const isWhole = kind === "snippet" || kind === "history";
  const [before, after] = isWhole ? ["", ""] : [filter.slice(0, start), filter.slice(end)];
  const gap = kind === "function" || isWhole || after.startsWith(" ") ? "" : " ";
  const caret = before.length + text.length + gap.length;
  return { text: `${before}${text}${gap}${after}`, caret };
}
