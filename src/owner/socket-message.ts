// The kernel's messages about sockets (linux/inet_diag.h, linux/sock_diag.h).
import { networkUint16, uint32 } from "../flowmeter/netlink/bytes.ts";
import { AttributeWalk, headerSizeBytes, messageFlag } from "../flowmeter/netlink/message.ts";
import { ipv4Text, ipv6Text } from "../inspection/analysis/addresses.ts";

/** SOCK_DIAG_BY_FAMILY: what is asked, and what an answer or an event is. */
export const socketMessageType = 20;
/** As bits: ends of TCP and UDP sockets, of IPv4 and IPv6 (SKNLGRP_INET_TCP_DESTROY and the three after it). */
export const destroyedGroups = 0xf;

export const familyIpv4 = 2;
export const familyIpv6 = 10;
export const protocolTcp = 6;
export const protocolUdp = 17;

const requestSizeBytes = 56;
const messageSizeBytes = 72;
const identityAt = 8;
const addressSizeBytes = 16;
const attributeProtocol = 10;
const attributeCgroupId = 21;

/** TCP's states (net/tcp_states.h) that hold a process' socket: not TIME_WAIT, and not requests (SYN_RECV). */
const tcpStates = states([1, 2, 4, 5, 7, 8, 9, 10, 11]);
/** Connected, and not. */
const udpStates = states([1, 7]);

/** `idiag_timer` of what is left of a connection when its socket is gone; its state may still say FIN_WAIT2. */
const timeWaitTimer = 3;

function states(numbers: readonly number[]): number {
  return numbers.reduce((bits, number) => bits | (1 << number), 0);
}

/** One socket, of a dump, an answer or an event. Owned and reused by its reader. */
export interface SocketEntry {
  family: number;
  protocol: number;
  state: number;
  /** False for what is left of a connection: another thing, with a name of its own. */
  isSocket: boolean;
  localPort: number;
  remotePort: number;
  /** The kernel's name of the socket, never used again while it runs. */
  cookie: number;
  /** Numbers that differ when the socket is connected anew. */
  remoteHash: number;
  uid: number;
  /** 0 when no file stands for the socket: before it is accepted, and after it was closed. */
  inode: number;
  /** Number of its control group (version 2), 0 where it is not told. */
  cgroupId: number;
}

/** Reads messages into one object that is used again. */
export class SocketReader {
  readonly entry: SocketEntry = {
    family: 0,
    protocol: 0,
    state: 0,
    isSocket: false,
    localPort: 0,
    remotePort: 0,
    cookie: 0,
    remoteHash: 0,
    uid: 0,
    inode: 0,
    cgroupId: 0,
  };
  readonly #walk = new AttributeWalk(new Uint8Array(0), 0, 0);
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;

  /** Reads `bytes[at .. end)`; false when it is too short or of another family. */
  read(bytes: Uint8Array, at: number, end: number): boolean {
    const { entry } = this;
    if (at + messageSizeBytes > end || end > bytes.length) return false;
    entry.family = bytes[at] ?? 0;
    if (entry.family !== familyIpv4 && entry.family !== familyIpv6) return false;
    this.#bytes = bytes;
    this.#at = at;
    entry.state = bytes[at + 1] ?? 0;
    entry.isSocket = bytes[at + 2] !== timeWaitTimer && (tcpStates & (1 << entry.state)) !== 0;
    entry.localPort = networkUint16(bytes, at + 4);
    entry.remotePort = networkUint16(bytes, at + 6);
    entry.cookie = uint32(bytes, at + 44) + uint32(bytes, at + 48) * 4_294_967_296;
    entry.remoteHash =
      uint32(bytes, at + 4) ^
      Math.imul(uint32(bytes, at + 24) ^ uint32(bytes, at + 28), 0x9e3779b1) ^
      Math.imul(uint32(bytes, at + 32) ^ uint32(bytes, at + 36), 0x85ebca6b);
    entry.uid = uint32(bytes, at + 64);
    entry.inode = uint32(bytes, at + 68);
    entry.protocol = 0;
    entry.cgroupId = 0;
    this.#readAttributes(at + messageSizeBytes, end);
    return true;
  }

