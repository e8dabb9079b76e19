import { NightcapError } from "../common/errors.ts";
import {
  errorOf,
  messageFlag,
  messageType,
  type NetlinkMessage,
  visitMessages,
} from "../flowmeter/netlink/message.ts";
import { createPoll, errorNumber, netlinkError } from "../flowmeter/netlink/socket.ts";
import { type NetlinkSocket, openNetlinkSocket } from "../flowmeter/netlink/socket.ts";
import type { OwnerCounters } from "./counters.ts";
import {
  destroyedGroups,
  dumpRequest,
  familyIpv4,
  familyIpv6,
  lookRequest,
  protocolTcp,
  protocolUdp,
  type SocketKey,
  socketMessageType,
  SocketReader,
} from "./socket-message.ts";

const bufferBytes = 4 << 20;
/** Datagrams of ended sockets read in one turn. */
const eventsPerTurn = 4_096;
/** Of these, between two looks at the processor time that is left. */
const eventsPerQuestion = 64;
/** The kernel answers at once; this long means that it never will. */
const answerMilliseconds = 5_000;

const kinds = [
  [familyIpv4, protocolTcp],
  [familyIpv6, protocolTcp],
  [familyIpv4, protocolUdp],
  [familyIpv6, protocolUdp],
] as const;

/** Shown to a visitor for each socket; what is read is in the reader until the next. */
export type SocketVisitor = (reader: SocketReader, protocol: number) => void;

/** The kernel's socket diagnosis in the thread's network namespace. */
export interface SocketFeed {
  /** Readable when sockets have ended; null where the kernel tells of no ends. */
  readonly endsFd: number | null;
  /** Shows all TCP and UDP sockets; false when some may be missing. */
  scan(visit: SocketVisitor): boolean;
  /** Shows the socket of one flow, if there is one. */
  look(key: SocketKey, visit: SocketVisitor): void;
  /**
   * Shows sockets that have ended, for as long as `mayGoOn`, which is asked now and then; false when the kernel
   * dropped some.
   */
  readEnds(visit: SocketVisitor, mayGoOn: () => boolean): boolean;
  close(): void;
}

export function openSocketFeed(counters: OwnerCounters): SocketFeed {
  const answers = openNetlinkSocket({ groups: 0, bufferBytes, protocol: "socket diagnosis" });
  const ends = openEnds();
  const reader = new SocketReader();
  const wait = createPoll([answers.fd]);
  let sequence = 0;

  /** Reads the answers to one request up to its last; the errno, or -1 for a list that is not whole. */
  function readAnswers(protocol: number, isList: boolean, visit: SocketVisitor): number {
    const deadline = performance.now() + answerMilliseconds;
    const state = { isOver: false, errno: 0, isWhole: true };
    const onMessage = (message: NetlinkMessage): void => {
      if (message.sequence !== sequence) return;
      if ((message.flags & messageFlag.dumpInterrupted) !== 0) state.isWhole = false;
      if (message.type === messageType.error) state.errno = errorOf(answers.buffer, message);
      if (message.type === messageType.error || message.type === messageType.done) {
        state.isOver = true;
      } else if (message.type === socketMessageType) {
        show(answers, message, protocol, visit);
        if (!isList) state.isOver = true;
      }
    };
    while (!state.isOver) {
      const size = answers.receive();
      if (size > 0) countMalformed(visitMessages(answers.buffer, size, onMessage));
      else if (size < 0) return -1;
      else if (performance.now() < deadline) wait(deadline - performance.now());
      else throw new NightcapError("OwnersFailed", "the kernel does not answer about sockets");
    }
    return state.errno === 0 && !state.isWhole ? -1 : state.errno;
  }

  function show(
    from: NetlinkSocket,
    message: NetlinkMessage,
    protocol: number,
    visit: SocketVisitor,
  ): void {
    const isRead = reader.read(from.buffer, message.payloadAt, message.end);
    countMalformed(isRead);
    if (isRead) visit(reader, protocol === 0 ? reader.entry.protocol : protocol);
  }

  function countMalformed(isRead: boolean): void {
    if (!isRead) counters.malformedTotal++;
  }

  return {
    endsFd: ends?.fd ?? null,
    scan(visit) {
      let isComplete = true;
      for (const [family, protocol] of kinds) {
        sequence = (sequence + 1) >>> 0;
        answers.send(dumpRequest(family, protocol, sequence));
        const errno = readAnswers(protocol, true, visit);
        if (errno === -1) isComplete = false;
        // A kernel without IPv6 or without the module for UDP has none of these sockets to show.
        else if (errno !== 0 && errno !== errorNumber.noEntry)
          throw netlinkError("cannot list sockets", errno);
      }
      return isComplete;
    },
    look(key, visit) {
      sequence = (sequence + 1) >>> 0;
      answers.send(lookRequest(key, sequence));
      readAnswers(key.protocol, false, visit);
    },
    readEnds(visit, mayGoOn) {
      if (!ends) return true;
      for (let count = 1; count <= eventsPerTurn; count++) {
        if (count % eventsPerQuestion === 0 && !mayGoOn()) return true;
        const size = ends.receive();
        if (size === 0) return true;
        if (size < 0) return false;
        const isWhole = visitMessages(ends.buffer, size, (message) => {
          if (message.type === socketMessageType) show(ends, message, 0, visit);
        });
        countMalformed(isWhole);
      }
      return true;
    },
    close() {
      answers.close();
      ends?.close();
    },
  };
}

/** Null where the kernel does not let us hear of ends (before 4.3, or in a sandbox). */
function openEnds(): NetlinkSocket | null {
  try {
    return openNetlinkSocket({
      groups: destroyedGroups,
      bufferBytes,
      protocol: "socket diagnosis",
    });
  } catch {
    return null;
  }
}
