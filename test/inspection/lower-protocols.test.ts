import { expect, test, vi } from "vitest";

test("what depth transport loads holds every protocol that a link, an EtherType or an IP protocol names", async () => {
  vi.resetModules();
  await import("../../src/inspection/dissect/lower-protocols.ts");
  const { registeredProtocols } = await import("../../src/inspection/dissect/registry.ts");
  const lower = registeredProtocols.length;
  expect(registeredProtocols.map(({ name }) => name)).toContain("tcp");
  await import("../../src/inspection/dissect/protocols.ts");
  const upper = registeredProtocols.slice(lower);
  expect(upper.length).toBeGreaterThan(50);
  const named = upper.filter(
    ({ linkTypes, etherTypes, ipProtocols }) => linkTypes ?? etherTypes ?? ipProtocols,
  );
  expect(named.map(({ name }) => name)).toEqual([]);
  expect(new Set(registeredProtocols).size).toBe(registeredProtocols.length);
});
