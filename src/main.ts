import { commandEntries, runProgram } from "./cli/program.ts";

// Commands that are processes of their own (server, agent) join here by dynamic import, because
// cli/ may not import them: { name: "agent", load: async () => (await import(...)).addAgentCommand }.
process.exitCode = await runProgram(process.argv.slice(2), [...commandEntries]);
