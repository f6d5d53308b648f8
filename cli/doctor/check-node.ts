import { ok, problem, type Finding } from './finding.ts';

/** As in package.json's engines. */
const OLDEST = 22;

export function checkNode(version: string = process.versions.node): Finding {
  const major = Number(version.split('.')[0]);
  if (major >= OLDEST) return ok('Node', version);
  return problem('Node', version, `Use Node ${OLDEST} or newer.`);
}
