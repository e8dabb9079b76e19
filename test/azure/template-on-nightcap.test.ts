// The alert and the action group of the templates, put to Nightcap as they would be to Azure.
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  type ControlPlane,
  machineId,
  makeDirectory,
  removeDirectory,
  startControlPlane,
  subscriptionId,
} from "../provider/control-plane.ts";
import { deployTemplate } from "./template/arm-template.ts";

let directory = "";
let plane: ControlPlane;
beforeAll(async () => {
  directory = await makeDirectory();
  plane = await startControlPlane({ directory });
});
afterAll(async () => {
  await plane.close();
  await removeDirectory(directory);
});

test("they are taken as they are, and read back the same", async () => {
  const client = await plane.identity.createClient("deployer");
  const { token } = await plane.clients(client).credential.getToken(`${plane.base}/.default`);
  const template: unknown = JSON.parse(readFileSync("deploy/azure/azuredeploy.json", "utf8"));
  const scope = { subscriptionId, resourceGroup: "nightcap" };
  const { resources } = deployTemplate(template, { virtualMachineId: machineId }, scope);
  const insights = resources.filter(({ type }) =>
    ["Microsoft.Insights/actionGroups", "Microsoft.Insights/metricAlerts"].includes(type),
  );
  expect(insights).toHaveLength(2);
  for (const { id, apiVersion, body } of insights) {
    const path = `${id}?api-version=${apiVersion}`;
    const put = await plane.raw("PUT", path, {
      token,
      body,
      headers: { "content-type": "application/json" },
    });
    expect([200, 201]).toContain(put.status);
    const read = await plane.raw("GET", path, { token });
    expect(read.status).toBe(200);
    expect(read.body).toMatchObject({ ...body, name: id.split("/").at(-1) });
  }
});
