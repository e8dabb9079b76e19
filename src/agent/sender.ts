import type { CaptureObservation } from "../capture/session.ts";
import type { OwnerFigures } from "../common/owner-figures.ts";
import type { Log } from "../common/log.ts";
import { hostSample } from "../metric/sample.ts";
import type { AgentChannel } from "../uplink/agent-link.ts";
import type { AgentMessage } from "../uplink/messages.ts";
import type { Spool, SpooledMessage } from "../uplink/spool.ts";

/** Samples sent in one message when a spool is emptied after an interruption. */
const samplesPerMessageMax = 120;

/**
 * Sends to the control plane at the speed of its acknowledgements: samples from the spool, and of each
 * session the newest observation only. One message of each kind is on its way at a time, so nothing
 * piles up in memory, however slow the other side is.
 */
export interface Sender {
  /** A new connection: `hello` goes first, then all that waits. */
  connected(channel: AgentChannel, hello: AgentMessage): void;
  /** The newest state of a session; an older one that still waits is replaced. */
  observe(observation: CaptureObservation): void;
  /** There is something new in the spool. */
  wake(): void;
}

export function createSender(
  spool: Spool,
  { log, owners }: { log: Log; owners: () => OwnerFigures | null },
): Sender {
  const observations = new Map<string, CaptureObservation>();
  let channel: AgentChannel | undefined;
  let busy = { samples: false, observations: false };

  const pumpSamples = async (to: AgentChannel): Promise<void> => {
    for (;;) {
      const taken = await spool.take(samplesPerMessageMax);
      if (taken.length === 0 || channel !== to) return;
      const samples = readSamples(taken);
      const figures = owners();
      const known = figures ? { owners: figures } : {};
      if (samples.length > 0) await to.send({ type: "samples", samples, ...known });
      await spool.remove(taken);
    }
  };
  const pumpObservations = async (to: AgentChannel): Promise<void> => {
    for (const [sessionId, observation] of observations) {
      if (channel !== to) return;
      observations.delete(sessionId);
      await to.send({ type: "captureObserved", observation });
    }
  };
  const start = (kind: "samples" | "observations"): void => {
    const to = channel;
    if (!to || busy[kind]) return;
    const mine = busy;
    mine[kind] = true;
    const pump = kind === "samples" ? pumpSamples : pumpObservations;
    pump(to).then(
      () => {
        mine[kind] = false;
        if (kind === "observations" && observations.size > 0) start(kind);
        return undefined;
      },
      (error: Error) => {
        mine[kind] = false;
        // The connection ended: the next one's hello is made after this and has all sessions.
        log.debug({ reason: error.message }, "message was not acknowledged");
      },
    );
  };
  return {
    connected(next, hello) {
      channel = next;
      busy = { samples: false, observations: false };
      spool.rewind();
      next.send(hello).then(
        () => (start("samples"), start("observations")),
        () => {},
      );
    },
    observe(observation) {
      observations.set(observation.sessionId, observation);
      start("observations");
    },
    wake: () => start("samples"),
  };
}

/** What the spool holds was written by us, but disks fail: an unreadable one is left out. */
function readSamples(taken: readonly SpooledMessage[]) {
  return taken.flatMap(({ message }) => {
    const parsed = hostSample.safeParse(message);
    return parsed.success ? [parsed.data] : [];
  });
}
