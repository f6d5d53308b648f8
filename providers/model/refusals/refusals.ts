import { APIError } from 'openai';
import { emptyContent, leaveOutField } from './refused-fields.ts';
import { leaveOutParameter } from './refused-parameters.ts';
import { reorderRoles } from './refused-roles.ts';
import type { Adaptation, Body, Refusal } from './adaptation.ts';

const ADAPTERS = [leaveOutParameter, leaveOutField, reorderRoles, emptyContent];

function refusalOf(error: unknown): Refusal | null {
  if (!(error instanceof APIError) || error.status === undefined) return null;
  const { status, message, param, code } = error;
  return { status: status as number, text: message.replaceAll('\\', ''), param: param ?? null, code: code ?? null };
}

function adapted(body: Body, adaptations: Iterable<Adaptation>): Body {
  let said = body;
  for (const { adapt } of adaptations) said = adapt(said);
  return said;
}

/** What models turned out not to take, so that it is not sent to them again. */
export class Refusals {
  readonly #byModel = new Map<string, Map<string, Adaptation>>();

  /**
   * Sends a request, and again at once in the way that its model takes. Remembered only if that helped.
   * @throws what `send` throws for any other reason
   */
  async adapting<T>(body: Body, send: (body: Body) => Promise<T>): Promise<T> {
    const adaptations = new Map(this.#byModel.get(body.model));
    for (;;) {
      const said = adapted(body, adaptations.values());
      try {
        const answer = await send(said);
        if (adaptations.size > 0) this.#byModel.set(body.model, adaptations);
        return answer;
      } catch (error) {
        const refusal = refusalOf(error);
        const found =
          refusal && ADAPTERS.map((adapter) => adapter(refusal, said)).find((one) => one && !adaptations.has(one.name));
        if (!found) throw error;
        adaptations.set(found.name, found);
      }
    }
  }
}
