// The packets of one stream, as far as the pass that knows their streams has come by.
import type { RowNotes } from "./row-notes.ts";
import { fragmentWord, withoutDirection } from "./stream-words.ts";

/** Places of packets of a stream in their order, and of fragments, which may be of it. */
export function* streamPlaces(
  notes: RowNotes,
  wanted: number,
  { from, to }: { from: number; to: number },
): Generator<number, void> {
  for (let place = from; place < Math.min(to, notes.count); place++) {
    const word = notes.wordAt(place);
    if (word === fragmentWord || withoutDirection(word) === wanted) yield place;
  }
}

/** The next few of them. */
export function takePlaces(places: Generator<number, void>, count: number): number[] {
  const taken: number[] = [];
  while (taken.length < count) {
    const next = places.next();
    if (next.done === true) break;
    taken.push(next.value);
  }
  return taken;
}
