// A host of its own for captures: namespaces of the test, an agent in one of them, and datagrams that it sends.
import { findMachine } from "../../src/cli/capture-resources.ts";
import { openControlPlaneClient } from "../../src/cli/control-plane-client.ts";
import { readCredentials } from "../../src/cli/credentials.ts";
import { createJoinToken, removeHost, waitFor } from "../../src/cli/drill/incident.ts";
import { Lifecycle } from "../../src/common/lifecycle.ts";
import { TestNetwork } from "../capture/network.ts";
import { startHostAgent } from "./host-agent.ts";

const everyMilliseconds = 25;
const count = 20_000;

export interface CaptureHost {
  name: string;
  /** Where its datagrams go. */
  address: string;
  close(): Promise<void>;
}

/** A host that sends datagrams to each of these ports all the time. */
export async function openCaptureHost(
  state: string,
  ports: readonly number[],
): Promise<CaptureHost> {
  const client = await openControlPlaneClient(await readCredentials(state));
  const life = new Lifecycle();
  try {
    const network = life.add(await TestNetwork.open());
    const name = "web-9";
    life.add({ close: () => removeHost(client, name) });
    life.add(await startHostAgent(name, network.namespace, await createJoinToken(client)));
    await waitFor("the host joining", () => findMachine(client, name).catch(() => null), {
      timeoutMilliseconds: 60_000,
      intervalMilliseconds: 100,
      signal: new AbortController().signal,
    });
    const address = "192.0.2.2";
    for (const [at, port] of ports.entries()) {
      network.send({ to: address, port, fromPort: 41_000 + at, count, everyMilliseconds });
    }
    return { name, address, close: () => life.close() };
  } catch (error) {
    await life.close();
    throw error;
  }
}
