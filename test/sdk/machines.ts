import assert from "node:assert/strict";
import { all, type Check } from "./check.ts";

/** arm-resources and arm-compute: groups, providers, machines. */
export const machineChecks: readonly Check[] = [
  {
    name: "arm-resources: a resource group through its life",
    async run({ resources: { resourceGroups } }) {
      const made = await resourceGroups.createOrUpdate("sdk", {
        location: "local",
        tags: { team: "net" },
      });
      assert.equal(made.properties?.provisioningState, "Succeeded");
      assert.deepEqual((await resourceGroups.get("SDK")).tags, { team: "net" });
      const changed = await resourceGroups.update("sdk", { tags: { team: "web" } });
      assert.deepEqual(changed.tags, { team: "web" });
      const names = (await all(resourceGroups.list())).map(({ name }) => name);
      assert.ok(names.includes("sdk") && names.includes("nightcap"), names.join());
      assert.equal((await resourceGroups.checkExistence("sdk")).body, true);
      await resourceGroups.delete("sdk");
      assert.equal((await resourceGroups.checkExistence("sdk")).body, false);
    },
  },
  {
    name: "arm-resources: providers are registered and name their api-versions",
    async run({ resources: { providers } }) {
      const found = await providers.get("Microsoft.Network");
      assert.equal(found.registrationState, "Registered");
      const types = found.resourceTypes ?? [];
      const captures = types.find((type) => type.resourceType === "networkWatchers/packetCaptures");
      assert.match(captures?.apiVersions?.[0] ?? "", /^\d{4}-\d\d-\d\d/);
      assert.ok((await all(providers.list())).length > 3);
    },
  },
  {
    name: "arm-compute: the hosts are virtual machines, in all lists",
    async run({ compute: { virtualMachines }, target }) {
      const lists = [virtualMachines.listAll(), virtualMachines.list("nightcap")];
      for (const list of lists) {
        assert.deepEqual(
          (await all(list)).map(({ id }) => id),
          [target.machineId],
        );
      }
      const machine = await virtualMachines.get("NIGHTCAP", "VM");
      assert.equal(machine.id, target.machineId);
      assert.equal(machine.location, "local");
    },
  },
  {
    name: "arm-compute: the instance view says that the machine runs",
    async run({ compute: { virtualMachines } }) {
      const view = await virtualMachines.instanceView("nightcap", "vm");
      assert.ok(view.statuses?.some(({ code }) => code === "PowerState/running"));
      const expanded = await virtualMachines.get("nightcap", "vm", { expand: "instanceView" });
      assert.ok(expanded.instanceView?.statuses?.length);
    },
  },
  {
    name: "arm-network: the machine's interfaces have their addresses",
    async run({ network: { networkInterfaces }, compute: { virtualMachines } }) {
      const machine = await virtualMachines.get("nightcap", "vm");
      const [reference] = machine.networkProfile?.networkInterfaces ?? [];
      const name = reference?.id?.split("/").at(-1) ?? "";
      const found = await networkInterfaces.get("nightcap", name);
      const addresses = found.ipConfigurations?.map(({ privateIPAddress }) => privateIPAddress);
      assert.ok(addresses?.includes("192.0.2.10"), String(addresses));
      assert.equal((await all(networkInterfaces.listAll())).length, 1);
    },
  },
];
