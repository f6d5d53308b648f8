/** Model names that callers use → names that the endpoint knows; `*` matches all other names. */
export type ModelMap = Readonly<Record<string, string>>;

export function mapModel(map: ModelMap, model: string): string {
  return Object.hasOwn(map, model) ? map[model]! : (map['*'] ?? model);
}
