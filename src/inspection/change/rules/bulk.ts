// Much goes to one place: a backup, or an exfiltration, or neither.
import { endpointText, plainAddress } from "../../summary/safe-text.ts";
import { formatBytes } from "../../summary/units.ts";
import { sum } from "../flow-changes.ts";
import { programOf } from "../owner-text.ts";
import { isNewPeer, seenText } from "../seen-before.ts";
import { isExpected, isInside, isNear, type Candidate, type Grown, type Scene } from "../scene.ts";
import {
  explainedShareMin,
  openingMillisecondsMax,
  uploadBytesMin,
  uploadFactorMin,
} from "../thresholds.ts";

/** Ports of services that backups go to (IANA's names, but for those of single products). */
const backupPorts: ReadonlyMap<number, string> = new Map([
  [22, "ssh"],
  [111, "NFS"],
  [445, "SMB"],
  [548, "AFP"],
  [873, "rsync"],
  [2049, "NFS"],
  [3260, "iSCSI"],
  [8007, "Proxmox Backup Server"],
  [9000, "S3 (MinIO)"],
  [9102, "Bacula"],
  [9103, "Bacula"],
  [10_000, "NDMP"],
  [13_724, "NetBackup"],
]);

/** Programs that make backups. */
const backupPrograms: ReadonlySet<string> = new Set([
  "rsync", "restic", "borg", "borgmatic", "rclone", "duplicity", "duplicati", "bacula-fd", "bacula-sd", "bareos-fd",
  "kopia", "proxmox-backup-client", "veeamagent", "pg_basebackup", "pgbackrest", "barman", "xtrabackup", "mysqldump",
  "pg_dump", "wal-g", "rdiff-backup", "amandad", "azcopy", "zfs", "btrfs",
]); // prettier-ignore

/** The destination that most of the growth went to, when it is an upload. */
function uploadOf({ metric, destinations }: Scene): Grown | null {
  const [top] = destinations;
  const isBulk = metric === "bytesOut" || metric === "packetsOut";
  if (!top || !isBulk || top.share < explainedShareMin) return null;
  const { after } = top.group;
  const sent = after[sum.bytesOut] ?? 0;
  const received = after[sum.bytesIn] ?? 0;
  return sent >= uploadBytesMin && sent >= uploadFactorMin * received ? top : null;
}

/** Bulk to a known backup service inside, or to where the policy expects it: harmless, and says why. */
export function backup(scene: Scene): Candidate | null {
  const top = uploadOf(scene);
  if (!top) return null;
  const { sample, after } = top.group;
  const address = scene.text(sample.remote);
  const owner = scene.ownerOf(sample);
  const program = owner && programOf(owner);
  const isBackupProgram = program !== null && backupPrograms.has(program);
  const service = backupPorts.get(sample.serverPort) ?? null;
  const expected = isExpected(scene.policy, address, {
    transport: sample.transport,
    port: sample.serverPort,
  });
  const isNeighbour = !isInside(address) && isNear(address, scene.localAddresses);
  const isHome = isInside(address) || isNeighbour || expected;
  if (!isHome || !(isBackupProgram || service !== null || expected)) return null;
  if (scene.factsOf(address)?.threat) return null;
  const reasons = [
    expected
      ? "the policy expects this destination"
      : isNeighbour
        ? "the address is in the host's own network"
        : "the address is inside",
    service === null ? null : `port ${sample.serverPort} is ${service}`,
    isBackupProgram ? `${program} makes backups` : null,
    seenText(scene.seenBefore(address), scene.moment),
  ].filter((reason) => reason !== null);
  const isSure = isBackupProgram || expected;
  return {
    kind: "backup",
    confidence: {
      level: isSure ? "likely" : "possible",
      reason: reasons.join(", "),
    },
    matches: (flow) => flow.remote === sample.remote && flow.serverPort === sample.serverPort,
    title: `a backup to ${endpointText(address, sample.serverPort)}, and harmless`,
    says: `This looks like a backup and harmless: ${formatBytes(after[sum.bytesOut] ?? 0)} went to ${endpointText(address, sample.serverPort)}, ${reasons.join(", ")}. Whether one was due then is not in the packets.`,
    facts: bulkFacts(top),
    displayFilter: filterOf(address, sample.serverPort),
  };
}

/** Bulk that this host sends to one address outside. */
export function exfiltration(scene: Scene): Candidate | null {
  const top = uploadOf(scene);
  if (!top || !top.group.sample.isOutbound) return null;
  const { sample, after, first } = top.group;
  const address = scene.text(sample.remote);
  const threat = scene.factsOf(address)?.threat ?? null;
  if (isInside(address) && threat === null) return null;
  // A connection is opened a little before its bytes show.
  const isNew = scene.spans.before > 0 && first >= scene.split - openingMillisecondsMax;
  const sent = formatBytes(after[sum.bytesOut] ?? 0);
  const received = formatBytes(after[sum.bytesIn] ?? 0);
  const seen = scene.seenBefore(address);
  const isNewPeerOfHost = isNewPeer(seen, scene.moment);
  const reasons = [
    threat === null ? null : "the address is on a threat list",
    isNewPeerOfHost ? (seenText(seen, scene.moment) ?? null) : null,
    isNew ? "nothing was sent there before" : null,
    "far more went out than came back",
  ].filter((reason) => reason !== null);
  return {
    kind: "exfiltration",
    confidence: {
      level: threat !== null || isNew || isNewPeerOfHost ? "likely" : "possible",
      reason: reasons.join(", "),
    },
    matches: (flow) => flow.remote === sample.remote && flow.serverPort === sample.serverPort,
    title: `an exfiltration to ${endpointText(address, sample.serverPort)}`,
    says: `This has the shape of an exfiltration: ${sent} went out and ${received} came back, to an address outside${isNew ? " that nothing was sent to before" : ""}.`,
    facts: { ...bulkFacts(top), isNewDestination: isNew ? "yes" : "no" },
    displayFilter: filterOf(address, sample.serverPort),
  };
}

const bulkFacts = ({ group }: Grown): Record<string, number> => ({
  bytesOut: group.after[sum.bytesOut] ?? 0,
  bytesIn: group.after[sum.bytesIn] ?? 0,
  bytesOutBefore: group.before[sum.bytesOut] ?? 0,
  flows: group.flows,
});

export function filterOf(address: string, port: number): string | null {
  const plain = plainAddress(address);
  if (plain === null) return null;
  const host = `${plain.includes(":") ? "ipv6" : "ip"}.addr == ${plain}`;
  return port === 0 ? host : `${host} and (tcp.port == ${port} or udp.port == ${port})`;
}
