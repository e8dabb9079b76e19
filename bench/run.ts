// `npm run bench -- NAME`: one measurement by name. What each measures is in its own first lines.
const names = ["loop", "capture-start", "inspection"] as const;

const wanted = names.find((name) => name === process.argv[2]);
if (wanted === undefined) {
  process.stderr.write(`usage: npm run bench -- ${names.join(" | ")} [arguments]\n`);
  process.exitCode = 2;
} else {
  process.argv.splice(1, 2, new URL(`./${wanted}.ts`, import.meta.url).pathname);
  await import(`./${wanted}.ts`);
}
