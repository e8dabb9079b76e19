import { readFile } from "node:fs/promises";
import type { Clock } from "../common/clock.ts";
import { describeError } from "../common/errors.ts";
import type { Closable } from "../common/lifecycle.ts";
import type { Log } from "../common/log.ts";
import { holdNamespace } from "./namespace-holder.ts";
import { parseCpu, parseDiskStats, parseMemoryAvailable, parseNetDev } from "./proc.ts";
import type { HostSample } from "./sample.ts";

export interface Sampler extends Closable {
  /** Throws `ResourceNotFound` while the watched namespace is not there; the next call tries again. */
  sample(): Promise<HostSample>;
}

export interface SamplerOptions {
  /** Name below /run/netns; null watches the process's own namespace. */
  networkNamespace: string | null;
  clock: Clock;
  log: Log;
  signal?: AbortSignal;
}

/** Opens the host's counters. A watched namespace need not be there yet. */
export async function openSampler(options: SamplerOptions): Promise<Sampler> {
  const { networkNamespace, clock, log, signal } = options;
  const holder = networkNamespace === null ? null : holdNamespace(networkNamespace, clock);
  const bootId = (await readFile("/proc/sys/kernel/random/boot_id", "utf8")).trim();
  log.debug({ networkNamespace, bootId }, "sampler opened");
  return {
    async sample() {
      signal?.throwIfAborted();
      const process = holder === null ? "self" : await holder.processId();
      return readSample({ process, bootId, clock });
    },
    async close() {
      await holder?.close();
    },
  };
}

async function readSample(from: {
  process: number | "self";
  bootId: string;
  clock: Clock;
}): Promise<HostSample> {
  const read = (path: string): Promise<string> => readFile(path, "latin1");
  const [network, stat, memory, disks] = await Promise.all([
    read(`/proc/${from.process}/net/dev`),
    read("/proc/stat"),
    read("/proc/meminfo"),
    read("/proc/diskstats").catch(() => ""), // not there in some containers
  ]);
  return {
    time: from.clock.now(),
    bootId: from.bootId,
    cpu: parseCpu(stat),
    memoryAvailableBytes: parseMemoryAvailable(memory),
    disk: parseDiskStats(disks),
    interfaces: parseNetDev(network),
  };
}

const secondMilliseconds = 1_000;

/**
 * Samples at each whole second of the wall clock until closed; seconds that pass during a slow sample are
 * skipped. A failure is logged once, when it begins and when it is over, and counted by `onError`.
 */
export function startSampling(options: {
  sampler: Sampler;
  clock: Clock;
  log: Log;
  onSample: (sample: HostSample) => void;
  onError?: (error: unknown) => void;
}): Closable {
  const { sampler, clock, log } = options;
  const abort = new AbortController();
  let failing = false;
  const once = async (): Promise<void> => {
    try {
      options.onSample(await sampler.sample());
      if (failing) log.info("sampling works again");
      failing = false;
    } catch (error) {
      if (!failing) log.warn({ reason: describeError(error) }, "sampling fails");
      failing = true;
      options.onError?.(error);
    }
  };
  const run = async (): Promise<void> => {
    while (!abort.signal.aborted) {
      const wait = secondMilliseconds - (clock.now() % secondMilliseconds);
      await clock.sleep(wait, abort.signal).catch(() => {});
      if (!abort.signal.aborted) await once();
    }
  };
  const finished = run();
  return {
    async close() {
      abort.abort();
      await finished;
    },
  };
}
