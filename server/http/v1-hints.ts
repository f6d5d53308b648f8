/** What replaced the names of Assistants v1, for programs that still send them. Source: the hosted API's migration guide. */
const PARAMETERS: Readonly<Record<string, string>> = {
  file_ids: "In Assistants v2 files are given to assistants and threads as 'tool_resources', and to messages as 'attachments'.",
};

const VALUES: Readonly<Record<string, string>> = {
  retrieval: "In Assistants v2 the tool 'retrieval' is called 'file_search'.",
};

const behind = (hint: string | undefined): string => (hint === undefined ? '' : ` ${hint}`);

/** For an unknown parameter, by its last name: empty, or a space and a sentence. */
export const parameterHint = (name: string): string => behind(Object.hasOwn(PARAMETERS, name) ? PARAMETERS[name] : undefined);

/** For a value that is not among the supported ones. */
export const valueHint = (value: unknown): string =>
  behind(typeof value === 'string' && Object.hasOwn(VALUES, value) ? VALUES[value] : undefined);
