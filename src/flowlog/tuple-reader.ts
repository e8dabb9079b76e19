import { wordsPerAddress } from "./address-words.ts";
import { ascii } from "./ascii.ts";
import { encryptionCodes, type FlowBatch } from "./flow-batch.ts";
import { field } from "./tuple-fields.ts";
import { readPlainTuple } from "./plain-tuples.ts";
import { ipv6Groups, readIpv6 } from "./read-ipv6.ts";

const portMax = 65_535;
const protocolMax = 255;
const tcp = 6;
const udp = 17;
const smallDigitsMax = 9;
const numberDigitsMax = 16;
/** Below this a time is in seconds, from it on in milliseconds: 1973 as milliseconds, 5138 as seconds. */
const millisecondsFrom = 1e11;
const timeMax = millisecondsFrom * 1_000;
const ipv4Prefix = 0xffff;
const addressLengthMax = 64;
const encryptionLengthMax = 32;
const denied = 3;
const powersOfTen = Float64Array.from({ length: numberDigitsMax }, (_, power) => 10 ** power);

/**
 * Reads tuples where they lie, from bytes into a batch's columns. A tuple says by itself which format it has:
 * eight fields are version 1 of NSG flow logs; the letter A, or D with a state after it, is version 2; the rest is VNet's.
 * Version 1 knows decisions only: an allowed flow is written as one that began (B), a denied one as D.
 * In version 2 a denied flow has state B (or, never seen, another): it is written as D.
 */
export class TupleReader {
  /** The format of the tuple that was read last. */
  version: 1 | 2 | 4 = 1;
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;

  /** Reads the tuple from `at`, after its opening quote; returns where its closing quote is left behind, or minus a field. */
  read(bytes: Uint8Array, at: number, batch: FlowBatch, row: number): number {
    const end = readPlainTuple(bytes, at, batch, row);
    if (end > 0) {
      this.version = 4;
      return end;
    }
    this.#bytes = bytes;
    this.#at = at;
    const failed = this.#fields(batch, row);
    return failed === 0 ? this.#at : -failed;
  }

  #fields(batch: FlowBatch, row: number): number {
    if (!this.#time(batch.time, row)) return field.time;
    if (!this.#address(batch.source, row * 4)) return field.source;
    if (!this.#address(batch.destination, row * 4)) return field.destination;
    const sourcePort = this.#smallNumber(portMax);
    if (sourcePort < 0) return field.sourcePort;
    batch.sourcePort[row] = sourcePort;
    const destinationPort = this.#smallNumber(portMax);
    if (destinationPort < 0) return field.destinationPort;
    batch.destinationPort[row] = destinationPort;
    const protocol = this.#protocol();
    if (protocol < 0) return field.protocol;
    batch.protocol[row] = protocol;
    const direction = this.#letter(ascii.I, ascii.O);
    if (direction < 0) return field.direction;
    batch.direction[row] = direction;
    return this.#state(batch, row);
  }

  #time(column: Float64Array, row: number): boolean {
    const time = this.#number(ascii.comma);
    if (time < 0 || time >= timeMax) return false;
    column[row] = time < millisecondsFrom ? time * 1_000 : time;
    return true;
  }

  #address(words: Uint32Array, index: number): boolean {
    const bytes = this.#bytes;
    let at = this.#at;
    let word = 0;
    for (let octets = 0; octets < 4; octets++) {
      let octet = (bytes[at++] ?? 0) - ascii.zero;
      if (octet < 0 || octet > 9) return this.#otherAddress(words, index);
      let byte = bytes[at++] ?? 0;
      for (; byte >= ascii.zero && byte <= ascii.zero + 9; byte = bytes[at++] ?? 0) {
        if (octet === 0) return this.#otherAddress(words, index); // some read 010 as octal: nobody writes it
        octet = octet * 10 + byte - ascii.zero;
        if (octet > 255) return this.#otherAddress(words, index);
      }
      if (byte !== (octets < 3 ? ascii.dot : ascii.comma)) return this.#otherAddress(words, index);
      word = (word << 8) | octet;
    }
    words[index] = 0;
    words[index + 1] = 0;
    words[index + 2] = ipv4Prefix;
    words[index + 3] = word;
    this.#at = at;
    return true;
  }

