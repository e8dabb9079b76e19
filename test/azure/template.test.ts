// The templates of deploy/azure: the ARM template resolves, and the Bicep files say the same.
import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { apiVersions, throughJudge } from "./sdk-shapes.ts";
import { deployTemplate, readTemplate } from "./template/arm-template.ts";
import { bicepParameters, deployBicep, idleNames, readBicep } from "./template/bicep-file.ts";
import { closeOver, flatten, type Made, type Plain } from "./template/deployment.ts";
import { evaluate, parseTemplateText } from "./template/expression.ts";
import { functionsAt, home, subscriptionId } from "./template/world.ts";

const directory = "deploy/azure";
const text = readFileSync(`${directory}/azuredeploy.json`, "utf8");
const template = readTemplate(text);
const virtualMachineId = `/subscriptions/${subscriptionId}/resourceGroups/machines/providers/Microsoft.Compute/virtualMachines/web-1`;

const cases: [string, Plain][] = [
  ["its defaults", { virtualMachineId }],
  [
    "an application and its secret",
    {
      virtualMachineId,
      namePrefix: "abc",
      location: "northeurope",
      credential: "clientSecret",
      tenantId: "tenant",
      clientId: "client",
      clientSecret: "secret",
      servicePrincipalObjectId: "0b1c2d3e-0000-4000-8000-0000000000ee",
      grantVirtualMachineWrite: false,
      metricName: "Network In Total",
      threshold: 50_000_000,
      windowSize: "PT15M",
      evaluationFrequency: "PT5M",
      severity: 1,
      useCommonAlertSchema: true,
      nodeVersion: "24",
      sessionCountMax: 7,
      timeLimitInSeconds: 60,
      filters: '[{"protocol":"TCP"}]',
      webhookUrls: "https://example.com/hook",
    },
  ],
];

const comparable = ({ resources, outputs }: Made) => ({ resources: closeOver(resources), outputs });

test.each(cases)("the Bicep files make what the ARM template makes, with %s", (_name, values) => {
  const fromBicep = deployBicep(directory, "main.bicep", { values });
  expect(comparable(fromBicep)).toEqual(comparable(deployTemplate(JSON.parse(text), values)));
});

test("the parameters are the same, with their bounds, defaults and words", () => {
  const functions = functionsAt(home);
  const names = {
    call: (name: string, values: unknown[]) => functions[name]?.(values),
    symbol: () => null,
  };
  const declared = Object.entries(template.parameters).map(([name, parameter]) => [
    name,
    "defaultValue" in parameter && typeof parameter.defaultValue === "string"
      ? {
          ...parameter,
          defaultValue: evaluate(parseTemplateText(parameter.defaultValue), names),
        }
      : parameter,
  ]);
  expect(bicepParameters(readBicep(directory, "main.bicep"))).toEqual(Object.fromEntries(declared));
});

test.each(["main.bicep", "roles.bicep", "group-role.bicep"])("%s declares nothing idle", (file) => {
  expect(idleNames(readBicep(directory, file))).toEqual([]);
});

describe.each(cases)("with %s", (_name, values) => {
  const resources = flatten(deployTemplate(JSON.parse(text), values).resources);

  test("every resource is in a known version", () => {
    const found = new Map(resources.map(({ type, apiVersion }) => [type, apiVersion]));
    expect(Object.fromEntries(found)).toEqual(apiVersions);
  });

  test.each(resources.filter(({ nested }) => !nested).map((one) => [one.id, one] as const))(
    "Azure's SDK knows all of %s",
    async (_id, one) => {
      const { scope: _scope, ...body } = one.body;
      expect(await throughJudge(one)).toEqual(body);
    },
  );
});

test("the judges find what no SDK knows", async () => {
  const resources = flatten(deployTemplate(JSON.parse(text), { virtualMachineId }).resources);
  for (const one of resources.filter(({ nested }) => !nested)) {
    if (one.type === "Microsoft.Web/sites/config") continue; // its names are the app's own
    const properties = { ...(one.body["properties"] as object), unknownProperty: "x" };
    const { scope: _scope, ...sent } = { ...one.body, properties } as Plain;
    const judged = await throughJudge({ ...one, body: sent }).catch((error: unknown) =>
      String(error),
    );
    expect(judged, one.type).not.toEqual(sent);
  }
});

test("a difference between the two languages is found, and so is a name that does not resolve", async () => {
  const changed = await mkdtemp(join(tmpdir(), "nightcap-bicep-"));
  const deployed = comparable(deployTemplate(JSON.parse(text), { virtualMachineId }));
  const sources = ["main.bicep", "roles.bicep", "group-role.bicep"];
  const changes: [string, string][] = [
    ["httpsOnly: true", "httpsOnly: false"],
    ["  dependsOn: [\n    hostRole\n  ]\n", ""],
    ["'Microsoft.Compute/virtualMachines/extensions/read'\n", ""],
    ["output storageAccountId string = storage.id", ""],
  ];
  for (const [from, to] of changes) {
    for (const file of sources) {
      const source = readFileSync(join(directory, file), "utf8").replace(from, to);
      await writeFile(join(changed, file), source);
    }
    const made = comparable(deployBicep(changed, "main.bicep", { values: { virtualMachineId } }));
    expect(made, from).not.toEqual(deployed);
  }
  await rm(changed, { recursive: true });
  for (const [from, to] of [
    ["variables('siteName')", "variables('sightName')"],
    ["parameters('severity')", "parameters('urgency')"],
    ["[resourceId('Microsoft.Insights/components', variables('siteName'))]\",", '"'],
    ["'2023-05-01').primaryEndpoints.blob", "'2023-05-01').primaryEndpoints.bulb"],
    ["uniqueString(", "uniqueText("],
  ] as const) {
    const broken = text.replace(from, to);
    expect(broken, from).not.toBe(text);
    expect(() => deployTemplate(JSON.parse(broken), { virtualMachineId }), from).toThrow();
  }
});

test("the parameters file names parameters of the template, with values that it allows", () => {
  const { parameters } = z
    .object({ parameters: z.record(z.string(), z.strictObject({ value: z.unknown() })) })
    .parse(JSON.parse(readFileSync(join(directory, "azuredeploy.parameters.json"), "utf8")));
  for (const [name, { value }] of Object.entries(parameters)) {
    const declared = template.parameters[name];
    expect(declared, name).toBeDefined();
    if (declared?.allowedValues) expect(declared.allowedValues, name).toContain(value);
    expect(typeof value === "number" ? "int" : typeof value, name).toBe(declared?.type);
  }
});
