import type { Clock } from "../../common/clock.ts";
import { NightcapError } from "../../common/errors.ts";
import type { HostFacts } from "../../common/host-facts.ts";
import {
  machineRecords,
  networkInterfaceType,
  recordMachine,
  virtualMachineType,
} from "../../provider/compute/machines.ts";
import { flowLogHosts } from "../../provider/network/flow-log-reconciler.ts";
import { removeMember } from "../../provider/compute/scale-set-members.ts";
import type { State } from "../../state/state.ts";
import { blockHosts } from "../blocks/block-store.ts";
import type { HostRecord } from "../enrolment.ts";

/** The hosts that joined, as virtual machines of ARM. */
export interface Hosts {
  resourceIdOf(name: string): string;
  /** A host joined: its virtual machine is there, though nothing is known of it yet. */
  enrolled(host: HostRecord): Promise<void>;
  /** A host connected and said what it is. */
  heard(hostId: string, facts: HostFacts): Promise<void>;
  /** What was noted when it joined; null: it was forgotten, or never joined. */
  recordOf(hostId: string): Promise<HostRecord | null>;
  /** Forgets a host: its certificate is refused from now on. Throws `ResourceNotFound`. Its id. */
  remove(name: string): Promise<string>;
}

export function createHosts(options: {
  state: State;
  subscription: string;
  resourceGroup: string;
  location: string;
  clock: Clock;
}): Hosts {
  const { state, location, clock } = options;
  const group = `${options.subscription}/resourceGroups/${options.resourceGroup}`;
  const resourceIdOf = (name: string): string => `${group}/providers/${virtualMachineType}/${name}`;
  const hosts = state.documents<HostRecord>("hosts");
  const record = (hostId: string, resourceId: string, facts: HostFacts | null): Promise<void> =>
    recordMachine(state, {
      resourceId,
      hostId,
      facts,
      heardAt: clock.now(),
      location: facts?.location ?? location,
    });
  return {
    resourceIdOf,
    enrolled: ({ hostId, resourceId }) => record(hostId, resourceId, null),
    async heard(hostId, facts) {
      const host = await hosts.get(hostId);
      if (host) await record(hostId, host.body.resourceId, facts);
    },
    recordOf: async (hostId) => (await hosts.get(hostId))?.body ?? null,
    async remove(name) {
      const resourceId = resourceIdOf(name);
      const machine = await machineRecords(state).get(resourceId.toLowerCase());
      if (!machine) {
        throw new NightcapError("ResourceNotFound", `no host named "${name}" has joined`);
      }
      const interfaces = await state.resources.list({ scope: group, type: networkInterfaceType });
      await state.transact(async (inside) => {
        for (const { id, body } of interfaces) {
          if (ownerOf(body) === resourceId.toLowerCase()) await inside.resources.delete(id);
        }
        await inside.resources.delete(resourceId);
        await removeMember(inside, resourceId);
        await machineRecords(inside).delete(resourceId.toLowerCase());
        await inside.documents<HostRecord>("hosts").delete(machine.body.hostId);
        await flowLogHosts(inside).delete(machine.body.hostId);
        await blockHosts(inside).delete(machine.body.hostId);
      });
      return machine.body.hostId;
    },
  };
}

function ownerOf(body: Record<string, unknown>): string | undefined {
  const properties = body["properties"] as { virtualMachine?: { id?: string } } | undefined;
  return properties?.virtualMachine?.id?.toLowerCase();
}