  #otherAddress(words: Uint32Array, index: number): boolean {
    const start = this.#at;
    let end = start;
    while (this.#bytes[end] !== ascii.comma) if (++end - start > addressLengthMax) return false;
    if (!readIpv6(this.#bytes, start, end)) return false;
    for (let word = 0; word < wordsPerAddress; word++)
      words[index + word] = ((ipv6Groups[word * 2] ?? 0) << 16) | (ipv6Groups[word * 2 + 1] ?? 0);
    this.#at = end + 1;
    return true;
  }

  /** Digits and the comma after them; -1 when there are none, or they say more than `max`. */
  #smallNumber(max: number): number {
    const bytes = this.#bytes;
    let at = this.#at;
    let value = (bytes[at++] ?? 0) - ascii.zero;
    if (value < 0 || value > 9) return -1;
    let byte = bytes[at++] ?? 0;
    for (; byte >= ascii.zero && byte <= ascii.zero + 9; byte = bytes[at++] ?? 0) {
      value = value * 10 + byte - ascii.zero;
      if (value > max) return -1;
    }
    if (byte !== ascii.comma) return -1;
    this.#at = at;
    return value;
  }

  /** Up to sixteen digits and what ends them; -1 when there are none, or they say more than 2^53. */
  #number(terminator: number): number {
    const bytes = this.#bytes;
    const start = this.#at;
    let at = start;
    let value = 0;
    let byte = bytes[at] ?? 0;
    for (; byte >= ascii.zero && byte <= ascii.zero + 9; byte = bytes[++at] ?? 0) {
      if (at - start === smallDigitsMax) return this.#largeNumber(value, at, terminator);
      value = value * 10 + byte - ascii.zero;
    }
    if (at === start || byte !== terminator) return -1;
    this.#at = at + 1;
    return value;
  }

