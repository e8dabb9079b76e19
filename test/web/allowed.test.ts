import { expect, test } from "vitest";
import { allows } from "../../src/web/api/allowed.ts";

const reader = { actions: ["*/read"], notActions: [] };
const owner = { actions: ["*"], notActions: [] };
const contributor = { actions: ["*"], notActions: ["Microsoft.Authorization/*/write"] };

test.each([
  [owner, "Nightcap/blocks/write", true],
  [reader, "Nightcap/blocks/write", false],
  [reader, "Nightcap/incidents/read", true],
  [contributor, "Microsoft.Authorization/roleAssignments/write", false],
  [contributor, "microsoft.network/networkWatchers/packetCaptures/write", true],
  [{ actions: ["A/*/b/*"], notActions: [] }, "a/x/b/y", true],
  [{ actions: ["A/*/b/*"], notActions: [] }, "a/x/y", false],
  [{ actions: ["a/b"], notActions: [] }, "a/bc", false],
  [{ actions: ["ab*ba"], notActions: [] }, "aba", false],
  [{ actions: [], notActions: [] }, "a", false],
])("%j and %s: %s", (roles, action, expected) => {
  expect(allows(roles, action)).toBe(expected);
});
