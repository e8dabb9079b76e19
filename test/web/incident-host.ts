// A host of its own for an incident that stays: the drill's network, an agent that may block, and traffic that alerts.
import { setTimeout as sleep } from "node:timers/promises";
import { openControlPlaneClient } from "../../src/cli/control-plane-client.ts";
import { findMachine, getCapture } from "../../src/cli/capture-resources.ts";
import { readCredentials } from "../../src/cli/credentials.ts";
import {
  createDrillRule,
  createJoinToken,
  findAnswered,
  findIncident,
  removeHost,
  waitFor,
} from "../../src/cli/drill/incident.ts";
import { internetAddress, openDrillNetwork } from "../../src/cli/drill/network.ts";
import { startTraffic } from "../../src/cli/drill/processes.ts";
import { Lifecycle } from "../../src/common/lifecycle.ts";
import { startHostAgent } from "./host-agent.ts";

const waitOptions = {
  timeoutMilliseconds: 60_000,
  intervalMilliseconds: 100,
  signal: new AbortController().signal,
};

/** Before the burst, so that there is a before to compare with. */
const calmMilliseconds = 3_000;

export interface IncidentHost {
  name: string;
  /** Where its unwanted traffic goes. */
  culprit: string;
  incidentId: string;
  /** Of its recording. */
  sha256: string;
  /** Name of the network namespace it is. */
  namespace: string;
  close(): Promise<void>;
}

/** A host that sends too much, until its incident is answered. */
export async function openIncidentHost(state: string): Promise<IncidentHost> {
  const client = await openControlPlaneClient(await readCredentials(state));
  const life = new Lifecycle();
  try {
    const network = life.add(await openDrillNetwork());
    const name = "web-1";
    life.add({ close: () => removeHost(client, name) });
    life.add(
      await startHostAgent(name, network.vm, await createJoinToken(client), ["--allow-blocking"]),
    );
    const machine = await waitFor(
      "the host joining",
      () => findMachine(client, name).catch(() => null),
      waitOptions,
    );
    const rule = life.add(
      await createDrillRule(client, {
        name: "too-much",
        machineId: machine.id,
        thresholdBytes: 200_000,
      }),
    );
    life.add(startTraffic(network.internet, "server", internetAddress));
    life.add(startTraffic(network.vm, "calm", internetAddress));
    await sleep(calmMilliseconds);
    life.add(startTraffic(network.vm, "burst", internetAddress));
    const found = await waitFor(
      "the incident",
      async () => {
        const { incidentId, captureName } = (await findIncident(client, rule.ruleId))?.job ?? {};
        if (incidentId == null || captureName == null) return null;
        return (await findAnswered(client, incidentId)) && { incidentId, captureName };
      },
      waitOptions,
    );
    return {
      name,
      culprit: internetAddress,
      incidentId: found.incidentId,
      sha256: (await getCapture(client, found.captureName)).properties.nightcap?.sha256 ?? "",
      namespace: network.vm,
      close: () => life.close(),
    };
  } catch (error) {
    await life.close();
    throw error;
  }
}