  /** The digits after the ninth: each half is an integer that fits in a register. */
  #largeNumber(high: number, start: number, terminator: number): number {
    const bytes = this.#bytes;
    let at = start;
    let low = 0;
    let byte = bytes[at] ?? 0;
    for (; byte >= ascii.zero && byte <= ascii.zero + 9; byte = bytes[++at] ?? 0) {
      if (at - start === numberDigitsMax - smallDigitsMax) return -1;
      low = low * 10 + byte - ascii.zero;
    }
    if (byte !== terminator) return -1;
    this.#at = at + 1;
    const value = high * (powersOfTen[at - start] ?? 0) + low;
    return value <= Number.MAX_SAFE_INTEGER ? value : -1;
  }

  #protocol(): number {
    const letter = this.#letter(ascii.T, ascii.U);
    if (letter < 0) return this.#smallNumber(protocolMax);
    return letter === 0 ? tcp : udp;
  }

  /** 0 or 1 for one of two letters and the comma after it, or -1. */
  #letter(zero: number, one: number): number {
    const byte = this.#bytes[this.#at];
    if (byte !== zero && byte !== one) return -1;
    if (this.#bytes[this.#at + 1] !== ascii.comma) return -1;
    this.#at += 2;
    return byte === zero ? 0 : 1;
  }

  #state(batch: FlowBatch, row: number): number {
    const letter = this.#bytes[this.#at] ?? 0;
    const after = this.#bytes[this.#at + 1];
    if (after === ascii.quote) return this.#decisionAlone(letter, batch, row);
    if (after !== ascii.comma) return field.state;
    this.#at += 2;
    const isDenied = letter === ascii.D;
    if (letter === ascii.A || (isDenied && this.#isStateOrNothing())) {
      this.version = 2;
      return this.#stateOfDecision(isDenied, batch, row);
    }
    const state = stateOf(letter);
    if (state < 0) return field.state;
    this.version = 4;
    batch.state[row] = state;
    const encryption = this.#encryption();
    if (encryption < 0) return field.encryption;
    batch.encryption[row] = encryption;
    return this.#counters(batch, row);
  }

  #decisionAlone(letter: number, batch: FlowBatch, row: number): number {
    if (letter !== ascii.A && letter !== ascii.D) return field.state;
    this.version = 1;
    batch.state[row] = letter === ascii.A ? 0 : denied;
    batch.encryption[row] = 0;
    batch.packetsToDestination[row] = 0;
    batch.bytesToDestination[row] = 0;
    batch.packetsToSource[row] = 0;
    batch.bytesToSource[row] = 0;
    this.#at += 2;
    return 0;
  }

  #isStateOrNothing(): boolean {
    const byte = this.#bytes[this.#at] ?? 0;
    return byte === ascii.comma || byte === ascii.B || byte === ascii.C || byte === ascii.E;
  }

  #stateOfDecision(isDenied: boolean, batch: FlowBatch, row: number): number {
    const letter = this.#bytes[this.#at] ?? 0;
    if (isDenied && letter === ascii.comma) this.#at++;
    else {
      if (this.#bytes[this.#at + 1] !== ascii.comma) return field.state;
      this.#at += 2;
    }
    const state = isDenied ? denied : stateOf(letter);
    if (state < 0 || (!isDenied && state === denied)) return field.state;
    batch.state[row] = state;
    batch.encryption[row] = 0;
    return this.#counters(batch, row);
  }

  /** A code of Azure's that is not known here costs no row: it has no encryption then. */
  #encryption(): number {
    const bytes = this.#bytes;
    const at = this.#at;
    if (bytes[at] === ascii.N && bytes[at + 1] === ascii.X && bytes[at + 2] === ascii.comma) {
      this.#at = at + 3;
      return 2;
    }
    const code = encryptionBytes.findIndex((text) =>
      text.every((byte, i) => bytes[at + i] === byte),
    );
    if (code < 0) return this.#unknownEncryption();
    this.#at = at + (encryptionBytes[code]?.length ?? 0);
    return code;
  }

  #unknownEncryption(): number {
    const start = this.#at;
    let at = start;
    while (at - start <= encryptionLengthMax && isOfCode(this.#bytes[at] ?? 0)) at++;
    if (at === start || this.#bytes[at] !== ascii.comma) return -1;
    this.#at = at + 1;
    return 0;
  }

  #counters(batch: FlowBatch, row: number): number {
    const packetsToDestination = this.#counter(ascii.comma);
    if (packetsToDestination < 0) return field.counters;
    batch.packetsToDestination[row] = packetsToDestination;
    const bytesToDestination = this.#counter(ascii.comma);
    if (bytesToDestination < 0) return field.counters + 1;
    batch.bytesToDestination[row] = bytesToDestination;
    const packetsToSource = this.#counter(ascii.comma);
    if (packetsToSource < 0) return field.counters + 2;
    batch.packetsToSource[row] = packetsToSource;
    const bytesToSource = this.#counter(ascii.quote);
    if (bytesToSource < 0) return field.counters + 3;
    batch.bytesToSource[row] = bytesToSource;
    return 0;
  }

  /** A number, or nothing, which is 0: B and denied flows have none in NSG flow logs. */
  #counter(terminator: number): number {
    if (this.#bytes[this.#at] !== terminator) return this.#number(terminator);
    this.#at++;
    return 0;
  }
}

/** Each code with the comma after it. */
const encryptionBytes = encryptionCodes.map((code) =>
  Uint8Array.from(`${code},`, (character) => character.charCodeAt(0)),
);

/** A capital letter or the underscore between two words. */
function isOfCode(byte: number): boolean {
  return (byte >= 0x41 && byte <= 0x5a) || byte === 0x5f;
}

/** Index into `flowStates`, or -1. */
function stateOf(letter: number): number {
  if (letter === ascii.B) return 0;
  if (letter === ascii.C) return 1;
  if (letter === ascii.E) return 2;
  return letter === ascii.D ? denied : -1;
}
