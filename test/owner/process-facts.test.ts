import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { shownCommandLine, wordsOf } from "../../src/owner/command-line.ts";
import { createControlGroupIds } from "../../src/owner/control-group-ids.ts";
import { readControlGroup } from "../../src/owner/control-group.ts";
import { createCpuBudget } from "../../src/owner/cpu-budget.ts";
import { ProcessFactsReader } from "../../src/owner/process-facts.ts";
import { createUsers, parsePasswd } from "../../src/owner/users.ts";

const shown = (...words: string[]): string => shownCommandLine(words, 512);

test.each([
  [["mysqldump", "-pgeheim", "--host=db"], "mysqldump -p*** --host=db"],
  [
    ["app", "--password=geheim", "--api-key", "geheim", "--port", "80"],
    "app --password=*** --api-key *** --port 80",
  ],
  [
    ["/usr/bin/curl", "-u", "me:geheim", "https://me:geheim@h/x?sig=geheim&v=1"],
    "/usr/bin/curl -u *** https://***@h/x?sig=***&v=***",
  ],
  [["curl", "-H", "Authorization: Bearer geheim", "h"], "curl -H *** h"],
  [["wget", "--header", "Authorization: Basic geheim"], 'wget --header "Authorization: ***"'],
  [
    ["env", "AWS_SECRET_ACCESS_KEY=geheim", "TOKEN=geheim", "LANG=C"],
    "env AWS_SECRET_ACCESS_KEY=*** TOKEN=*** LANG=C",
  ],
  [["sshpass", "-p", "geheim", "ssh", "h"], "sshpass -p *** ssh h"],
  [["redis-cli", "-a", "geheim", "PING"], "redis-cli -a *** PING"],
  [
    ["azcopy", "AccountKey=geheim", "--sas-token", "geheim"],
    "azcopy AccountKey=*** --sas-token ***",
  ],
  [["nginx: worker process"], '"nginx: worker process"'],
  [["ssh", "-p", "22", "host"], "ssh -p 22 host"],
  [["tool", "--token", "--verbose"], "tool --token --verbose"],
])("secrets of %j are masked", (words, line) => {
  expect(shown(...words)).toBe(line);
  expect(shown(...words)).not.toContain("geheim");
});

test("a command line is trimmed, and any bytes make one", () => {
  expect(shownCommandLine(["x".repeat(900), "y"], 64)).toHaveLength(64);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => {
      expect(shownCommandLine(wordsOf(bytes), 100).length).toBeLessThanOrEqual(100);
    }),
  );
});

const id = "0123456789abcdef".repeat(4);
const uid = "12345678-90ab-cdef-1234-567890abcdef";

test.each([
  ["0::/system.slice/nginx.service", "nginx.service", null],
  ["0::/user.slice/user-1000.slice/session-3.scope", "session-3.scope", null],
  ["0::/system.slice/system-getty.slice/getty@tty1.service", "getty@tty1.service", null],
  ["0::/system.slice/dev\\x2ddisk.service", "dev-disk.service", null],
  [`0::/system.slice/docker-${id}.scope`, `docker-${id}.scope`, id],
  [`12:pids:/docker/${id}\n1:name=systemd:/docker/${id}\n0::/`, null, id],
  [`0::/machine.slice/libpod-${id}.scope/container`, `libpod-${id}.scope`, id],
  [
    `0::/system.slice/containerd.service/kubepods-burstable-pod${uid.replaceAll("-", "_")}.slice:cri-containerd:${id}`,
    "containerd.service",
    `${id} (pod ${uid})`,
  ],
  [
    `0::/kubepods.slice/kubepods-pod${uid.replaceAll("-", "_")}.slice/cri-containerd-${id}.scope`,
    `cri-containerd-${id}.scope`,
    `${id} (pod ${uid})`,
  ],
  [`4:memory:/kubepods/besteffort/pod${uid}/${id}`, null, `${id} (pod ${uid})`],
  [
    `0::/kubepods.slice/kubepods-pod${uid.replaceAll("-", "_")}.slice/crio-${id}.scope`,
    `crio-${id}.scope`,
    `${id} (pod ${uid})`,
  ],
  ["0::/lxc.payload.web1/system.slice/cron.service", "cron.service", "web1"],
  ["9:name=systemd:/\n4:memory:/process_api/ddf79bb1\n0::/", null, null],
])("the unit and container of %s", (text, unit, container) => {
  expect(readControlGroup(text)).toMatchObject({ unit, container });
});

test("any text of a control group is read", () => {
  expect(readControlGroup("")).toBeNull();
  expect(readControlGroup("0::/")).toEqual({ cgroup: "/", unit: null, container: null });
  fc.assert(fc.property(fc.string(), (text) => void readControlGroup(`0::/${text}`)));
  const long = "0::" + "/kubepods".repeat(20_000);
  expect(readControlGroup(long)?.cgroup.length).toBeLessThanOrEqual(1_024);
});

test("control groups have the numbers of their folders", () => {
  const root = mkdtempSync(join(tmpdir(), "nightcap-cgroup-"));
  try {
    writeFileSync(join(root, "cgroup.controllers"), "");
    mkdirSync(join(root, "system.slice", "cron.service"), { recursive: true });
    const groups = createControlGroupIds([join(root, "no"), root]);
    expect(groups.groupOf(0)).toBeNull();
    const { ino } = statSync(join(root, "system.slice", "cron.service"));
    expect(groups.groupOf(ino)).toMatchObject({
      unit: "cron.service",
    });
  } finally {
    rmSync(root, { recursive: true });
  }
});

test("users are those of the host's own file", () => {
  expect(
    parsePasswd("root:x:0:0::/:/bin/sh\nagain:x:0:\n# no\n:x:5:\nbad:x:-1:\nme:x:1000:"),
  ).toEqual(
    new Map([
      [0, "root"],
      [1_000, "me"],
    ]),
  );
  expect(createUsers().nameOf(0)).toBe("root");
  expect(createUsers("/does/not/exist").nameOf(0)).toBeNull();
});

test("a process that is not there has no facts, and this one has its own", () => {
  const reader = new ProcessFactsReader({
    users: createUsers(),
    commandLines: true,
    commandLineLengthMax: 100,
  });
  expect(reader.of(2 ** 30)).toMatchObject({ executable: null, commandLine: null, uid: null });
  expect(reader.of(process.pid)).toMatchObject({
    pid: process.pid,
    executable: process.execPath,
    uid: process.geteuid?.(),
  });
  expect(reader.of(process.pid)).toBe(reader.of(process.pid));
});

test("a budget is spent by work and filled by time, and no quiet time saves up for long work", () => {
  let used = 0;
  let now = 0;
  const budget = createCpuBudget(
    0.1,
    () => used,
    () => now,
  );
  expect(budget.mayWork()).toBe(true);
  used = 300;
  expect(budget.mayWork()).toBe(false);
  expect(budget.waitMilliseconds()).toBeCloseTo(510);
  now = 520;
  expect(budget.mayWork()).toBe(true);
  now = 1_000_000;
  expect(budget.mayWork()).toBe(true);
  used = 560;
  expect(budget.mayWork()).toBe(false);
  expect(budget.usedMilliseconds).toBe(560);
});
