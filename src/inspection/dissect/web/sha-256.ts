// SHA-256 (FIPS 180-4, 6.2) of a few blocks at a time, in words. What it is used for, QUIC's keys and
// fingerprints of clients, is needed for thousands of connections: nothing is allocated.

const blockWordCount = 16;
const blockSizeBytes = 64;
const stateWordCount = 8;

/** Fractional parts of the cube roots of the first 64 primes (4.2.2). */
const roundConstants = Int32Array.from(primes(64), (prime) => fraction(Math.cbrt(prime)));
/** Where hashing begins: fractional parts of the square roots of the first eight (5.3.3). */
export const initialHashState = Int32Array.from(primes(stateWordCount), (prime) =>
  fraction(Math.sqrt(prime)),
);

const schedule = new Int32Array(64);

/** A state that nothing was hashed into. */
export function newHashState(): Int32Array {
  return initialHashState.slice();
}

/** Hashes the block of 16 words into the state. */
export function hashBlock(state: Int32Array, block: Int32Array): void {
  for (let index = 0; index < blockWordCount; index++) schedule[index] = block[index] ?? 0;
  for (let index = blockWordCount; index < 64; index++) {
    const early = schedule[index - 15] ?? 0;
    const late = schedule[index - 2] ?? 0;
    const small0 = rotated(early, 7) ^ rotated(early, 18) ^ (early >>> 3);
    const small1 = rotated(late, 17) ^ rotated(late, 19) ^ (late >>> 10);
    schedule[index] =
      ((schedule[index - 16] ?? 0) + small0 + (schedule[index - 7] ?? 0) + small1) | 0;
  }
  runRounds(state);
}

function runRounds(state: Int32Array): void {
  let a = state[0] ?? 0;
  let b = state[1] ?? 0;
  let c = state[2] ?? 0;
  let d = state[3] ?? 0;
  let e = state[4] ?? 0;
  let f = state[5] ?? 0;
  let g = state[6] ?? 0;
  let h = state[7] ?? 0;
  for (let index = 0; index < 64; index++) {
    const big1 = rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25);
    const choice = (e & f) ^ (~e & g);
    const one = (h + big1 + choice + (roundConstants[index] ?? 0) + (schedule[index] ?? 0)) | 0;
    const big0 = rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22);
    const majority = (a & b) ^ (a & c) ^ (b & c);
    h = g;
    g = f;
    f = e;
    e = (d + one) | 0;
    d = c;
    c = b;
    b = a;
    a = (one + big0 + majority) | 0;
  }
  state[0] = (state[0] ?? 0) + a;
  state[1] = (state[1] ?? 0) + b;
  state[2] = (state[2] ?? 0) + c;
  state[3] = (state[3] ?? 0) + d;
  state[4] = (state[4] ?? 0) + e;
  state[5] = (state[5] ?? 0) + f;
  state[6] = (state[6] ?? 0) + g;
  state[7] = (state[7] ?? 0) + h;
}

const block = new Int32Array(blockWordCount);

/** Hashes the first `size` bytes, as an end behind `sizeBefore` bytes of whole blocks, into the state. */
export function hashEnd(
  state: Int32Array,
  bytes: Uint8Array,
  size: number,
  sizeBefore: number,
): void {
  let at = 0;
  for (; at + blockSizeBytes <= size; at += blockSizeBytes) {
    fillBlock(block, bytes, at, size);
    hashBlock(state, block);
  }
  fillBlock(block, bytes, at, size);
  if (size - at > blockSizeBytes - 9) {
    hashBlock(state, block);
    block.fill(0);
  }
  // Fewer than 2 ** 29 bytes: their number of bits takes one word.
  block[blockWordCount - 1] = (sizeBefore + size) << 3;
  hashBlock(state, block);
}

/** The 64 bytes at `at`, with the bit that ends the message behind its last byte, and zeros (5.1.1). */
function fillBlock(words: Int32Array, bytes: Uint8Array, at: number, size: number): void {
  words.fill(0);
  const end = Math.min(size, at + blockSizeBytes);
  for (let index = at; index < end; index++) addByte(words, index - at, bytes[index] ?? 0);
  if (end < at + blockSizeBytes) addByte(words, end - at, 0x80);
}

function addByte(words: Int32Array, place: number, byte: number): void {
  words[place >> 2] = (words[place >> 2] ?? 0) | (byte << (24 - ((place & 3) << 3)));
}

function rotated(word: number, count: number): number {
  return (word >>> count) | (word << (32 - count));
}

function fraction(value: number): number {
  return Math.trunc((value - Math.trunc(value)) * 2 ** 32) | 0;
}

function primes(count: number): number[] {
  const found: number[] = [];
  for (let number = 2; found.length < count; number++)
    if (found.every((prime) => number % prime !== 0)) found.push(number);
  return found;
}
