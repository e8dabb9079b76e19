import type { Changes } from "./question.ts";

/** Levels of the topology from the widest to the narrowest, each with the filter that its names are values of. */
export const levels = [
  { level: "subscription", filter: "subscription" },
  { level: "region", filter: "region" },
  { level: "virtual-network", filter: "virtualNetwork" },
  { level: "subnet", filter: "subnet" },
  { level: "host", filter: "virtualMachine" },
] as const;

export interface End {
  name: string;
  kind: string;
}

const filterOf = (level: string): string =>
  levels.find((each) => each.level === level)?.filter ?? "subnet";

/** Flows of one node, a level further down; of hosts, and of what is outside, who talks with whom. */
export function nodeChanges(level: string, node: End): Changes {
  const at = levels.findIndex((each) => each.level === level);
  const next = levels[at + 1]?.level ?? null;
  if (isOutsideEnd(node)) return { ...outsideFilters(node), part: "topology", level };
  const filter = node.name === "" ? {} : { [filterOf(level)]: node.name };
  return next === null
    ? { ...filter, part: "overview", level: null }
    : { ...filter, part: "topology", level: next };
}

/** Flows from the one to the other, and who talks there. */
export function edgeChanges(level: string, source: End, target: End): Changes {
  const own = (end: End): string => (isOutsideEnd(end) ? "" : end.name);
  const [from, to] = [own(source), own(target)];
  return {
    ...(from === "" && to === "" ? {} : { [filterOf(level)]: `${from}->${to}` }),
    ...(isOutsideEnd(source) ? outsideFilters(source) : {}),
    ...(isOutsideEnd(target) ? outsideFilters(target) : {}),
    part: "overview",
    level: null,
  };
}

const isOutsideEnd = ({ kind }: End): boolean =>
  ["Internet", "Malicious", "Azure", "Gateway", "Outside"].includes(kind);

function outsideFilters({ name, kind }: End): Changes {
  switch (kind) {
    case "Internet":
      return { flowType: "ExternalPublic" };
    case "Malicious":
      return { flowType: "MaliciousFlow" };
    case "Azure":
      return { flowType: "AzurePublic", azureRegion: behindFirstWord(name) };
    case "Gateway":
      return { flowType: name.split(" ")[0] ?? "", connection: behindFirstWord(name) };
    default:
      return { flowType: name };
  }
}

/** As the view writes what is outside: `Azure westeurope`, `S2S to-hq`. */
const behindFirstWord = (name: string): string => name.slice(name.indexOf(" ") + 1).trim();
