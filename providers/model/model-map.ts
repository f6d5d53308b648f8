/** Names of models that callers use → names that the endpoint knows; `*` stands for all that are not named. */
export type ModelMap = Readonly<Record<string, string>>;

export function mapModel(map: ModelMap, model: string): string {
  return Object.hasOwn(map, model) ? map[model]! : (map['*'] ?? model);
}
