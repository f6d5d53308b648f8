/**
 * Compares two runs of the tests: which titles are missing in the second, and how many lines each covers.
 *
 *   npm run test:only -- --json --outputFile before.json --coverage --coverageProvider v8 --collectCoverageFrom '{server,store}/**'
 *   (the same on the other commit)
 *   node scripts/compare-tests.ts before.json after.json
 */
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';

interface Results {
  testResults: { name: string; assertionResults: { fullName: string }[] }[];
  coverageMap?: Record<string, { path: string; statementMap: Record<string, unknown>; s: Record<string, number> }>;
}

/** Titles with the name of their file, which may have moved to another folder. */
const titlesOf = ({ testResults }: Results): Set<string> =>
  new Set(
    testResults.flatMap(({ name, assertionResults }) => assertionResults.map(({ fullName }) => `${basename(name)}: ${fullName}`)),
  );

/** Covered and all lines by top-level folder. */
function linesOf({ coverageMap = {} }: Results): Map<string, [covered: number, all: number]> {
  const folders = new Map<string, [number, number]>();
  const paths = Object.keys(coverageMap);
  const root = paths.reduce(
    (common, path) => {
      while (!path.startsWith(common)) common = common.slice(0, common.lastIndexOf('/', common.length - 2) + 1);
      return common;
    },
    `${paths[0] ?? ''}/`,
  );
  for (const { path, s } of Object.values(coverageMap)) {
    const folder = path.slice(root.length).split('/')[0]!;
    const counts = Object.values(s);
    const [covered, all] = folders.get(folder) ?? [0, 0];
    folders.set(folder, [covered + counts.filter((count) => count > 0).length, all + counts.length]);
  }
  return folders;
}

const [before, after] = await Promise.all(
  process.argv.slice(2, 4).map(async (file) => JSON.parse(await readFile(file, 'utf8')) as Results),
);
if (!before || !after) throw new Error('Give the JSON results of two runs: before, after.');
const [old, now] = [titlesOf(before), titlesOf(after)];
const missing = [...old].filter((title) => !now.has(title));
console.log(`${old.size} titles before, ${now.size} now; ${missing.length} missing:`);
for (const title of missing.toSorted()) console.log(`- ${title}`);
const [oldLines, newLines] = [linesOf(before), linesOf(after)];
for (const folder of new Set([...oldLines.keys(), ...newLines.keys()])) {
  const shown = [oldLines, newLines].map((lines) => {
    const [covered, all] = lines.get(folder) ?? [0, 0];
    return `${covered} of ${all} lines (${all === 0 ? '–' : ((100 * covered) / all).toFixed(1)} %)`;
  });
  console.log(`${folder}: ${shown.join(' → ')}`);
}
