// Protocols of datagrams of which only the name is told, and which look at the first bytes before they take
// what is on their port.
import { uint16, uint16In, uint32 } from "../file/bytes.ts";
import type { Frame } from "./frame.ts";
import type { Protocol } from "./registry.ts";
import { textOf } from "./text.ts";

interface Sign {
  name: string;
  ports: readonly number[];
  /** True when the payload's bytes from `at` to `end` are the protocol's; `size` is the payload's on the wire. */
  shows: (bytes: Uint8Array, at: number, end: number, size: number) => boolean;
}

const within = (value: number, first: number, last: number): boolean =>
  value >= first && value <= last;
const beginOf = (bytes: Uint8Array, at: number, end: number, sizeMax: number): string =>
  textOf(bytes, at, Math.min(end, at + sizeMax));

const flowExportVersions: ReadonlySet<number> = new Set([1, 5, 7, 8, 9, 10]);
const sampleVersions: ReadonlySet<number> = new Set([2, 4, 5]);
const donkeyMarks: ReadonlySet<number> = new Set([0xe3, 0xc5, 0xd4, 0xe4, 0xe5]);
const registrationTypes: ReadonlySet<number> = new Set([1, 3, 20, 21, 22, 23, 24, 25]);
const routeTypes: ReadonlySet<number> = new Set([1, 2, 3, 4, 16, 17, 18, 19, 64]);
const mgcpBegin = /^(?:(?:EPCF|CRCX|MDCX|DLCX|RQNT|NTFY|AUEP|AUCX|RSIP|MESG|X...) |\d\d\d )/;

const signs: readonly Sign[] = [
  {
    name: "cflow",
    ports: [2055, 4739, 9996],
    shows: (bytes, at, end) => end - at < 2 || flowExportVersions.has(uint16(bytes, at)),
  },
  {
    name: "sflow",
    ports: [6343],
    shows: (bytes, at, end) => end - at < 4 || sampleVersions.has(uint32(bytes, at)),
  },
  { name: "snmp", ports: [161, 162, 8161], shows: isManagement },
  {
    name: "mgcp",
    ports: [2427, 2727],
    shows: (bytes, at, end) => mgcpBegin.test(beginOf(bytes, at, end, 5)),
  },
  { name: "tplink-smarthome", ports: [9999], shows: isSmartHome },
  {
    name: "megaco",
    ports: [2944],
    shows: (bytes, at, end) => /^(?:MEGACO|!)\//.test(beginOf(bytes, at, end, 8)),
  },
  { name: "babel", ports: [6696], shows: (bytes, at) => bytes[at] === 42 && bytes[at + 1] === 2 },
  { name: "ldp", ports: [646], shows: (bytes, at) => uint16(bytes, at) === 1 },
  {
    name: "olsr",
    ports: [698],
    shows: (bytes, at, end, size) => end - at >= 2 && uint16(bytes, at) <= size,
  },
  { name: "aodv", ports: [654], shows: (bytes, at) => routeTypes.has(bytes[at] ?? 0) },
  {
    name: "wccp",
    ports: [2048],
    shows: (bytes, at, end) => end - at < 4 || within(uint32(bytes, at), 7, 13),
  },
  {
    name: "xdmcp",
    ports: [177],
    shows: (bytes, at, end) => end - at < 2 || uint16(bytes, at) === 1,
  },
  { name: "nat-pmp", ports: [5350, 5351], shows: (bytes, at) => bytes[at] === 0 },
  {
    name: "mpls-echo",
    ports: [3503],
    shows: (bytes, at, end) => end - at >= 32 && uint16(bytes, at) === 1,
  },
  { name: "rx", ports: [...sequence(7000, 7009), 7021], shows: isRx },
  { name: "icq", ports: [4000], shows: (bytes, at) => within(uint16In(bytes, at, true), 2, 5) },
  {
    name: "nano",
    ports: [7075],
    shows: (_, at, end) => end - at >= 8,
  },
  { name: "edonkey", ports: [4665, 4672], shows: (bytes, at) => donkeyMarks.has(bytes[at] ?? 0) },
  {
    name: "oicq",
    ports: [8000],
    shows: (bytes, at, end) => bytes[at] === 2 && bytes[end - 1] === 3 && uint16(bytes, at + 1) > 0,
  },
  {
    name: "mndp",
    ports: [5678],
    shows: (bytes, at, end) => end - at >= 8 && uint16(bytes, at + 4) <= 17,
  },
  {
    name: "bjnp",
    ports: [8611, 8612, 8613, 8614],
    shows: (bytes, at, end) => beginOf(bytes, at, end, 3) === "BJN",
  },
  {
    name: "tivoconnect",
    ports: [2190],
    shows: (bytes, at, end) => /^tivoconnect=/i.test(beginOf(bytes, at, end, 12)),
  },
  {
    name: "a11",
    ports: [699],
    shows: (bytes, at) => registrationTypes.has(bytes[at] ?? 0),
  },
  { name: "hip", ports: [10_500], shows: (bytes, at) => uint32(bytes, at) === 0 },
  {
    name: "synphasor",
    ports: [4713],
    shows: (bytes, at, end) => end - at > 2 && bytes[at] === 0xaa,
  },
  {
    name: "cups",
    ports: [631],
    shows: (bytes, at, end) => /^[\da-f]+ [\da-f]+ /i.test(beginOf(bytes, at, end, 16)),
  },
  {
    name: "isns",
    ports: [3205],
    shows: (bytes, at) =>
      uint16(bytes, at) === 1 && within(uint16(bytes, at + 2) & 0x7fff, 1, 0x15),
  },
  {
    name: "slimp3",
    ports: [1069, 3483],
    shows: (bytes, at, end) => /^[2@DVahdilmrs]/.test(beginOf(bytes, at, end, 1)),
  },
  {
    name: "dhcp",
    ports: [4011],
    shows: (bytes, at) => uint32(bytes, at + 236) === 0x63825363,
  },
];

/** A text in braces, each byte mixed with the one before; the first with a number of its own. */
function isSmartHome(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === 0xd0 && (bytes[at + 1] === 0xf2 || bytes[at + 1] === 0xad);
}

function sequence(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

/** X.690: a sequence whose length is not beyond what was sent; one that is cut in its first byte is taken. */
function isManagement(bytes: Uint8Array, at: number, end: number, size: number): boolean {
  if (bytes[at] !== 0x30) return false;
  if (end - at < 2) return true;
  const first = bytes[at + 1] ?? 0;
  const lengthBytes = first & 0x80 ? first & 0x7f : 0;
  if (lengthBytes > 4) return false;
  let length = lengthBytes === 0 ? first : 0;
  for (let index = 0; index < lengthBytes; index++)
    length = length * 256 + (bytes[at + 2 + index] ?? 0);
  return 2 + lengthBytes + length <= size;
}

/** AFS's remote calls: a header of 28 bytes with a type. */
function isRx(bytes: Uint8Array, at: number, end: number): boolean {
  const type = bytes[at + 20] ?? 0;
  return end - at >= 28 && (within(type, 1, 9) || type === 13);
}

function protocolOf({ name, ports, shows }: Sign): Protocol {
  return {
    name,
    udpPorts: ports,
    dissect: (frame, at) => frame.enter(name, at),
    acceptsDatagram: ({ bytes, capturedEnd, reportedEnd }: Frame, at) =>
      shows(bytes, at, capturedEnd, reportedEnd - at),
  };
}

export const datagramSigns: readonly Protocol[] = signs.map(protocolOf);
