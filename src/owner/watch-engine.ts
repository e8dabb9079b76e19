// The looks at the kernel's sockets and at processes. Runs in a worker thread of its own, so that no look keeps
// anything else of the agent waiting.
import { networkInterfaces } from "node:os";
import { type MessagePort, receiveMessageOnPort } from "node:worker_threads";
import { enterNamespace } from "../flowmeter/netlink/namespace.ts";
import { createPoll } from "../flowmeter/netlink/socket.ts";
import { createControlGroupIds } from "./control-group-ids.ts";
import { newOwnerCounters } from "./counters.ts";
import { createCpuBudget } from "./cpu-budget.ts";
import { openFlowFeed } from "./flow-feed.ts";
import type { FromWatch, ToWatch, WatchStart } from "./messages.ts";
import { ProcessFactsReader } from "./process-facts.ts";
import { ProcessTable } from "./process-table.ts";
import { openSocketFeed, type SocketVisitor } from "./socket-feed.ts";
import type { SocketKey } from "./socket-message.ts";
import { SocketTable } from "./socket-table.ts";
import { createUsers } from "./users.ts";

/** Longest wait, so that what the other side says is heard. */
const pollMilliseconds = 100;
const reportMilliseconds = 1_000;
const percent = 0.01;

/** An answer waits this long for processor time, and then does without a look of its own. */
const askedMilliseconds = 5_000;
/** Answers that wait; with more, none does. */
const askedCountMax = 1_000;

type Ask = Extract<ToWatch, { kind: "ask" }>;

interface Asked {
  ask: Ask;
  /** By `performance.now()`. */
  latestAt: number;
}

/** Runs until told to close. */
export function runWatch(start: WatchStart, port: MessagePort): void {
  if (start.networkNamespace !== null) enterNamespace(start.networkNamespace);
  const engine = new WatchEngine(start, port);
  try {
    engine.run();
  } finally {
    engine.close();
  }
  port.postMessage({ kind: "closed" } satisfies FromWatch);
}

class WatchEngine {
  readonly #start: WatchStart;
  readonly #port: MessagePort;
  readonly #counters = newOwnerCounters();
  readonly #budget;
  readonly #feed;
  readonly #flows;
  readonly #table: SocketTable;
  readonly #processes: ProcessTable;
  readonly #facts: ProcessFactsReader;
  readonly #startedAt = Date.now();
  readonly #asked: Asked[] = [];
  #isBusy = false;
  #isClosing = false;
  #scannedAt = Number.NEGATIVE_INFINITY;
  #reportAt = 0;
  #isDelayed = false;
  #hasMissed = false;

