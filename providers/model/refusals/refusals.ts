import { APIError } from 'openai';
import type { Adaptation, Body, Refusal } from './adaptation.ts';
import { emptyContent, leaveOutField } from './refused-fields.ts';
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
  emptyContent,
];

/** Of an error's text, in UTF-16 units: reasons stand at its beginning, and users' words may follow. */
const READ_OF_TEXT = 4_000;
/** Ways in which one request is tried: an endpoint that refuses more is not asked on. */
const MOST_ADAPTATIONS = 10;
/** What was found out holds for so long, in milliseconds: an error may have been about something else. */
const REMEMBERED_MS = 600_000;

function refusalOf(error: unknown): Refusal | null {
  if (!(error instanceof APIError) || error.status === undefined) return null;
  const { status, message, param, code } = error;
  const text = message.slice(0, READ_OF_TEXT).replaceAll('\\', '');
  return { status: status as number, text, param: param ?? null, code: code ?? null };
}

function adapted(body: Body, adaptations: Iterable<Adaptation>): Body {
  let said = body;
  for (const { adapt } of adaptations) said = adapt(said);
  return said;
}

interface Known {
  adaptations: ReadonlyMap<string, Adaptation>;
  /** On the clock of performance.now(). */
  until: number;
}

/** What models turned out not to take, so that it is not sent to them again. */
export class Refusals {
  readonly #byModel = new Map<string, Known>();

  #knownOf(model: string): Known {
    const known = this.#byModel.get(model);
    const now = performance.now();
    return known && known.until > now ? known : { adaptations: new Map(), until: now + REMEMBERED_MS };
  }

  /**
   * Sends a request, and again at once in the way that its model takes. Remembered for ten minutes, if that helped.
   * @throws what `send` throws for any other reason
   */
  async adapting<T>(body: Body, send: (body: Body) => Promise<T>): Promise<T> {
    const known = this.#knownOf(body.model);
    const adaptations = new Map(known.adaptations);
    for (let found = 0; ; found += 1) {
      const said = adapted(body, adaptations.values());
      try {
        const answer = await send(said);
        if (found > 0) this.#byModel.set(body.model, { ...known, adaptations });
        return answer;
      } catch (error) {
        const refusal = found < MOST_ADAPTATIONS ? refusalOf(error) : null;
        const way = refusal && ADAPTERS.map((adapter) => adapter(refusal, said)).find((one) => one && !adaptations.has(one.name));
        if (!way) throw error;
        adaptations.set(way.name, way);
      }
    }
  }
}
