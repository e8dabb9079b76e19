import type { FlowMeterCounters } from "../counters.ts";
import type { FlowTable } from "../flow-table.ts";
import { conntrackGroups, conntrackMessage, ConntrackReader } from "./conntrack.ts";
import { dumpRequest, entryRequest, isNewEntry } from "./conntrack.ts";
import {
  errorOf,
  messageFlag,
  messageType,
  type NetlinkMessage,
  visitMessages,
} from "./message.ts";
import { errorNumber, type NetlinkSocket, openNetlinkSocket } from "./socket.ts";

/** Datagrams read before other sockets get their turn. */
const eventsPerTurn = 8_192;
const answersPerTurn = 64;

/** Conntrack's two sockets, which feed a table of flows. */
export interface ConntrackFeed {
  readonly fds: readonly number[];
  /** True when the kernel dropped events. */
  readEvents(now: number): boolean;
  readAnswers(now: number): void;
  /** False while one is being read. */
  startDump(): boolean;
  /** Asks for the counts of closed flows. */
  ask(keys: readonly Uint8Array[]): void;
  close(): void;
}

export interface ConntrackFeedOptions {
  table: FlowTable;
  counters: FlowMeterCounters;
  bufferBytes: number;
}

export function openConntrackFeed({
  table,
  counters,
  bufferBytes,
}: ConntrackFeedOptions): ConntrackFeed {
  const reader = new ConntrackReader();
  const events = openNetlinkSocket({ groups: conntrackGroups, bufferBytes });
  const answers = openAnswers(events, bufferBytes);
  let dumpSequence = 0;
  let isDumping = false;
  let isInterrupted = false;
  let sequence = 0;
  let now = 0;

  const readEntry = (bytes: Uint8Array, message: NetlinkMessage): boolean => {
    if (reader.read(bytes, message.payloadAt, message.end)) return true;
    counters.malformedTotal++;
    return false;
  };

  const onEvent = (message: NetlinkMessage): void => {
    counters.eventsTotal++;
    if (!readEntry(events.buffer, message)) return;
    if (message.type === conntrackMessage.destroyed) table.onDestroyed(reader.entry, now);
    else table.onEntry(reader.entry, isNewEntry(message.flags), now);
  };

  const finishDump = (isComplete: boolean): void => {
    isDumping = false;
    table.finishDump(isComplete && !isInterrupted, now);
  };

  const onAnswer = (message: NetlinkMessage): void => {
    const isDump = isDumping && message.sequence === dumpSequence;
    if (isDump && (message.flags & messageFlag.dumpInterrupted) !== 0) isInterrupted = true;
    if (message.type === messageType.done) return isDump ? finishDump(true) : undefined;
    if (message.type === messageType.error) {
      // A closed flow that is gone already was told of by its own event.
      const isGone = errorOf(answers.buffer, message) === errorNumber.noEntry;
      if (!isGone) counters.malformedTotal++;
      return isDump ? finishDump(false) : undefined;
    }
    if (message.type !== conntrackMessage.entry || !readEntry(answers.buffer, message)) return;
    if (isDump) table.onDumpEntry(reader.entry, now);
    else table.onClosed(reader.entry, now);
  };

  return {
    fds: [events.fd, answers.fd],
    readEvents(at) {
      now = at;
      const isLost = drain(events, eventsPerTurn, (size) => visitAll(events, size, onEvent));
      if (isLost) counters.eventLossesTotal++;
      return isLost;
    },
    readAnswers(at) {
      now = at;
      const isLost = drain(answers, answersPerTurn, (size) => visitAll(answers, size, onAnswer));
      if (isLost && isDumping) finishDump(false);
    },
    startDump() {
      if (isDumping) return false;
      isDumping = true;
      isInterrupted = false;
      dumpSequence = nextSequence();
      table.startDump();
      answers.send(dumpRequest(dumpSequence));
      return true;
    },
    ask(keys) {
      if (keys.length === 0) return;
      const requests = keys.map((key) => entryRequest(key, nextSequence()));
      answers.send(Buffer.concat(requests));
    },
    close() {
      events.close();
      answers.close();
    },
  };

  function nextSequence(): number {
    sequence = (sequence + 1) >>> 0;
    return sequence;
  }

  function visitAll(
    socket: NetlinkSocket,
    size: number,
    visit: (message: NetlinkMessage) => void,
  ): void {
    if (!visitMessages(socket.buffer, size, visit)) counters.malformedTotal++;
  }
}

function openAnswers(events: NetlinkSocket, bufferBytes: number): NetlinkSocket {
  try {
    return openNetlinkSocket({ groups: 0, bufferBytes });
  } catch (error) {
    events.close();
    throw error;
  }
}

/** Reads until nothing waits, or its turn is over; true when the kernel said that it dropped something. */
function drain(socket: NetlinkSocket, countMax: number, take: (size: number) => void): boolean {
  let isLost = false;
  for (let count = 0; count < countMax; count++) {
    const size = socket.receive();
    if (size === 0) break;
    if (size < 0) isLost = true;
    else take(size);
  }
  return isLost;
}
