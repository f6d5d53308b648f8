/**
 * The environment for Temporal's own configuration; `apiKey` takes precedence over TEMPORAL_API_KEY. Empty variables count as not
 * set, as in all our settings: Temporal's configuration loader would use an empty API key, and connect with TLS.
 */
export function temporalEnvironment(apiKey?: string): Record<string, string> {
  const all = Object.entries({ ...process.env, ...(apiKey !== undefined && { TEMPORAL_API_KEY: apiKey }) });
  return Object.fromEntries(all.filter((entry): entry is [string, string] => Boolean(entry[1])));
}
