import { readFileSync } from "node:fs";
import { z } from "zod";
import { NightcapError } from "../common/errors.ts";
import { readTextIfExists, writeFileAtomic } from "../common/files.ts";
import { parseSettings } from "../common/settings.ts";
import { targetCountMax, type TargetSettings, targetSettings } from "./target-settings.ts";

const secretSizeBytesMax = 65_536;

/** Mode 0600, for it has the secrets of all targets that the API was given. */
const storeFile = z.strictObject({
  version: z.literal(1),
  targets: z.array(targetSettings).max(targetCountMax),
});

/** What a file of settings may name in place of a value: the file that has it. */
const fileFields = { secretFile: "secret", urlFile: "url", caFile: "caPem" } as const;

/** The targets of the settings and those of the API; a name is one of either. */
export interface TargetStore {
  list(): readonly TargetSettings[];
  find(name: string): TargetSettings | null;
  /** True where it comes from the settings, and the API cannot change it. */
  isFixed(name: string): boolean;
  /** True when there was none of that name. */
  put(target: TargetSettings): Promise<boolean>;
  /** True when there was one. */
  delete(name: string): Promise<boolean>;
}

export async function openTargetStore(
  path: string,
  fixed: readonly TargetSettings[],
): Promise<TargetStore> {
  let own = await readStore(path);
  let last: Promise<unknown> = Promise.resolve();
  const isFixed = (name: string): boolean => fixed.some((target) => target.name === name);
  const find = (name: string): TargetSettings | null =>
    [...fixed, ...own].find((target) => target.name === name) ?? null;
  /** One write after another; what is in memory is what is on disk. */
  const change = (work: () => TargetSettings[]): Promise<void> => {
    const write = async (): Promise<void> => {
      const targets = work();
      await writeFileAtomic(path, JSON.stringify({ version: 1, targets }, null, 1));
      own = targets;
    };
    const turn = last.then(write);
    last = turn.catch(() => {});
    return turn;
  };
  const checkOwn = (name: string): void => {
    if (!isFixed(name)) return;
    const message = `notification target "${name}" is in the settings of the control plane: change it there`;
    throw new NightcapError("Conflict", message);
  };
  return {
    list: () => [...fixed, ...own],
    find,
    isFixed,
    async put(target) {
      checkOwn(target.name);
      const isNew = find(target.name) === null;
      await change(() => {
        const others = own.filter(({ name }) => name !== target.name);
        if (others.length + fixed.length < targetCountMax) return [...others, target];
        throw new NightcapError(
          "Conflict",
          `there are ${targetCountMax} notification targets already`,
        );
      });
      return isNew;
    },
    async delete(name) {
      checkOwn(name);
      if (!own.some((target) => target.name === name)) return false;
      await change(() => own.filter((target) => target.name !== name));
      return true;
    },
  };
}

async function readStore(path: string): Promise<TargetSettings[]> {
  const text = await readTextIfExists(path);
  if (text === null) return [];
  try {
    return storeFile.parse(JSON.parse(text)).targets;
  } catch {
    // Not its cause: that could show what is in it.
    const message = `${path} is damaged; put it back from a backup, or remove it and add the targets again`;
    throw new NightcapError("SettingsInvalid", message);
  }
}

/** Targets as a file of settings has them; secrets are read from the files that it names. */
export function readFixedTargets(inputs: readonly Record<string, unknown>[]): TargetSettings[] {
  const targets = inputs.map((input, at) =>
    parseSettings(targetSettings, withFiles(input), `notifications.targets.${at}`),
  );
  const names = targets.map(({ name }) => name);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice === undefined) return targets;
  throw new NightcapError("SettingsInvalid", `notifications.targets: two are named "${twice}"`);
}

function withFiles(input: Record<string, unknown>): Record<string, unknown> {
  const values = Object.entries(input).map(([name, value]): [string, unknown] => {
    const field = fileFields[name as keyof typeof fileFields] as string | undefined;
    return field !== undefined && typeof value === "string"
      ? [field, readValue(value)]
      : [name, value];
  });
  return Object.fromEntries(values);
}

function readValue(path: string): string {
  const bytes = ((): Buffer => {
    try {
      return readFileSync(path);
    } catch (cause) {
      throw new NightcapError("SettingsInvalid", `cannot read ${path}`, { cause });
    }
  })();
  if (bytes.length <= secretSizeBytesMax) return bytes.toString("utf8").trim();
  const size = `${bytes.length} bytes; at most ${secretSizeBytesMax} allowed`;
  throw new NightcapError("SettingsInvalid", `${path} has ${size}`);
}

/** A target for people: where it is, and whether it has a secret, but never its address or the secret itself. */
export function viewTarget(target: TargetSettings, isFixed: boolean) {
  const { secret, url, caPem, ...shown } = target as TargetSettings & {
    secret?: string | null;
    url?: string;
    caPem?: string | null;
  };
  return {
    ...shown,
    ...(url !== undefined && { where: new URL(url).origin }),
    hasSecret: secret != null,
    hasAuthority: caPem != null,
    isFixed,
  };
}
