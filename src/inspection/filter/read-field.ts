// Reads the values of fields from the layers of a frame.
import type { SliceRange } from "./ast.ts";
import type { CatalogField } from "./catalog.ts";
import type { Field, FieldType, FieldValue } from "../dissect/field.ts";
import type { Frame, Layer } from "../dissect/frame.ts";
import { uint16, uint24, uint32 } from "../file/bytes.ts";
import type { Subject } from "./subject.ts";
import { kindOf, type Value, type ValueKind } from "./value-kind.ts";

/** Adds all values that a packet has of something. */
export type Reader = (subject: Subject, values: Value[]) => void;

type LayerReader = (layer: Layer, values: Value[]) => void;

/** A reader of a field, in all layers or in those numbered so. */
export function fieldReader(field: CatalogField, layers: SliceRange[] | null): Reader {
  const { sources, name, type } = field;
  const [first] = sources;
  const isNoted = sources.every((source) => isNote(source.field));
  if (isNoted) return noteReader(name, kindOf(type), layers);
  if (first?.protocol === "frame") {
    const read = layerReader(first.field, type);
    return ({ packet }, values) => {
      if (!layers || isSelected(1, 1, layers)) read(packet, values);
    };
  }
  const readers = new Map(
    sources.map(({ protocol, field: source }) => [
      protocol,
      isNote(source) ? noteIn(name, kindOf(type)) : layerReader(source, type),
    ]),
  );
  const [only] = readers.size === 1 ? readers : [];
  if (only && !layers) return singleReader(...only);
  return ({ frame }, values) => {
    eachLayer(frame, layers, (layer) => readers.get(layer.protocol)?.(layer, values));
  };
}

/** A field that a dissector notes has neither a place nor a function. */
export function isNote(field: Field): boolean {
  return field.at === undefined && !field.read;
}

/** The commonest case: one protocol holds the field, and all its layers count. */
function singleReader(protocol: string, read: LayerReader): Reader {
  return ({ frame }, values) => {
    for (let index = 0; index < frame.depth; index++) {
      const layer = frame.layers[index];
      if (layer && layer.protocol === protocol) read(layer, values);
    }
    for (let index = 0; index < frame.quotedDepth; index++) {
      const layer = frame.quoted[index];
      if (layer && layer.protocol === protocol) read(layer, values);
    }
  };
}

/** Calls for each layer, the quoted ones last; with `layers`, only for those numbered so. */
export function eachLayer(
  frame: Frame,
  layers: SliceRange[] | null,
  call: (layer: Layer) => void,
): void {
  for (let index = 0; index < frame.depth + frame.quotedDepth; index++) {
    const layer = layerAt(frame, index);
    if (layer && (!layers || isSelectedLayer(frame, index, layers))) call(layer);
  }
}

function layerAt(frame: Frame, index: number): Layer | undefined {
  return index < frame.depth ? frame.layers[index] : frame.quoted[index - frame.depth];
}

function isSelectedLayer(frame: Frame, wanted: number, layers: SliceRange[]): boolean {
  const protocol = layerAt(frame, wanted)?.protocol;
  let number = 0;
  let count = 0;
  for (let index = 0; index < frame.depth + frame.quotedDepth; index++) {
    if (layerAt(frame, index)?.protocol !== protocol) continue;
    count++;
    if (index === wanted) number = count;
  }
  return isSelected(number, count, layers);
}

/** Layers are numbered from 1, or from the last one backwards with -1. */
function isSelected(number: number, count: number, layers: readonly SliceRange[]): boolean {
  return layers.some(({ start, length, last }) => {
    const first = start < 0 ? count + 1 + start : start;
    if (last !== null) return number >= first && number <= (last < 0 ? count + 1 + last : last);
    return number >= first && (length === null || number < first + length);
  });
}

function noteReader(name: string, kind: ValueKind, layers: SliceRange[] | null): Reader {
  const read = noteIn(name, kind);
  return ({ frame }, values) => eachLayer(frame, layers, (layer) => read(layer, values));
}

function noteIn(name: string, kind: ValueKind): LayerReader {
  return ({ notes }, values) => {
    if (!notes) return;
    for (const note of notes) if (note.field === name) values.push(toValue(note.value, kind));
  };
}

/** Reads one field of one layer. */
export function layerReader(field: Field, type: FieldType): LayerReader {
  if (field.read) return functionReader(field, kindOf(type));
  const places = typeof field.at === "object" ? field.at : [field.at ?? 0];
  const size = fieldSizeBytes(field, type);
  const decode = decoderOf(field, type, size);
  return ({ bytes, start, end }, values) => {
    if (start < 0) return;
    for (const place of places)
      if (start + place + size <= end) values.push(decode(bytes, start + place));
  };
}

/** Of a field at a place of its own. */
export const fieldSizeBytes = (field: Field, type: FieldType): number =>
  field.sizeBytes ?? sizes[type] ?? 0;

function functionReader(field: Field, kind: ValueKind): LayerReader {
  return (layer, values) => {
    field.read?.(layer, (value) => values.push(toValue(value, kind)));
  };
}

const sizes: Partial<Record<FieldType, number>> = {
  boolean: 1,
  uint8: 1,
  int8: 1,
  uint16: 2,
  int16: 2,
  uint24: 3,
  uint32: 4,
  int32: 4,
  uint64: 8,
  int64: 8,
  ipv4: 4,
  ipv6: 16,
  ether: 6,
  guid: 16,
};

type Decoder = (bytes: Uint8Array, at: number) => Value;

function decoderOf({ mask }: Field, type: FieldType, size: number): Decoder {
  const decode = plainDecoder(type, size);
  if (mask === undefined) return decode;
  const shift = 31 - Math.clz32(mask & -mask);
  return (bytes, at) => ((decode(bytes, at) as number) & mask) >>> shift;
}

const wide = (bytes: Uint8Array, at: number): bigint =>
  (BigInt(uint32(bytes, at)) << 32n) | BigInt(uint32(bytes, at + 4));

const oneByte: Decoder = (bytes, at) => bytes[at] ?? 0;

const decoders: Partial<Record<FieldType, Decoder>> = {
  boolean: oneByte,
  uint8: oneByte,
  int8: (bytes, at) => ((bytes[at] ?? 0) << 24) >> 24,
  uint16,
  int16: (bytes, at) => (uint16(bytes, at) << 16) >> 16,
  uint24,
  uint32,
  ipv4: uint32,
  int32: (bytes, at) => uint32(bytes, at) | 0,
  uint64: wide,
  int64: (bytes, at) => BigInt.asIntN(64, wide(bytes, at)),
};

function plainDecoder(type: FieldType, size: number): Decoder {
  if (type === "string")
    return (bytes, at) => latin1.decode(bytes.subarray(at, at + size)).replace(/\0.*$/s, "");
  return decoders[type] ?? ((bytes, at) => bytes.subarray(at, at + size));
}

const latin1 = new TextDecoder("latin1");

/** A dissector's value as filters see it. */
export function toValue(value: FieldValue, kind: ValueKind): Value {
  if (typeof value === "boolean") return value ? 1 : 0;
  if (kind === "ipv4" && value instanceof Uint8Array) return uint32(value, 0);
  if (kind === "wide" && typeof value === "number") return BigInt(value);
  return value;
}
