// The whole set-up: does what is missing, says what it does, asks nothing.
import {
  azureClients,
  ensureDebianPackages,
  programsToRun,
  programsToTest,
} from "./debian-packages.mjs";
import { say, SetupError } from "./child.mjs";
import { ensureWebPage } from "../web/build.mjs";
import { ensureNodePackages } from "./node-packages.mjs";

/** Makes the checkout ready to run; ends the process with what is missing when it cannot. */
export async function setUpToRun() {
  await endOnError(async () => {
    await ensureDebianPackages(programsToRun);
    await ensureNodePackages();
    await ensureWebPage();
  });
}

/**
 * Makes the checkout ready for its tests. Missing programs only make tests skip, which is an error
 * by itself where nothing may be skipped.
 */
export async function setUpToTest({ skippingAllowed }) {
  await endOnError(async () => {
    await ensureNodePackages();
    await ensureWebPage();
    for (const programs of [programsToTest, azureClients]) {
      await ensureDebianPackages(programs).catch((error) => {
        if (!skippingAllowed || !(error instanceof SetupError)) throw error;
        sayLines(`${error.message}\ntests that need these will be skipped`);
      });
    }
  });
}

async function endOnError(work) {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    sayLines(error.message);
    process.exit(1);
  }
}

const sayLines = (text) => text.split("\n").forEach((line) => say(line));
