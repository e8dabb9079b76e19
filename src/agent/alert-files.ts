import { createHash } from "node:crypto";
import { join } from "node:path";
import { z } from "zod";
import {
  type FollowedFileSettings,
  mayBeAlert,
  sentLinesSizeBytesMax,
} from "../common/alert-file.ts";
import type { Clock } from "../common/clock.ts";
import type { FilePlace } from "../common/file-place.ts";
import { readTextIfExists, writeFileAtomic } from "../common/files.ts";
import { followFile } from "../common/follow-file.ts";
import { type Closable, Lifecycle } from "../common/lifecycle.ts";
import type { Log } from "../common/log.ts";
import { type AgentIdentity, exchange } from "./identity.ts";

const filePlace = z.object({
  inode: z.string(),
  offset: z.int().min(0),
  head: z.string(),
  headSizeBytes: z.int().min(0),
});

/**
 * Follows files of alerts on this host and sends their lines to the control plane, each at least once: how far was sent is
 * written after the control plane has recorded the alerts. While it is away, the files themselves are the queue.
 */
export function followAlertFiles(options: {
  files: readonly FollowedFileSettings[];
  /** Where it is kept how far each file was sent. */
  directory: string;
  /** The newest one, because certificates are renewed. */
  identity: () => AgentIdentity;
  clock: Clock;
  log: Log;
}): Closable {
  const { files, directory, identity, clock, log } = options;
  const life = new Lifecycle();
  for (const file of files) {
    const { path, source } = file;
    life.add(
      followFile({
        path,
        place: keepIn(join(directory, `${nameOf(path)}.json`)),
        async take(lines) {
          const alerts = lines.filter((line) => mayBeAlert(source, line));
          for (const body of bodiesOf(alerts)) await send(identity(), file, body);
        },
        onGap: (reason) =>
          log.warn({ path, reason }, "lines of a followed file may have been lost"),
        clock,
        log,
      }),
    );
  }
  return life;
}

/** A file's name for a path of any length. */
const nameOf = (path: string): string =>
  createHash("sha256").update(path).digest("hex").slice(0, 32);

/** A damaged record is as none: the file is read from its end, as at the first start. */
const keepIn = (path: string): Parameters<typeof followFile>[0]["place"] => ({
  async get(): Promise<FilePlace | null> {
    const text = await readTextIfExists(path);
    try {
      return text === null ? null : filePlace.parse(JSON.parse(text));
    } catch {
      return null;
    }
  },
  put: (place) => writeFileAtomic(path, JSON.stringify(place)),
});

/** As few bodies as their limit allows. */
function* bodiesOf(lines: readonly string[]): Generator<string> {
  let body = "";
  let sizeBytes = 0;
  for (const line of lines) {
    const lineSizeBytes = Buffer.byteLength(line) + 1;
    if (body !== "" && sizeBytes + lineSizeBytes > sentLinesSizeBytesMax) {
      yield body;
      [body, sizeBytes] = ["", 0];
    }
    body += `${line}\n`;
    sizeBytes += lineSizeBytes;
  }
  if (body !== "") yield body;
}

async function send(
  identity: AgentIdentity,
  { source, severityMax }: FollowedFileSettings,
  body: string,
): Promise<void> {
  const { server, caPem, certificatePem, keyPem } = identity;
  const url = new URL(`/agent/alerts/${source}?severityMax=${severityMax}`, server);
  const trust = { ca: caPem, cert: certificatePem, key: keyPem };
  await exchange({ url, trust, code: "ServiceUnavailable" }, body);
}
