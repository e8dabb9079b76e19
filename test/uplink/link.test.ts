// Agent link and hub over a real TLS socket, each knowing the other by its certificate.
import { mkdtemp, rm } from "node:fs/promises";
import { once } from "node:events";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { join } from "node:path";
import { connect, createServer as createTcpServer, type Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { systemClock } from "../../src/common/clock.ts";
import { Lifecycle } from "../../src/common/lifecycle.ts";
import { silentLog } from "../../src/common/log.ts";
import { openCertificateAuthority } from "../../src/pki/certificate-authority.ts";
import { createCertificateRequest } from "../../src/pki/certificate-request.ts";
import { type AgentHub, createAgentHub } from "../../src/uplink/agent-hub.ts";
import { type AgentChannel, openAgentLink } from "../../src/uplink/agent-link.ts";
import type { AgentMessage, ServerMessage } from "../../src/uplink/messages.ts";

const sessionId = "3f0c6a1e-6f0f-4b8e-9f7a-0a4c3b2d1e00";
const waitOptions = { timeout: 10_000, interval: 10 };

let life: Lifecycle;
let received: { hostId: string; message: AgentMessage }[];
let refuseNext: boolean;
const openSockets = new Set<TLSSocket>();
let hub: AgentHub;
let server: Server;
let credentials: { ca: string; cert: string; key: string };

beforeEach(async () => {
  life = new Lifecycle();
  received = [];
  refuseNext = false;
  const directory = await mkdtemp(join(tmpdir(), "nightcap-link-"));
  life.add({ close: () => rm(directory, { recursive: true }) });
  const authority = await openCertificateAuthority({ directory, clock: systemClock });
  const own = await authority.issueServer(["127.0.0.1"]);
  const request = await createCertificateRequest("");
  credentials = {
    ca: authority.certificatePem,
    key: request.keyPem,
    cert: await authority.issueClient(request.requestPem, "host-1"),
  };
  hub = createAgentHub({
    identify: async ({ socket }) => {
      const peer = socket as TLSSocket;
      return peer.authorized ? String(peer.getPeerCertificate().subject.CN) : null;
    },
    onMessage: async (hostId, message) => {
      if (refuseNext) {
        refuseNext = false;
        throw new Error("state is not there");
      }
      received.push({ hostId, message });
    },
    onConnected: () => {},
    onDisconnected: () => {},
    log: silentLog,
  });
  server = createServer({
    key: own.keyPem,
    cert: own.certificatePem,
    ca: authority.certificatePem,
    requestCert: true,
    rejectUnauthorized: false,
  });
  openSockets.clear();
  server.on("upgrade", (incoming, socket, head) => {
    openSockets.add(socket as TLSSocket);
    hub.upgrade(incoming, socket, head);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  life.add({ close: async () => void server.close() });
  life.add(hub);
});
afterEach(() => life.close());

const portOf = (listener: { address(): unknown }): number =>
  (listener.address() as AddressInfo).port;

type MessageHandler = (message: ServerMessage) => Promise<AgentMessage>;

function startAgent(
  options: {
    port?: number;
    onMessage?: MessageHandler;
    trust?: object;
    hello?: AgentMessage;
  } = {},
): { channels: AgentChannel[] } {
  const channels: AgentChannel[] = [];
  const link = openAgentLink({
    url: `wss://127.0.0.1:${options.port ?? portOf(server)}/agent`,
    credentials: async () => ({ ...credentials, ...options.trust }),
    onConnected: (channel) => void channels.push(channel),
    prepare: async () => options.hello ?? done,
    onMessage: options.onMessage ?? (async () => done),
    log: silentLog,
  });
  life.add(link);
  return { channels };
}

const done: AgentMessage = { type: "commandDone", commandId: sessionId, error: null };

test("ends when it is closed in the middle of dialling, wherever that stands", async () => {
  for (const step of ["prepare", "credentials", "connected"] as const) {
    const [reached, closed] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const pass = async (here: string): Promise<void> => {
      if (here !== step) return;
      reached.resolve();
      await closed.promise;
    };
    const link = openAgentLink({
      url: `wss://127.0.0.1:${portOf(server)}/agent`,
      credentials: () => pass("credentials").then(() => credentials),
      prepare: () => pass("prepare").then(() => done),
      onConnected: () => void pass("connected"),
      onMessage: async () => done,
      log: silentLog,
    });
    await reached.promise;
    const closing = link.close().then(() => "closed");
    closed.resolve();
    const late = sleep(5_000, "still open", { ref: false });
    expect(await Promise.race([closing, late]), step).toBe("closed");
  }
});

test("carries messages both ways and resolves a send when the other side has dealt with it", async () => {
  const commands: ServerMessage[] = [];
  const { channels } = startAgent({
    onMessage: async (message) => {
      commands.push(message);
      return done;
    },
  });
  await vi.waitFor(() => expect(channels).toHaveLength(1), waitOptions);
  await channels[0]?.send(done);
  expect(received).toEqual([{ hostId: "host-1", message: done }]);
  hub.send("host-1", { kind: "stopCapture", sessionId });
  await vi.waitFor(() => expect(commands).toHaveLength(1), waitOptions);
  expect(commands[0]).toMatchObject({ command: { kind: "stopCapture", sessionId } });
  await vi.waitFor(() => expect(received).toHaveLength(2), waitOptions);
});

test("a message that the control plane could not record is not acknowledged, and the agent connects anew", async () => {
  const { channels } = startAgent();
  await vi.waitFor(() => expect(channels).toHaveLength(1), waitOptions);
  refuseNext = true;
  await expect(channels[0]?.send(done)).rejects.toThrow();
  await vi.waitFor(() => expect(channels).toHaveLength(2), waitOptions);
  await channels[1]?.send(done);
  expect(received).toHaveLength(1);
});

test("refuses a peer without a certificate of its own authority", async () => {
  const { channels } = startAgent({ trust: { cert: undefined, key: undefined } });
  await new Promise((resolve) => setTimeout(resolve, 400));
  expect(channels).toHaveLength(0);
  expect(hub.connectedCount).toBe(0);
});

test("connects again through a path that was cut", async () => {
  const relay = await startRelay(portOf(server));
  const { channels } = startAgent({ port: relay.port });
  await vi.waitFor(() => expect(channels).toHaveLength(1), waitOptions);
  relay.cut();
  await channels[0]?.closed;
  await vi.waitFor(() => expect(channels).toHaveLength(2), waitOptions);
  await channels[1]?.send(done);
  expect(received).toHaveLength(1);
});

/** A TCP relay whose connections a test can cut, as a router that reboots does. */
async function startRelay(target: number): Promise<{ port: number; cut(): void }> {
  const sockets = new Set<Socket>();
  const relay = createTcpServer((near) => {
    const far = connect(target, "127.0.0.1");
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on("error", () => {});
      from.on("close", () => to.destroy());
      from.pipe(to);
    }
  });
  relay.listen(0, "127.0.0.1");
  await once(relay, "listening");
  const cut = (): void => sockets.forEach((socket) => socket.destroy());
  life.add({
    close: async () => {
      cut();
      relay.close();
    },
  });
  return { port: portOf(relay), cut };
}

const hello = (version: number): AgentMessage => ({
  type: "hello",
  protocolVersion: version,
  agentVersion: "1.0.0",
  facts: {
    hostName: "host-1",
    operatingSystem: "Linux",
    kernelRelease: "6.1",
    cpuCount: 1,
    memoryBytes: 1,
    networkNamespace: null,
    dumpcapVersion: null,
    interfaces: [],
  },
  sessions: [],
});
const question = { kind: "nextHop", source: "192.0.2.1", destination: "192.0.2.2" } as const;
const hop = { kind: "nextHop", hop: "onLink", gateway: null, device: "eth0", route: null } as const;

/** An agent that said hello; its answers are the test's. */
async function startAnswering(
  answerTo: (questionId: string) => Promise<AgentMessage>,
  version = 2,
): Promise<void> {
  const first = hello(version);
  const { channels } = startAgent({
    hello: first,
    onMessage: (message) =>
      message.type === "question" ? answerTo(message.questionId) : Promise.resolve(done),
  });
  await vi.waitFor(() => expect(channels).toHaveLength(1), waitOptions);
  await channels[0]?.send(first);
}

test("a question is answered by its id, while commands behind it do not wait", async () => {
  const held = Promise.withResolvers<void>();
  await startAnswering(async (questionId) => {
    await held.promise;
    return { type: "answer", questionId, answer: hop, error: null };
  });
  const asked = hub.ask("host-1", question);
  hub.send("host-1", { kind: "stopCapture", sessionId });
  await vi.waitFor(
    () => expect(received).toContainEqual({ hostId: "host-1", message: done }),
    waitOptions,
  );
  held.resolve();
  expect(await asked).toEqual(hop);
  expect(received.some(({ message }) => message.type === "answer")).toBe(false);
});

test("a host's own words of failure reach whoever asked; an answer of another kind is one too", async () => {
  const error = { code: "ToolMissing", message: "nft is not installed" };
  await startAnswering(async (questionId) => ({ type: "answer", questionId, answer: null, error }));
  await expect(hub.ask("host-1", question)).rejects.toMatchObject({
    code: "HostDiagnosisFailed",
    message: "the host says: nft is not installed",
  });
});

test("no host, an older one and one that goes away are said at once, and questions are bounded", async () => {
  const code = "VMAgentStatusCommunicationError";
  await expect(hub.ask("host-2", question)).rejects.toMatchObject({
    code,
    message: expect.stringContaining("not connected"),
  });
  await startAnswering(() => new Promise(() => {}));
  const asked = Array.from({ length: 9 }, () =>
    hub.ask("host-1", question).catch((error: Error) => error),
  );
  expect(await asked.at(-1)).toMatchObject({ code, message: expect.stringContaining("too many") });
  const [socket] = [...openSockets];
  socket?.destroy();
  expect(await asked[0]).toMatchObject({ code, message: expect.stringContaining("was lost") });
});

test("a host of the version before is never asked", async () => {
  await startAnswering(() => Promise.reject(new Error("asked")), 1);
  await expect(hub.ask("host-1", question)).rejects.toThrow("is too old for this question");
});

test("look-back is sent to hosts that know it, and to none before it is known", async () => {
  const spec = {
    sessionId,
    name: "look",
    interfaces: [],
    filters: [],
    bytesToCapturePerPacket: 0,
    totalBytesPerSession: 0,
    timeLimitInSeconds: 1,
    filePath: null,
    uploadUrl: null,
    lookBack: { seconds: 60, from: null },
  };
  const specs: unknown[] = [];
  const { channels } = startAgent({
    hello: hello(3),
    onMessage: async (message) => {
      if (message.type === "command" && message.command.kind === "startCapture")
        specs.push(message.command.spec);
      return done;
    },
  });
  await vi.waitFor(() => expect(channels).toHaveLength(1), waitOptions);
  hub.send("host-1", { kind: "startCapture", spec });
  for (const version of [3, 4]) {
    await channels[0]?.send(hello(version));
    hub.send("host-1", { kind: "startCapture", spec });
    await vi.waitFor(() => expect(specs).toHaveLength(version - 2), waitOptions);
  }
  const { lookBack: _, ...older } = spec;
  expect(specs).toEqual([older, spec]);
});
