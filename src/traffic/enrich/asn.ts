import { readFile } from "node:fs/promises";
import { createAddressWords } from "../../flowlog/address-words.ts";
import { isIpv4At, readAddress } from "../prefix/address-text.ts";
import {
  findIpv4,
  findIpv6,
  ipv4TableOf,
  type Ipv4Table,
  ipv6TableOf,
  type Ipv6Table,
} from "../prefix/prefix-table.ts";
import { findPackageData } from "./package-data.ts";

const packageName = "@ip-location-db/asn";
const newline = 10;
const comma = 44;

export interface AutonomousSystem {
  readonly asn: number;
  readonly owner: string;
}

/** Who announces an address. */
export interface AutonomousSystems {
  readonly version: string;
  find(words: Uint32Array, at: number): AutonomousSystem | null;
}

/** Ranges in order, as the package's files have them, with what is between them. */
interface Ranges<Starts> {
  readonly starts: Starts;
  readonly values: Int32Array;
}

/** Null when the package is not installed. */
export async function openAutonomousSystems(): Promise<AutonomousSystems | null> {
  const found = findPackageData(packageName);
  if (!found) return null;
  const systems = new Systems();
  const ipv4 = readIpv4(await readFile(found.path("asn-ipv4-num.csv")), systems);
  const ipv6 = readIpv6(await readFile(found.path("asn-ipv6.csv"), "utf8"), systems);
  const tables: [Ipv4Table, Ipv6Table] = [
    ipv4TableOf(ipv4.starts, ipv4.values),
    ipv6TableOf(ipv6.starts, ipv6.values),
  ];
  return {
    version: found.version,
    find(words, at) {
      const index = isIpv4At(words, at)
        ? findIpv4(tables[0], words[at + 3] ?? 0)
        : findIpv6(tables[1], words, at);
      return systems.list[index] ?? null;
    },
  };
}

/** Each system once, with the owner's name that came first. */
class Systems {
  readonly list: AutonomousSystem[] = [];
  readonly #indexes = new Map<number, number>();

  index(asn: number, owner: () => string): number {
    const known = this.#indexes.get(asn);
    if (known !== undefined) return known;
    const index = this.list.push({ asn, owner: unquote(owner()) }) - 1;
    this.#indexes.set(asn, index);
    return index;
  }
}

function unquote(text: string): string {
  return text.startsWith('"') ? text.slice(1, -1).replaceAll('""', '"') : text;
}

/** Lines `16777216,16777471,13335,"Cloudflare, Inc."`. */
function readIpv4(bytes: Buffer, systems: Systems): Ranges<Uint32Array> {
  const lineCountMax = countLines(bytes);
  const starts = new Uint32Array(2 * lineCountMax);
  const values = new Int32Array(2 * lineCountMax);
  let count = 0;
  let next = 0;
  for (let at = 0; at < bytes.length;) {
    const lineEnd = endOf(bytes, newline, at);
    const first = readNumber(bytes, at);
    at = endOf(bytes, comma, at) + 1;
    const last = readNumber(bytes, at);
    at = endOf(bytes, comma, at) + 1;
    const asn = readNumber(bytes, at);
    const ownerAt = endOf(bytes, comma, at) + 1;
    if (first >= next && last >= first) {
      if (first > next) values[count++] = -1;
      if (first > next) starts[count - 1] = next;
      starts[count] = first;
      values[count++] = systems.index(asn, () => bytes.toString("utf8", ownerAt, lineEnd).trim());
      next = last + 1;
    }
    at = lineEnd + 1;
  }
  if (next <= 0xffff_ffff) {
    starts[count] = next;
    values[count++] = -1;
  }
  return { starts: starts.slice(0, count), values: values.slice(0, count) };
}

function countLines(bytes: Buffer): number {
  let count = 2;
  for (let at = bytes.indexOf(newline); at >= 0; at = bytes.indexOf(newline, at + 1)) count++;
  return count;
}

function endOf(bytes: Buffer, code: number, from: number): number {
  const found = bytes.indexOf(code, from);
  return found < 0 ? bytes.length : found;
}

function readNumber(bytes: Buffer, from: number): number {
  let value = 0;
  for (let at = from; at < bytes.length; at++) {
    const digit = (bytes[at] ?? 0) - 48;
    if (digit < 0 || digit > 9) break;
    value = value * 10 + digit;
  }
  return value;
}

/** Lines `2001:200::,2001:200:1b9:ffff:ffff:ffff:ffff:ffff,2500,WIDE Project`. */
function readIpv6(text: string, systems: Systems): Ranges<Ipv6Table["starts"]> {
  const starts: number[][] = [[], [], [], []];
  const values: number[] = [];
  const words = createAddressWords(2);
  const push = (at: number, value: number): void => {
    for (const [index, column] of starts.entries()) column.push(words[at + index] ?? 0);
    values.push(value);
  };
  for (const line of text.split("\n")) {
    const [first = "", last = "", asn = "", ...owner] = line.split(",");
    if (!readAddress(first, words, 0) || !readAddress(last, words, 4)) continue;
    // A range that begins where the one before ended replaces the stretch behind it.
    if (isLastStart(starts, words)) {
      for (const column of starts) column.pop();
      values.pop();
    }
    push(
      0,
      systems.index(Number(asn), () => owner.join(",").trim()),
    );
    addOne(words, 4);
    push(4, -1);
  }
  const [a = [], b = [], c = [], d = []] = starts;
  return {
    starts: [Uint32Array.from(a), Uint32Array.from(b), Uint32Array.from(c), Uint32Array.from(d)],
    values: Int32Array.from(values),
  };
}

function isLastStart(starts: readonly (readonly number[])[], words: Uint32Array): boolean {
  return starts.every((column, index) => column.at(-1) === words[index]);
}

function addOne(words: Uint32Array, at: number): void {
  for (let index = at + 3; index >= at; index--) {
    const word = ((words[index] ?? 0) + 1) >>> 0;
    words[index] = word;
    if (word !== 0) return;
  }
}
