import { type HostState, hostStateSignature } from "../common/host-state.ts";
import { type Closable, startLoop } from "../common/lifecycle.ts";
import type { AgentChannel } from "../uplink/agent-link.ts";

/** The host is looked at this often; what people would act on is told then. */
const lookMillisecondsDefault = 3_000;
/** Figures that only grow are told this often. */
const figuresMillisecondsDefault = 15_000;

/** Tells the control plane how this host stands, once that asked for it. */
export interface HostTelling extends Closable {
  connected(channel: AgentChannel): void;
  /** The control plane asks, on the connection that there is. */
  wanted(): void;
}

export function openHostTelling(options: {
  read(): HostState;
  lookMilliseconds?: number;
  figuresMilliseconds?: number;
}): HostTelling {
  const figuresMilliseconds = options.figuresMilliseconds ?? figuresMillisecondsDefault;
  /** The connection, and the same once the control plane has asked on it: an older one would end it. */
  let connection: AgentChannel | null = null;
  let channel: AgentChannel | null = null;
  let said: { signature: string; at: number } | null = null;
  const tell = async (): Promise<void> => {
    const to = channel;
    if (!to) return;
    const state = options.read();
    const signature = hostStateSignature(state);
    const now = performance.now();
    if (said && said.signature === signature && now - said.at < figuresMilliseconds) return;
    said = { signature, at: now };
    await to.send({ type: "hostObserved", state });
  };
  const loop = startLoop({
    intervalMilliseconds: options.lookMilliseconds ?? lookMillisecondsDefault,
    work: tell,
    onError: () => {}, // the connection ended: on the next one it is told anew
  });
  return {
    connected(next) {
      connection = next;
      channel = null;
      said = null;
    },
    wanted() {
      channel = connection;
      said = null;
      loop.wake();
    },
    close: () => loop.close(),
  };
}
