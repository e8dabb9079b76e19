// Rules about several machines: what they may say, whom they are about, and that each has its own state.
import { describe, expect, test } from "vitest";
import { parseMetricAlert } from "../../src/alert/rule.ts";
import { expandRule } from "../../src/alert/rule-targets.ts";
import { documentsRule, ruleId, vmId } from "./rules.ts";

const subscription = "/subscriptions/11111111-1111-1111-1111-111111111111";
const machine = (group: string, name: string): string =>
  `${subscription}/resourceGroups/${group}/providers/Microsoft.Compute/virtualMachines/${name}`;
const machines = [
  { id: vmId, location: "local" },
  { id: machine("rg1", "vm2"), location: "West Europe" },
  { id: machine("rg10", "vm3"), location: "local" },
];
const type = "Microsoft.Compute/virtualMachines";

function rule(change: object): ReturnType<typeof parseMetricAlert> {
  const { criteria, ...rest } = documentsRule();
  const odataType = "Microsoft.Azure.Monitor.MultipleResourceMultipleMetricCriteria";
  return parseMetricAlert({
    ...rest,
    criteria: { ...criteria, "odata.type": odataType },
    targetResourceType: type,
    targetResourceRegion: "global",
    ...change,
  });
}
const targets = (change: object): (string | undefined)[] =>
  expandRule({ id: ruleId, properties: rule(change) }, machines).map(
    ({ properties }) => properties.scopes[0],
  );

describe("a rule about several resources", () => {
  test("is about each of its machines, of its groups' and of its subscription's", () => {
    const other = machine("rg9", "gone");
    expect(targets({ scopes: [vmId, other, vmId.toUpperCase()] })).toEqual([
      vmId.toUpperCase(),
      other,
    ]);
    expect(targets({ scopes: [`${subscription}/resourceGroups/RG1`] })).toEqual([
      vmId,
      machine("rg1", "vm2"),
    ]);
    expect(targets({ scopes: [subscription] })).toHaveLength(3);
    expect(targets({ scopes: [subscription], targetResourceRegion: "westeurope" })).toEqual([
      machine("rg1", "vm2"),
    ]);
    expect(targets({ scopes: [`${subscription}/resourceGroups/none`] })).toEqual([]);
  });

  test("keeps a state for each target, and one about one resource keeps the rule's own", () => {
    const properties = rule({ scopes: [subscription] });
    const keys = expandRule({ id: ruleId, properties }, machines).map(({ key }) => key);
    expect(new Set(keys).size).toBe(3);
    const single = { id: ruleId, properties: rule({ scopes: [vmId] }) };
    expect(expandRule(single, machines)).toEqual([single]);
  });

  test.each<[object, string]>([
    [{ targetResourceType: null }, "targetResourceType: is missing"],
    [{ targetResourceRegion: undefined }, "targetResourceRegion: is missing"],
    [{ targetResourceType: "Microsoft.Sql/servers" }, '"Microsoft.Sql/servers" has no metrics'],
    [
      { scopes: [vmId, `${subscription}/providers/Microsoft.Sql/servers/a`] },
      "is no Microsoft.Comp",
    ],
    [{ scopes: Array.from({ length: 1_001 }, () => vmId) }, "scopes: "],
  ])("is refused: %j", (change, reason) => {
    expect(() => rule({ scopes: [subscription], ...change })).toThrow(
      expect.objectContaining({ status: 400, message: expect.stringContaining(reason) }),
    );
  });
});
