// docs/azure-clients.md has the commands of this suite as they were run, between two marks for each
// file of the suite. `NIGHTCAP_WRITE_DOCS=1 npm run test:az` writes them; any other run compares.
import { readFileSync, writeFileSync } from "node:fs";
import { expect } from "vitest";

const pagePath = "docs/azure-clients.md";

/** One command as it was run. */
export interface Entry {
  /** Full name of the test that ran it. */
  test: string;
  command: string;
  refusal: { exitCode: number | null; code: string } | null;
}

/** Compares a section of the page with what was run, or writes it when that was asked for. */
export function holdPage(section: string, entries: readonly Entry[]): void {
  const page = readFileSync(pagePath, "utf8");
  const begin = `<!-- az: ${section} -->\n`;
  const from = page.indexOf(begin) + begin.length;
  const to = page.indexOf("<!-- /az -->", from);
  expect(page, `${pagePath} has a section "${section}"`).toContain(begin);
  const text = describe(entries);
  if (process.env["NIGHTCAP_WRITE_DOCS"] !== "1") {
    expect(page.slice(from, to), `${pagePath}: NIGHTCAP_WRITE_DOCS=1 writes it anew`).toBe(text);
    return;
  }
  writeFileSync(pagePath, page.slice(0, from) + text + page.slice(to));
}

function describe(entries: readonly Entry[]): string {
  const worked = entries.filter(({ refusal }) => refusal === null);
  const byTest = Map.groupBy(worked, ({ test }) => test.slice(test.lastIndexOf(" > ") + 3));
  const blocks = Array.from(byTest, ([test, own]) => {
    const commands = [...new Set(own.map(({ command }) => `az ${command}`))];
    return [`# ${test}`, ...commands].join("\n");
  });
  const sample = blocks.length === 0 ? "" : `\n\`\`\`sh\n${blocks.join("\n\n")}\n\`\`\`\n`;
  return `${sample}${refusalTable(entries)}\n`;
}

function refusalTable(entries: readonly Entry[]): string {
  const rows = entries.flatMap(({ command, refusal }) =>
    refusal === null
      ? []
      : [
          `| \`az ${command.replaceAll("|", "\\|")}\` | ${refusal.exitCode} | ${shown(refusal.code)} |`,
        ],
  );
  if (rows.length === 0) return "";
  return `\n${["| refused | exit code | says |", "| --- | --- | --- |", ...new Set(rows)].join("\n")}\n`;
}

/** The code as code; what az said without one in its own words, first line only. */
const shown = (code: string): string =>
  /^\w+$/.test(code)
    ? `\`${code}\``
    : (code.replace(/^ERROR:\s*/, "").split("\n")[0] ?? "").replaceAll("|", "\\|");
