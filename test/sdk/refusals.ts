import assert from "node:assert/strict";
import { ComputeManagementClient } from "@azure/arm-compute";
import type { PacketCapture } from "@azure/arm-network";
import { storageIdOf } from "./captures.ts";
import { type Check, refusalOf } from "./check.ts";
import { type Clients, credentialOf, openClients } from "./clients.ts";

const group = "NetworkWatcherRG";
const watcher = "NetworkWatcher_local";

/** The request, sent as it is: the SDK itself would refuse some of these before sending. */
async function put(
  { credential, target }: Clients,
  name: string,
  properties: object,
): Promise<{ status: number; code: string; message: string }> {
  const { token } = await credential.getToken(`${target.endpoint}/.default`);
  const path = `/subscriptions/${target.subscriptionId}/resourceGroups/${group}/providers/Microsoft.Network/networkWatchers/${watcher}/packetCaptures/${name}`;
  const answer = await fetch(`${target.endpoint}${path}?api-version=2024-05-01`, {
    method: "PUT",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({ properties }),
  });
  const { error } = (await answer.json()) as { error?: { code: string; message: string } };
  return { status: answer.status, code: error?.code ?? "", message: error?.message ?? "" };
}

const good = (clients: Clients): PacketCapture => ({
  target: clients.target.machineId,
  timeLimitInSeconds: 1,
  storageLocation: { storageId: storageIdOf(clients) },
});

const wrongValues: readonly [string, object, string][] = [
  ["18001 seconds", { timeLimitInSeconds: 18_001 }, "18001"],
  ["4294967296 bytes", { totalBytesPerSession: 4_294_967_296 }, "4294967296"],
  ["a path outside /var/captures", { storageLocation: { filePath: "/etc/x.cap" } }, "/etc/x.cap"],
  ["a port that is none", { filters: [{ remotePort: "99999" }] }, "99999"],
];

/** Each refusal with its status and code. */
export const refusalChecks: readonly Check[] = [
  ...wrongValues.map(([what, change, named]) => ({
    name: `refused: a capture with ${what} is 400 and names it`,
    async run(clients: Clients) {
      const { status, message } = await put(clients, "refused", { ...good(clients), ...change });
      assert.equal(status, 400);
      assert.ok(message.includes(named), message);
    },
  })),
  {
    name: "refused: a name that is taken is 409 ResourceAlreadyExists",
    async run(clients) {
      const { packetCaptures } = clients.network;
      const make = () =>
        packetCaptures.beginCreateAndWait(group, watcher, "sdk-twice", good(clients));
      await make();
      assert.deepEqual(await refusalOf(make()), { status: 409, code: "ResourceAlreadyExists" });
      await packetCaptures.beginDeleteAndWait(group, watcher, "sdk-twice");
    },
  },
  {
    name: "refused: a target that is not there is 404 ResourceNotFound",
    async run(clients) {
      const target = `${clients.target.machineId}-no`;
      const made = clients.network.packetCaptures.beginCreateAndWait(group, watcher, "sdk-lost", {
        ...good(clients),
        target,
      });
      assert.deepEqual(await refusalOf(made), { status: 404, code: "ResourceNotFound" });
    },
  },
  {
    name: "refused: a resource group that is not there is 404 ResourceGroupNotFound",
    async run({ compute }) {
      const found = compute.virtualMachines.get("nowhere", "vm");
      assert.deepEqual(await refusalOf(found), { status: 404, code: "ResourceGroupNotFound" });
    },
  },
  {
    name: "refused: another subscription is 404 SubscriptionNotFound",
    async run({ target }) {
      const subscriptionId = "11111111-2222-4333-8444-555555555555";
      const { network } = openClients({ ...target, subscriptionId });
      const found = network.networkWatchers.get(group, watcher);
      assert.deepEqual(await refusalOf(found), { status: 404, code: "SubscriptionNotFound" });
    },
  },
  {
    name: "refused: a wrong secret is invalid_client with AADSTS7000215",
    async run({ target }) {
      const { network } = openClients(target, credentialOf(target, "wrong"));
      await assert.rejects(network.networkWatchers.get(group, watcher), /7000215/);
    },
  },
  {
    name: "refused: a token for another audience, and one that was altered, are 401",
    async run(clients) {
      const { credential, target } = clients;
      await assert.rejects(credential.getToken("https://example.com/.default"));
      const { token } = await credential.getToken(`${target.endpoint}/.default`);
      const url = `${target.endpoint}/subscriptions?api-version=2022-12-01`;
      const ask = async (authorization: string) =>
        (await fetch(url, { headers: { authorization } })).status;
      assert.equal(await ask(`Bearer ${token}`), 200);
      assert.equal(await ask(`Bearer ${token.slice(0, -4)}AAAA`), 401);
      assert.equal(await ask(""), 401);
    },
  },
  {
    name: "refused: a token whose time is over is 401 ExpiredAuthenticationToken",
    async run({ target: { endpoint, subscriptionId, expiredToken: token } }) {
      const expired = {
        getToken: async () => ({ token, expiresOnTimestamp: Date.now() + 3_600_000 }),
      };
      const compute = new ComputeManagementClient(expired, subscriptionId, {
        endpoint,
        credentials: { scopes: [`${endpoint}/.default`] },
      });
      const asked = compute.virtualMachines.get("nightcap", "vm");
      assert.deepEqual(await refusalOf(asked), { status: 401, code: "ExpiredAuthenticationToken" });
    },
  },
  {
    name: "refused: one capture more than may be recorded at once is 409 CaptureLimitReached",
    async run(clients) {
      const { packetCaptures } = clients.network;
      const make = (name: string) =>
        packetCaptures.beginCreateAndWait(group, watcher, name, {
          ...good(clients),
          timeLimitInSeconds: 60,
        });
      const names = Array.from(
        { length: clients.target.sessionCountMax },
        (_, index) => `sdk-at-once-${index}`,
      );
      await Promise.all(names.map(make));
      assert.deepEqual(await refusalOf(make("sdk-one-more")), {
        status: 409,
        code: "CaptureLimitReached",
      });
      await Promise.all(
        names.map((name) => packetCaptures.beginDeleteAndWait(group, watcher, name)),
      );
    },
  },
  {
    name: "refused: an operation that is not there is 501 and named, and is not tried again",
    async run({ compute }) {
      const begun = performance.now();
      const restart = compute.virtualMachines.restart("nightcap", "vm");
      const refusal = await refusalOf(Promise.resolve(restart));
      assert.deepEqual(refusal, { status: 501, code: "NotImplemented" });
      assert.ok(performance.now() - begun < 2_000);
    },
  },
  {
    name: "refused: a request without api-version is 400 MissingApiVersionParameter",
    async run({ credential, target }) {
      const { token } = await credential.getToken(`${target.endpoint}/.default`);
      const answer = await fetch(`${target.endpoint}/subscriptions`, {
        headers: { authorization: `Bearer ${token}` },
      });
      assert.equal(answer.status, 400);
      const { error } = (await answer.json()) as { error: { code: string } };
      assert.equal(error.code, "MissingApiVersionParameter");
    },
  },
];
