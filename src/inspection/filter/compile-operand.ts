import type { SliceRange } from "./ast.ts";
import { calculate, negated } from "./arithmetic.ts";
import type { Layer } from "../dissect/frame.ts";
import { headerSizeBytes } from "./header-size.ts";
import { eachLayer, fieldReader, type Reader } from "./read-field.ts";
import type { Subject } from "./subject.ts";
import type { TypedOperand } from "./typed.ts";
import { kindOf, type Value } from "./value-kind.ts";

/** A reader of all values of an operand. */
export function readerOf(operand: TypedOperand): Reader {
  switch (operand.kind) {
    case "constant": {
      const { value } = operand.constant;
      return (_, values) => values.push(value);
    }
    case "field":
      return fieldReader(operand.field, operand.layers);
    case "protocol":
      return protocolReader(operand.name, operand.layers);
    case "slice":
      return sliceReader(operand);
    case "call":
      return callReader(operand);
    case "negate":
      return negationReader(operand);
    case "arithmetic":
      return arithmeticReader(operand);
  }
}

/** True when a packet has any value of the operand. */
export function existenceOf(operand: TypedOperand): (subject: Subject) => boolean {
  if (operand.kind === "protocol" && !operand.layers) return presenceOf(operand.name);
  const read = operand.kind === "protocol" ? layerMarker(operand) : readerOf(operand);
  const values: Value[] = [];
  return (subject) => {
    values.length = 0;
    read(subject, values);
    return values.length > 0;
  };
}

function layerMarker({ name, layers }: { name: string; layers: SliceRange[] | null }): Reader {
  return ({ frame }, values) =>
    eachLayer(frame, layers, (layer) => {
      if (layer.protocol === name) values.push(1);
    });
}

function presenceOf(name: string): (subject: Subject) => boolean {
  if (name === "frame") return () => true;
  return ({ frame }) => {
    for (let index = 0; index < frame.depth; index++) if (frame.path[index] === name) return true;
    for (let index = 0; index < frame.quotedDepth; index++)
      if (frame.quoted[index]?.protocol === name) return true;
    return false;
  };
}

function protocolReader(name: string, layers: SliceRange[] | null): Reader {
  if (name === "frame") return ({ packet }, values) => values.push(bytesOf(packet));
  return ({ frame }, values) =>
    eachLayer(frame, layers, (layer) => {
      if (layer.protocol === name && layer.start >= 0) values.push(bytesOf(layer));
    });
}

const bytesOf = ({ bytes, start, end }: Layer): Uint8Array => bytes.subarray(start, end);

/** Asks about the bytes of layers where they lie. */
type ByteSearch = (
  isForAll: boolean,
  test: (bytes: Uint8Array, start: number, end: number) => boolean,
) => (subject: Subject) => boolean;

/** Searches a protocol's bytes in place; null for operands that are no whole protocol. */
export function searchedBytes(operand: TypedOperand): ByteSearch | null {
  if (operand.kind !== "protocol" || operand.layers) return null;
  const { name } = operand;
  if (name === "frame")
    return (_, test) =>
      ({ packet }) =>
        test(packet.bytes, packet.start, packet.end);
  return (isForAll, test) => (subject) => {
    let count = 0;
    let found = 0;
    eachLayer(subject.frame, null, (layer) => {
      if (layer.protocol !== name || layer.start < 0) return;
      count++;
      if (test(layer.bytes, layer.start, layer.end)) found++;
    });
    return isForAll ? count > 0 && found === count : found > 0;
  };
}

const encoder = new TextEncoder();

function sliceReader({ operand, ranges }: Extract<TypedOperand, { kind: "slice" }>): Reader {
  const read = operand.kind === "protocol" ? headerReader(operand) : readerOf(operand);
  const wholes: Value[] = [];
  return (subject, values) => {
    wholes.length = 0;
    read(subject, wholes);
    for (const whole of wholes) {
      const sliced = sliceOf(toBytes(whole), ranges);
      if (sliced) values.push(sliced);
    }
  };
}

