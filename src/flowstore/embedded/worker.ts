// The engine's process: opens chDB and answers ClickHouse's HTTP protocol on a Unix socket. It is a
// process of its own so that a crash of the library, or its hunger for memory, ends nothing else.
import { chmod, mkdir, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { describeError } from "../../common/errors.ts";
import { secretDirectoryMode, secretFileMode } from "../../common/files.ts";
import { answer } from "./door.ts";
import { engineExit, type EngineOptions, engineOptions } from "./engine-options.ts";
import { type Library, openLibrary } from "./library.ts";
import { createMergePause } from "./merge-pause.ts";
import { createPlaces } from "./places.ts";
import { prepareSocketFolder } from "./socket-path.ts";
import { spoolFolder } from "./spool.ts";

/** Values of a statement are in its URL, of which ClickHouse takes as much. */
const headersSizeBytesMax = 1 << 20;
const checksPerIdleTime = 4;
const closingCheckMilliseconds = 20;

async function serve(options: EngineOptions): Promise<void> {
  // Whoever has the data open is the engine: chDB locks the directory, so only one gets past here.
  const library = await openLibrary(options);
  const spool = spoolFolder(options.directory);
  await rm(spool, { recursive: true, force: true });
  await mkdir(spool, { recursive: true, mode: secretDirectoryMode });
  const places = createPlaces(options.requestCountMax, options.queueCountMax);
  let open = 0;
  let lastAsked = Date.now();
  const stop = (): void => void end(library, server);
  const mergePause = createMergePause(library.merges);
  const door = { library, places, mergePause, queueCountMax: options.queueCountMax, spool, stop };
  const server = createServer({ maxHeaderSize: headersSizeBytesMax }, (request, response) => {
    open++;
    response.on("close", () => {
      open--;
      lastAsked = Date.now();
    });
    void answer(door, request, response);
  });
  server.requestTimeout = 0;
  server.headersTimeout = 0;
  server.keepAliveTimeout = options.idleSeconds * 1000;
  await listen(server, options.socketPath);
  const idleMilliseconds = options.idleSeconds * 1000;
  setInterval(() => {
    if (open === 0 && Date.now() - lastAsked >= idleMilliseconds) stop();
  }, idleMilliseconds / checksPerIdleTime).unref();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, stop);
}

async function listen(server: ReturnType<typeof createServer>, socketPath: string): Promise<void> {
  await prepareSocketFolder(socketPath);
  await rm(socketPath, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(socketPath, resolve);
  });
  await chmod(socketPath, secretFileMode);
}

/** New calls find no socket; those under way are answered first. */
async function end(library: Library, server: ReturnType<typeof createServer>): Promise<void> {
  // A connection that is busy now is idle, and closed, when its answer is out.
  const closing = setInterval(() => server.closeIdleConnections(), closingCheckMilliseconds);
  await new Promise((resolve) => server.close(resolve));
  clearInterval(closing);
  library.close();
  process.exit(0);
}

const exitCodeOf = (error: unknown): number =>
  /Cannot find (package|module)|no native binding/.test(describeError(error))
    ? engineExit.packageMissing
    : engineExit.failed;

try {
  await serve(engineOptions.parse(JSON.parse(process.argv[2] ?? "")));
} catch (error) {
  process.stderr.write(`${describeError(error)}\n`);
  process.exit(exitCodeOf(error));
}
