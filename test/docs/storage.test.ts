// docs/reference/storage.md has every operation of the blob service as the code has it.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { blobOperations } from "../../src/storage/service/blob-operations.ts";

const containers = "Microsoft.Storage/storageAccounts/blobServices/containers";
const services = "Microsoft.Storage/storageAccounts/blobServices";

const shortAction = (action: string): string =>
  action.replace(containers, "...").replace(services, ".");

const rows = Object.entries(blobOperations).map(([name, { letters, resourceType, actions }]) => {
  const roles = actions.map((action) => `\`${shortAction(action)}\``).join(", ");
  const sas = letters === "" ? "none" : `\`${letters}\``;
  return `| ${name} | ${sas} | \`${resourceType}\` | ${roles} |`;
});

test("the page has each operation with its letters, resource type and actions", () => {
  const page = readFileSync("docs/reference/storage.md", "utf8");
  const written = page.split("\n").filter((line) => /^\| [A-Z][A-Za-z]+ \| (`|none)/.test(line));
  expect(written).toEqual(rows);
});
