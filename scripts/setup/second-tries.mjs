// A reporter for vitest: names the tests that passed only at the second try, at the end, with what the first one said.

export default class SecondTries {
  #tests = [];

  onTestCaseResult(test) {
    if (test.diagnostic()?.flaky) this.#tests.push(test);
  }

  onTestRunEnd() {
    for (const test of this.#tests) {
      const [first] = test.result().errors ?? [];
      const said = first ? `: ${first.message.split("\n")[0]}` : "";
      process.stdout.write(
        `second try: ${test.module.relativeModuleId}, ${test.fullName}${said}\n`,
      );
    }
    if (this.#tests.length > 0) {
      process.stdout.write(
        "Each of these is a defect to look for, in the test or in what it tests.\n",
      );
    }
  }
}
