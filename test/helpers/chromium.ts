import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

async function found(): Promise<string | null> {
  const given = process.env['CHROMIUM_PATH'];
  if (given) return given;
  for (const directory of (process.env['PATH'] ?? '').split(delimiter)) {
    for (const name of NAMES) {
      const path = join(directory, name);
      const there = await access(path, constants.X_OK).then(
        () => true,
        () => false,
      );
      if (directory !== '' && there) return path;
    }
  }
  return null;
}

/**
 * The path of a real Chromium: CHROMIUM_PATH, one on the PATH, or, for root on Debian, its package.
 * @throws where there is none and none can be installed
 */
export async function provideChromium(): Promise<string> {
  const there = await found();
  if (there) return there;
  if (process.getuid?.() !== 0) throw new Error('There is no Chromium. Install one, or set CHROMIUM_PATH.');
  console.log('Installing Chromium (Debian package, once)');
  const options = { timeout: 300_000, env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } };
  await run('apt-get', ['update'], options);
  await run('apt-get', ['install', '-y', '--no-install-recommends', 'chromium', 'fonts-dejavu-core'], options);
  const installed = await found();
  if (!installed) throw new Error('Chromium was installed and is not on the PATH.');
  return installed;
}
