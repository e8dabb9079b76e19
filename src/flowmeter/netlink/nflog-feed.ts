import { NightcapError } from "../../common/errors.ts";
import type { FlowMeterCounters } from "../counters.ts";
import { errorOf, messageType, type NetlinkMessage, visitMessages } from "./message.ts";
import { listenRequests, type LoggedPacket, nflogMessage, NflogReader } from "./nflog.ts";
import { createPoll, errorNumber, netlinkError } from "./socket.ts";
import { type NetlinkSocket, openNetlinkSocket } from "./socket.ts";

const datagramsPerTurn = 1_024;
const answerMilliseconds = 2_000;

/** The packets that rules log to one NFLOG group. */
export interface NflogFeed {
  readonly fd: number;
  read(): void;
  close(): void;
}

export interface NflogFeedOptions {
  group: number;
  bufferBytes: number;
  counters: FlowMeterCounters;
}

/** Becomes the group's one listener; throws when somebody else is. */
export function openNflogFeed(
  { group, bufferBytes, counters }: NflogFeedOptions,
  onPacket: (packet: LoggedPacket, bytes: Uint8Array) => void,
): NflogFeed {
  const socket = openNetlinkSocket({ groups: 0, bufferBytes });
  try {
    listen(socket, group);
  } catch (error) {
    socket.close();
    throw error;
  }
  const reader = new NflogReader();
  let nextSequence = -1;

  /** The kernel numbers what it logs, also what it then drops. */
  function countGap(sequence: number): void {
    if (sequence < 0) return;
    if (nextSequence >= 0) counters.logGapsTotal += (sequence - nextSequence) >>> 0;
    nextSequence = (sequence + 1) >>> 0;
  }

  function onMessage(message: NetlinkMessage): void {
    if (message.type !== nflogMessage.packet) return;
    counters.eventsTotal++;
    if (!reader.read(socket.buffer, message.payloadAt, message.end)) {
      counters.malformedTotal++;
      return;
    }
    countGap(reader.packet.sequence);
    onPacket(reader.packet, socket.buffer);
  }

  return {
    fd: socket.fd,
    read() {
      for (let count = 0; count < datagramsPerTurn; count++) {
        const size = socket.receive();
        if (size === 0) return;
        // What was dropped shows as a gap in the numbers of what comes next.
        if (size > 0 && !visitMessages(socket.buffer, size, onMessage)) counters.malformedTotal++;
      }
    },
    close: () => socket.close(),
  };
}

function listen(socket: NetlinkSocket, group: number): void {
  const wait = createPoll([socket.fd]);
  for (const request of listenRequests(group, 1)) {
    socket.send(request);
    const errno = answerOf(socket, wait);
    if (errno === errorNumber.notPermitted) {
      throw new NightcapError(
        "Conflict",
        `NFLOG group ${group} has a listener already (another agent, ulogd, or a capture of nflog:${group}), or root is needed; only one may listen: end it, or set another nflogGroup and use that in the deny rules`,
      );
    }
    if (errno !== 0) throw netlinkError(`cannot listen to NFLOG group ${group}`, errno);
  }
}

/** The errno of the answer to the one request that was sent; packets that come before it are not ours yet. */
function answerOf(socket: NetlinkSocket, wait: (timeoutMilliseconds: number) => void): number {
  const deadline = Date.now() + answerMilliseconds;
  const errnos: number[] = [];
  while (Date.now() < deadline) {
    wait(deadline - Date.now());
    const size = socket.receive();
    if (size <= 0) continue;
    visitMessages(socket.buffer, size, (message) => {
      if (message.type === messageType.error) errnos.push(errorOf(socket.buffer, message));
    });
    const [errno] = errnos;
    if (errno !== undefined) return errno;
  }
  throw new NightcapError("FlowMeterFailed", "the kernel does not answer about NFLOG");
}
