import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { WebSocket } from "ws";
import { backoffDelay } from "../common/backoff.ts";
import type { Closable } from "../common/lifecycle.ts";
import type { Log } from "../common/log.ts";
import { type Channel, frameSizeBytesMax, openChannel } from "./channel.ts";
import { type AgentMessage, type ServerMessage, serverMessage } from "./messages.ts";

/** Keeps the address tables of routers between alive; a connection is dead after 2.5 of them. */
const pingIntervalMilliseconds = 15_000;
const idleTimeoutMilliseconds = 37_500;
const handshakeTimeoutMilliseconds = 10_000;
const reconnect = { minimumMilliseconds: 250, maximumMilliseconds: 60_000 };

export interface AgentLinkOptions {
  /** `wss://host:port/agent`. */
  url: string;
  /** Read before each attempt, because certificates are renewed. All PEM. */
  credentials(): Promise<{ ca: string; cert: string; key: string }>;
  /** The message that goes first on every connection, made before each attempt. */
  prepare(): Promise<AgentMessage>;
  onConnected(channel: AgentChannel, hello: AgentMessage): void;
  /** What is answered goes back on the same connection; if that ended, the other side asks again. */
  onMessage(message: ServerMessage): Promise<AgentMessage | null>;
  log: Log;
}

/** The agent's end of one connection. */
export interface AgentChannel {
  send(message: AgentMessage): Promise<void>;
  readonly unacknowledgedCount: number;
  /** The host's clock minus the control plane's; null: not known yet. */
  readonly clockOffsetMilliseconds: number | null;
  readonly closed: Promise<string>;
}

/** Dials the control plane, again and again, with full-jitter backoff, until it is closed. */
export function openAgentLink(options: AgentLinkOptions): Closable {
  const abort = new AbortController();
  const { signal } = abort;
  const running = (async () => {
    for (let attempt = 0; !signal.aborted; attempt++) {
      const found = await dial(options, signal).catch((error: Error) => {
        options.log.warn({ attempt, reason: error.message }, "control plane cannot be reached");
        return null;
      });
      if (found) {
        const { channel, hello } = found;
        attempt = 0;
        const stop = (): void => channel.close("agent stops");
        signal.addEventListener("abort", stop);
        if (signal.aborted) stop(); // just now: nobody tells it again
        options.log.info("connected to control plane");
        options.onConnected(channel, hello);
        const reason = await channel.closed;
        signal.removeEventListener("abort", stop);
        if (!signal.aborted) options.log.warn({ reason }, "connection to control plane ended");
      }
      await sleep(backoffDelay(reconnect, attempt), undefined, { signal }).catch(() => {});
    }
  })();
  return {
    async close() {
      abort.abort();
      await running;
    },
  };
}

async function dial(
  options: AgentLinkOptions,
  signal: AbortSignal,
): Promise<{ channel: Channel; hello: AgentMessage }> {
  const hello = await options.prepare();
  const credentials = await options.credentials();
  signal.throwIfAborted(); // while these were made: a socket begun now would be closed by nobody
  const socket = new WebSocket(options.url, {
    ...credentials,
    handshakeTimeout: handshakeTimeoutMilliseconds,
    maxPayload: frameSizeBytesMax,
    perMessageDeflate: false,
  });
  // Opened before the handshake ends, so that no message can arrive unheard.
  const channel: Channel = openChannel({
    socket,
    idleTimeoutMilliseconds,
    pingIntervalMilliseconds,
    onMessage: async (message) => {
      const parsed = serverMessage.parse(message);
      const answering = options.onMessage(parsed).then((answer) => {
        if (answer) channel.send(answer).catch(() => {});
        return undefined;
      });
      // A question may take seconds, and commands behind it do not wait for that.
      if (parsed.type === "question")
        answering.catch(() => channel.close("question was not answered"));
      else await answering;
    },
  });
  const cancel = (): void => socket.terminate();
  signal.addEventListener("abort", cancel);
  const opened = once(socket, "open").then(() => null);
  const failure = await Promise.race([opened.catch(() => channel.closed), channel.closed]);
  signal.removeEventListener("abort", cancel);
  if (failure !== null) throw new Error(failure);
  return { channel, hello };
}
