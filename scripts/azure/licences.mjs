// The licence texts of what npm packages gave to a bundle.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../setup/paths.mjs";

const packagePattern = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/;
const licenceFile = /^(licen[cs]e|copying|notice)/i;

/** One text with name, version and licence of each package that `modules` (paths) come from. */
export function thirdPartyLicences(modules) {
  const directories = new Set(
    modules.map((path) => packagePattern.exec(path)?.[0]).filter((path) => path !== undefined),
  );
  const texts = [...directories].map(describePackage).toSorted();
  return `${["This function app contains the following packages.", ...texts].join(`\n\n${"=".repeat(80)}\n\n`)}\n`;
}

function describePackage(directory) {
  const root = join(projectRoot, directory);
  const { name, version, license } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const files = readdirSync(root).filter((file) => licenceFile.test(file));
  if (files.length === 0 && typeof license !== "string") {
    throw new Error(`${name} ${version} says nothing of its licence`);
  }
  const texts = files.toSorted().map((file) => readFileSync(join(root, file), "utf8").trim());
  const body = texts.length > 0 ? texts.join("\n\n") : "(its package holds no licence text)";
  return `${name} ${version}, licence ${license}\n\n${body.replaceAll("\r\n", "\n")}`;
}
