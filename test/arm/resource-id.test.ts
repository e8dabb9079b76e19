import * as fc from "fast-check";
import { expect, test } from "vitest";
import { NightcapError } from "../../src/common/errors.ts";
import { childId, parseResourceId, sameId } from "../../src/arm/resource-id.ts";

const group = "/subscriptions/S1/resourceGroups/Rg";

test("reads a child resource and keeps the case in which it came", () => {
  const id = `${group}/providers/microsoft.network/networkWatchers/W/packetCaptures/One`;
  expect(parseResourceId(`${id}/`)).toEqual({
    id,
    subscriptionId: "S1",
    resourceGroupName: "Rg",
    provider: "microsoft.network",
    type: "microsoft.network/networkWatchers/packetCaptures",
    names: ["W", "One"],
    name: "One",
    scope: `${group}/providers/microsoft.network/networkWatchers/W`,
  });
});

test("reads subscriptions, groups and resources that extend others", () => {
  expect(parseResourceId("/SUBSCRIPTIONS/s")).toMatchObject({ scope: null, name: "s" });
  expect(parseResourceId("/subscriptions/s/RESOURCEGROUPS/g")).toMatchObject({
    type: "Microsoft.Resources/resourceGroups",
    scope: "/subscriptions/s",
  });
  const machine = `${group}/providers/Microsoft.Compute/virtualMachines/v`;
  expect(parseResourceId(`${machine}/providers/Microsoft.Insights/metrics/m`)).toMatchObject({
    provider: "Microsoft.Insights",
    type: "Microsoft.Insights/metrics",
    scope: machine,
  });
});

test.each([
  "",
  "x",
  "/",
  "/subscriptions",
  "/subscriptions/s/x",
  `${group}/providers/A/b`,
  "/a//b",
  `/subscriptions/${"x".repeat(3_000)}`,
])("refuses %j", (text) => {
  expect(() => parseResourceId(text)).toThrow(NightcapError);
});

test("an id made of children is read back, and case makes no difference", () => {
  const name = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,20}$/);
  fc.assert(
    fc.property(fc.array(fc.tuple(name, name), { minLength: 1, maxLength: 5 }), (pairs) => {
      const root = `${group}/providers/A.B`;
      const id = pairs.reduce((parent, [type, own]) => childId(parent, type, own), root);
      // A segment named "providers" begins another provider, as in Azure.
      fc.pre(!pairs.flat().some((part) => part.toLowerCase() === "providers"));
      expect(parseResourceId(id).names).toEqual(pairs.map(([, own]) => own));
      expect(sameId(id, `${id.toUpperCase()}/`)).toBe(true);
    }),
  );
});

test("no text makes it throw anything but its own error", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.string().map((text) => `${group}/providers/${text}`),
      ),
      (text) => {
        try {
          expect(parseResourceId(text).id.startsWith("/")).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(NightcapError);
        }
      },
    ),
  );
});
