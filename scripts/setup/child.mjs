// Child processes of the set-up: quiet steps with one line of progress, and a hand-over at the end.
import { spawn } from "node:child_process";
import { constants } from "node:os";
import { projectRoot, searchPath } from "./paths.mjs";

const progressAfterMilliseconds = 1_000;
const outputCharactersMax = 200_000;

/** What a step that failed needs to say; printed without a stack. */
export class SetupError extends Error {}

/** One line for people, on standard error: standard output is for answers. */
export const say = (line) => process.stderr.write(`nightcap: ${line}\n`);

/**
 * Runs a program to its end and gives its exit code and all it printed. When it takes more than a
 * second, `what` is printed, so that nobody wonders.
 */
export function runQuietly(program, args, { what, timeoutMilliseconds, env = {}, cwd } = {}) {
  return new Promise((resolve) => {
    const began = Date.now();
    const child = spawn(program, args, {
      cwd: cwd ?? projectRoot,
      env: { ...process.env, PATH: searchPath(), ...env },
      stdio: ["ignore", "pipe", "pipe"],
      killSignal: "SIGKILL",
      ...(timeoutMilliseconds === undefined ? {} : { timeout: timeoutMilliseconds }),
    });
    let output = "";
    const collect = (text) => (output = (output + text).slice(-outputCharactersMax));
    child.stdout.setEncoding("utf8").on("data", collect);
    child.stderr.setEncoding("utf8").on("data", collect);
    let told = false;
    const tell = () => {
      told = what !== undefined;
      if (told) say(`${what} ...`);
    };
    const timer = setTimeout(tell, progressAfterMilliseconds);
    child.on("error", (error) => (output += `${error.message}\n`));
    child.on("close", (code) => {
      clearTimeout(timer);
      if (told) say(`${what}: ${code === 0 ? "done" : "failed"}, ${seconds(began)} s`);
      resolve({ code: code ?? 1, output });
    });
  });
}

/**
 * Gives the terminal to a program and resolves with the exit code that a shell would show. Signals
 * sent to this process are passed on; Ctrl-C reaches the whole terminal group without our help.
 */
export function handOver(program, args, { env = {}, cwd } = {}) {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: cwd ?? process.cwd(),
      env: { ...process.env, PATH: searchPath(), ...env },
      stdio: "inherit",
    });
    const passOn = (signal) => {
      if (signal === "SIGINT" && process.stdin.isTTY) return;
      child.kill(signal);
    };
    const signals = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR2"];
    for (const signal of signals) process.on(signal, passOn);
    const end = (code) => {
      for (const signal of signals) process.off(signal, passOn);
      resolve(code);
    };
    child.on("error", (error) => {
      say(`cannot run ${program}: ${error.message}`);
      end(127);
    });
    child.on("exit", (code, signal) => end(code ?? 128 + (constants.signals[signal] ?? 0)));
  });
}

const seconds = (began) => ((Date.now() - began) / 1_000).toFixed(1);
