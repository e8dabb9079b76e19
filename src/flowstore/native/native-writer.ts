/**
 * Writes one block of ClickHouse's Native format: columns one after the other, each with name, type and
 * values as they lie in memory (clickhouse.com/docs/interfaces/formats/Native; SerializationLowCardinality.cpp
 * for dictionaries). One buffer, grown by doubling and used again for the next block.
 */
export interface NativeWriter {
  begin(columnCount: number, rowCount: number): void;
  /** A column whose values lie in memory as ClickHouse keeps them, little-endian. */
  column(name: string, type: string, values: ArrayBufferView): void;
  /** IPv6 from four words a row; words are numbers, the format wants network order. */
  addresses(name: string, words: Uint32Array, rowCount: number): void;
  /** LowCardinality(String): each word once, and for each row the index of its word. */
  words(name: string, dictionary: readonly string[], indexes: DictionaryIndexes): void;
  /** The block; valid until `begin`. */
  bytes(): Uint8Array;
}

export type DictionaryIndexes = Uint8Array | Uint16Array | Uint32Array;

const initialSizeBytes = 1 << 20;
const varintSizeBytesMax = 10;
const keysVersion = 1n;
const hasAdditionalKeys = 1n << 9n;
const needsDictionaryUpdate = 1n << 10n;

/** `roomBytes` is a guess of the block's size: growing by doubling copies it and leaves as much as garbage again. */
export function createNativeWriter(roomBytes = initialSizeBytes): NativeWriter {
  let buffer = Buffer.allocUnsafeSlow(roomBytes);
  let length = 0;
  const reserve = (sizeBytes: number): void => {
    if (length + sizeBytes <= buffer.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(buffer.length * 2, length + sizeBytes));
    buffer.copy(larger, 0, 0, length);
    buffer = larger;
  };
  const varint = (value: number): void => {
    reserve(varintSizeBytesMax);
    let rest = value;
    for (; rest >= 0x80; rest = Math.floor(rest / 128)) buffer[length++] = (rest % 128) | 0x80;
    buffer[length++] = rest;
  };
  const text = (value: string): void => {
    const sizeBytes = Buffer.byteLength(value);
    varint(sizeBytes);
    reserve(sizeBytes);
    length += buffer.write(value, length);
  };
  const copy = (values: ArrayBufferView): number => {
    const start = length;
    reserve(values.byteLength);
    buffer.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), length);
    length += values.byteLength;
    return start;
  };
  const number64 = (value: bigint): void => {
    reserve(8);
    length = buffer.writeBigUInt64LE(value, length);
  };
  const head = (name: string, type: string): void => {
    text(name);
    text(type);
  };
  return {
    begin(columnCount, rowCount) {
      length = 0;
      varint(columnCount);
      varint(rowCount);
    },
    column(name, type, values) {
      head(name, type);
      copy(values);
    },
    addresses(name, words, rowCount) {
      head(name, "IPv6");
      const start = copy(words.subarray(0, rowCount * 4));
      buffer.subarray(start, length).swap32();
    },
    words(name, dictionary, indexes) {
      head(name, "LowCardinality(String)");
      number64(keysVersion);
      number64(
        BigInt(Math.log2(indexes.BYTES_PER_ELEMENT)) | hasAdditionalKeys | needsDictionaryUpdate,
      );
      number64(BigInt(dictionary.length));
      for (const word of dictionary) text(word);
      number64(BigInt(indexes.length));
      copy(indexes);
    },
    bytes: () => buffer.subarray(0, length),
  };
}
