// From vitest's JSON report to the one line that ends `npm test`.

/**
 * Counts what passed, failed and was skipped. Counted as failed besides failed tests: a file that
 * could not be loaded, a static check, a skipped test where nothing may be skipped, a run without
 * any test, and an exit code of vitest that nothing else explains. `reasons` says each of them.
 */
export function addUp({ report, exitCode, failedChecks, skippingAllowed }) {
  const files = report?.testResults ?? [];
  const tests = files.flatMap((file) => file.assertionResults);
  const withStatus = (...statuses) => tests.filter((test) => statuses.includes(test.status));
  const passed = withStatus("passed").length;
  const failedTests = withStatus("failed").length;
  const skippedTests = withStatus("skipped", "pending", "todo", "disabled");
  const reasons = [
    ...failedChecks.map((name) => `static check failed: ${name}`),
    ...files.filter(failedToLoad).map((file) => `could not run ${file.name}`),
    ...(skippingAllowed
      ? []
      : skippedTests.map((test) => `skipped, and nothing may be: ${test.fullName}`)),
  ];
  if (passed + failedTests === 0 && reasons.length === 0) reasons.push("no test ran");
  if (exitCode !== 0 && failedTests + reasons.length === 0) {
    reasons.push(`vitest ended with exit code ${exitCode}: see above`);
  }
  const skipped = skippingAllowed ? skippedTests.length : 0;
  return { passed, failed: failedTests + reasons.length, skipped, reasons };
}

const failedToLoad = (file) =>
  file.status === "failed" && !file.assertionResults.some((test) => test.status === "failed");

/** The reasons, then the totals as the last line. */
export function describeTotals({ passed, failed, skipped, reasons }) {
  const totals = `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
  return [...reasons, totals].join("\n");
}
