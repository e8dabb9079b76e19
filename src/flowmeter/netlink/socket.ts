import { endianness } from "node:os";
import koffi from "koffi";
import { NightcapError } from "../../common/errors.ts";

/** linux/socket.h, linux/netlink.h and sched.h; the numbers are the same on all of Linux' little-endian machines. */
const addressFamilyNetlink = 16;
/** Netlink's protocols that are spoken: who owns a socket, and netfilter. */
const protocols = { "socket diagnosis": 4, netfilter: 12 } as const;
const socketRawCloseOnExec = 3 | 0x80000;
const socketLevel = 1;
const optionReceiveBuffer = 8;
const optionReceiveBufferForce = 33;
const receiveWithoutWaiting = 0x40;
/** Says the real length of a datagram that did not fit. */
const receiveTruncatedLength = 0x20;
const netNamespace = 0x40000000;
const addressSizeBytes = 12;
const pollEntrySizeBytes = 8;
const pollIn = 1;

type Call = (...values: unknown[]) => number;

interface LibC {
  socket: Call;
  bind: Call;
  setsockopt: Call;
  send: Call;
  recv: Call;
  poll: Call;
  close: Call;
  setns: Call;
}

let loaded: LibC | undefined;

/** The C library that Node itself runs on, glibc or musl. */
function libc(): LibC {
  return (loaded ??= load());
}

function load(): LibC {
  if (endianness() !== "LE") {
    throw new NightcapError("FlowMeterFailed", "netlink is read on little-endian machines only");
  }
  const library = koffi.load(null);
  const call = (prototype: string): Call => library.func(prototype);
  return {
    socket: call("int socket(int, int, int)"),
    bind: call("int bind(int, const void *, uint)"),
    setsockopt: call("int setsockopt(int, int, int, const void *, uint)"),
    send: call("long send(int, const void *, size_t, int)"),
    recv: call("long recv(int, _Out_ void *, size_t, int)"),
    poll: call("int poll(_Inout_ void *, ulong, int)"),
    close: call("int close(int)"),
    setns: call("int setns(int, int)"),
  };
}

/** Names of the few errors that are told apart. */
export const errorNumber = {
  notPermitted: 1,
  noEntry: 2,
  interrupted: 4,
  tryAgain: 11,
  noBufferSpace: 105,
} as const;

const describeErrno = (errno: number): string =>
  Object.entries(koffi.os.errno).find(([, value]) => value === errno)?.[0] ?? `errno ${errno}`;

export function netlinkError(what: string, errno: number): NightcapError {
  return new NightcapError("FlowMeterFailed", `${what}: ${describeErrno(errno)}`);
}

/** Moves the calling thread, and no other, into the network namespace that the file `fd` stands for. */
export function enterNetworkNamespace(fd: number, name: string): void {
  if (libc().setns(fd, netNamespace) === 0) return;
  throw netlinkError(`cannot enter network namespace "${name}"`, koffi.errno());
}

/** A netlink socket, which never waits. It belongs to the thread's network namespace. */
export interface NetlinkSocket {
  readonly fd: number;
  send(request: Uint8Array): void;
  /** Bytes that lie in `buffer` now; 0: nothing waits; -1: the kernel dropped messages (ENOBUFS). */
  receive(): number;
  readonly buffer: Uint8Array;
  close(): void;
}

/** Largest datagram that the kernel makes here: a page of a dump is at most 32 KiB. */
const datagramBytesMax = 1 << 17;

export function openNetlinkSocket(options: {
  groups: number;
  bufferBytes: number;
  /** Netfilter unless told. */
  protocol?: keyof typeof protocols;
}): NetlinkSocket {
  const { protocol = "netfilter" } = options;
  const c = libc();
  const fd = c.socket(addressFamilyNetlink, socketRawCloseOnExec, protocols[protocol]);
  if (fd < 0) throw netlinkError(`cannot open a netlink socket to ${protocol}`, koffi.errno());
  try {
    widenBuffer(fd, options.bufferBytes);
    bindTo(fd, options.groups, protocol);
  } catch (error) {
    c.close(fd);
    throw error;
  }
  const buffer = new Uint8Array(datagramBytesMax);
  return {
    fd,
    buffer,
    send(request) {
      if (c.send(fd, request, request.length, 0) === request.length) return;
      throw netlinkError("cannot send a netlink request", koffi.errno());
    },
    receive: () => receiveInto(fd, buffer, protocol),
    close: () => void c.close(fd),
  };
}

/** Beyond the host's own limit where it is allowed (CAP_NET_ADMIN), else up to it. */
function widenBuffer(fd: number, sizeBytes: number): void {
  const value = Buffer.alloc(4);
  value.writeInt32LE(sizeBytes);
  const c = libc();
  if (c.setsockopt(fd, socketLevel, optionReceiveBufferForce, value, 4) === 0) return;
  c.setsockopt(fd, socketLevel, optionReceiveBuffer, value, 4);
}

function bindTo(fd: number, groups: number, protocol: string): void {
  const address = Buffer.alloc(addressSizeBytes);
  address.writeUInt16LE(addressFamilyNetlink, 0);
  address.writeUInt32LE(groups, 8);
  if (libc().bind(fd, address, addressSizeBytes) === 0) return;
  throw netlinkError(`cannot listen to events of ${protocol} (root is needed)`, koffi.errno());
}

function receiveInto(fd: number, buffer: Uint8Array, protocol: string): number {
  const flags = receiveWithoutWaiting | receiveTruncatedLength;
  for (;;) {
    const size = libc().recv(fd, buffer, buffer.length, flags);
    if (size >= 0) return Math.min(size, buffer.length);
    const errno = koffi.errno();
    if (errno === errorNumber.tryAgain) return 0;
    if (errno === errorNumber.noBufferSpace) return -1;
    if (errno !== errorNumber.interrupted) {
      throw netlinkError(`cannot read from ${protocol}`, errno);
    }
  }
}

/** Waits until one of the sockets has something, or the time is over. */
export function createPoll(fds: readonly number[]): (timeoutMilliseconds: number) => void {
  const entries = Buffer.alloc(fds.length * pollEntrySizeBytes);
  fds.forEach((fd, index) => {
    entries.writeInt32LE(fd, index * pollEntrySizeBytes);
    entries.writeInt16LE(pollIn, index * pollEntrySizeBytes + 4);
  });
  return (timeoutMilliseconds) =>
    void libc().poll(entries, fds.length, Math.max(0, Math.ceil(timeoutMilliseconds)));
}
