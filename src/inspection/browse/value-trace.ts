// Where a value lies that a function reads: what bytes it looked at right before it told the value, and whether they
// are that value. What was computed from them has no place of its own.
import type { CatalogField } from "../filter/catalog.ts";
import type { Field, FieldValue } from "../dissect/field.ts";
import type { Layer } from "../dissect/frame.ts";
import { fieldSizeBytes } from "../filter/read-field.ts";

/** Larger layers are not traced: it takes a hundred times as long as reading. */
const layerSizeBytesMax = 4_096;
/** Bytes before a value that are looked at for it. */
const lookCountMax = 512;
/** A name in DNS has a length in place of each point, one more before it, and a zero behind it (RFC 1035, 3.1). */
const nameOverheadBytes = 2;

export interface Place {
  start: number;
  end: number;
}

export interface TracedField {
  field: CatalogField;
  source: Field;
}

/** Places of values by the field's name, in the order in which the layer has them; null where there is none. */
export function tracePlaces(
  layer: Layer,
  fields: readonly TracedField[],
): Map<string, (Place | null)[]> {
  const places = new Map<string, (Place | null)[]>();
  if (layer.start < 0 || layer.end - layer.start > layerSizeBytesMax) return places;
  const trace = new Trace(layer);
  const known = new Map(fields.map((each) => [each.field.name, each]));
  const note = (name: string, value: FieldValue): void => {
    const found = known.get(name);
    if (found) places.set(name, [...(places.get(name) ?? []), trace.placeOf({ ...found, value })]);
    trace.told();
  };
  for (const parse of new Set(fields.map(({ source }) => source.parse)))
    parse?.(trace.begin(), note);
  for (const { field, source } of fields)
    if (!source.parse && layer.facts === null)
      source.read?.(trace.begin(), (value) => note(field.name, value));
  return places;
}

interface Told extends TracedField {
  value: FieldValue;
}

/** What was looked at of a layer, in order. */
class Trace {
  readonly #layer: Layer;
  readonly #bytes: Uint8Array;
  /** Places of bytes, since the last number that has a place. */
  readonly #looked: number[] = [];
  /** How many of them were looked at when the last value was told. */
  #before = 0;
  /** Where the last number with a place ends. */
  #placedEnd = 0;

  constructor(layer: Layer) {
    this.#layer = layer;
    this.#bytes = watched(layer.bytes, this.#looked);
  }

  /** The layer, to be read from its beginning. */
  begin(): Layer {
    this.#looked.length = 0;
    this.#before = 0;
    this.#placedEnd = 0;
    return { ...this.#layer, bytes: this.#bytes, facts: null };
  }

  told(): void {
    if (this.#looked.length > lookCountMax)
      this.#looked.splice(0, this.#looked.length - lookCountMax);
    this.#before = this.#looked.length;
  }

  placeOf(told: Told): Place | null {
    const { value, field } = told;
    if (typeof value === "number") return this.#placeOfNumber({ ...told, value });
    return typeof value === "string" && field.type === "string" ? this.#placeOfName(value) : null;
  }

  #placeOfName(value: string): Place | null {
    const looked = this.#looked.slice(this.#before);
    const start = looked[0] ?? -1;
    const isInOrder = looked.every((at, index) => at === start + index);
    if (!isInOrder || looked.length !== value.length + nameOverheadBytes) return null;
    return { start, end: start + looked.length };
  }

  /** The first bytes behind the number before that were looked at one after another and are the number. */
  #placeOfNumber({ field, source, value }: Told & { value: number }): Place | null {
    const size = fieldSizeBytes(source, field.type);
    if (size < 1 || size > 4 || field.type === "boolean") return null;
    // A single byte is soon the same by chance.
    const from = size === 1 ? this.#before : 0;
    for (let index = from; index + size <= this.#looked.length; index++) {
      const start = this.#looked[index] ?? 0;
      if (start < this.#placedEnd || !this.#isNumber(index, size, value)) continue;
      this.#placedEnd = start + size;
      return { start, end: start + size };
    }
    return null;
  }

  #isNumber(index: number, size: number, value: number): boolean {
    const start = this.#looked[index] ?? 0;
    let read = 0;
    for (let byte = 0; byte < size; byte++) {
      if (this.#looked[index + byte] !== start + byte) return false;
      read = read * 256 + (this.#layer.bytes[start + byte] ?? 0);
    }
    return read === value && start >= this.#layer.start && start + size <= this.#layer.end;
  }
}

/** The same bytes; what is read of them one by one is noted. */
function watched(bytes: Uint8Array, looked: number[]): Uint8Array {
  return new Proxy(bytes, {
    get(target, key) {
      if (typeof key === "string" && /^\d+$/.test(key)) {
        looked.push(Number(key));
        return target[Number(key)];
      }
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
}
