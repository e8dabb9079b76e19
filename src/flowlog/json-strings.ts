import { ascii, firstPrintable, hexDigit } from "./ascii.ts";
import type { WorkBytes } from "./work-bytes.ts";

/** What a search for the end of a string found: its closing quote, or why it stopped before. */
export type StringEnd = "closed" | "more" | "control" | "long";

/** Finds where strings end that are wanted as a whole. */
export class StringScanner {
  /** The closing quote, or the character that may not be there. */
  end = 0;
  hasEscapes = false;

  /** `start` is after the opening quote. What it says does not depend on how much of the bytes is there, unless "more". */
  scan({ bytes, filled }: WorkBytes, start: number, sizeBytesMax: number): StringEnd {
    this.hasEscapes = false;
    let at = start;
    for (; at < filled; at++) {
      if (at - start > sizeBytesMax) return "long";
      const byte = bytes[at] ?? 0;
      if (byte === ascii.quote || byte < firstPrintable) break;
      if (byte !== ascii.backslash) continue;
      this.hasEscapes = true;
      at++;
    }
    if (at >= filled) return "more";
    this.end = at;
    return bytes[at] === ascii.quote ? "closed" : "control";
  }
}

const simpleEscapes = new Set(Array.from('"\\/bfnrt', (letter) => letter.charCodeAt(0)));

/** Passes over strings that nobody reads, of any length and over any border of chunks. */
export class StringSkipper {
  isOpen = false;
  /** Characters of an escape that are still to come: -1 is the letter, 1 to 4 are hexadecimal digits. */
  #escape = 0;

  open(): void {
    this.isOpen = true;
    this.#escape = 0;
  }

  /** Ends after the closing quote or where the bytes end; false when the string is malformed. */
  skip(work: WorkBytes): boolean {
    const { bytes, filled } = work;
    while (work.at < filled) {
      const byte = bytes[work.at] ?? 0;
      if (this.#escape !== 0) {
        if (!this.#escaped(byte)) return work.unexpected("an escape");
      } else if (byte === ascii.backslash) this.#escape = -1;
      else if (byte < firstPrintable) return work.unexpected("the end of a string");
      else if (byte === ascii.quote) {
        this.isOpen = false;
        work.at++;
        return true;
      }
      work.at++;
    }
    return true;
  }

  #escaped(byte: number): boolean {
    if (this.#escape > 0) {
      this.#escape--;
      return hexDigit(byte) >= 0;
    }
    this.#escape = byte === ascii.u ? 4 : 0;
    return byte === ascii.u || simpleEscapes.has(byte);
  }
}

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** The text between two quotes that has escapes; null when one of them is none. */
export function unescaped(bytes: Uint8Array, start: number, end: number): string | null {
  try {
    return JSON.parse(`"${decoder.decode(bytes.subarray(start, end))}"`) as string;
  } catch {
    return null;
  }
}
