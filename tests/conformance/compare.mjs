// Compares the results of a suite with `known-failures.txt`: compare.mjs SUITE RESULTS…

import { existsSync, readFileSync } from "node:fs";

const [suite, ...files] = process.argv.slice(2);
const read = (file) => JSON.parse(readFileSync(file, "utf8"));

// Each suite has a form of its own.
const forms = {
  conformance: (results) =>
    results.testResults.flatMap(({ name, assertionResults }) =>
      assertionResults.map(({ status, title }) => ({
        name: `${name.slice(name.indexOf("/tests/") + 1)}: ${title}`,
        passed: status === "passed",
      })),
    ),
  dynalite: (results) => [
    ...results.passes.map(({ fullTitle }) => ({ name: fullTitle, passed: true })),
    ...results.failures.map(({ fullTitle }) => ({ name: fullTitle, passed: false })),
  ],
};
const tests = files
  .filter((file) => existsSync(file))
  .flatMap((file) => forms[suite](read(file)))
  .map((test) => ({ ...test, name: test.name.replace(/\s+/g, " ") }));

const known = new Set(
  readFileSync(new URL("known-failures.txt", import.meta.url), "utf8")
    .split("\n")
    .filter((line) => line && !line.startsWith("#")),
);
const passed = tests.filter((test) => test.passed);
const failed = tests.filter((test) => !test.passed);
console.log(`${suite}: ${passed.length} of ${tests.length} pass`);

// dynalite's are too many to name: most ask for texts that DynamoDB does not have any more.
const judged = suite === "conformance";
const fresh = failed.filter((test) => judged && !known.has(test.name));
const mended = passed.filter((test) => judged && known.has(test.name));
for (const { name } of fresh) console.log(`fails and is not known to: ${name}`);
for (const { name } of mended) console.log(`passes and is known to fail: ${name}`);
if (process.env.VERBOSE && !judged) for (const { name } of failed) console.log(`fails: ${name}`);
process.exit(tests.length > 0 && fresh.length === 0 && mended.length === 0 ? 0 : 1);
