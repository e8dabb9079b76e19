// Protocols of streams of which only the name is told, by the ports that IANA or their makers gave them.
import { uint16In, uint32In } from "../file/bytes.ts";
import type { Protocol } from "./registry.ts";
import { pduStream, segmentStream } from "./transport/pdu-stream.ts";

/** Each segment shows by itself, whatever is in it. */
const bySegment: readonly (readonly [string, readonly number[]])[] = [
  ["ax4000", [3357]],
  ["beep", [10288]],
  ["chargen", [19]],
  ["cvspserver", [2401]],
  ["daytime", [13]],
  ["distcc", [3632]],
  ["echo", [7]],
  ["elasticsearch", [9300]],
  ["exec", [512]],
  ["gearman", [4730]],
  ["gift", [1213]],
  ["gopher", [70]],
  ["icap", [1344]],
  ["irc", [6667, 57000]],
  ["lpd", [515]],
  ["memcache", [11211]],
  ["msnms", [1863]],
  ["nntp", [119]],
  ["pptp", [1723]],
  ["rlogin", [513]],
  ["rmi", [1099]],
  ["rsh", [514]],
  ["rsync", [873]],
  ["time", [37]],
  ["tpm", [2321, 2322]],
  ["woww", [8085]],
];

/** Where the length of a message is: at `at` of its header, of `size` bytes; `more` bytes are not counted in it. */
interface LengthRule {
  name: string;
  ports: readonly number[];
  header: number;
  at: number;
  size: 1 | 2 | 3 | 4;
  more: number;
  isLittle?: boolean;
  /** What the first bytes of a piece are; others are refused. */
  begins?: (bytes: Uint8Array, at: number) => boolean;
}
const first =
  (...values: number[]) =>
  (bytes: Uint8Array, at: number): boolean =>
    values.includes(bytes[at] ?? -1);

const byLength: readonly LengthRule[] = [
  { name: "ajp13", ports: [8009], header: 4, at: 2, size: 2, more: 4 },
  { name: "ancp", ports: [6068], header: 4, at: 2, size: 2, more: 4 },
  { name: "cops", ports: [2126, 3288, 3918], header: 8, at: 4, size: 4, more: 0 },
  { name: "dlep", ports: [854], header: 4, at: 2, size: 2, more: 4 },
  { name: "doip", ports: [13400], header: 8, at: 4, size: 4, more: 8 },
  {
    name: "edonkey",
    ports: [4661, 4662, 4663],
    header: 5,
    at: 1,
    size: 4,
    more: 5,
    isLittle: true,
    begins: first(0xe3, 0xc5, 0xd4),
  },
  { name: "enip", ports: [44818], header: 24, at: 2, size: 2, more: 24, isLittle: true },
  { name: "hart_ip", ports: [5094], header: 8, at: 6, size: 2, more: 0, begins: first(1) },
  { name: "ipdc", ports: [6668], header: 4, at: 2, size: 2, more: 4 },
  {
    name: "isns",
    ports: [3205],
    header: 12,
    at: 2,
    size: 2,
    more: 12,
    begins: (bytes, at) => uint16In(bytes, at, false) === 1,
  },
  { name: "kafka", ports: [9092], header: 4, at: 0, size: 4, more: 4 },
  {
    name: "ldp",
    ports: [646],
    header: 4,
    at: 2,
    size: 2,
    more: 4,
    begins: (bytes, at) => uint16In(bytes, at, false) === 1,
  },
  { name: "lisp-tcp", ports: [4342], header: 4, at: 2, size: 2, more: 0 },
  { name: "netsync", ports: [5253], header: 3, at: 2, size: 1, more: 3 },
  { name: "nvme-tcp", ports: [4420], header: 8, at: 4, size: 4, more: 0, isLittle: true },
  { name: "opcua", ports: [4840], header: 8, at: 4, size: 4, more: 0, isLittle: true },
  { name: "pcep", ports: [4189], header: 4, at: 2, size: 2, more: 0 },
  { name: "rpkirtr", ports: [323], header: 8, at: 4, size: 4, more: 0 },
  { name: "sametime", ports: [1533], header: 4, at: 0, size: 4, more: 4 },
  { name: "sasp", ports: [3860], header: 13, at: 5, size: 4, more: 0 },
  { name: "synergy", ports: [24800], header: 4, at: 0, size: 4, more: 4 },
  { name: "synphasor", ports: [4712], header: 4, at: 2, size: 2, more: 0 },
  { name: "tacplus", ports: [49], header: 12, at: 8, size: 4, more: 12 },
];

function lengthOf(
  bytes: Uint8Array,
  start: number,
  { at, size, isLittle = false }: LengthRule,
): number {
  const from = start + at;
  if (size === 1) return bytes[from] ?? 0;
  if (size === 2) return uint16In(bytes, from, isLittle);
  const whole = uint32In(bytes, from, isLittle);
  return size === 4 ? whole : isLittle ? whole & 0xffffff : whole >>> 8;
}

const namedByLength = byLength.map((rule): Protocol => {
  const { name, ports, header, more, begins } = rule;
  const stream = pduStream({
    name,
    headerSizeBytes: header,
    // Lengths near the end of what 32 bits hold begin anew, and are then too short for a header.
    size: (bytes, at) => (lengthOf(bytes, at, rule) + more) >>> 0,
    ...(begins && { accepts: begins }),
  });
  return { name, tcpPorts: ports, stream };
});

export const streamNames: readonly Protocol[] = [
  ...bySegment.map(([name, tcpPorts]): Protocol => ({
    name,
    tcpPorts,
    stream: segmentStream(name),
  })),
  ...namedByLength,
];
