import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** In DATA_DIR while a service runs there, so that other programs find it on whatever ports it got. */
export const SERVICE_FILE = 'service.json';

export interface ServicePlace {
  pid: number;
  apiUrl: string;
  temporalAddress: string;
  uiUrl: string | null;
}

/** The service that runs on this directory; null if none does. */
export async function findService(dataDir: string): Promise<ServicePlace | null> {
  try {
    const place = JSON.parse(await readFile(join(dataDir, SERVICE_FILE), 'utf8')) as ServicePlace;
    process.kill(place.pid, 0);
    return place;
  } catch {
    return null;
  }
}
