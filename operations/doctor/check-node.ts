import { ok, problem, type Finding } from './finding.ts';

/** As in package.json's engines: Temporal's SDK loads our converters with `require`, which takes ES modules since then. */
const OLDEST = { major: 22, minor: 12 };

export function checkNode(version: string = process.versions.node): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > OLDEST.major || (major === OLDEST.major && minor >= OLDEST.minor)) return ok('Node', version);
  return problem('Node', version, `Use Node ${OLDEST.major}.${OLDEST.minor} or newer.`);
}
