// A reporter for vitest: one line for each test as it ends, then what a failed one said.

export default class LineReporter {
  onTestCaseResult(test) {
    const { state, errors = [] } = test.result();
    const name = test.fullName.replaceAll(" > ", ": ");
    if (state === "skipped") return print(`ok      ${name} # SKIP`);
    print(`${state === "passed" ? "ok     " : "not ok "} ${name}`);
    for (const error of errors) print(indent(error));
  }

  onTestSuiteResult(suite) {
    this.#report(suite, suite.fullName);
  }

  onTestModuleEnd(module) {
    this.#report(module, module.relativeModuleId);
  }

  /** What went wrong outside of any test: a file that cannot be loaded, a hook that threw. */
  #report(part, name) {
    for (const error of part.errors()) print(`not ok  ${name}\n${indent(error)}`);
  }
}

const print = (line) => void process.stdout.write(`${line}\n`);

/** The message, and where it was thrown, below the line that it belongs to. */
const indent = ({ message, stacks = [] }) =>
  [message, ...stacks.slice(0, 1).map(({ file, line }) => `at ${file}:${line}`)]
    .join("\n")
    .replace(/^/gm, "#   ");
