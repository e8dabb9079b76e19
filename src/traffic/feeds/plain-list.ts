import { addEntry, type FeedEntries } from "./feed-entries.ts";
import type { ThreatNote } from "./threat-list.ts";

/** No longer line is looked at: it is no list of addresses. */
const lineLengthMax = 4_096;

/** Lines of a text without making an array of all of them. */
export function* linesOf(text: string): Generator<string> {
  for (let at = text.startsWith("\u{feff}") ? 1 : 0; at < text.length;) {
    const newline = text.indexOf("\n", at);
    const end = newline < 0 ? text.length : newline;
    yield text.slice(at, Math.min(end, at + lineLengthMax)).trim();
    at = end + 1;
  }
}

/**
 * Addresses and prefixes, one a line, with comments behind `#`, `;` or `//`. A number behind the
 * address (ipsum: on how many lists it is) is its score.
 */
export function readPlainList(entries: FeedEntries, text: string, scoreMin: number): void {
  const notes = new Map<string, ThreatNote>();
  for (const line of linesOf(text)) {
    const [address = "", score = ""] = line.replace(/\s*(?:#|;|\/\/).*$/, "").split(/[\s,]+/, 2);
    if (address === "") continue;
    const isScored = /^\d{1,9}$/.test(score);
    if (isScored && Number(score) < scoreMin) entries.skipped.notMeant++;
    else addEntry(entries, address, isScored ? noteOf(notes, score) : null);
  }
}

/** One note for all entries with the same score. */
function noteOf(notes: Map<string, ThreatNote>, score: string): ThreatNote {
  let note = notes.get(score);
  if (!note) {
    note = { score: Number(score) };
    notes.set(score, note);
  }
  return note;
}
