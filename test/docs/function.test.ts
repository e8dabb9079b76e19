import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { environmentNames } from "../../src/responder/environment.ts";

/** What stands in back quotes in the first column of a page's tables. */
function documented(path: string, columns: readonly number[]): string[] {
  return readFileSync(path, "utf8")
    .split("\n")
    .filter((line) => line.startsWith("| ") && !line.startsWith("| ---"))
    .flatMap((line) => columns.flatMap((column) => line.split("|")[column] ?? ""))
    .flatMap((cell) => Array.from(cell.matchAll(/`(\w+)`/g), ([, name = ""]) => name));
}

test("every setting of the function is on the page for those who come from PowerShell", () => {
  const names = new Set(documented("docs/coming-from-the-powershell-function.md", [1, 2]));
  expect(environmentNames.filter((name) => !names.has(name))).toEqual([]);
  const unknown = [...names].filter(
    (name) => name.startsWith("Nightcap") && !environmentNames.includes(name),
  );
  expect(unknown).toEqual([]);
});

test("every parameter of the templates is in their README, and no other", () => {
  const template = JSON.parse(readFileSync("deploy/azure/azuredeploy.json", "utf8")) as {
    parameters: Record<string, unknown>;
    outputs: Record<string, unknown>;
  };
  const readme = readFileSync("deploy/azure/README.md", "utf8");
  const names = new Set(documented("deploy/azure/README.md", [1]));
  expect(names).toEqual(new Set(Object.keys(template.parameters)));
  for (const output of Object.keys(template.outputs)) expect(readme).toContain(`\`${output}\``);
});
