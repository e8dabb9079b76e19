// The fallback: headers of packets, read by one dumpcap for each interface, added up to flows.
import { networkInterfaces } from "node:os";
import type { MessagePort } from "node:worker_threads";
import type { PacketView } from "../inspection/file/record.ts";
import { type Accountant, createAccountant } from "./accountant.ts";
import type { FlowMeterProblem } from "./health.ts";
import { createHostView, type HostView } from "./host-view.ts";
import { ipHeaderAt } from "./link-layer.ts";
import type { EngineStart, ToEngine } from "./messages.ts";
import { enterNamespace } from "./netlink/namespace.ts";
import { newPacketHeaders, readPacketHeaders } from "./packet.ts";
import { PacketFlows } from "./packet-flows.ts";
import { openPacketSource, type PacketSource } from "./packet-source.ts";

const lookMilliseconds = 1_000;
const openMilliseconds = 5_000;
const interfaceCountMax = 64;

/** Runs until told to close. */
export async function runPacketEngine(start: EngineStart, port: MessagePort): Promise<void> {
  if (start.networkNamespace !== null) enterNamespace(start.networkNamespace);
  const accountant = createAccountant(start, (message) => port.postMessage(message));
  const engine = new PacketEngine(start, accountant, port);
  const closing = new Promise<void>((resolve) => {
    port.on("message", (message: ToEngine) => {
      if (accountant.take(message)) resolve();
    });
  });
  await engine.open();
  port.postMessage({ kind: "ready" });
  await closing;
  await engine.close();
  port.postMessage({ kind: "closed" });
}

class PacketEngine {
  readonly #start: EngineStart;
  readonly #accountant: Accountant;
  readonly #port: MessagePort;
  readonly #flows: PacketFlows;
  readonly #sources = new Map<string, PacketSource>();
  readonly #problems = new Map<string, FlowMeterProblem>();
  readonly #headers = newPacketHeaders();
  readonly #timers: NodeJS.Timeout[] = [];
  #view: HostView;
  #isClosing = false;

  constructor(start: EngineStart, accountant: Accountant, port: MessagePort) {
    this.#start = start;
    this.#accountant = accountant;
    this.#port = port;
    const { settings } = start;
    this.#view = createHostView(networkInterfaces(), settings);
    this.#flows = new PacketFlows(this.#view, {
      flowCountMax: settings.flowCountMax,
      continueMilliseconds: settings.continueSeconds * 1_000,
      tcpIdleMilliseconds: settings.tcpIdleSeconds * 1_000,
      udpIdleMilliseconds: settings.udpIdleSeconds * 1_000,
      add: (row) => accountant.add(row),
      counters: accountant.counters,
    });
  }

  /** Resolves when every interface is listened to, or has said why not. */
  async open(): Promise<void> {
    await this.#openMissing();
    const { flushSeconds } = this.#start.settings;
    this.#timers.push(
      setInterval(() => this.#flush(), flushSeconds * 1_000),
      setInterval(() => this.#look(), lookMilliseconds),
    );
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    this.#timers.forEach(clearInterval);
    await Promise.all(Array.from(this.#sources.values(), (source) => source.close()));
    this.#flush();
  }

  #look(): void {
    this.#view = createHostView(networkInterfaces(), this.#start.settings);
    this.#flows.view = this.#view;
    void this.#openMissing();
  }

  async #openMissing(): Promise<void> {
    const missing = this.#view.links.filter(({ name }) => !this.#sources.has(name));
    const room = Math.max(0, interfaceCountMax - this.#sources.size);
    await Promise.all(missing.slice(0, room).map(({ name }) => this.#openSource(name)));
  }

  async #openSource(name: string): Promise<void> {
    const opened = Promise.withResolvers<void>();
    const late = setTimeout(opened.resolve, openMilliseconds);
    const { counters } = this.#accountant;
    try {
      const source = await openPacketSource({
        interfaceName: name,
        networkNamespace: this.#start.networkNamespace,
        onPacket: (packet) => this.#take(packet, name),
        onDrops: (count) => (counters.packetsDropped += count),
        onMalformed: () => counters.malformedTotal++,
        onOpen: () => {
          this.#problems.delete(name);
          opened.resolve();
        },
      });
      this.#sources.set(name, source);
      const ended = this.#whenEnded(name, source);
      await Promise.race([opened.promise, ended]);
    } catch (error) {
      this.#problems.set(name, problemOf(name, String(error)));
    } finally {
      clearTimeout(late);
    }
  }

  async #whenEnded(name: string, source: PacketSource): Promise<void> {
    const said = await source.ended;
    this.#sources.delete(name);
    if (!this.#isClosing) this.#problems.set(name, problemOf(name, said));
  }

  #take(packet: PacketView, interfaceName: string): void {
    const { counters } = this.#accountant;
    counters.eventsTotal++;
    const { bytes, offset, capturedLength, originalLength } = packet;
    const at = ipHeaderAt(bytes, packet);
    const headers = this.#headers;
    if (at < 0 || !readPacketHeaders(headers, bytes, at, offset + capturedLength)) return;
    // Super-packets of 64 KiB and more have no length in their header.
    headers.bytes = Math.max(
      headers.bytes,
      isLengthless(headers.bytes) ? originalLength - (at - offset) : 0,
    );
    this.#flows.take(headers, interfaceName, Date.now());
  }

  #flush(): void {
    this.#flows.tick(Date.now());
    this.#accountant.flush();
    this.#port.postMessage({
      kind: "report",
      report: {
        flowCount: this.#flows.flowCount,
        kernelFlowCount: null,
        kernelFlowCountMax: null,
        problems: [...this.#problems.values()],
        counters: { ...this.#accountant.counters },
      },
    });
  }
}

/** IPv4 without a length, IPv6 without a payload length. */
const isLengthless = (bytes: number): boolean => bytes === 0 || bytes === 40;

const problemOf = (name: string, said: string): FlowMeterProblem => ({
  what: `packets of interface ${name} are not read: ${said}`,
  remedy: "install dumpcap (wireshark-common) and let the agent capture; nightcap doctor says more",
});
