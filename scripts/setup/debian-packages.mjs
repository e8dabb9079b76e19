// Debian's part of the set-up: the programs that Nightcap runs, from the packages that have them.
import { rmSync, readFileSync, writeFileSync } from "node:fs";
import { runQuietly, say, SetupError } from "./child.mjs";
import { findProgram } from "./paths.mjs";

const lockTimeoutSeconds = 120;
const installTimeoutMilliseconds = 10 * 60_000;

/** What `npm start` needs: each program and the Debian package that brings it. */
export const programsToRun = {
  dumpcap: "wireshark-common",
  ip: "iproute2",
  nsenter: "util-linux",
  setpriv: "util-linux",
};

/** What the tests need besides. */
export const programsToTest = {
  ...programsToRun,
  tshark: "tshark",
  nft: "nftables",
  ping: "iputils-ping",
  iperf3: "iperf3",
  nginx: "nginx-light",
  curl: "curl",
  tcpdump: "tcpdump",
  openssl: "openssl",
  prometheus: "prometheus",
  "prometheus-alertmanager": "prometheus-alertmanager",
  chromium: "chromium",
};

/** Packages whose service the tests start by themselves, and the service's name. */
const services = {
  "nginx-light": "nginx",
  prometheus: "prometheus",
  "prometheus-alertmanager": "prometheus-alertmanager",
};

/** Azure's own command line, by itself: not every system's packages have it, and the rest is not to miss for that. */
export const azureClients = { az: "azure-cli" };

/** Those of `programs` that are not on this machine, as `[program, package]`. */
export const missingPrograms = (programs, path) =>
  Object.entries(programs).filter(([program]) => findProgram(program, path) === null);

/** Names what is missing and how to get it, one line each. */
export function describeMissing(missing) {
  const packages = packagesOf(missing).join(" ");
  return [
    ...missing.map(
      ([program, debianPackage]) => `missing: ${program} (Debian package ${debianPackage})`,
    ),
    `get it with: sudo apt-get install --no-install-recommends ${packages}`,
    "or, on another system, from the packages of the same programs",
  ].join("\n");
}

/**
 * Installs what is missing. Throws SetupError with the names and the way to get them when there is
 * no root, no apt, or apt does not manage.
 */
export async function ensureDebianPackages(programs) {
  const missing = missingPrograms(programs);
  if (missing.length === 0) return;
  if (process.getuid?.() !== 0) throw new SetupError(describeMissing(missing));
  if (findProgram("apt-get") === null) throw new SetupError(describeMissing(missing));
  const packages = packagesOf(missing);
  const updated = await apt(["update"], "reading Debian's package lists");
  const installed = await withoutServiceStart(() =>
    apt(
      ["install", "--yes", "--no-install-recommends", ...packages],
      `installing ${packages.join(", ")}`,
    ),
  );
  for (const name of packages) if (services[name]) await disableService(services[name]);
  const left = missingPrograms(programs);
  if (left.length === 0) return;
  const said = `${updated.code === 0 ? "" : updated.output}${installed.output}`.trim();
  throw new SetupError(`${said}\napt-get could not install everything\n${describeMissing(left)}`);
}

const packagesOf = (missing) => [...new Set(missing.map(([, debianPackage]) => debianPackage))];

const apt = (args, what) =>
  runQuietly("apt-get", ["--quiet", "-o", `DPkg::Lock::Timeout=${lockTimeoutSeconds}`, ...args], {
    what,
    timeoutMilliseconds: installTimeoutMilliseconds,
    env: {
      DEBIAN_FRONTEND: "noninteractive",
      DEBCONF_NONINTERACTIVE_SEEN: "true",
      LC_ALL: "C.UTF-8",
    },
  });

const policyPath = "/usr/sbin/policy-rc.d";
const policyText =
  "#!/bin/sh\n# Made by nightcap's set-up for the time of one apt-get; safe to remove.\nexit 101\n";

/**
 * Debian starts a service as it installs it; the tests run nginx themselves, in a namespace, and a
 * second one on the host's port 80 is nobody's wish. Debian's own way to say so is policy-rc.d
 * (policy 9.3.3). One that is there already is left as it is; a leftover of ours is taken over.
 */
export async function withoutServiceStart(work, path = policyPath) {
  const ours = takePolicy(path);
  try {
    return await work();
  } finally {
    if (ours) rmSync(path, { force: true });
  }
}

function takePolicy(path) {
  try {
    writeFileSync(path, policyText, { flag: "wx", mode: 0o755 });
    return true;
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
    return readFileSync(path, "utf8") === policyText;
  }
}

/** Keeps a service that was just installed from starting at the next boot. */
async function disableService(name) {
  if (findProgram("update-rc.d") === null) return;
  const { code } = await runQuietly("update-rc.d", [name, "disable"]);
  if (code !== 0) say(`could not keep ${name} from starting at boot: systemctl disable ${name}`);
}
