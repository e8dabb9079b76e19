import { expect, test } from "vitest";
import { capturePath } from "../../src/storage/capture-path.ts";

const id =
  "/subscriptions/S-1/resourceGroups/Rg/providers/Microsoft.Compute/virtualMachines/Web-01";

test("a capture's path is Azure's: the machine's id in lower case, the day, the time", () => {
  expect(capturePath(id, Date.UTC(2026, 2, 7, 4, 5, 6, 78))).toBe(
    "network-watcher-logs/subscriptions/s-1/resourcegroups/rg/providers/microsoft.compute/virtualmachines/web-01/2026/03/07/packetcapture_04_05_06_078.cap",
  );
});

test("what is not a machine's id is refused", () => {
  for (const wrong of ["", "/subscriptions/s", `${id}/../x`, id.slice(1), `${id}?x`]) {
    expect(() => capturePath(wrong, 0)).toThrow(/not the id of a virtual machine/);
  }
});
