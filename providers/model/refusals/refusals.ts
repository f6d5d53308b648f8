import { APIError } from 'openai';
import type { Adaptation, Body, Refusal } from './adaptation.ts';
import { replaceNullContent, leaveOutField } from './refused-fields.ts';
import { derivedIds, namedTools, withReasoning } from './missing-fields.ts';
import { leaveOutParameter, toolChoiceByName } from './refused-parameters.ts';
import { reorderRoles } from './refused-roles.ts';

const ADAPTERS = [
  leaveOutParameter,
  toolChoiceByName,
  withReasoning,
  leaveOutField,
  namedTools,
  derivedIds,
  reorderRoles,
  replaceNullContent,
];

/** Length of an error's text that is examined, in UTF-16 units: the reason is at the beginning, and user text may follow. */
const MAX_TEXT_LENGTH = 4_000;
/** Maximum adaptations of one request; if an endpoint refuses more, its error is thrown. */
const MAX_ADAPTATIONS = 10;
/** How long adaptations are remembered, in milliseconds. They expire because an error may have had another reason. */
const REMEMBERED_MS = 600_000;

function refusalOf(error: unknown): Refusal | null {
  if (!(error instanceof APIError) || error.status === undefined) return null;
  const { status, message, param, code } = error;
  const text = message.slice(0, MAX_TEXT_LENGTH).replaceAll('\\', '');
  return { status: status as number, text, param: param ?? null, code: code ?? null };
}

function adapted(body: Body, adaptations: Iterable<Adaptation>): Body {
  let current = body;
  for (const { adapt } of adaptations) current = adapt(current);
  return current;
}

interface Known {
  adaptations: ReadonlyMap<string, Adaptation>;
  /** On the clock of performance.now(). */
  until: number;
}

/** Remembers what each model refuses, so that it is not sent again. */
export class Refusals {
  readonly #byModel = new Map<string, Known>();

  #knownOf(model: string): Known {
    const known = this.#byModel.get(model);
    const now = performance.now();
    return known && known.until > now ? known : { adaptations: new Map(), until: now + REMEMBERED_MS };
  }

  /**
   * Sends a request. If the endpoint refuses it, adapts it and sends it again at once. Adaptations that helped are remembered for
   * ten minutes.
   * @throws the error of `send` if no adaptation applies
   */
  async adapting<T>(body: Body, send: (body: Body) => Promise<T>): Promise<T> {
    const known = this.#knownOf(body.model);
    const adaptations = new Map(known.adaptations);
    for (let retries = 0; ; retries += 1) {
      const current = adapted(body, adaptations.values());
      try {
        const answer = await send(current);
        if (retries > 0) this.#byModel.set(body.model, { ...known, adaptations });
        return answer;
      } catch (error) {
        const refusal = retries < MAX_ADAPTATIONS ? refusalOf(error) : null;
        const adaptation =
          refusal && ADAPTERS.map((adapter) => adapter(refusal, current)).find((one) => one && !adaptations.has(one.name));
        if (!adaptation) throw error;
        adaptations.set(adaptation.name, adaptation);
      }
    }
  }
}
