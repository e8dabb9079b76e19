/** One minute of one series, by second; NaN where nothing was measured. */
export const minuteSeconds = 60;

export interface Summary {
  sum: number;
  count: number;
  minimum: number;
  maximum: number;
}

export function summarize(values: Float64Array): Summary {
  let [sum, count, minimum, maximum] = [0, 0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (Number.isNaN(value)) continue;
    sum += value;
    count++;
    minimum = Math.min(minimum, value);
    maximum = Math.max(maximum, value);
  }
  return { sum, count, minimum, maximum };
}

const headerSizeBytes = 16;
const valueSizeBytes = 8;

/**
 * Two 64-bit maps (which seconds are measured; which of those are not zero), then the values that are not
 * zero, all little-endian: 16 bytes for an idle minute, 496 at most.
 */
export function packMinute(values: Float64Array): Uint8Array {
  let [measured, filled] = [0n, 0n];
  const kept: number[] = [];
  values.forEach((value, index) => {
    if (Number.isNaN(value)) return;
    measured |= 1n << BigInt(index);
    if (value === 0) return;
    filled |= 1n << BigInt(index);
    kept.push(value);
  });
  const bytes = new Uint8Array(headerSizeBytes + kept.length * valueSizeBytes);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, measured, true);
  view.setBigUint64(8, filled, true);
  kept.forEach((value, index) =>
    view.setFloat64(headerSizeBytes + index * valueSizeBytes, value, true),
  );
  return bytes;
}

/** The seconds of a packed minute; all unmeasured when there is none, or when it is damaged. */
export function unpackMinute(packed: unknown): Float64Array {
  const values = new Float64Array(minuteSeconds).fill(Number.NaN);
  if (!(packed instanceof Uint8Array) || packed.length < headerSizeBytes) return values;
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  const [measured, filled] = [view.getBigUint64(0, true), view.getBigUint64(8, true)];
  let at = headerSizeBytes;
  for (let index = 0; index < minuteSeconds; index++) {
    const bit = 1n << BigInt(index);
    if ((measured & bit) === 0n) continue;
    values[index] = 0;
    if ((filled & bit) === 0n || at + valueSizeBytes > packed.length) continue;
    values[index] = view.getFloat64(at, true);
    at += valueSizeBytes;
  }
  return values;
}
