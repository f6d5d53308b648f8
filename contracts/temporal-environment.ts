/**
 * The environment for Temporal's own configuration, with `apiKey` before TEMPORAL_API_KEY. An empty variable counts as not
 * set, as in all our settings: Temporal's reader would take an empty key for a key, and speak TLS.
 */
export function temporalEnvironment(apiKey?: string): Record<string, string> {
  const all = Object.entries({ ...process.env, ...(apiKey !== undefined && { TEMPORAL_API_KEY: apiKey }) });
  return Object.fromEntries(all.filter((entry): entry is [string, string] => Boolean(entry[1])));
}
