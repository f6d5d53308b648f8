/** Hints about what replaced Assistants v1 names, for clients that still send them. Source: the hosted API's migration guide. */
const PARAMETERS: Readonly<Record<string, string>> = {
  file_ids: "In Assistants v2 files are given to assistants and threads as 'tool_resources', and to messages as 'attachments'.",
};

const VALUES: Readonly<Record<string, string>> = {
  retrieval: "In Assistants v2 the tool 'retrieval' is called 'file_search'.",
};

const withSpace = (hint: string | undefined): string => (hint === undefined ? '' : ` ${hint}`);

/** The hint for an unknown parameter, by the last part of its name: empty, or a space and a sentence. */
export const parameterHint = (name: string): string => withSpace(Object.hasOwn(PARAMETERS, name) ? PARAMETERS[name] : undefined);

/** The hint for an unsupported value: empty, or a space and a sentence. */
export const valueHint = (value: unknown): string =>
  withSpace(typeof value === 'string' && Object.hasOwn(VALUES, value) ? VALUES[value] : undefined);