function toBytes(value: Value): Uint8Array {
  if (value instanceof Uint8Array) return value;
  if (typeof value === "string") return encoder.encode(value);
  const number = Number(value);
  return Uint8Array.of(number >>> 24, number >>> 16, number >>> 8, number);
}

/** The bytes of all ranges, one after another; null when a range reaches out of them. */
function sliceOf(bytes: Uint8Array, ranges: readonly SliceRange[]): Uint8Array | null {
  const [only] = ranges;
  if (only && ranges.length === 1) return partOf(bytes, only);
  const parts = ranges.map((range) => partOf(bytes, range));
  const joined: number[] = [];
  for (const part of parts) {
    if (!part) return null;
    joined.push(...part);
  }
  return Uint8Array.from(joined);
}

function partOf(bytes: Uint8Array, { start, length, last }: SliceRange): Uint8Array | null {
  const size = bytes.length;
  const first = start < 0 ? size + start : start;
  const end =
    last === null ? (length === null ? size : first + length) : (last < 0 ? size + last : last) + 1;
  return first < 0 || end > size || end <= first ? null : bytes.subarray(first, end);
}

function callReader(operand: Extract<TypedOperand, { kind: "call" }>): Reader {
  const { function: called, arguments: written } = operand;
  const [first] = written;
  const type = first?.type ?? "none";
  if (called.name === "len" && first?.kind === "protocol") return headerLengths(first);
  if (called.name === "count" && first?.kind === "protocol") return counted(layerMarker(first));
  const readers = written.map(readerOf);
  return (subject, values) => {
    const given: Value[] = [];
    for (const read of readers) read(subject, given);
    for (const value of called.apply(given, type)) values.push(value);
  };
}

function counted(read: Reader): Reader {
  return (subject, values) => {
    const found: Value[] = [];
    read(subject, found);
    if (found.length > 0) values.push(found.length);
  };
}

function headerReader({ name, layers }: Extract<TypedOperand, { kind: "protocol" }>): Reader {
  if (name === "frame") return protocolReader(name, layers);
  return ({ frame }, values) =>
    eachLayer(frame, layers, (layer) => {
      if (layer.protocol !== name || layer.start < 0) return;
      values.push(layer.bytes.subarray(layer.start, layer.start + headerSizeBytes(layer)));
    });
}

/** A protocol's length is that of its header. */
function headerLengths({ name, layers }: Extract<TypedOperand, { kind: "protocol" }>): Reader {
  if (name === "frame") return ({ packet }, values) => values.push(packet.end - packet.start);
  return ({ frame }, values) =>
    eachLayer(frame, layers, (layer) => {
      if (layer.protocol === name && layer.start >= 0) values.push(headerSizeBytes(layer));
    });
}

function negationReader({ operand, type }: Extract<TypedOperand, { kind: "negate" }>): Reader {
  if (operand.kind === "constant") {
    const value = negated(operand.constant.value);
    return (_, values) => values.push(value);
  }
  const read = readerOf(operand);
  const given: Value[] = [];
  const isNumber = kindOf(type) !== "bytes";
  return (subject, values) => {
    given.length = 0;
    read(subject, given);
    for (const value of given) if (isNumber) values.push(negated(value));
  };
}

function arithmeticReader({
  operator,
  left,
  right,
  type,
}: Extract<TypedOperand, { kind: "arithmetic" }>): Reader {
  const readLeft = readerOf(left);
  const readRight = readerOf(right);
  const kind = kindOf(type);
  return (subject, values) => {
    const ones: Value[] = [];
    const others: Value[] = [];
    readLeft(subject, ones);
    readRight(subject, others);
    for (const one of ones) {
      for (const other of others) {
        const result = calculate(operator, kind, one, other);
        if (result !== null) values.push(result);
      }
    }
  };
}
