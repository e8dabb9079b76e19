import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { randomUUID } from "node:crypto";
import { type WebSocket, WebSocketServer } from "ws";
import type { Closable } from "../common/lifecycle.ts";
import type { Log } from "../common/log.ts";
import { type Channel, frameSizeBytesMax, openChannel } from "./channel.ts";
import type { HostAnswer, HostQuestion } from "../diagnosis/question.ts";
import {
  type AgentCommand,
  type AgentMessage,
  agentMessage,
  lookBackProtocolVersion,
  questionProtocolVersion,
  type ServerMessage,
} from "./messages.ts";
import { createQuestions } from "./questions.ts";

/** The agent pings every 15 s; the control plane only notices when that stops. */
const idleTimeoutMilliseconds = 45_000;
/** Commands to one host that were not acknowledged; the reconciler asks again later for the rest. */
const unacknowledgedCountMax = 1_000;

export interface AgentHubOptions {
  /** The host that a TLS peer is, by its verified certificate; null refuses the connection. */
  identify(request: IncomingMessage): Promise<string | null>;
  onMessage(hostId: string, message: AgentMessage): Promise<void>;
  onConnected(hostId: string): void;
  onDisconnected(hostId: string): void;
  log: Log;
}

/** All agents that are connected now: at most one connection a host, the newest wins. */
export interface AgentHub extends Closable {
  /** For the HTTP server's `upgrade` event. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  isConnected(hostId: string): boolean;
  readonly connectedCount: number;
  /** Of the host's hello; null when it is not connected, or has not said it yet. */
  protocolVersionOf(hostId: string): number | null;
  /** Sends if the host is connected; whether it arrived shows in what the host then observes. */
  send(hostId: string, command: AgentCommand): void;
  /** Ends the connection of a host that is not known any more. */
  drop(hostId: string): void;
  /** The same for a message that is no command. */
  tell(hostId: string, message: ServerMessage): void;
  /**
   * Asks a host and waits for its answer. Throws `VMAgentStatusCommunicationError` when it cannot be
   * asked or does not answer in time, and `HostDiagnosisFailed` with the host's own words.
   */
  ask(hostId: string, question: HostQuestion): Promise<HostAnswer>;
}

export function createAgentHub(options: AgentHubOptions): AgentHub {
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: frameSizeBytesMax,
    perMessageDeflate: false,
  });
  const channels = new Map<string, Channel>();
  const questions = createQuestions();
  /** The version in which a host said hello, on the connection that it has now. */
  const versions = new WeakMap<Channel, number>();
  const takesQuestions = (channel: Channel): boolean =>
    (versions.get(channel) ?? 0) >= questionProtocolVersion;
  const hear = async (hostId: string, channel: Channel, message: AgentMessage): Promise<void> => {
    if (message.type === "answer") return questions.answered(hostId, message);
    if (message.type === "hello") versions.set(channel, message.protocolVersion);
    return options.onMessage(hostId, message);
  };
  const forgetWhenClosed = async (hostId: string, channel: Channel): Promise<void> => {
    const reason = await channel.closed;
    questions.lost(channel);
    options.log.info({ hostId, reason }, "agent disconnected");
    if (channels.get(hostId) !== channel) return;
    channels.delete(hostId);
    options.onDisconnected(hostId);
  };
  const accept = (hostId: string, socket: WebSocket): void => {
    const channel: Channel = openChannel({
      socket,
      idleTimeoutMilliseconds,
      pingIntervalMilliseconds: 0,
      onMessage: (message) => hear(hostId, channel, agentMessage.parse(message)),
    });
    channels.get(hostId)?.close("replaced by a newer connection");
    channels.set(hostId, channel);
    options.log.info({ hostId }, "agent connected");
    options.onConnected(hostId);
    void forgetWhenClosed(hostId, channel);
  };
  const admit = async (request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> => {
    const hostId = await options.identify(request).catch(() => null);
    if (hostId === null) return refuse(socket);
    sockets.handleUpgrade(request, socket, head, (accepted) => accept(hostId, accepted));
  };
  const tell = (hostId: string, message: ServerMessage): void => {
    const channel = channels.get(hostId);
    if (!channel || channel.unacknowledgedCount >= unacknowledgedCountMax) return;
    channel.send(message).catch(() => {}); // whoever sent it sees that nothing changed and sends again
  };
  return {
    upgrade(request, socket, head) {
      socket.on("error", () => {}); // a peer that leaves during the handshake is no event
      void admit(request, socket, head);
    },
    isConnected: (hostId) => channels.has(hostId),
    get connectedCount() {
      return channels.size;
    },
    protocolVersionOf(hostId) {
      const channel = channels.get(hostId);
      return channel ? (versions.get(channel) ?? null) : null;
    },
    send(hostId, command) {
      const channel = channels.get(hostId);
      const known = understood(command, channel ? versions.get(channel) : undefined);
      if (known) tell(hostId, { type: "command", commandId: randomUUID(), command: known });
    },
    tell,
    drop: (hostId) => channels.get(hostId)?.close("host was removed"),
    async ask(hostId, question) {
      const channel = channels.get(hostId) ?? null;
      return questions.ask({
        hostId,
        channel: channel && takesQuestions(channel) ? channel : null,
        isConnected: channel !== null,
        question,
      });
    },
    async close() {
      for (const channel of channels.values()) channel.close("control plane stops");
      await Promise.all(Array.from(channels.values(), (channel) => channel.closed));
      sockets.close();
    },
  };
}

/** The command without what an older host does not know; null while it is not known how old it is. */
function understood(command: AgentCommand, version: number | undefined): AgentCommand | null {
  if (command.kind !== "startCapture" || command.spec.lookBack === undefined) return command;
  if (version === undefined) return null;
  if (version >= lookBackProtocolVersion) return command;
  const { lookBack: _, ...spec } = command.spec;
  return { ...command, spec };
}

function refuse(socket: Duplex): void {
  socket.end("HTTP/1.1 401 Unauthorized\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
}
