import { spawnSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { checkPrivacy } from "./check-privacy.ts";
import { checkWithTshark } from "./check-with-tshark.ts";

const inputCount = 120;
const tsharkEvery = 40;
const hasTshark = spawnSync("tshark", ["-v"]).status === 0;

test("nothing of a payload and no address is left by a policy that takes it out, and tshark reads what is", async () => {
  const directory = await mkdtemp(join(tmpdir(), "nightcap-privacy-fuzz-"));
  const failures: string[] = [];
  for (let seed = 1; seed <= inputCount; seed++)
    try {
      const left = await checkPrivacy(seed);
      if (hasTshark && seed % tsharkEvery === 0) await checkWithTshark(left, directory);
    } catch (error) {
      failures.push(`${seed}: ${String(error)}`);
    }
  await rm(directory, { recursive: true, force: true });
  expect(failures).toEqual([]);
});
