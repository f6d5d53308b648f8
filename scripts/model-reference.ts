import { ANSWER_QUIRKS } from '../test/conformance/model/answers.ts';
import { REQUEST_QUIRKS } from '../test/conformance/model/requests.ts';

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`;

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** Returns the document about model endpoints, made from the tables that the conformance tests run. */
export function modelReference(): string {
  const answers = ANSWER_QUIRKS.map(({ what, who, outcome }) => [what, who, outcome]);
  const requests = REQUEST_QUIRKS.map(({ what, who, outcome }) => [what, who, outcome]);
  return `# Model endpoints

<!-- Made by \`npm run docs\` from test/conformance/model. Do not edit. -->

Any endpoint of the Chat Completions API will do. Many only resemble the original. Each line below is a test: an endpoint
that behaves so on the wire, and a run. The second column names who was seen to do it in public reports or documents it
("proxies" where nobody was named); most change with their versions.

"Asked again" means up to five attempts with growing pauses, as for a connection that breaks. A run whose attempts are used
up is \`failed\`, and \`last_error\` has the endpoint's own words, without keys and without names of private hosts.

## What endpoints send

${table(['The endpoint sends', 'Who', 'What becomes of it'], answers)}

## What endpoints want to be sent

What an answer held besides text and calls is kept with its turn, and said again as it came: to the endpoint that sent it,
within the same run. A later run of the thread is told the answers' texts alone, without tool rounds, so no endpoint wants
more of it. Another endpoint (after a change of MODEL_BASE_URL) is told nothing but text, calls and outputs.

Other endpoints want a request in another way than the original. That is found out from the words of a 400, a 422, or the
500 of a model's template: the request is sent again at once as the error asks for it, ten times at most, and what helped
is remembered for the model for ten minutes. An error that is about something else ends the run at once, as above.

${table(['The endpoint wants', 'Who', 'What is done'], requests)}
`;
}
