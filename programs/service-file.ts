import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A file in DATA_DIR while a service runs there. It tells other programs which ports the service uses. */
export const SERVICE_FILE = 'service.json';

export interface RunningService {
  pid: number;
  apiUrl: string;
  temporalAddress: string;
  uiUrl: string | null;
}

/** Returns the service that runs on this directory; null if there is none. */
export async function findService(dataDir: string): Promise<RunningService | null> {
  try {
    const place = JSON.parse(await readFile(join(dataDir, SERVICE_FILE), 'utf8')) as RunningService;
    process.kill(place.pid, 0);
    return place;
  } catch {
    return null;
  }
}
