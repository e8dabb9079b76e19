/** Segments remembered of all streams until they are acknowledged; later ones are not, which is counted. */
const segmentCountMax = 4_000_000;
const initialCount = 4_096;
const nodeWords = 5;

/** Words of one segment: the next older one (its number plus one), what it sent, and when. */
export const segmentWord = {
  older: 0,
  sequence: 1,
  nextSequence: 2,
  seconds: 3,
  nanoseconds: 4,
} as const;

/** Segments that were sent and not acknowledged, in lists from the newest to the oldest, in one array. */
export class Unacknowledged {
  words = new Int32Array(initialCount * nodeWords);
  #count = 0;
  /** Numbers plus one of segments that are free again, linked by `older`. */
  #free = 0;
  overflow = 0;

  /** Takes a segment in; the new head of the list, or the old one when there is no room. */
  push(head: number): number {
    let node = this.#free;
    if (node !== 0) {
      this.#free = this.words[(node - 1) * nodeWords] ?? 0;
    } else {
      if (this.#count >= segmentCountMax) {
        this.overflow++;
        return head;
      }
      if ((this.#count + 1) * nodeWords > this.words.length) this.#grow();
      node = ++this.#count;
    }
    this.words[(node - 1) * nodeWords] = head;
    return node;
  }

  /** Where the words of a segment begin. */
  at(node: number): number {
    return (node - 1) * nodeWords;
  }

  free(node: number): void {
    this.words[(node - 1) * nodeWords] = this.#free;
    this.#free = node;
  }

  #grow(): void {
    const grown = new Int32Array(this.words.length * 2);
    grown.set(this.words);
    this.words = grown;
  }
}
