import type { Clock } from "../common/clock.ts";
import type { ProcessMetrics } from "../common/metrics.ts";
import type { OwnerFigures } from "../common/owner-figures.ts";

/** Figures come with samples, which come in heaps after an interruption: a share is of no shorter time. */
const shareMillisecondsMin = 5_000;

interface Known {
  figures: OwnerFigures;
  /** Of which the share of a processor is counted. */
  since: { at: number; cpuMilliseconds: number };
  /** 0 to 1; null: not known yet. */
  share: number | null;
  isAway: boolean;
}

/** Numbers of the hosts' watches over sockets for Prometheus, over all hosts: it tells nobody which there are. */
export interface OwnerMetrics {
  take(hostId: string, figures: OwnerFigures): void;
  /** The host is away: what it does is not known. */
  away(hostId: string): void;
}

export function createOwnerMetrics(metrics: ProcessMetrics, clock: Clock): OwnerMetrics {
  /** Those away too, so that what they did meanwhile is counted when they are back. */
  const hosts = new Map<string, Known>();
  const counter = (name: string, help: string) => metrics.counter(`nightcap_owner_${name}`, help);
  const counted = [
    [counter("scans_total", "Looks at all sockets of a host"), "scans"],
    [counter("scans_delayed_total", "Looks put off for want of processor time"), "scansDelayed"],
    [counter("sockets_total", "Sockets seen on hosts"), "sockets"],
    [counter("missed_sockets_total", "Sockets that ended unseen"), "missedSockets"],
    [counter("overflow_sockets_total", "Sockets not followed for want of memory"), "overflow"],
    [counter("event_losses_total", "Times a kernel dropped events of sockets"), "eventLosses"],
  ] as const;
  const seconds = counter("cpu_seconds_total", "Processor time of the watches over sockets");
  const all = (): Known[] => [...hosts.values()].filter(({ isAway }) => !isAway);
  metrics.gauge("nightcap_owner_hosts", "Hosts that watch their sockets now", () => all().length);
  metrics.gauge("nightcap_owner_sockets", "Sockets on hosts now", () =>
    all().reduce((sum, { figures }) => sum + figures.liveSockets, 0),
  );
  metrics.gauge(
    "nightcap_owner_cpu_share_max",
    "Share of one processor of the watch that takes most, lately",
    () => all().reduce((most, { share }) => Math.max(most, share ?? 0), 0),
  );
  return {
    take(hostId, figures) {
      const before = hosts.get(hostId);
      // A watch that began anew counts from 0. Of a host that is new here only what comes is counted.
      const isAnew = before !== undefined && figures.scans < before.figures.scans;
      if (before)
        for (const [each, name] of counted)
          each.add(figures[name] - (isAnew ? 0 : Math.min(before.figures[name], figures[name])));
      const { cpuMilliseconds } = figures;
      const cpuBefore = isAnew ? 0 : (before?.figures.cpuMilliseconds ?? cpuMilliseconds);
      seconds.add(Math.max(0, cpuMilliseconds - cpuBefore) / 1_000);
      const share = shareOf(figures, isAnew ? undefined : before, clock.now());
      hosts.set(hostId, { figures, ...share, isAway: false });
    },
    away(hostId) {
      const known = hosts.get(hostId);
      if (known) known.isAway = true;
    },
  };
}

function shareOf(
  { cpuMilliseconds }: OwnerFigures,
  before: Known | undefined,
  now: number,
): Pick<Known, "since" | "share"> {
  const since = { at: now, cpuMilliseconds };
  if (!before) return { since, share: null };
  const passed = now - before.since.at;
  if (passed < shareMillisecondsMin) return { since: before.since, share: before.share };
  return { since, share: Math.max(0, cpuMilliseconds - before.since.cpuMilliseconds) / passed };
}
