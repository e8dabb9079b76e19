// What a process' control group says of it: the systemd unit and the container it runs in.

export interface ControlGroup {
  /** The path in the hierarchy that systemd or the container runtime keeps. */
  cgroup: string;
  unit: string | null;
  container: string | null;
}

const pathLengthMax = 1_024;
const nameLengthMax = 256;

/**
 * Reads `/proc/PID/cgroup` (cgroups(7)): lines of `number:controllers:path`, of version 2 `0::path`. Where both
 * are mounted, the one that says more goes first. Null when nothing is said.
 */
export function readControlGroup(text: string): ControlGroup | null {
  const lines = text
    .slice(0, 65_536)
    .split("\n")
    .map((line) => /^(\d+):([^:]*):(\/.*)$/.exec(line))
    .filter((line) => line !== null)
    .map(([, number = "", controllers = "", path = ""]) => ({ number, controllers, path }));
  const paths = lines
    .toSorted((one, other) => rank(one) - rank(other))
    .map(({ path }) => path.slice(0, pathLengthMax));
  const groups = paths.map(ofPath);
  const telling = groups.find(({ container }) => container !== null);
  return telling ?? groups.find(({ unit }) => unit !== null) ?? groups[0] ?? null;
}

/** Version 2, then systemd's own hierarchy of version 1, then the others. */
function rank({ number, controllers, path }: Record<"number" | "controllers" | "path", string>) {
  if (path === "/") return 3;
  if (number === "0" && controllers === "") return 0;
  return controllers === "name=systemd" ? 1 : 2;
}

export function ofPath(path: string): ControlGroup {
  return { cgroup: path, unit: unitOf(path), container: containerOf(path) };
}

const unitPattern = /^[A-Za-z0-9:_.\\@-]{1,255}\.(?:service|scope|socket|mount|swap)$/;

/** The innermost part of the path that is a unit which processes run in. */
function unitOf(path: string): string | null {
  const found = path.split("/").findLast((part) => unitPattern.test(part)) ?? null;
  return found === null ? null : unescaped(found);
}

/** systemd writes other bytes as `\x2d` (systemd.unit(5)). */
const unescaped = (unit: string): string =>
  unit.replaceAll(/\\x([0-9a-f]{2})/g, (whole, hex: string) => {
    const code = Number.parseInt(hex, 16);
    return code >= 0x20 && code < 0x7f ? String.fromCharCode(code) : whole;
  });

/**
 * Identities as the runtimes write them: `docker-ID.scope` and `docker/ID`, `cri-containerd-ID.scope`,
 * `crio-ID.scope`, `libpod-ID.scope`, Kubernetes' `kubepods/.../podUID/ID`, LXC's and systemd-nspawn's names.
 */
const containerPatterns: readonly RegExp[] = [
  /(?:^|[/:])(?:docker|cri-containerd|containerd|crio|libpod|nerdctl|podman|buildkit)[-:]([0-9a-f]{64})(?:\.scope)?(?:\/|$)/,
  /(?:^|\/)(?:docker|containerd|libpod_parent|actions_job|garden|ecs(?:\/[^/]+)?)\/([0-9a-f]{32,64}(?:-\d+)?)(?:\/|$)/,
  /kubepods.*\/([0-9a-f]{64})(?:\/|$)/,
  /(?:^|[/:-])([0-9a-f]{64})(?:\.scope)?$/,
  /(?:^|\/)(?:lxc(?:\.payload)?|lxc\.monitor|incus|lxd)[./]([A-Za-z0-9_.-]{1,64})(?:\/|$)/,
  /(?:^|\/)machine\.slice\/machine-([A-Za-z0-9_.\\-]{1,128})\.scope(?:\/|$)/,
];
const podPattern = /pod([0-9a-f]{8}[-_][0-9a-f]{4}[-_][0-9a-f]{4}[-_][0-9a-f]{4}[-_][0-9a-f]{12})/;

/** The container's id, with its pod's where Kubernetes runs it. */
function containerOf(path: string): string | null {
  const id = containerPatterns.map((pattern) => pattern.exec(path)?.[1]).find(Boolean) ?? null;
  const pod = podPattern.exec(path)?.[1]?.replaceAll("_", "-") ?? null;
  if (pod === null) return id === null ? null : unescaped(id).slice(0, nameLengthMax);
  return id === null ? `pod ${pod}` : `${id} (pod ${pod})`;
}
