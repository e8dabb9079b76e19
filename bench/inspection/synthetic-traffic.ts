import { firstMicroseconds, type FrameSource, type SourceFrame } from "./frame-source.ts";
import { buildFrame, type BuiltFlow } from "./frame-builder.ts";
import { Random, scatter } from "./random.ts";
import { tcpFlag, transport, type Script, type Step } from "./scripts.ts";

export interface SyntheticOptions {
  seed: number;
  scripts: readonly Script[];
  /** Flows that are open at once; packets of all of them alternate by chance. */
  openFlowCount: number;
}

const clientCount = 50_000;
const serverCount = 2_000;
const clientPortCount = 60_000;
const frameRoomBytes = 2_048;
/** One in so many data segments is sent twice, and one in so many flows is IPv6, or tagged. */
const retransmittedOneIn = 200;
const ipv6OneIn = 4;
const taggedOneIn = 16;
const gapMaxMicroseconds = 20;

/** Traffic of nobody: flows that follow scripts, as many at once as told. */
export class SyntheticTraffic implements FrameSource {
  readonly #random: Random;
  readonly #scripts: readonly Script[];
  readonly #open: BuiltFlow[] = [];
  readonly #scriptOf: Int32Array;
  readonly #stepOf: Int32Array;
  #flowCount = 0;
  readonly #frame: SourceFrame = {
    bytes: Buffer.alloc(frameRoomBytes),
    offset: 0,
    capturedLength: 0,
    originalLength: 0,
    microseconds: firstMicroseconds,
  };

  constructor({ seed, scripts, openFlowCount }: SyntheticOptions) {
    this.#random = new Random(seed);
    this.#scripts = scripts;
    this.#scriptOf = new Int32Array(openFlowCount);
    this.#stepOf = new Int32Array(openFlowCount);
    for (let slot = 0; slot < openFlowCount; slot++) {
      this.#open.push(newFlow());
      this.#start(slot);
    }
  }

  next(): SourceFrame {
    const slot = this.#random.below(this.#open.length);
    const flow = this.#open[slot];
    const script = this.#scripts[this.#scriptOf[slot] ?? 0];
    const step = script?.steps[this.#stepOf[slot] ?? 0];
    if (!flow || !script || !step) throw new Error("a script has no steps");
    const frame = this.#frame;
    frame.capturedLength = buildFrame(frame.bytes, flow, step);
    frame.originalLength = frame.capturedLength;
    frame.microseconds += this.#random.below(gapMaxMicroseconds);
    if (!this.#isSentAgain(flow, step)) this.#advance(slot, flow, script);
    return frame;
  }

  #isSentAgain(flow: BuiltFlow, { payload }: Step): boolean {
    if (flow.transport !== transport.tcp || payload.length === 0) return false;
    return this.#random.below(retransmittedOneIn) === 0;
  }

  #advance(slot: number, flow: BuiltFlow, { steps, repeatFrom }: Script): void {
    const index = this.#stepOf[slot] ?? 0;
    const step = steps[index];
    if (step) moveSequence(flow, step);
    if (index + 1 < steps.length) this.#stepOf[slot] = index + 1;
    else if (repeatFrom >= 0) this.#stepOf[slot] = repeatFrom;
    else this.#start(slot);
  }

  /** Opens the next flow in a slot; client and port together are never the same twice. */
  #start(slot: number): void {
    const flow = this.#open[slot];
    const number = this.#flowCount++;
    const spread = scatter(number);
    const index = spread % this.#scripts.length;
    const script = this.#scripts[index];
    if (!flow || !script) throw new Error("no script");
    const client = number % clientCount;
    const round = Math.floor(number / clientCount);
    flow.number = number;
    flow.transport = script.transport;
    flow.isIpv6 = scatter(number + 1) % ipv6OneIn === 0;
    flow.hasVlanTag = scatter(number + 2) % taggedOneIn === 0;
    flow.client = 0x0a000000 + 256 + client;
    flow.server = 0xc6120000 + 256 + (scatter(number + 3) % serverCount);
    flow.clientPort = 1_024 + ((client * 40_503 + round * 7_919) % clientPortCount);
    flow.serverPort = script.serverPort;
    flow.clientSequence = spread;
    flow.serverSequence = scatter(spread);
    this.#scriptOf[slot] = index;
    this.#stepOf[slot] = 0;
  }
}

function moveSequence(flow: BuiltFlow, { fromClient, flags, payload }: Step): void {
  const control = (flags & (tcpFlag.syn | tcpFlag.fin)) === 0 ? 0 : 1;
  const size = payload.length + control;
  if (fromClient) flow.clientSequence = (flow.clientSequence + size) >>> 0;
  else flow.serverSequence = (flow.serverSequence + size) >>> 0;
}

function newFlow(): BuiltFlow {
  return {
    number: 0,
    transport: transport.udp,
    isIpv6: false,
    hasVlanTag: false,
    client: 0,
    server: 0,
    clientPort: 0,
    serverPort: 0,
    clientSequence: 0,
    serverSequence: 0,
  };
}
