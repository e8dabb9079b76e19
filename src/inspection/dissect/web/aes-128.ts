// AES-128 (FIPS 197), encrypting only: QUIC's Initial packets are opened with its counter mode. Their keys are
// public, so that tables, which tell secrets to who measures time, do no harm. Blocks are four words.

const roundCount = 10;
const roundKeyWordCount = 4 * (roundCount + 1);
const byteCount = 256;

const substitutes = new Uint8Array(byteCount);
/** What a byte of each row adds to its column: substitution and the mixing of columns in one. */
const row0 = new Int32Array(byteCount);
const row1 = new Int32Array(byteCount);
const row2 = new Int32Array(byteCount);
const row3 = new Int32Array(byteCount);
fillTables();

/** The round keys of the key of four words at `at` (5.2). */
export function expandKey(key: Int32Array, at = 0): Int32Array {
  const keys = new Int32Array(roundKeyWordCount);
  for (let index = 0; index < 4; index++) keys[index] = key[at + index] ?? 0;
  let constant = 1;
  for (let index = 4; index < roundKeyWordCount; index++) {
    let word = keys[index - 1] ?? 0;
    if ((index & 3) === 0) {
      word = substituted((word << 8) | (word >>> 24)) ^ (constant << 24);
      constant = doubled(constant);
    }
    keys[index] = (keys[index - 4] ?? 0) ^ word;
  }
  return keys;
}

/** Encrypts the block in place. */
export function encryptBlock(keys: Int32Array, block: Int32Array): void {
  let a = (block[0] ?? 0) ^ (keys[0] ?? 0);
  let b = (block[1] ?? 0) ^ (keys[1] ?? 0);
  let c = (block[2] ?? 0) ^ (keys[2] ?? 0);
  let d = (block[3] ?? 0) ^ (keys[3] ?? 0);
  let at = 4;
  for (let round = 1; round < roundCount; round++, at += 4) {
    const nextA = mixed(a, b, c, d) ^ (keys[at] ?? 0);
    const nextB = mixed(b, c, d, a) ^ (keys[at + 1] ?? 0);
    const nextC = mixed(c, d, a, b) ^ (keys[at + 2] ?? 0);
    d = mixed(d, a, b, c) ^ (keys[at + 3] ?? 0);
    a = nextA;
    b = nextB;
    c = nextC;
  }
  block[0] = last(a, b, c, d) ^ (keys[at] ?? 0);
  block[1] = last(b, c, d, a) ^ (keys[at + 1] ?? 0);
  block[2] = last(c, d, a, b) ^ (keys[at + 2] ?? 0);
  block[3] = last(d, a, b, c) ^ (keys[at + 3] ?? 0);
}

/** One column after substitution, shift of rows and mixing: each row of it comes from another column. */
function mixed(a: number, b: number, c: number, d: number): number {
  return (
    (row0[a >>> 24] ?? 0) ^
    (row1[(b >>> 16) & 255] ?? 0) ^
    (row2[(c >>> 8) & 255] ?? 0) ^
    (row3[d & 255] ?? 0)
  );
}

/** The same in the last round, which does not mix. */
function last(a: number, b: number, c: number, d: number): number {
  return (
    ((substitutes[a >>> 24] ?? 0) << 24) |
    ((substitutes[(b >>> 16) & 255] ?? 0) << 16) |
    ((substitutes[(c >>> 8) & 255] ?? 0) << 8) |
    (substitutes[d & 255] ?? 0)
  );
}

function substituted(word: number): number {
  return last(word, word, word, word);
}

/** Twice a byte in the field of AES (4.2.1). */
function doubled(byte: number): number {
  return ((byte << 1) ^ (byte & 0x80 ? 0x11b : 0)) & 255;
}

/** The substitution is the inverse in the field, then an affine map of its bits (5.1.1). */
function fillTables(): void {
  // 3 generates all bytes but 0; the powers of its inverse are their inverses.
  const powers = new Uint8Array(byteCount);
  let power = 1;
  for (let index = 0; index < byteCount - 1; index++) {
    powers[index] = power;
    power ^= doubled(power);
  }
  for (let index = 0; index < byteCount - 1; index++) {
    const inverse = powers[(byteCount - 1 - index) % (byteCount - 1)] ?? 0;
    setByte(powers[index] ?? 0, inverse);
  }
  setByte(0, 0);
}

function setByte(byte: number, inverse: number): void {
  const twice = inverse | (inverse << 8);
  const value = (twice ^ (twice >> 4) ^ (twice >> 5) ^ (twice >> 6) ^ (twice >> 7) ^ 0x63) & 255;
  substitutes[byte] = value;
  const two = doubled(value);
  const column = (two << 24) | (value << 16) | (value << 8) | (two ^ value);
  row0[byte] = column;
  row1[byte] = (column >>> 8) | (column << 24);
  row2[byte] = (column >>> 16) | (column << 16);
  row3[byte] = (column >>> 24) | (column << 8);
}