  #readAttributes(at: number, end: number): void {
    const { entry } = this;
    const walk = this.#walk.over(this.#bytes, at, end);
    while (walk.next()) {
      if (walk.type === attributeProtocol && walk.sizeBytes === 1)
        entry.protocol = this.#bytes[walk.valueAt] ?? 0;
      else if (walk.type === attributeCgroupId && walk.sizeBytes === 8)
        entry.cgroupId =
          uint32(this.#bytes, walk.valueAt) + uint32(this.#bytes, walk.valueAt + 4) * 4_294_967_296;
    }
  }

  /** Texts of the addresses of the entry that was read last. */
  localAddress(): string {
    return this.#addressAt(this.#at + identityAt);
  }

  remoteAddress(): string {
    return this.#addressAt(this.#at + identityAt + addressSizeBytes);
  }

  #addressAt(at: number): string {
    const bytes = this.#bytes;
    if (this.entry.family === familyIpv4) return ipv4At(bytes, at);
    const isMapped =
      uint32(bytes, at) === 0 &&
      uint32(bytes, at + 4) === 0 &&
      uint32(bytes, at + 8) === 0xffff_0000;
    return isMapped ? ipv4At(bytes, at + 12) : ipv6Text(bytes.subarray(at, at + addressSizeBytes));
  }
}

const ipv4At = (bytes: Uint8Array, at: number): string =>
  ipv4Text(
    ((bytes[at] ?? 0) << 24) |
      ((bytes[at + 1] ?? 0) << 16) |
      ((bytes[at + 2] ?? 0) << 8) |
      (bytes[at + 3] ?? 0),
  );

/** Asks for all sockets of a family and protocol. */
export function dumpRequest(family: number, protocol: number, sequence: number): Uint8Array {
  const bytes = request(messageFlag.dump, sequence);
  bytes[headerSizeBytes] = family;
  bytes[headerSizeBytes + 1] = protocol;
  const wanted = protocol === protocolTcp ? tcpStates : udpStates;
  new DataView(bytes.buffer).setUint32(headerSizeBytes + 4, wanted, true);
  return bytes;
}

/** One flow whose socket is asked for: addresses of 16 bytes as in a flow's tuple, ports in network order. */
export interface SocketKey {
  protocol: number;
  local: Uint8Array;
  remote: Uint8Array;
  localPort: number;
  remotePort: number;
}

/** Asks for the socket of one flow; the answer is it, or an error. */
export function lookRequest(key: SocketKey, sequence: number): Uint8Array {
  const bytes = request(0, sequence);
  const view = new DataView(bytes.buffer);
  const at = headerSizeBytes;
  const isIpv4 = key.local[10] === 0xff && key.local[11] === 0xff;
  bytes[at] = isIpv4 ? familyIpv4 : familyIpv6;
  bytes[at + 1] = key.protocol;
  view.setUint32(at + 4, 0xffff_ffff, true);
  // Of UDP the kernel takes the two ends the other way round (udp_diag.c: "swapped for historical reasons").
  const isSwapped = key.protocol === protocolUdp;
  const [near, nearPort] = isSwapped ? [key.remote, key.remotePort] : [key.local, key.localPort];
  const [far, farPort] = isSwapped ? [key.local, key.localPort] : [key.remote, key.remotePort];
  view.setUint16(at + 8, nearPort, false);
  view.setUint16(at + 10, farPort, false);
  bytes.set(isIpv4 ? near.subarray(12) : near, at + 12);
  bytes.set(isIpv4 ? far.subarray(12) : far, at + 28);
  // INET_DIAG_NOCOOKIE
  bytes.fill(0xff, at + 48, at + 56);
  return bytes;
}

function request(flags: number, sequence: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(headerSizeBytes + requestSizeBytes);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, bytes.length, true);
  view.setUint16(4, socketMessageType, true);
  view.setUint16(6, messageFlag.request | flags, true);
  view.setUint32(8, sequence, true);
  return bytes;
}
