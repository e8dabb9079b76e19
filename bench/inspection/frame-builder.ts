import { tcpFlag, transport, type Step, type Transport } from "./scripts.ts";

/** Who a flow is between, and where its two streams are. One object serves all packets. */
export interface BuiltFlow {
  number: number;
  transport: Transport;
  isIpv6: boolean;
  hasVlanTag: boolean;
  /** Last 32 bits of the addresses. */
  client: number;
  server: number;
  clientPort: number;
  serverPort: number;
  clientSequence: number;
  serverSequence: number;
}

const synOptions = Buffer.from("020405b40103030704020000", "hex");
const numberDigits = 6;
const numberLimit = 10_000;

/** Writes the packet that one step of a flow sends, checksums and all, and returns its size. */
export function buildFrame(target: Buffer, flow: BuiltFlow, step: Step): number {
  const ipAt = putEthernet(target, flow, step);
  const at = ipAt + (flow.isIpv6 ? 40 : 20);
  const payloadAt = putTransport(target, at, flow, step);
  step.payload.copy(target, payloadAt);
  if (step.numberAt >= 0) putNumber(target, payloadAt + step.numberAt, flow.number);
  const end = payloadAt + step.payload.length;
  const pseudoSum = putIp(target, ipAt, end - at, { flow, fromClient: step.fromClient });
  const checksumAt = at + checksumPlace[flow.transport];
  const isIcmpv4 = flow.transport === transport.icmp && !flow.isIpv6;
  const value = checksum(target, at, end, isIcmpv4 ? 0 : pseudoSum);
  // RFC 768: a UDP checksum of 0 means that there is none.
  put16(target, checksumAt, value === 0 && flow.transport === transport.udp ? 0xffff : value);
  return end;
}

const checksumPlace = { [transport.icmp]: 2, [transport.tcp]: 16, [transport.udp]: 6 } as const;

function putEthernet(target: Buffer, flow: BuiltFlow, { fromClient }: Step): number {
  put32(target, 0, 0x02000000);
  put16(target, 4, fromClient ? 2 : 1);
  put32(target, 6, 0x02000000);
  put16(target, 10, fromClient ? 1 : 2);
  let at = 12;
  if (flow.hasVlanTag) {
    put32(target, at, 0x81000064);
    at += 4;
  }
  put16(target, at, flow.isIpv6 ? 0x86dd : 0x0800);
  return at + 2;
}

/** Returns the sum of the pseudo header (RFC 9293, 3.1, and RFC 8200, 8.1). */
function putIp(
  target: Buffer,
  at: number,
  size: number,
  { flow, fromClient }: { flow: BuiltFlow; fromClient: boolean },
): number {
  const source = fromClient ? flow.client : flow.server;
  const destination = fromClient ? flow.server : flow.client;
  if (flow.isIpv6) {
    const next = flow.transport === transport.icmp ? 58 : flow.transport;
    put32(target, at, 0x60000000);
    put16(target, at + 4, size);
    put16(target, at + 6, (next << 8) | 64);
    putIpv6Address(target, at + 8, source);
    putIpv6Address(target, at + 24, destination);
    return sum(target, at + 8, at + 40, size + next);
  }
  put16(target, at, 0x4500);
  put16(target, at + 2, size + 20);
  put32(target, at + 4, (((flow.clientSequence ^ flow.serverSequence) & 0xffff) << 16) | 0x4000);
  put16(target, at + 8, 0x4000 | flow.transport);
  put16(target, at + 10, 0);
  put32(target, at + 12, source);
  put32(target, at + 16, destination);
  put16(target, at + 10, checksum(target, at, at + 20, 0));
  return sum(target, at + 12, at + 20, size + flow.transport);
}

/** In 2001:db8::/32, with the IPv4 address as the last part. */
function putIpv6Address(target: Buffer, at: number, address: number): void {
  put32(target, at, 0x20010db8);
  put32(target, at + 4, 0);
  put32(target, at + 8, 0);
  put32(target, at + 12, address);
}

/** Returns where the payload begins; the checksum is 0 so far. */
function putTransport(target: Buffer, at: number, flow: BuiltFlow, step: Step): number {
  if (flow.transport === transport.icmp) return putEcho(target, at, flow, step);
  const { fromClient } = step;
  put16(target, at, fromClient ? flow.clientPort : flow.serverPort);
  put16(target, at + 2, fromClient ? flow.serverPort : flow.clientPort);
  if (flow.transport === transport.tcp) return putTcp(target, at, flow, step);
  put16(target, at + 4, 8 + step.payload.length);
  put16(target, at + 6, 0);
  return at + 8;
}

function putEcho(target: Buffer, at: number, flow: BuiltFlow, { fromClient }: Step): number {
  const type = flow.isIpv6 ? (fromClient ? 128 : 129) : fromClient ? 8 : 0;
  put16(target, at, type << 8);
  put16(target, at + 2, 0);
  put16(target, at + 4, flow.clientPort);
  put16(target, at + 6, 1);
  return at + 8;
}

function putTcp(target: Buffer, at: number, flow: BuiltFlow, { fromClient, flags }: Step): number {
  const { clientSequence, serverSequence } = flow;
  const isSyn = (flags & tcpFlag.syn) !== 0;
  const headerSize = isSyn ? 20 + synOptions.length : 20;
  put32(target, at + 4, fromClient ? clientSequence : serverSequence);
  put32(target, at + 8, acknowledged(flags, fromClient ? serverSequence : clientSequence));
  put16(target, at + 12, (headerSize << 10) | flags);
  put16(target, at + 14, isSyn ? 64_240 : 502);
  put32(target, at + 16, 0);
  if (isSyn) synOptions.copy(target, at + 20);
  return at + headerSize;
}

function acknowledged(flags: number, sequence: number): number {
  return (flags & tcpFlag.ack) === 0 ? 0 : sequence;
}

function putNumber(target: Buffer, at: number, number: number): void {
  let rest = number % numberLimit;
  for (let digit = numberDigits - 1; digit >= 0; digit--) {
    target[at + digit] = 0x30 + (rest % 10);
    rest = Math.floor(rest / 10);
  }
}

function put16(target: Buffer, at: number, value: number): void {
  target[at] = value >>> 8;
  target[at + 1] = value & 0xff;
}

function put32(target: Buffer, at: number, value: number): void {
  target[at] = value >>> 24;
  target[at + 1] = value >>> 16;
  target[at + 2] = value >>> 8;
  target[at + 3] = value & 0xff;
}

/** RFC 1071. */
function checksum(bytes: Buffer, at: number, end: number, start: number): number {
  let total = sum(bytes, at, end, start);
  total = (total & 0xffff) + (total >>> 16);
  total = (total & 0xffff) + (total >>> 16);
  return ~total & 0xffff;
}

function sum(bytes: Buffer, start: number, end: number, first: number): number {
  let total = first;
  let at = start;
  for (; at + 1 < end; at += 2) total += ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
  if (at < end) total += (bytes[at] ?? 0) << 8;
  return total;
}
