// Runs by itself, in the network namespace that is watched: reads one question from standard input,
// connects, and writes what came of it to standard output.
import { lookup } from "node:dns/promises";
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { connect, isIP } from "node:net";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { hostQuestion, type QuestionOf } from "./question.ts";

/** Between the starts of two probes. */
const intervalMilliseconds = 100;

type Question = QuestionOf<"connect">;
type Outcome = { milliseconds: number | null; error: string | null };

async function answer(question: Question) {
  const { destination } = question;
  const found = isIP(destination) === 0 ? await findAddress(destination) : { address: destination };
  if (!("address" in found)) {
    const failed = { milliseconds: null, error: found.error };
    const probes = Array.from({ length: question.probeCount }, () => failed);
    return { kind: "connect", address: null, probes };
  }
  const running: Promise<Outcome>[] = [];
  for (let count = 0; count < question.probeCount; count++) {
    if (count > 0) await sleep(intervalMilliseconds);
    running.push(tryOnce(question, found.address));
  }
  return { kind: "connect", address: found.address, probes: await Promise.all(running) };
}

async function findAddress(name: string): Promise<{ address: string } | { error: string }> {
  try {
    return { address: (await lookup(name)).address };
  } catch (error) {
    return { error: codeOf(error) };
  }
}

const codeOf = (error: unknown): string =>
  (error as NodeJS.ErrnoException).code ?? (error instanceof Error ? error.message : "unknown");

async function tryOnce(question: Question, address: string): Promise<Outcome> {
  const begun = performance.now();
  try {
    await (question.http === null ? openTcp(question, address) : askHttp(question, address));
    return { milliseconds: Math.round((performance.now() - begun) * 1_000) / 1_000, error: null };
  } catch (error) {
    return { milliseconds: null, error: codeOf(error).slice(0, 200) };
  }
}

function openTcp({ port, timeoutMilliseconds }: Question, address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: address, port: port ?? 0 });
    const end = (error?: Error) => {
      socket.destroy();
      if (error) reject(error);
      else resolve();
    };
    socket.setTimeout(timeoutMilliseconds, () => end(new Error("ETIMEDOUT")));
    socket.once("connect", () => end());
    socket.once("error", end);
  });
}

/** The certificate of the other side is not what is asked about, so it is not checked. */
function askHttp(question: Question, address: string): Promise<void> {
  const { destination, port, protocol, timeoutMilliseconds, http } = question;
  const headers = Object.fromEntries((http?.headers ?? []).map(({ name, value }) => [name, value]));
  const isName = isIP(destination) === 0;
  const options = {
    host: address,
    port: port ?? (protocol === "https" ? 443 : 80),
    path: http?.path ?? "/",
    method: "GET",
    agent: false,
    timeout: timeoutMilliseconds,
    headers: { host: destination, ...headers },
    ...(protocol === "https" ? { rejectUnauthorized: false } : {}),
    ...(protocol === "https" && isName ? { servername: destination } : {}),
  };
  return new Promise((resolve, reject) => {
    const sent = (protocol === "https" ? httpsRequest : httpRequest)(options, (response) => {
      const status = response.statusCode ?? 0;
      response.destroy();
      const wanted = http?.validStatuses ?? [];
      const isValid = wanted.length > 0 ? wanted.includes(status) : status >= 200 && status < 400;
      if (isValid) resolve();
      else reject(new Error(`HTTP status ${status}`));
    });
    sent.on("timeout", () => sent.destroy(new Error("ETIMEDOUT")));
    sent.on("error", reject);
    sent.end();
  });
}

const parsed = hostQuestion.parse(JSON.parse(await text(process.stdin)));
if (parsed.kind === "connect") process.stdout.write(JSON.stringify(await answer(parsed)));
