// The kernel's side: conntrack's events and table, and the packets that deny rules log. Runs in a
// worker thread of its own, which waits in poll(2), so that no event waits for anything else.
import { readFileSync, writeFileSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { type MessagePort, receiveMessageOnPort } from "node:worker_threads";
import { type Accountant, createAccountant } from "./accountant.ts";
import { createDenyTable } from "./deny-table.ts";
import { FlowTable } from "./flow-table.ts";
import { type FlowMeterProblem, kernelProblems } from "./health.ts";
import { createHostView, type HostView } from "./host-view.ts";
import type { EngineStart, ToEngine } from "./messages.ts";
import { enterNamespace } from "./netlink/namespace.ts";
import { openConntrackFeed } from "./netlink/conntrack-feed.ts";
import { type NflogFeed, openNflogFeed } from "./netlink/nflog-feed.ts";
import { parseDenyPrefix } from "./netlink/nflog.ts";
import { readToldFlows } from "./told-flow.ts";
import { createPoll } from "./netlink/socket.ts";
import { newPacketHeaders, readPacketHeaders } from "./packet.ts";

/** Longest wait, so that what the other side says is heard. */
const pollMilliseconds = 100;
const viewMilliseconds = 1_000;
/** After lost events: time for what is still queued to be read before the table is. */
const resyncMilliseconds = 250;
/** Closed flows asked for in one round: their answers fit into the socket's buffer many times. */
const closedCountMax = 512;
const sysctlDirectory = "/proc/sys/net/netfilter";

/** Runs until told to close. */
export function runConntrackEngine(start: EngineStart, port: MessagePort): void {
  if (start.networkNamespace !== null) enterNamespace(start.networkNamespace);
  const accountant = createAccountant(start, (message) => port.postMessage(message));
  const engine = new ConntrackEngine(start, accountant, port);
  try {
    engine.run(() => port.postMessage({ kind: "ready" }));
  } finally {
    engine.close();
  }
  port.postMessage({ kind: "closed" });
}

class ConntrackEngine {
  readonly #start: EngineStart;
  readonly #accountant: Accountant;
  readonly #port: MessagePort;
  readonly #table: FlowTable;
  readonly #denied;
  readonly #conntrack;
  readonly #nflog: NflogFeed | null;
  readonly #headers = newPacketHeaders();
  readonly #kernel: KernelState;
  #view: HostView;
  #dumpAt = 0;
  #viewAt = 0;
  #flushAt = 0;
  #isClosing = false;

  constructor(start: EngineStart, accountant: Accountant, port: MessagePort) {
    this.#start = start;
    this.#accountant = accountant;
    this.#port = port;
    const { settings } = start;
    const { counters } = accountant;
    this.#view = createHostView(networkInterfaces(), settings);
    this.#kernel = prepareKernel(settings.prepareKernel);
    this.#table = new FlowTable(this.#view, {
      flowCountMax: settings.flowCountMax,
      ruleOf: (mark) => accountant.ruleOf(mark),
      add: (row) => accountant.add(row),
      counters,
    });
    if (start.told) this.#table.restore(readToldFlows(start.told));
    this.#denied = createDenyTable({
      intervalMilliseconds: settings.continueSeconds * 1_000,
      add: (row) => accountant.add(row),
      counters,
    });
    const { socketBufferBytes: bufferBytes, nflogGroup } = settings;
    this.#conntrack = openConntrackFeed({ table: this.#table, counters, bufferBytes });
    try {
      this.#nflog = nflogGroup === 0 ? null : this.#openNflog(nflogGroup, bufferBytes);
    } catch (error) {
      this.#conntrack.close();
      throw error;
    }
  }

  /** `onReady` is called when the table was read once: from then on every flow's beginning is seen. */
  run(onReady: () => void): void {
    const { counters } = this.#accountant;
    let isReady = false;
    const wait = createPoll([...this.#conntrack.fds, ...(this.#nflog ? [this.#nflog.fd] : [])]);
    while (!this.#isClosing) {
      wait(pollMilliseconds);
      this.#round(Date.now());
      if (!isReady && counters.dumpsTotal > 0) {
        isReady = true;
        onReady();
      }
    }
    // What closed until now is counted to its end, as far as the kernel says it.
    this.#conntrack.readEvents(Date.now());
    this.#denied.flush(Number.MAX_SAFE_INTEGER);
    // What was not told before the table was read once, the next meter finds.
    if (counters.dumpsTotal > 0) this.#flush(Date.now());
  }

  close(): void {
    this.#conntrack.close();
    this.#nflog?.close();
  }

  #round(now: number): void {
    this.#hear();
    if (now >= this.#viewAt) this.#look(now);
    if (this.#conntrack.readEvents(now))
      this.#dumpAt = Math.min(this.#dumpAt, now + resyncMilliseconds);
    this.#conntrack.readAnswers(now);
    this.#nflog?.read();
    this.#conntrack.ask(this.#table.takeClosed(now, closedCountMax));
    if (now >= this.#dumpAt && this.#conntrack.startDump()) {
      this.#dumpAt = now + this.#start.settings.continueSeconds * 1_000;
    }
    // Nothing is told before it is known what was there: a kill until then leaves all as it was.
    if (now >= this.#flushAt && this.#accountant.counters.dumpsTotal > 0) this.#flush(now);
  }

  #hear(): void {
    for (;;) {
      const received = receiveMessageOnPort(this.#port);
      if (!received) return;
      if (this.#accountant.take(received.message as ToEngine)) this.#isClosing = true;
    }
  }

  /** Addresses come and go. */
  #look(now: number): void {
    this.#viewAt = now + viewMilliseconds;
    this.#view = createHostView(networkInterfaces(), this.#start.settings);
    this.#table.view = this.#view;
  }

  #flush(now: number): void {
    this.#flushAt = now + this.#start.settings.flushSeconds * 1_000;
    this.#denied.flush(now);
    this.#accountant.flush(() => this.#table.takeTold());
    const { count, countMax, problems } = this.#kernel.read();
    this.#port.postMessage({
      kind: "report",
      report: {
        flowCount: this.#table.flowCount,
        kernelFlowCount: count,
        kernelFlowCountMax: countMax,
        problems,
        counters: { ...this.#accountant.counters },
      },
    });
  }

  #openNflog(group: number, bufferBytes: number): NflogFeed {
    const { counters } = this.#accountant;
    return openNflogFeed({ group, bufferBytes, counters }, (packet, bytes) => {
      const rule = parseDenyPrefix(packet.prefix);
      const headers = this.#headers;
      const { payloadAt, payloadEnd } = packet;
      const isRead = rule !== null && readPacketHeaders(headers, bytes, payloadAt, payloadEnd);
      const link = isRead ? this.#view.linkOf(headers.tuple, rule.isOutbound) : null;
      if (!isRead || !link) {
        counters.logsIgnored++;
        return;
      }
      const time = packet.time || Date.now();
      this.#denied.take({ ...rule, link, tuple: headers.tuple, time, bytes: headers.bytes });
    });
  }
}

interface KernelState {
  read(): { count: number; countMax: number; problems: FlowMeterProblem[] };
}

/** Switches counting on where that is allowed; /proc shows the network namespace of this thread. */
function prepareKernel(mayPrepare: boolean): KernelState {
  if (mayPrepare && readNumber("nf_conntrack_acct") === 0) {
    try {
      writeFileSync(`${sysctlDirectory}/nf_conntrack_acct`, "1");
    } catch {
      // The problem is reported with its remedy, as long as it lasts.
    }
  }
  return {
    read() {
      const count = readNumber("nf_conntrack_count");
      const countMax = readNumber("nf_conntrack_max");
      const accounting = readNumber("nf_conntrack_acct") === 1;
      return {
        count,
        countMax,
        problems: kernelProblems({ accounting, count, countMax, mayPrepare }),
      };
    },
  };
}

/** 0 where there is no such setting. */
function readNumber(name: string): number {
  try {
    return Number(readFileSync(`${sysctlDirectory}/${name}`, "utf8"));
  } catch {
    return 0;
  }
}
