import { fileURLToPath } from "node:url";
import { requireProgram } from "../capture/programs.ts";
import { NightcapError } from "../common/errors.ts";
import { runInNamespace } from "./namespace-run.ts";
import { type AnswerOf, hostAnswer, type QuestionOf } from "./question.ts";

/** For the child to start and to end, besides its probes. */
const spareMilliseconds = 8_000;
const childPath = fileURLToPath(new URL("connect-child.ts", import.meta.url));

type Question = QuestionOf<"connect">;
type Answer = AnswerOf<"connect">;

/** Connects for real, from the network namespace that is watched. */
export async function probeConnections(
  networkNamespace: string | null,
  question: Question,
): Promise<Answer> {
  const options = { timeoutMilliseconds: limitOf(question) };
  if (question.protocol === "icmp") return ping(networkNamespace, question, options);
  const ended = await runInNamespace(networkNamespace, [process.execPath, childPath], {
    ...options,
    input: JSON.stringify(question),
  });
  if (ended.code !== 0) {
    const why = ended.stderr.trim().slice(-300) || "it did not end in time";
    throw new NightcapError("HostDiagnosisFailed", `probes did not run: ${why}`);
  }
  const answer = hostAnswer.parse(JSON.parse(ended.stdout));
  if (answer.kind === "connect") return answer;
  throw new NightcapError("HostDiagnosisFailed", "probes gave another answer than was asked for");
}

const limitOf = ({ timeoutMilliseconds, probeCount }: Question): number =>
  timeoutMilliseconds + probeCount * 200 + spareMilliseconds;

/** Raw sockets are ping's business: Node has none. */
async function ping(
  networkNamespace: string | null,
  question: Question,
  options: { timeoutMilliseconds: number },
): Promise<Answer> {
  const { destination, probeCount, timeoutMilliseconds } = question;
  const program = await requireProgram("ping");
  const { code, stdout, stderr } = await runInNamespace(
    networkNamespace,
    [
      program,
      "-n",
      "-c",
      String(probeCount),
      "-i",
      "0.2",
      "-W",
      String(Math.ceil(timeoutMilliseconds / 1_000)),
      "--",
      destination,
    ],
    options,
  );
  // 0: some answered; 1: none did; 2: no name, no route, no permission.
  if (code === 0 || code === 1) return readPing(stdout, probeCount);
  const error = (stderr.trim().split("\n").at(-1) ?? "").slice(0, 200);
  if (!/known|not known|resolution|unreachable|No address/i.test(error)) {
    throw new NightcapError("HostDiagnosisFailed", `ping: ${error || "it did not end in time"}`);
  }
  const failed = { milliseconds: null, error: /unreachable/i.test(error) ? error : "ENOTFOUND" };
  const address = /unreachable/i.test(error) ? destination : null;
  return { kind: "connect", address, probes: Array.from({ length: probeCount }, () => failed) };
}

export function readPing(output: string, probeCount: number): Answer {
  const address = /^PING \S+ ?\(([^)]+)\)/m.exec(output)?.[1] ?? null;
  const times = new Map<number, number>();
  for (const [, sequence = "", time = ""] of output.matchAll(
    /icmp_seq=(\d+) ttl=\d+ time=([\d.]+) ms/g,
  )) {
    times.set(Number(sequence), Number(time));
  }
  const probes = Array.from({ length: probeCount }, (_, index) => {
    const milliseconds = times.get(index + 1) ?? null;
    return { milliseconds, error: milliseconds === null ? "ETIMEDOUT" : null };
  });
  return { kind: "connect", address, probes };
}
