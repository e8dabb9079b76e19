import { sameId } from "../arm/resource-id.ts";
import type { ExistingCapture } from "./capture-client.ts";

/** Azure's rule for packet captures: 1 to 80 of letters, digits, "_", "." and "-". */
const nameLengthMax = 80;
const prefix = "alert";
const tagLength = 10;
const suffixMax = 9;

/**
 * The name that all captures of one rule on one machine share: `alert-RULE-VM`. The prefix keeps a
 * capture that a person made from ever being taken for ours.
 */
export function familyName(ruleName: string, machineName: string): string {
  const room = nameLengthMax - prefix.length - tagLength - "----N".length;
  const machine = allowed(machineName).slice(0, Math.floor(room / 2));
  const rule = allowed(ruleName).slice(0, room - machine.length);
  return `${prefix}-${rule}-${machine}`;
}

/** True of a name that a responder gave. */
export const isAlertCapture = (name: string): boolean =>
  /^alert-.+-[0-9a-f]{10}(?:-[2-9])?$/i.test(name);

/** Ten hex digits of a job's id: the end of its capture's name. */
export const alertTag = (jobId: string): string => jobId.slice(0, tagLength);

export interface NameChoice {
  /** The capture that this very alert already has, or null. */
  adopted: ExistingCapture | null;
  /** The name to create; the adopted one's when there is one. */
  name: string;
  /** Ours, of the same rule and machine, from earlier alerts: to be removed when finished. */
  earlier: readonly ExistingCapture[];
}

/**
 * Resolves the conflict of names from what exists, and from nothing else: the alert's tag is part of
 * the name, so a second delivery, or a start after a crash, finds the capture of the first; and a
 * capture of another alert has another name. A stranger's capture under our name gets out of nobody's
 * way: we take a further suffix.
 */
export function chooseName(
  existing: readonly ExistingCapture[],
  wanted: { family: string; tag: string; machineId: string },
): NameChoice {
  const { family, tag, machineId } = wanted;
  const own = existing.filter(({ target }) => sameId(target, machineId));
  const named = (name: string) => (capture: ExistingCapture) =>
    capture.name.toLowerCase() === name.toLowerCase();
  const names = Array.from({ length: suffixMax }, (_, index) =>
    index === 0 ? `${family}-${tag}` : `${family}-${tag}-${index + 1}`,
  );
  const adopted = names.flatMap((name) => own.filter(named(name)))[0] ?? null;
  const free = names.find((name) => !existing.some(named(name)));
  const name = adopted?.name ?? free ?? `${family}-${tag}`;
  const earlier = own.filter(
    (capture) => isOfFamily(capture.name, family) && tagOf(capture.name, family) !== tag,
  );
  return { adopted, name, earlier };
}

const isOfFamily = (name: string, family: string): boolean => tagOf(name, family) !== null;

function tagOf(name: string, family: string): string | null {
  const lower = name.toLowerCase();
  if (!lower.startsWith(`${family.toLowerCase()}-`)) return null;
  return /^([0-9a-f]{10})(?:-[2-9])?$/.exec(lower.slice(family.length + 1))?.[1] ?? null;
}

function allowed(text: string): string {
  const plain = text.normalize("NFKD").replaceAll(/[^A-Za-z0-9_.-]+/g, "-");
  return plain.replaceAll(/^[-.]+|[-.]+$/g, "") || "x";
}
