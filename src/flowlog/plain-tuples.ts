import { ascii } from "./ascii.ts";
import type { FlowBatch } from "./flow-batch.ts";
import { ipv6Groups, readIpv6 } from "./read-ipv6.ts";

const { zero, comma, quote, dot } = ascii;
const ipv4Prefix = 0xffff;
const addressLengthMax = 45;
const portMax = 65_535;
const protocolMax = 255;
/** Digits of a time in milliseconds from 2001 to 2286, and of a counter that fits in 31 bits. */
const timeDigits = 13;
const counterDigitsMax = 9;
const highDigits = 1e7;

/** Where the last number or address ended: behind the character after it. */
let end = 0;

/**
 * Reads a tuple of a VNet flow log as Azure writes it; returns where its closing quote is left behind, or 0 when anything
 * in it is unlike that, which `TupleReader` then reads or refuses. It does so in half the time:
 * little is kept but in registers, and few questions are asked of a byte.
 */
export function readPlainTuple(
  bytes: Uint8Array,
  start: number,
  batch: FlowBatch,
  row: number,
): number {
  const time = timeAt(bytes, start);
  if (time < 0) return 0;
  batch.time[row] = time;
  if (!addressAt(bytes, start + timeDigits + 1, batch.source, row * 4)) return 0;
  if (!addressAt(bytes, end, batch.destination, row * 4)) return 0;
  const sourcePort = numberAt(bytes, end, comma);
  if (sourcePort < 0 || sourcePort > portMax) return 0;
  batch.sourcePort[row] = sourcePort;
  const destinationPort = numberAt(bytes, end, comma);
  if (destinationPort < 0 || destinationPort > portMax) return 0;
  batch.destinationPort[row] = destinationPort;
  const protocol = numberAt(bytes, end, comma);
  if (protocol < 0 || protocol > protocolMax) return 0;
  batch.protocol[row] = protocol;
  return lettersAt(bytes, end, batch, row) && countersAt(bytes, end, batch, row) ? end : 0;
}

/** Thirteen digits, the first of them not 0, and a comma; -1 when there is something else. */
function timeAt(bytes: Uint8Array, start: number): number {
  if (bytes[start] === zero) return -1;
  let high = 0;
  let low = 0;
  let odd = 0;
  for (let at = start; at < start + 6; at++) {
    const digit = (bytes[at] ?? 0) - zero;
    odd |= digit | (9 - digit);
    high = high * 10 + digit;
  }
  for (let at = start + 6; at < start + timeDigits; at++) {
    const digit = (bytes[at] ?? 0) - zero;
    odd |= digit | (9 - digit);
    low = low * 10 + digit;
  }
  return odd < 0 || bytes[start + timeDigits] !== comma ? -1 : high * highDigits + low;
}

/** Up to nine digits and what ends them; -1 when there is something else. */
function numberAt(bytes: Uint8Array, start: number, terminator: number): number {
  let at = start;
  let value = (bytes[at++] ?? 0) - zero;
  if (value >>> 0 > 9) return -1;
  let byte = bytes[at++] ?? 0;
  while (byte !== terminator) {
    const digit = byte - zero;
    if (digit >>> 0 > 9 || at - start > counterDigitsMax) return -1;
    value = value * 10 + digit;
    byte = bytes[at++] ?? 0;
  }
  end = at;
  return value;
}

function addressAt(bytes: Uint8Array, start: number, words: Uint32Array, index: number): boolean {
  let at = start;
  let word = 0;
  for (let octets = 0; octets < 4; octets++) {
    const octet = octetAt(bytes, at, octets < 3 ? dot : comma);
    if (octet < 0) return otherAt(bytes, start, words, index);
    word = (word << 8) | (octet & 0xff);
    at += octet >> 8;
  }
  words[index] = 0;
  words[index + 1] = 0;
  words[index + 2] = ipv4Prefix;
  words[index + 3] = word;
  end = at;
  return true;
}

/** The number, and above it how many bytes it and the one after it have; -1 when there is something else. */
function octetAt(bytes: Uint8Array, at: number, terminator: number): number {
  const first = (bytes[at] ?? 0) - zero;
  if (first >>> 0 > 9) return -1;
  const second = bytes[at + 1] ?? 0;
  if (second === terminator) return first | (2 << 8);
  if (first === 0 || (second - zero) >>> 0 > 9) return -1; // some read 010 as octal: nobody writes it
  const both = first * 10 + second - zero;
  const third = bytes[at + 2] ?? 0;
  if (third === terminator) return both | (3 << 8);
  if ((third - zero) >>> 0 > 9 || bytes[at + 3] !== terminator) return -1;
  const all = both * 10 + third - zero;
  return all > 255 ? -1 : all | (4 << 8);
}

function otherAt(bytes: Uint8Array, start: number, words: Uint32Array, index: number): boolean {
  let at = start;
  while (bytes[at] !== comma) if (++at - start > addressLengthMax) return false;
  if (!readIpv6(bytes, start, at)) return false;
  for (let word = 0; word < 4; word++)
    words[index + word] = ((ipv6Groups[word * 2] ?? 0) << 16) | (ipv6Groups[word * 2 + 1] ?? 0);
  end = at + 1;
  return true;
}

/** Direction, state and encryption. */
function lettersAt(bytes: Uint8Array, start: number, batch: FlowBatch, row: number): boolean {
  const direction = bytes[start];
  const state = bytes[start + 2];
  if (bytes[start + 1] !== comma || bytes[start + 3] !== comma) return false;
  if (direction === ascii.I) batch.direction[row] = 0;
  else if (direction === ascii.O) batch.direction[row] = 1;
  else return false;
  if (state === ascii.B) batch.state[row] = 0;
  else if (state === ascii.C) batch.state[row] = 1;
  else if (state === ascii.E) batch.state[row] = 2;
  else if (state === ascii.D) batch.state[row] = 3;
  else return false;
  let at = start + 4;
  if (bytes[at] === ascii.N) {
    batch.encryption[row] = 2;
    at++;
  } else batch.encryption[row] = 1;
  if (bytes[at] !== ascii.X || bytes[at + 1] !== comma) return false;
  end = at + 2;
  return true;
}

function countersAt(bytes: Uint8Array, start: number, batch: FlowBatch, row: number): boolean {
  const packetsToDestination = numberAt(bytes, start, comma);
  if (packetsToDestination < 0) return false;
  batch.packetsToDestination[row] = packetsToDestination;
  const bytesToDestination = numberAt(bytes, end, comma);
  if (bytesToDestination < 0) return false;
  batch.bytesToDestination[row] = bytesToDestination;
  const packetsToSource = numberAt(bytes, end, comma);
  if (packetsToSource < 0) return false;
  batch.packetsToSource[row] = packetsToSource;
  const bytesToSource = numberAt(bytes, end, quote);
  if (bytesToSource < 0) return false;
  batch.bytesToSource[row] = bytesToSource;
  return true;
}
