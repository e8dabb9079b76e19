import * as fc from "fast-check";
import { expect, test } from "vitest";
import { checkResourceName } from "../../src/arm/resource-id.ts";
import type { ExistingCapture } from "../../src/responder/capture-client.ts";
import { alertTag, chooseName, familyName } from "../../src/responder/capture-name.ts";
import { jobIdOf } from "../../src/responder/job.ts";

const machineId =
  "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/vm";
const capture = (name: string, target = machineId): ExistingCapture => ({
  id: `/captures/${name}`,
  name,
  target,
  provisioningState: "Succeeded",
  link: null,
  filters: [],
  timeLimitInSeconds: 60,
});
const family = familyName("rule", "vm");
const tag = "0123456789";
const choose = (...existing: ExistingCapture[]) => chooseName(existing, { family, tag, machineId });

test("with nothing there the name says rule, machine and alert", () => {
  expect(choose()).toEqual({ adopted: null, name: "alert-rule-vm-0123456789", earlier: [] });
});

test("the alert's own capture is adopted, in any case of name and machine", () => {
  const own = capture("ALERT-rule-VM-0123456789", machineId.toLowerCase());
  expect(choose(own).adopted).toBe(own);
});

test("a stranger's capture under our name is left alone: a suffix is taken, and found again", () => {
  const stranger = capture("alert-rule-vm-0123456789", `${machineId}-other`);
  expect(choose(stranger)).toMatchObject({ adopted: null, name: "alert-rule-vm-0123456789-2" });
  const own = capture("alert-rule-vm-0123456789-2");
  expect(choose(stranger, own).adopted).toBe(own);
});

test("captures of earlier alerts of the same rule and machine are known, all others are not", () => {
  const earlier = [capture("alert-rule-vm-aaaaaaaaaa"), capture("alert-rule-vm-bbbbbbbbbb-2")];
  const others = [
    capture("alert-rule-vm"),
    capture("alert-rule-vm-mine"),
    capture("alert-rule-vm2-aaaaaaaaaa"),
    capture("alert-rule-vm-cccccccccc", `${machineId}2`),
    capture("rule-vm-aaaaaaaaaa"),
  ];
  expect(choose(...earlier, ...others).earlier).toEqual(earlier);
});

test("any rule and machine give a name that Azure allows, and that is its family's", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.string(), fc.string(), (rule, machine, key) => {
      const wanted = { family: familyName(rule, machine), tag: alertTag(jobIdOf(key)), machineId };
      const { name } = chooseName([], wanted);
      checkResourceName(name, "packet capture");
      const stranger = capture(name, "/other");
      const second = chooseName([stranger], wanted).name;
      checkResourceName(second, "packet capture");
      expect(chooseName([stranger, capture(second)], wanted).adopted?.name).toBe(second);
    }),
  );
});
