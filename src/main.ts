import { type CommandEntry, commandEntries, packageVersion, runProgram } from "./cli/program.ts";

// The commands that are processes of their own: cli/ may not import what they run.
const processEntries: readonly CommandEntry[] = [
  {
    name: "server",
    load: async () =>
      (await import("./cli/server.ts")).addServerCommand(async (command) =>
        (await import("./server/run.ts")).runServer(command),
      ),
  },
  {
    name: "agent",
    load: async () =>
      (await import("./cli/agent.ts")).addAgentCommand(async (command) =>
        (await import("./agent/run.ts")).runAgent({ ...command, version: packageVersion() }),
      ),
  },
];

process.exitCode = await runProgram(process.argv.slice(2), [...commandEntries, ...processEntries]);
// A channel to the process that started this one would keep it alive after a failed start.
if (process.connected) process.disconnect?.();