  constructor(start: WatchStart, port: MessagePort) {
    const { settings } = start;
    this.#start = start;
    this.#port = port;
    this.#budget = createCpuBudget(settings.cpuPercentMax * percent);
    const users = createUsers();
    const groups = createControlGroupIds();
    this.#table = new SocketTable({
      keepMilliseconds: settings.keepSeconds * 1_000,
      sizeBytesMax: settings.sizeBytesMax,
      counters: this.#counters,
      userOf: (uid) => users.nameOf(uid),
      groupOf: (id) => groups.groupOf(id),
    });
    this.#processes = new ProcessTable({
      onlyOwnNamespace: start.networkNamespace !== null,
      isLive: this.#table.isLive,
    });
    this.#facts = new ProcessFactsReader({ users, ...settings });
    this.#feed = openSocketFeed(this.#counters);
    this.#flows = openFlowFeed(this.#counters);
  }

  run(): void {
    const fds = [this.#feed.endsFd, this.#flows?.fd].filter((fd) => typeof fd === "number");
    const waitForEvents = createPoll(fds);
    const waitOnly = createPoll([]);
    this.#scan();
    this.#post({ kind: "ready" });
    while (!this.#isClosing) {
      // Events that there is no processor time for wait in the kernel, which counts what it then drops.
      const pause = this.#budget.waitMilliseconds();
      if (pause > 0) waitOnly(Math.min(pause, pollMilliseconds));
      else waitForEvents(Math.min(this.#untilScan(), pollMilliseconds));
      this.#round();
    }
  }

  close(): void {
    this.#feed.close();
    this.#flows?.close();
  }

  #round(): void {
    this.#hear();
    this.#answerAsked();
    if (this.#budget.mayWork()) {
      this.#readEvents();
      this.#isDelayed = false;
      if (this.#untilScan() <= 0) this.#scan();
    } else if (this.#untilScan() <= 0 && !this.#isDelayed) {
      this.#isDelayed = true;
      this.#counters.scansDelayedTotal++;
    }
    const now = performance.now();
    if (now < this.#reportAt) return;
    this.#reportAt = now + reportMilliseconds;
    this.#report();
  }

  /** Milliseconds to the next scan; soon, when sockets ended that no scan had seen. */
  #untilScan(): number {
    const { restMilliseconds, busyMilliseconds, burstMilliseconds } = this.#start.settings;
    const usual = this.#isBusy ? busyMilliseconds : restMilliseconds;
    const interval = this.#hasMissed ? Math.min(burstMilliseconds, usual) : usual;
    return this.#scannedAt + interval - performance.now();
  }

  #readEvents(): void {
    const now = Date.now();
    const missedBefore = this.#counters.missedTotal;
    // Beginnings first: of a flow that is over already, too, only its beginning can still find a socket.
    const isNew = this.#lookAtFlows(now);
    const ended: SocketVisitor = (reader) => this.#table.destroyed(reader, now);
    if (!this.#feed.readEnds(ended, () => this.#budget.mayWork()))
      this.#counters.eventLossesTotal++;
    if (this.#counters.missedTotal > missedBefore) this.#hasMissed = true;
    if (isNew) this.#resolve();
  }

  #lookAtFlows(now: number): boolean {
    const seenBefore = this.#counters.socketsTotal;
    const see: SocketVisitor = (reader, protocol) => this.#table.see(reader, protocol, now);
    this.#flows?.read((key: SocketKey) => {
      if (!this.#budget.mayWork()) {
        this.#counters.looksSkippedTotal++;
        return;
      }
      this.#counters.looksTotal++;
      const before = this.#counters.socketsTotal;
      this.#feed.look(key, see);
      if (this.#counters.socketsTotal > before) this.#resolveSoon();
    });
    return this.#counters.socketsTotal > seenBefore;
  }

  #scan(): void {
    const now = Date.now();
    this.#scannedAt = performance.now();
    this.#hasMissed = false;
    this.#counters.scansTotal++;
    this.#table.startScan();
    const isComplete = this.#feed.scan((reader, protocol) =>
      this.#table.see(reader, protocol, now),
    );
    if (!isComplete) this.#counters.scansInterruptedTotal++;
    this.#table.finishScan(isComplete, now);
    this.#resolve();
  }

  #resolveSoon(): void {
    const found = this.#processes.findSoon(this.#table.wantedInodes());
    this.#table.resolve(found, false, (pid) => this.#facts.of(pid));
  }

  /** Looks for the processes of sockets that have none yet, as far as the budget goes. */
  #resolve(): void {
    const wanted = this.#table.wantedInodes();
    if (wanted.size === 0) return;
    const { found, isComplete } = this.#processes.find(wanted, () => this.#budget.mayWork());
    this.#table.resolve(found, isComplete, (pid) => this.#facts.of(pid));
  }

  #hear(): void {
    for (;;) {
      const received = receiveMessageOnPort(this.#port);
      if (!received) return;
      this.#take(received.message as ToWatch);
    }
  }

  #take(message: ToWatch): void {
    if (message.kind === "close") this.#isClosing = true;
    else if (message.kind === "ask")
      this.#asked.push({ ask: message, latestAt: performance.now() + askedMilliseconds });
    else if (message.isBusy !== this.#isBusy) {
      const { cpuPercentMax, busyCpuPercentMax } = this.#start.settings;
      this.#isBusy = message.isBusy;
      const greatest = Math.max(cpuPercentMax, busyCpuPercentMax);
      this.#budget.setShare((message.isBusy ? greatest : cpuPercentMax) * percent);
    }
  }

  /** All who wait share one more look, so that what began last is in it, once there is processor time for it. */
  #answerAsked(): void {
    const [first] = this.#asked;
    if (!first) return;
    const newest = Math.max(...this.#asked.map(({ ask }) => ask.to));
    if (newest >= Date.now() - this.#start.settings.restMilliseconds) {
      const mayWork = this.#budget.mayWork();
      const isEarly = performance.now() < first.latestAt && this.#asked.length < askedCountMax;
      if (!mayWork && isEarly) return;
      if (mayWork) this.#scan();
      else this.#counters.scansDelayedTotal++;
    }
    for (const { ask } of this.#asked.splice(0)) this.#answer(ask);
  }

  #answer({ id, from, to, sizeBytesMax }: Ask): void {
    if (to < this.#startedAt) {
      this.#post({ kind: "answer", id, lines: null });
      return;
    }
    const { scansTotal, scansDelayedTotal, eventLossesTotal } = this.#counters;
    const summary = {
      scans: scansTotal,
      scansDelayed: scansDelayedTotal,
      countsMissed: this.#feed.endsFd !== null && eventLossesTotal === 0,
      localAddresses: localAddresses(),
    };
    const known = { from: Math.max(from, this.#startedAt), to };
    const text = this.#table.lines({ ...known, sizeBytesMax, summary });
    this.#post({ kind: "answer", id, lines: new TextEncoder().encode(text) });
  }

  #report(): void {
    this.#counters.cpuMilliseconds = this.#budget.usedMilliseconds;
    this.#post({
      kind: "report",
      report: {
        liveCount: this.#table.liveCount,
        endedCount: this.#table.endedCount,
        refusedCount: this.#processes.refusedCount,
        hearsEnds: this.#feed.endsFd !== null,
        hearsFlows: this.#flows !== null,
        counters: this.#counters,
      },
    });
  }

  #post(message: FromWatch): void {
    this.#port.postMessage(message);
  }
}

/** Of the thread's own network namespace. */
const localAddresses = (): string[] =>
  Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .map(({ address }) => address);
