// What every file of this suite stands on: a test bed, a whole installation, and an az that is
// logged in to it; and the record of what was run, which docs/azure-clients.md is held to.
import assert from "node:assert/strict";
import { readFile, rm, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect } from "vitest";
import { skipReason } from "../bed/availability.ts";
import { openTestBed, type TestBed } from "../bed/bed.ts";
import { type Installation, openInstallation } from "../e2e/installation.ts";
import { type Az, type AzAnswer, azSkipReason, openAz } from "./az.ts";
import { type Entry, holdPage } from "./page.ts";

/** Azure takes files of Linux machines below this folder only; each test makes one of its own in it. */
const capturesFolder = "/var/captures";

/** The commands that make Nightcap a cloud of az, in order. */
export const setUpCommands = [
  "cloud register -n nightcap --endpoint-resource-manager $BASE",
  "cloud set -n nightcap",
  "login --service-principal -u $CLIENT_ID -p $CLIENT_SECRET --tenant $TENANT_ID",
] as const;

const pollMilliseconds = 50;

/** How a command was refused: az's exit code, and the server's code or all that az said. */
export interface Refusal {
  exitCode: number | null;
  code: string;
}

/** A command that may still run. */
export interface Begun {
  /** Resolves when what az says while it works has the text, or az has ended. */
  readonly says: (text: string) => Promise<void>;
  readonly isOver: () => boolean;
  readonly answer: Promise<AzAnswer>;
}

export interface AzBed {
  readonly bed: TestBed;
  readonly installation: Installation;
  readonly az: Az;
  /** Runs a command that must work; gives what it printed, as JSON. */
  readonly works: <Value = unknown>(command: string) => Promise<Value>;
  /** Begins a command whose progress is looked at. */
  readonly begins: (command: string) => Begun;
  /** Runs a command that must be refused. */
  readonly refused: (command: string) => Promise<Refusal>;
  /** Compares the section of the page with what was run; the last test of a file calls it. */
  readonly holdPage: () => void;
}

/** az takes a second for each command, and three where nine others run beside it. */
export const azTimeout = { timeout: 120_000 } as const;

/** Why this suite cannot run here, or null. */
export const suiteSkipReason = (): string | null => skipReason() ?? azSkipReason();

/** Opens everything before the tests of the file that calls it, and closes it after them. */
export function useAzBed(section: string, { loggedIn = true } = {}): AzBed {
  const entries: Entry[] = [];
  let opened: { bed: TestBed; installation: Installation; az: Az } | undefined;
  const parts = () => {
    assert(opened, "the bed is open while tests run");
    return opened;
  };
  beforeAll(async () => {
    const bed = await openTestBed();
    const fileRoot = join(capturesFolder, bed.name);
    const installation = await openInstallation(bed, { captureSeconds: 2, fileRoot });
    const az = await openAz(installation, { fileRoot });
    opened = { bed, installation, az };
    for (const command of loggedIn ? setUpCommands : []) {
      const { exitCode, stderr } = await az.run(command);
      expect(exitCode, stderr).toBe(0);
    }
  }, 60_000);
  afterAll(async () => {
    await opened?.installation.close();
    await opened?.bed.close();
    if (!opened) return;
    await rm(join(capturesFolder, opened.bed.name), { recursive: true, force: true });
    await rmdir(capturesFolder).catch(() => {}); // others' captures are in it, or it is not there
  });
  const record = (command: string): Entry => {
    const entry = { test: expect.getState().currentTestName ?? "", command, refusal: null };
    entries.push(entry);
    return entry;
  };
  return {
    get bed() {
      return parts().bed;
    },
    get installation() {
      return parts().installation;
    },
    get az() {
      return parts().az;
    },
    async works<Value>(command: string) {
      record(command);
      const { exitCode, stderr, value } = await parts().az.run(command);
      expect(exitCode, `az ${command}\n${stderr}`).toBe(0);
      return value as Value;
    },
    begins(command) {
      record(command);
      return begin(command, parts());
    },
    async refused(command) {
      const entry = record(command);
      const { exitCode, code, stderr, text } = await parts().az.run(command);
      expect(exitCode, `az ${command} was to be refused, and said:\n${text}`).not.toBe(0);
      entry.refusal = { exitCode, code: code ?? withVariables(stderr.trim(), parts().az) };
      return entry.refusal;
    },
    holdPage: () => holdPage(section, entries),
  };
}

/** Of everything that az says of its requests as it sends them: its log goes to a file of its own. */
function begin(command: string, { az, installation }: Pick<AzBed, "az" | "installation">): Begun {
  const path = join(installation.directory, "az", "begun.log");
  const read = () => readFile(path, "utf8").catch(() => "");
  const begun = { isOver: false };
  const answer = az
    .run(`${command} --debug 2>${path}`)
    .then(async (said) => ({ ...said, stderr: await read() }))
    .finally(() => {
      begun.isOver = true;
    });
  return {
    answer,
    isOver: () => begun.isOver,
    async says(text) {
      while (!begun.isOver && !(await read()).includes(text)) await sleep(pollMilliseconds);
    },
  };
}

/** az's words with the names of variables in place of their values, which differ each time. */
const withVariables = (text: string, { variables }: Az): string =>
  Object.entries(variables).reduce(
    (said, [name, value]) => said.replaceAll(value, `$${name}`),
    text,
  );
