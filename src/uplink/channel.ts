import type { RawData, WebSocket } from "ws";
import { z } from "zod";
import { ClockOffset } from "./clock-offset.ts";

/**
 * One JSON text frame. `seq` counts the messages of this connection from 1; `ack` is the highest one
 * of the other side that was dealt with. A frame without a message only acknowledges.
 */
const frame = z.object({
  ack: z.int().min(0),
  seq: z.int().min(1).optional(),
  message: z.unknown().optional(),
  /** The sender's clock, milliseconds since the epoch; absent: it is too old to say. */
  at: z.number().optional(),
});

/**
 * Frames larger than this end the connection (`ws` closes it with 1009). The largest is a hello with
 * the 10,000 sessions that a host may keep, some 600 bytes each.
 */
export const frameSizeBytesMax = 16 << 20;
/** A peer that sends faster than its messages are dealt with is paused at this many. */
const pendingCountMax = 256;

export interface Channel {
  /** Resolves when the other side has dealt with the message; rejects when the connection ends before. */
  send(message: unknown): Promise<void>;
  /** Messages sent and not yet acknowledged. */
  readonly unacknowledgedCount: number;
  /** This side's clock minus the other's; null: not known yet. */
  readonly clockOffsetMilliseconds: number | null;
  close(reason: string): void;
  /** Resolves when the connection is gone, with the reason. */
  readonly closed: Promise<string>;
}

export interface ChannelOptions {
  socket: WebSocket;
  /** One at a time, in order; the message is acknowledged when it resolves, and ends the channel when it rejects. */
  onMessage(message: unknown): Promise<void>;
  /** Silence longer than this means that the other side is gone. */
  idleTimeoutMilliseconds: number;
  /** The dialling side pings, so that tables of routers between keep the connection; 0: it does not. */
  pingIntervalMilliseconds: number;
}

interface Waiting {
  sentAt: number;
  resolve(): void;
  reject(error: Error): void;
}

/** Numbered, acknowledged messages over one WebSocket. What was not acknowledged is the sender's to repeat. */
export function openChannel(options: ChannelOptions): Channel {
  const { socket } = options;
  const waiting = new Map<number, Waiting>();
  const clockOffset = new ClockOffset();
  let sentSeq = 0;
  let dealtSeq = 0;
  let pending = 0;
  let inOrder: Promise<void> = Promise.resolve();
  let reason = "connection lost";

  const write = (content: object): void => {
    if (socket.readyState === socket.OPEN)
      socket.send(JSON.stringify({ ...content, at: Date.now() }));
  };
  const end = (why: string): void => {
    reason = why;
    socket.terminate();
  };
  const deal = async (seq: number, message: unknown): Promise<void> => {
    try {
      await options.onMessage(message);
      dealtSeq = seq;
      write({ ack: dealtSeq });
    } catch (error) {
      end(`message was refused: ${error instanceof Error ? error.message : "unknown"}`);
    }
    if (--pending < pendingCountMax && socket.isPaused) socket.resume();
  };
  const acknowledge = (ack: number, at: number | undefined): void => {
    for (const [seq, sender] of waiting) {
      if (seq > ack) return;
      waiting.delete(seq);
      if (seq === ack && at !== undefined) clockOffset.heard(sender.sentAt, Date.now(), at);
      sender.resolve();
    }
  };
  const alive = watchSilence(options, () => end("other side is silent"));

  socket.on("message", (data, isBinary) => {
    alive.touch();
    const parsed = isBinary ? null : parseFrame(data);
    if (!parsed) return end("frame cannot be read");
    acknowledge(parsed.ack, parsed.at);
    const { seq, message } = parsed;
    if (seq === undefined || seq <= dealtSeq) return;
    if (++pending >= pendingCountMax) socket.pause();
    inOrder = inOrder.then(() => deal(seq, message));
  });
  socket.on("ping", () => alive.touch());
  socket.on("pong", () => alive.touch());
  socket.on("error", (error) => (reason = error.message));
  const closed = new Promise<string>((resolve) => {
    socket.on("close", (_code, text) => {
      alive.stop();
      if (text.length > 0) reason = text.toString();
      for (const sender of waiting.values()) sender.reject(new Error(reason));
      waiting.clear();
      resolve(reason);
    });
  });

  return {
    closed,
    get unacknowledgedCount() {
      return waiting.size;
    },
    get clockOffsetMilliseconds() {
      return clockOffset.milliseconds;
    },
    send: (message) =>
      new Promise((resolve, reject) => {
        if (socket.readyState !== socket.OPEN) return reject(new Error(reason));
        waiting.set(++sentSeq, { resolve, reject, sentAt: Date.now() });
        write({ ack: dealtSeq, seq: sentSeq, message });
      }),
    close(why) {
      reason = why;
      socket.close(1000, why);
    },
  };
}

function parseFrame(data: RawData): z.infer<typeof frame> | null {
  try {
    const bytes = Array.isArray(data) ? Buffer.concat(data) : data;
    return frame.parse(JSON.parse(new TextDecoder().decode(bytes)));
  } catch {
    return null;
  }
}

/** Calls `onSilent` when nothing was heard for the idle time; pings if this side is the one that does. */
function watchSilence(
  { socket, idleTimeoutMilliseconds, pingIntervalMilliseconds }: ChannelOptions,
  onSilent: () => void,
): { touch(): void; stop(): void } {
  const silence = setTimeout(onSilent, idleTimeoutMilliseconds);
  const ping =
    pingIntervalMilliseconds > 0
      ? setInterval(() => {
          if (socket.readyState === socket.OPEN) socket.ping();
        }, pingIntervalMilliseconds)
      : undefined;
  return {
    touch: () => silence.refresh(),
    stop() {
      clearTimeout(silence);
      clearInterval(ping);
    },
  };
}
